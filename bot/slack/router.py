"""The router: Slack's payloads matched with the rows of `commands.py`, rights checked, answered in their place."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from bot.acts import Act, Acts, Ask, Next, Open, Reply, Wrong
from bot.domain.person import Person, Role
from bot.slack import asks, notes
from bot.slack.asks import Payload
from bot.slack.command import Button, Command, Form, How, Menu, Options, Row, Shortcut, TableRow
from bot.slack.fit import fit_view
from bot.slack.message import Message
from bot.slack.people import People
from bot.slack.typed import Typed, match

log = structlog.get_logger(__name__)

Ack = Callable[..., Awaitable[Any]]
READ_LIMIT = 25.0
TAKE_LIMIT = 1.5


class NotTaken(Exception):
    """The ask was not committed in time, and nothing of it will be done later."""


class Repeated(Exception):
    """The same ask came a second time; the first one counts."""


class Desk(Protocol):
    """Where asks are taken and answered; `perform.py` is the one we have."""

    async def take(self, once: str, doing: Callable[[], Awaitable[Acts]], limit: float) -> Acts:
        """Run an act's handler in one transaction and save what it asked for. Raises `NotTaken` or `Repeated`."""

    async def answer(self, ask: Ask, act: Act) -> None:
        """Do what is done at once: `Reply`, `Open`, `Next`."""

    async def loading(self, ask: Ask, title: str) -> str:
        """Open a modal that will be filled; its id, or "" when that failed (and the person was told)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A matched row with what it was asked."""

    row: Row
    ask: Ask


