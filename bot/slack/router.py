"""The router: Slack's payloads matched with the rows of `commands.py`, rights checked, answered in their place."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from bot.acts import Act, Acts, Ask, NeedsRole, Next, Open, Reply, Wrong
from bot.domain.person import Person, Role
from bot.slack import asks, notes
from bot.slack.asks import Payload
from bot.slack.command import Button, Command, Form, Here, How, Menu, Options, Row, Shortcut, TableRow
from bot.slack.desk import Desk, Found, NotTaken, Repeated, Requests
from bot.slack.fit import fit_view
from bot.slack.kept import Kept, Kind, from_numbered, kept
from bot.slack.message import Message
from bot.slack.people import People
from bot.slack.typed import Typed, match

log = structlog.get_logger(__name__)

Ack = Callable[..., Awaitable[Any]]
READ_LIMIT = 25.0
TAKE_LIMIT = 1.5


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
    requests: Requests
    prefix: str = ""
    leads: Callable[[Person, Ask], bool] = lambda _person, _ask: False
    lead: Callable[[Ask], str | None] = lambda _ask: None
    """The name of whoever leads the incident that an ask is about."""
    here: Callable[[Ask], Here] = lambda _ask: Here.ELSEWHERE
    """What kind of channel somebody types in."""
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
        if name == notes.ALL_HELP:
            await self._all_help(ack, body, action)
            return
        if name in (notes.RETRY, notes.DO_IT):
            await self._once_more(ack, body, action)
            return
        row, key = self._pressed(name, key)
        person = await self._person(ack, body)
        ask = asks.from_action(body, action, person, self.clock(), key)
        if row is None:
            await ack()
            if not asks.leads_outside(body, action):
                await self._say(ask, notes.old_button())
            return
        await self._run(ack, Found(row, ask, Kind.PRESSED, asks.label_of(action)), form=False)

    async def _all_help(self, ack: Ack, body: Payload, action: Payload) -> None:
        root = asks.action_key(action)
        person = await self._person(ack, body)
        await ack()
        typed = replace(match(self.table, root, "help", ""), prefix=self.prefix)
        ask = asks.from_action(body, action, person, self.clock(), root)
        await self.desk.answer(ask, Open(notes.all_help(typed, person)))

    async def _once_more(self, ack: Ack, body: Payload, action: Payload) -> None:
        """An ask that was kept in a button: tried once more, or done by somebody who may."""
        value, number = asks.action_key(action), None
        found: Kept | None
        if action.get("action_id") == notes.DO_IT:
            number, found = from_numbered(value) or (None, None)
        else:
            found = kept(value)
        person = await self._person(ack, body)
        press = asks.from_action(body, action, person, self.clock(), value)
        row, key = self._kept_row(found) if found else (None, "")
        if found is None or row is None:
            await ack()
            await self._say(press, notes.old_button())
            return
        await self._run(ack, Found(row, found.by(press, key), found.kind, found.label, number), form=False)

    def _kept_row(self, found: Kept) -> tuple[Row | None, str]:
        if found.kind is Kind.PRESSED:
            return self._pressed(found.origin, found.pressed)
        for row in self.table:
            match row:
                case Command(path) if found.kind is Kind.TYPED and path == found.origin:
                    return row, ""
                case Form(callback) if found.kind is Kind.SENT and callback == found.origin:
                    return row, ""
                case Shortcut(callback) if found.kind is Kind.SHORTCUT and callback == found.origin:
                    return row, ""
                case _:
                    continue
        return None, ""

    async def form(self, ack: Ack, body: Payload) -> None:
        callback = str((body.get("view") or {}).get("callback_id") or "")
        row = next((row for row in self.table if isinstance(row, Form) and row.callback == callback), None)
        person = await self._person(None, body)
        ask = asks.from_form(body, person, self.clock())
        if row is None:
            await ack(response_action="update", view=fit_view(notes.old_form()))
            return
        await self._run(ack, Found(row, ask, Kind.SENT, asks.title_of(body)), form=True)

    async def shortcut(self, ack: Ack, body: Payload) -> None:
        callback = str(body.get("callback_id") or "")
        row = next((row for row in self.table if isinstance(row, Shortcut) and row.callback == callback), None)
        person = await self._person(ack, body)
        ask = asks.from_shortcut(body, person, self.clock())
        if row is None:
            await ack()
            return
        await self._run(ack, Found(row, ask, Kind.SHORTCUT, row.name), form=False)

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
            await self._say(ask, notes.unknown(typed, person, self.here(ask)))
            return
        label = notes.as_typed(typed.path, typed.prefix)
        await self._run(ack, Found(typed.row, ask, Kind.TYPED, label), form=False)

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
            refusal = self._refusal(found, row.who, found.label)
            if form:
                await ack(response_action="update", view=fit_view(notes.refused_form(refusal)))
            else:
                await ack()
                await self._say(ask, refusal)
            return
        if row.how is How.ACT:
            await self._act(ack, found, form=form)
        elif found.request is None or await self._taken(ack, found):
            await self._read(ack, found, form=form)

    def _refusal(self, found: Found, needs: Role, what: str) -> Message:
        """Who may, and a button that asks them, unless this is what was asked of them. Guests hear of the lead only."""
        log.info("refused", who=found.ask.person.id, needs=needs.word, origin=found.ask.origin)
        if found.ask.person.guest:
            return notes.guests(self.lead(found.ask))
        able = self.people.having(needs)
        return notes.refused(needs, found.ask.person, able, what=what, ask=found.again(needs))

    async def _taken(self, ack: Ack, found: Found) -> bool:
        """What opens a form or only reads is taken over by the first one who presses."""
        ask, first = found.ask, False

        async def take() -> Acts:
            nonlocal first
            first, acts = await self.requests.take(found.request or 0, ask, done=False)
            return acts

        acts = await self._committed(ack, found, take, form=False)
        if acts is not None and not first:
            await ack()
            await self._answer(ask, acts, form=False)
        return first

    def _may(self, row: Row, ask: Ask) -> bool:
        """The lead of an incident may do in it what a responder may; a guest reads what stands where they are."""
        if ask.person.guest and (row.how is How.ACT or (isinstance(row, Command) and not row.guests)):
            return False
        if ask.person.role >= row.who:
            return True
        return row.who is Role.RESPONDER and not ask.person.guest and self.leads(ask.person, ask)

    async def _act(self, ack: Ack, found: Found, *, form: bool) -> None:
        acts = await self._committed(ack, found, lambda: self._handled(found), form=form)
        if acts is None:
            return
        carried = await self._ack(ack, found.ask, acts, form=form)
        await self._answer(found.ask, acts, form=form, carried=carried)

    async def _committed(
        self, ack: Ack, found: Found, doing: Callable[[], Awaitable[Acts]], *, form: bool
    ) -> Acts | None:
        """One transaction; None when nothing was done, and then it was acked and said."""
        ask = found.ask
        try:
            return await self.desk.take(ask.once, doing, TAKE_LIMIT)
        except Repeated:
            await ack()
        except NotTaken:
            await self._not_done(ack, ask, notes.not_taken(found.again()), form=form)
        except NeedsRole as error:
            await self._not_done(ack, ask, self._refusal(found, error.role, error.what), form=form)
        except Exception:
            ref = secrets.token_hex(2).upper()
            log.exception("act failed", ref=ref, origin=ask.origin)
            await self._not_done(ack, ask, notes.broke(ref, found.again()), form=form)
        return None

    async def _handled(self, found: Found) -> Acts:
        """What was asked of somebody is done once, whoever of them is first."""
        if found.request is None:
            return await self._handle(found.row, found.ask)
        first, acts = await self.requests.take(found.request, found.ask, done=True)
        return (*acts, *await self._handle(found.row, found.ask)) if first else acts

    async def _read(self, ack: Ack, found: Found, *, form: bool) -> None:
        row, ask = found.row, found.ask
        if form:
            # A form's answer rides in its ack; such a handler works from memory.
            acts = await self._guarded(found)
            carried = await self._ack(ack, ask, acts, form=True)
            await self._answer(ask, acts, form=True, carried=carried)
            return
        await ack()
        if row.how is How.LOAD:
            await self._load(found)
            return
        await self._answer(ask, await self._guarded(found), form=False)

    async def _load(self, found: Found) -> None:
        """What the handler answers stands in the loading view, also when it is only a word."""
        ask = found.ask
        if not ask.view_id:
            view_id = await self.desk.loading(ask, "Daywatch")
            if not view_id:
                return
            ask = replace(ask, view_id=view_id)
        acts = await self._guarded(replace(found, ask=ask))
        filled = any(isinstance(act, Next) for act in acts)
        told = [Next(notes.told(act.message)) if isinstance(act, Reply) and not filled else act for act in acts]
        await self._answer(ask, told, form=False)

    async def _guarded(self, found: Found) -> Acts:
        try:
            async with asyncio.timeout(READ_LIMIT):
                return await self._handle(found.row, found.ask)
        except TimeoutError:
            return (Reply(notes.too_slow(found.again())),)
        except NeedsRole as error:
            return (Reply(self._refusal(found, error.role, error.what)),)
        except Exception:
            ref = secrets.token_hex(2).upper()
            log.exception("read failed", ref=ref, origin=found.ask.origin)
            return (Reply(notes.broke(ref, found.again())),)

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
            if isinstance(act, Wrong) and not form:
                await self._say(ask, notes.wrong(act.fields))
            elif isinstance(act, Reply | Open) or (isinstance(act, Next) and not form):
                await self.desk.answer(ask, act)

    async def _not_done(self, ack: Ack, ask: Ask, message: Message, *, form: bool) -> None:
        if form:
            await ack(response_action="update", view=fit_view(notes.refused_form(message)))
            return
        await ack()
        await self._say(ask, message)

    async def _say(self, ask: Ask, message: Message) -> None:
        await self.desk.answer(ask, Reply(message))
