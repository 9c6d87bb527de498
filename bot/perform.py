"""The one place where acts are done: answered at once, or saved with the state and handed over after the commit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol, assert_never
from uuid import uuid4

import structlog

from bot.acts import Act, Acts, Ask, Happened, Next, Open, Post, Reply, Start, Tell, Wrong
from bot.domain.errors import VendorError
from bot.slack import notes
from bot.slack.message import Message, View, loading
from bot.slack.posts import Posts
from bot.slack.refusals import SlackRefused
from bot.slack.router import NotTaken, Repeated
from bot.slack.windows import Windows
from bot.store.database import Store, StoreDown
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox, Saved

log = structlog.get_logger(__name__)

TURN = 0.05
"""Seconds after which a batch of news is committed as it is: others write too."""
TRIGGER_TROUBLE = ("expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "invalid_trigger_id")


class Engine(Protocol):
    """What is handed over to the durable engine."""

    async def start(self, flow: str, once: str, given: Mapping[str, Any]) -> None: ...

    async def start_later(self, flow: str, once: str, given: Mapping[str, Any], delay: float) -> None: ...

    async def tell(self, once: str, words: Mapping[str, Any]) -> bool: ...


class Redraws(Protocol):
    """Who brings messages up to date."""

    def nudge(self, key: str, after: float = 0.0) -> None: ...


@dataclass(slots=True, kw_only=True)
class Performer:
    """Saves acts in the open transaction and hands them over after it; answers people in the place where they asked."""

    store: Store
    outbox: Outbox
    messages: MessageRows
    clock: Callable[[], datetime]
    committed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after each commit, for the hand-over."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after each commit, for those who keep the open incidents in memory."""
    redraws: Redraws | None = None
    posts: Posts | None = None
    windows: Windows | None = None

    async def take(self, once: str, doing: Callable[[], Awaitable[Acts]], limit: float) -> Acts:
        """An act of a person: one local commit, under its key, within the limit (seconds); else nothing of it."""
        try:
            async with asyncio.timeout(limit) as patience:
                return await self._commit(doing, once, patience)
        except (TimeoutError, StoreDown) as error:
            log.warning("not taken", once=once, reason=type(error).__name__)
            raise NotTaken from error

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        """A change made by a flow or by the clock: what it does and the acts it returns are saved together."""
        await self._commit(doing, None, None)

    async def _commit(
        self, doing: Callable[[], Awaitable[Any]], once: str | None, patience: asyncio.Timeout | None
    ) -> Acts:
        async with self.store.transaction():
            if once is not None and not await self.outbox.first(once, self.clock()):
                raise Repeated
            acts: Acts = await doing()
            await self.save(acts)
            if patience is not None:
                # A commit that is cut off may be done all the same; from here on it is taken.
                patience.reschedule(None)
        self.after_commit(acts)
        return acts

    async def save(self, acts: Acts) -> None:
        """Inside the transaction that changed the state."""
        now = self.clock()
        for act in acts:
            match act:
                case Post(key):
                    await self.messages.want(key)
                case Start():
                    await self.outbox.save("start", f"start:{act.once}", asdict(act), now)
                case Tell():
                    await self.outbox.save("tell", f"tell:{uuid4()}", asdict(act), now)
                case Happened():
                    await self.outbox.save("happened", f"happened:{uuid4()}", asdict(act), now)
                case Reply() | Open() | Next() | Wrong():
                    continue
                case _:
                    assert_never(act)

    def after_commit(self, acts: Acts) -> None:
        for act in acts:
            if isinstance(act, Post) and self.redraws is not None:
                self.redraws.nudge(act.key, act.after)
        self.committed.set()
        self.changed.set()

    async def answer(self, ask: Ask, act: Act) -> None:
        """`Reply`, `Open` and `Next` are done now; trouble with Slack is told to the person, if at all possible."""
        try:
            match act:
                case Reply(message, everybody, replace):
                    await self._reply(ask, message, everybody=everybody, replace=replace)
                case Open(view):
                    await self._open(ask, view)
                case Next(view, push):
                    await self._next(ask, view, push=push)
                case _:
                    return
        except VendorError as error:
            log.warning("answer not delivered", origin=ask.origin, reason=str(error))

    async def loading(self, ask: Ask, title: str) -> str:
        """A modal that will be filled, opened at once since a trigger lives three seconds. Answers its id, or ""."""
        if self.windows is None or not ask.trigger_id:
            return ""
        try:
            return await self.windows.open(ask.trigger_id, loading(title))
        except SlackRefused as error:
            await self._too_late(ask, error)
        except VendorError as error:
            log.warning("modal not opened", origin=ask.origin, reason=str(error))
        return ""

    async def _reply(self, ask: Ask, message: Message, *, everybody: bool, replace: bool) -> None:
        if self.posts is None:
            return
        if ask.response_url:
            try:
                await self.posts.respond(ask.response_url, message, everybody=everybody, replace=replace)
            except VendorError as error:
                log.info("answered beside", reason=str(error), origin=ask.origin)
            else:
                return
        if ask.channel:
            await self.posts.ephemeral(ask.channel, ask.person.id, message, thread_ts=ask.thread_ts or None)
            return
        log.info("nowhere to answer", origin=ask.origin)

    async def _open(self, ask: Ask, view: View) -> None:
        if self.windows is None:
            return
        try:
            if ask.view_id:
                await self.windows.push(ask.trigger_id, view)
            else:
                await self.windows.open(ask.trigger_id, view)
        except SlackRefused as error:
            await self._too_late(ask, error)

    async def _next(self, ask: Ask, view: View, *, push: bool) -> None:
        """Outside of a submission: the view the ask came from, or the loading one, is redrawn."""
        if self.windows is None:
            return
        if ask.view_id and not push:
            await self.windows.update(ask.view_id, view)
        else:
            await self._open(ask, view)

    async def _too_late(self, ask: Ask, error: SlackRefused) -> None:
        if error.code not in TRIGGER_TROUBLE:
            raise error
        typed = f"{ask.origin} {ask.text}".strip() if ask.origin.startswith("/") else None
        await self._reply(ask, notes.trigger_expired(typed, (ask.origin, ask.key)), everybody=False, replace=False)


