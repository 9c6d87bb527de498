"""The one place where acts are done: answered at once, or saved with the state and handed over after the commit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol, assert_never
from uuid import uuid4

import structlog

from bot.acts import Act, Acts, Ask, Happened, Next, Open, Post, Reply, Start, Tell, Wrong
from bot.domain.errors import StoreDown, VendorError
from bot.slack import notes
from bot.slack.desk import NotTaken, Repeated
from bot.slack.message import Message, View, loading
from bot.slack.posts import Posts
from bot.slack.refusals import SlackNotFound, SlackRefused
from bot.slack.windows import Windows
from bot.store.database import Collided, Store
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox, Saved, start_key
from bot.store.patience import leave_behind

log = structlog.get_logger(__name__)

COLLISIONS = 3
"""How often a change is tried that met another one on its way."""
TRIGGER_TROUBLE = ("expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "invalid_trigger_id")


Hear = Callable[[str, Mapping[str, Any]], Awaitable[Acts]]
"""Event name, its plain JSON → what the rows of `events.py` ask for; called inside a transaction."""


async def _nobody_hears(_event: str, _given: Mapping[str, Any]) -> Acts:
    return ()


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
    hear: Hear = _nobody_hears
    redraws: Redraws | None = None
    posts: Posts | None = None
    windows: Windows | None = None

    async def take(self, once: str, doing: Callable[[], Awaitable[Acts]], limit: float) -> Acts:
        """An act of a person: one local commit, under its key, within the limit (seconds); else nothing of it."""
        committing = asyncio.Event()
        task = asyncio.create_task(self._commit(doing, once, committing))
        try:
            await asyncio.wait({task}, timeout=limit)
            if committing.is_set():
                # A commit that is cut off may be done all the same; from here on it is taken.
                await asyncio.wait({task})
        finally:
            if not task.done():
                leave_behind(task)
        if not task.done():
            log.warning("not taken", once=once, reason="too slow")
            raise NotTaken
        try:
            return task.result()
        except StoreDown as error:
            log.warning("not taken", once=once, reason="store down")
            raise NotTaken from error

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        """A change made by a flow or by the clock: what it does and the acts it returns are saved together."""
        await self._commit(doing, None, asyncio.Event())

    async def _commit(self, doing: Callable[[], Awaitable[Any]], once: str | None, committing: asyncio.Event) -> Acts:
        for tries_left in reversed(range(COLLISIONS)):
            try:
                acts, saved = await self._committed(doing, once, committing)
            except Collided:
                if not tries_left:
                    raise
                committing.clear()
            else:
                self.after_commit(saved)
                return acts
        raise AssertionError("the last try returns or raises")

    async def _committed(
        self, doing: Callable[[], Awaitable[Any]], once: str | None, committing: asyncio.Event
    ) -> tuple[Acts, Acts]:
        """What the handler asked for, and all that was saved: that, and what those who heard its news asked for."""
        async with self.store.transaction(urgent=once is not None):
            if once is not None and not await self.outbox.first(once, self.clock()):
                raise Repeated
            acts: Acts = await doing()
            saved = await self.save(acts)
            committing.set()
        return acts, saved

    async def save(self, acts: Acts) -> Acts:
        """Inside the transaction that changed the state. Answers all that is to be handed over after its commit."""
        now = self.clock()
        saved = list(acts)
        for act in acts:
            match act:
                case Post(key):
                    await self.messages.want(key)
                case Start():
                    await self.outbox.save("start", start_key(act.once), asdict(act), now)
                case Tell():
                    await self.outbox.save("tell", f"tell:{uuid4()}", asdict(act), now)
                case Happened():
                    saved.extend(await self._tell(act))
                case Reply() | Open() | Next() | Wrong():
                    continue
                case _:
                    assert_never(act)
        return saved

    async def _tell(self, news: Happened) -> Acts:
        """Those who hear it act in the same transaction. Who fails undoes nobody's work, and is told again later."""
        try:
            async with self.store.savepoint():
                return await self.save(await self.hear(news.event, news.given))
        except StoreDown:
            raise
        except Exception:
            log.exception("news not heard, told again later", event_name=news.event)
            await self.outbox.save("happened", f"happened:{uuid4()}", asdict(news), self.clock())
            return ()

    def after_commit(self, acts: Acts) -> None:
        for act in acts:
            if isinstance(act, Post) and self.redraws is not None:
                self.redraws.nudge(act.key, act.after)
        self.committed.set()
        self.changed.set()

    async def answer(self, ask: Ask, act: Act) -> None:
        """`Reply`, `Open` and `Next` are done now; trouble with Slack is told to the person, if at all possible."""
        match act:
            case Reply(message, everybody, replace):
                await self._reply(ask, message, everybody=everybody, replace=replace)
            case Open(view):
                await self._open(ask, view)
            case Next(view, push):
                await self._next(ask, view, push=push)
            case _:
                return

    async def loading(self, ask: Ask, title: str) -> str:
        """A modal that will be filled, opened at once since a trigger lives three seconds. Answers its id, or ""."""
        if self.windows is None or not ask.trigger_id:
            return ""
        try:
            return await self.windows.open(ask.trigger_id, loading(title))
        except VendorError as error:
            await self._not_opened(ask, error)
        return ""

    async def _reply(self, ask: Ask, message: Message, *, everybody: bool, replace: bool) -> None:
        """Where it was asked; if Slack does not take it there, beside it, and at last in a direct message."""
        if self.posts is None:
            return
        ways: list[Callable[[], Awaitable[object]]] = []
        if ask.response_url:
            ways.append(partial(self.posts.respond, ask.response_url, message, everybody=everybody, replace=replace))
        if ask.channel:
            thread = ask.thread_ts or None
            ways.append(partial(self.posts.ephemeral, ask.channel, ask.person.id, message, thread_ts=thread))
        elif ask.trigger_id and not ask.response_url and self.windows is not None:
            # Pressed in a modal or on the Home tab, which have no channel.
            show = self.windows.push if ask.view_id else self.windows.open
            ways.append(partial(show, ask.trigger_id, notes.told(message)))
        ways.append(partial(self.posts.direct, ask.person.id, message))
        for way in ways:
            try:
                await way()
            except VendorError as error:
                log.info("answered beside", reason=str(error), origin=ask.origin)
            else:
                return
        log.warning("answer not delivered", origin=ask.origin)

    async def _open(self, ask: Ask, view: View) -> None:
        if self.windows is None:
            return
        try:
            if ask.view_id:
                await self.windows.push(ask.trigger_id, view)
            else:
                await self.windows.open(ask.trigger_id, view)
        except VendorError as error:
            await self._not_opened(ask, error)

    async def _next(self, ask: Ask, view: View, *, push: bool) -> None:
        """Outside of a submission: the view the ask came from, or the loading one, is redrawn."""
        if self.windows is None:
            return
        if not ask.view_id or push:
            await self._open(ask, view)
            return
        try:
            await self.windows.update(ask.view_id, view)
        except SlackNotFound:
            log.info("closed before it was shown", origin=ask.origin)  # whoever closed it wants it no more
        except VendorError as error:
            await self._not_opened(ask, error)

    async def _not_opened(self, ask: Ask, error: VendorError) -> None:
        """A fresh click brings a fresh trigger, so the answer has a button that asks the same again."""
        log.warning("view not shown", origin=ask.origin, reason=str(error))
        typed = f"{ask.origin} {ask.text}".strip() if ask.origin.startswith("/") else None
        pressed = (ask.origin, ask.pressed) if ask.block else None
        code = error.code if isinstance(error, SlackRefused) else ""
        late = code in TRIGGER_TROUBLE
        note = notes.trigger_expired(typed, pressed) if late else notes.not_opened(typed, pressed, code)
        await self._reply(ask, note, everybody=False, replace=False)