@dataclass(slots=True, kw_only=True)
class Router:
    """What only reads is acked first; what changes something is committed, then acked; modals open at once."""

    table: Sequence[TableRow]
    services: Mapping[type, object]
    people: People
    desk: Desk
    clock: Callable[[], datetime]
    team: str
    app: str
    prefix: str = ""
    leads: Callable[[Person, Ask], bool] = lambda _person, _ask: False
    lead: Callable[[Ask], str | None] = lambda _ask: None
    """The name of whoever leads the incident that an ask is about."""
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    def ours(self, body: Payload) -> bool:
        """Whether a payload is from our workspace and for our app; others are refused."""
        team, app = asks.team_of(body), str(body.get("api_app_id") or "")
        return (not self.team or not team or team == self.team) and (not self.app or not app or app == self.app)

    # One method a payload kind; `slack/door.py` hands them to Bolt.

    async def command(self, ack: Ack, body: Payload) -> None:
        text = asks.straightened(str(body.get("text") or ""))
        typed = match(self.table, str(body.get("command") or ""), text, self.prefix)
        await self._typed(ack, body, typed)

    async def action(self, ack: Ack, body: Payload) -> None:
        action = (body.get("actions") or [{}])[0]
        name, key = str(action.get("action_id") or ""), asks.action_key(action)
        if name == notes.AGAIN:
            command, _, rest = key.partition(" ")
            await self._typed(ack, body, replace(match(self.table, command, rest, ""), prefix=self.prefix))
            return
        row, key = self._pressed(name, key)
        person = await self._person(ack, body)
        ask = asks.from_action(body, action, person, self.clock(), key)
        if row is None:
            await ack()
            if not asks.leads_outside(body, action):
                await self._say(ask, notes.old_button())
            return
        await self._run(ack, Found(row, ask), form=False)

    async def form(self, ack: Ack, body: Payload) -> None:
        callback = str((body.get("view") or {}).get("callback_id") or "")
        row = next((row for row in self.table if isinstance(row, Form) and row.callback == callback), None)
        person = await self._person(None, body)
        ask = asks.from_form(body, person, self.clock())
        if row is None:
            await ack(response_action="update", view=fit_view(notes.old_form()))
            return
        await self._run(ack, Found(row, ask), form=True)

    async def shortcut(self, ack: Ack, body: Payload) -> None:
        callback = str(body.get("callback_id") or "")
        row = next((row for row in self.table if isinstance(row, Shortcut) and row.callback == callback), None)
        person = await self._person(ack, body)
        ask = asks.from_shortcut(body, person, self.clock())
        if row is None:
            await ack()
            return
        await self._run(ack, Found(row, ask), form=False)

    async def options(self, ack: Ack, body: Payload) -> None:
        name = str(body.get("action_id") or "")
        row = next((row for row in self.table if isinstance(row, Options) and row.action == name), None)
        found = [] if row is None else await row.find(self.services[row.service], str(body.get("value") or "")[:100])
        await ack(options=[notes.suggestion(text, value) for text, value in found[:100]])

    async def settle(self) -> None:
        """Wait for what is still going on (at shutdown)."""
        if self._running:
            await asyncio.wait(self._running, timeout=5)

    # What they share.

    async def _typed(self, ack: Ack, body: Payload, typed: Typed) -> None:
        person = await self._person(ack, body)
        at = self.clock()
        ask = asks.from_command(body, person, at, typed.text, typed.path)
        ask = replace(ask, channel=ask.channel or str((body.get("channel") or {}).get("id") or ""))
        if typed.row is None:
            await ack()
            await self._say(ask, notes.unknown(typed, person.role))
            return
        await self._run(ack, Found(typed.row, ask), form=False)

    def _pressed(self, name: str, key: str) -> tuple[Row | None, str]:
        for row in self.table:
            if isinstance(row, Button) and row.action == name:
                return row, key
            if isinstance(row, Menu) and row.action == name:
                verb, _, rest = key.partition(":")
                return row.entries.get(verb), rest
        return None, key

    async def _person(self, ack: Ack | None, body: Payload) -> Person:
        """Roles come from memory. Somebody unknown is looked up after the ack (a form must wait for its answer)."""
        user = asks.user_of(body)
        known = self.people.known(user)
        if known is not None:
            return known
        if ack is not None:
            await ack()
        try:
            async with asyncio.timeout(1.0):
                return await self.people.look_up(user)
        except TimeoutError:
            return self.people.stranger(user)

    async def _run(self, ack: Ack, found: Found, *, form: bool) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
        try:
            await self._allowed(ack, found, form=form)
        finally:
            if task is not None:
                self._running.discard(task)

    async def _allowed(self, ack: Ack, found: Found, *, form: bool) -> None:
        row, ask = found.row, found.ask
        if not self._may(row, ask):
            refusal = (
                notes.guests(self.lead(ask))
                if ask.person.guest
                else notes.refused(row.who, ask.person, self.people.having(row.who))
            )
            if form:
                await ack(response_action="update", view=fit_view(notes.refused_form(refusal)))
            else:
                await ack()
                await self._say(ask, refusal)
            log.info("refused", who=ask.person.id, needs=row.who.word, origin=ask.origin)
            return
        if row.how is How.ACT:
            await self._act(ack, found, form=form)
        else:
            await self._read(ack, found, form=form)

    def _may(self, row: Row, ask: Ask) -> bool:
        """The lead of an incident may do in it what a responder may; a guest reads what stands where they are."""
        if ask.person.guest and (row.how is How.ACT or (isinstance(row, Command) and not row.guests)):
            return False
        if ask.person.role >= row.who:
            return True
        return row.who is Role.RESPONDER and not ask.person.guest and self.leads(ask.person, ask)

    async def _act(self, ack: Ack, found: Found, *, form: bool) -> None:
        row, ask = found.row, found.ask
        try:
            acts = await self.desk.take(ask.once, lambda: self._handle(row, ask), TAKE_LIMIT)
        except Repeated:
            await ack()
            return
        except NotTaken:
            await self._not_done(ack, ask, notes.not_taken(), form=form)
            return
        except Exception:
            ref = secrets.token_hex(2).upper()
            log.exception("act failed", ref=ref, origin=ask.origin)
            await self._not_done(ack, ask, notes.broke(ref), form=form)
            return
        carried = await self._ack(ack, ask, acts, form=form)
        await self._answer(ask, acts, form=form, carried=carried)

    async def _read(self, ack: Ack, found: Found, *, form: bool) -> None:
        row, ask = found.row, found.ask
        if form:
            # A form's answer rides in its ack; such a handler works from memory.
            acts = await self._guarded(row, ask)
            carried = await self._ack(ack, ask, acts, form=True)
            await self._answer(ask, acts, form=True, carried=carried)
            return
        await ack()
        if row.how is How.LOAD:
            await self._load(row, ask)
            return
        await self._answer(ask, await self._guarded(row, ask), form=False)

    async def _load(self, row: Row, ask: Ask) -> None:
        """What the handler answers stands in the loading view, also when it is only a word."""
        if not ask.view_id:
            view_id = await self.desk.loading(ask, "Daywatch")
            if not view_id:
                return
            ask = replace(ask, view_id=view_id)
        acts = await self._guarded(row, ask)
        filled = any(isinstance(act, Next) for act in acts)
        told = [Next(notes.told(act.message)) if isinstance(act, Reply) and not filled else act for act in acts]
        await self._answer(ask, told, form=False)

    async def _guarded(self, row: Row, ask: Ask) -> Acts:
        try:
            async with asyncio.timeout(READ_LIMIT):
                return await self._handle(row, ask)
        except TimeoutError:
            return (Reply(notes.too_slow()),)
        except Exception:
            ref = secrets.token_hex(2).upper()
            log.exception("read failed", ref=ref, origin=ask.origin)
            return (Reply(notes.broke(ref)),)

    async def _handle(self, row: Row, ask: Ask) -> Acts:
        return await row.run(self.services[row.service], ask)

    async def _ack(self, ack: Ack, ask: Ask, acts: Acts, *, form: bool) -> Act | None:
        """A form's ack carries its errors or its next view; everything else is acked bare. Answers what it carried."""
        for act in acts if form else ():
            match act:
                case Wrong(fields):
                    await ack(response_action="errors", errors=dict(fields))
                    return act
                case Next(view, push):
                    await ack(response_action="push" if push else "update", view=fit_view(view))
                    return act
                case _:
                    continue
        # A form that was opened nowhere in particular has no other place for an answer than itself.
        reply = next((act for act in acts if isinstance(act, Reply)), None)
        if form and reply is not None and not ask.channel and not ask.response_url:
            await ack(response_action="update", view=fit_view(notes.told(reply.message)))
            return reply
        await ack()
        return None

    async def _answer(self, ask: Ask, acts: Acts, *, form: bool, carried: Act | None = None) -> None:
        for act in acts:
            if act is carried:
                continue
            if isinstance(act, Reply | Open) or (isinstance(act, Next) and not form):
                await self.desk.answer(ask, act)

    async def _not_done(self, ack: Ack, ask: Ask, message: Message, *, form: bool) -> None:
        if form:
            await ack(response_action="update", view=fit_view(notes.refused_form(message)))
            return
        await ack()
        await self._say(ask, message)

    async def _say(self, ask: Ask, message: Message) -> None:
        await self.desk.answer(ask, Reply(message))