@dataclass(slots=True, kw_only=True)
class HandOver:
    """Gives saved acts to the engine and news to those who hear it; what a crash left behind is handed over again."""

    store: Store
    outbox: Outbox
    engine: Engine
    performer: Performer
    hear: Callable[[str, Mapping[str, Any]], Awaitable[Acts]]
    """event name, its plain JSON → what the rows of `events.py` ask for; called inside a transaction."""
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Until cancelled: after each commit, and every two seconds for what others left."""
        while True:
            try:
                while await self.once():
                    pass
            except StoreDown:
                log.warning("store down, hand-over waits")
                await asyncio.sleep(1)
            except Exception:
                log.exception("hand-over failed")
                await asyncio.sleep(1)
            await self._woken()

    async def _woken(self) -> None:
        self.performer.committed.clear()
        try:
            async with asyncio.timeout(2):
                await self.performer.committed.wait()
        except TimeoutError:
            return

    async def once(self) -> int:
        """Hand over what waits; answers how many acts were handed over."""
        waiting = await self.outbox.waiting(self.clock())
        handed = await self._all_happened([one for one in waiting if one.kind == "happened"])
        for one in waiting:
            if one.kind != "happened":
                handed += await self._started(one)
        return handed

    async def _started(self, one: Saved) -> bool:
        try:
            if one.kind == "tell":
                await self.engine.tell(one.body["once"], one.body["words"])
            elif one.body.get("after"):
                await self.engine.start_later(one.body["flow"], one.body["once"], one.body["given"], one.body["after"])
            else:
                await self.engine.start(one.body["flow"], one.body["once"], one.body["given"])
        except StoreDown:
            raise
        except Exception as error:
            log.exception("hand-over of a flow failed", key=one.key)
            await self.outbox.failed(one, self.clock(), f"{type(error).__name__}: {error}")
            return False
        await self.outbox.handed(one.id, self.clock())
        return True

    async def _all_happened(self, news: Sequence[Saved]) -> int:
        """News in the order in which it was told, some in one commit; one that fails stops none of the others."""
        handed, start = 0, 0
        while start < len(news):
            acts: list[Act] = []
            failed: list[tuple[Saved, str]] = []
            until = time.monotonic() + TURN
            async with self.store.transaction():
                while start < len(news) and time.monotonic() < until:
                    one, start = news[start], start + 1
                    try:
                        async with self.store.savepoint():
                            heard = await self._happened(one)
                    except StoreDown:
                        raise
                    except Exception as error:
                        log.exception("news not heard", event_name=one.body.get("event"), key=one.key)
                        failed.append((one, f"{type(error).__name__}: {error}"))
                        continue
                    handed += heard is not None
                    acts.extend(heard or ())
                for one, why in failed:
                    await self.outbox.failed(one, self.clock(), why)
            self.performer.after_commit(acts)
        return handed

    async def _happened(self, one: Saved) -> Acts | None:
        """Inside the transaction: None when another replica has it."""
        if not await self.outbox.hold(one.id):
            return None
        acts = await self.hear(one.body["event"], one.body["given"])
        await self.performer.save(acts)
        await self.outbox.handed(one.id, self.clock())
        return acts


def services_for(rows: Sequence[Any], services: Mapping[type, object]) -> None:
    """Raise at the start when a table's row asks for a service that nobody made."""
    missing = sorted({row.service.__name__ for row in rows if getattr(row, "service", None) not in (None, *services)})
    if missing:
        raise TypeError(f"the tables need services that app.py does not make: {', '.join(missing)}")