@dataclass(slots=True, kw_only=True)
class HandOver:
    """Gives saved acts to the engine and news to those who hear it; what a crash left behind is handed over again."""

    store: Store
    outbox: Outbox
    engine: Engine
    performer: Performer
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
        handed = 0
        for one in await self.outbox.waiting(self.clock()):
            handed += await self._handed(one)
        return handed

    async def _handed(self, one: Saved) -> bool:
        try:
            return await (self._started(one) if one.kind == "start" else self._told(one))
        except StoreDown:
            raise
        except Exception as error:
            log.exception("hand-over failed", kind=one.kind, key=one.key, event_name=one.body.get("event"))
            await self.outbox.failed(one, self.clock(), f"{type(error).__name__}: {error}")
            return False

    async def _started(self, one: Saved) -> bool:
        """Two replicas may start the same flow: its key makes it one."""
        if one.body.get("after"):
            # Counted from when it was decided, however late it is handed over.
            left = one.body["after"] - (self.clock() - one.made_at).total_seconds()
            await self.engine.start_later(one.body["flow"], one.body["once"], one.body["given"], max(left, 0.0))
        else:
            await self.engine.start(one.body["flow"], one.body["once"], one.body["given"])
        await self.outbox.handed(one.id, self.clock())
        return True

    async def _told(self, one: Saved) -> bool:
        """Words for a flow, and news that somebody failed to hear: told twice they would count twice, so one tells."""
        acts: Acts = ()
        async with self.store.transaction():
            if not await self.outbox.hold(one.id):
                return False
            if one.kind == "tell":
                await self.engine.tell(one.body["once"], one.body["words"])
            else:
                acts = await self.performer.save(await self.performer.hear(one.body["event"], one.body["given"]))
            await self.outbox.handed(one.id, self.clock())
        self.performer.after_commit(acts)
        return True


def services_for(rows: Sequence[Any], services: Mapping[type, object]) -> None:
    """Raise at the start when a table's row asks for a service that nobody made."""
    missing = sorted({row.service.__name__ for row in rows if getattr(row, "service", None) not in (None, *services)})
    if missing:
        raise TypeError(f"the tables need services that app.py does not make: {', '.join(missing)}")
