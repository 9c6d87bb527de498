"""*Ask them*: who may not do something asks those who may, where it was tried; the first of them does it, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.acts import Acts, Ask, Next, Post, Reply
from bot.domain.incident import number_of
from bot.domain.person import Person
from bot.domain.plan import Plan
from bot.features.operations import request_views as views
from bot.features.operations.service import Roster
from bot.slack import notes
from bot.slack.drawn import Drawn
from bot.slack.kept import Kept, kept
from bot.slack.message import Message
from bot.store.audit import Audit
from bot.store.incidents import IncidentRows
from bot.store.requests import Request, RequestRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    rows: RequestRows
    incidents: IncidentRows
    roster: Roster
    audit: Audit
    plan: Callable[[], Plan]
    clock: Callable[[], datetime]

    def able(self, wanted: Kept, asker: str) -> Sequence[Person]:
        return [one for one in self.roster.having(wanted.needs) if one.id != asker]

    async def place(self, wanted: Kept, asker: Person) -> tuple[str, str]:
        """Channel and thread: where it was tried, else the incident's channel, else that of the first team.

        In a direct message with us, in a modal and on the Home tab nobody else would see it.
        """
        if wanted.channel and not wanted.channel.startswith("D"):
            return wanted.channel, wanted.thread
        number = number_of(wanted.incident.partition(":")[0])
        found = await self.incidents.get(number) if number else None
        if found and found.channel and (not found.private or found.involves(asker.id)):
            return found.channel, ""
        return self.plan().teams[0].channel, ""

    async def take(self, number: int, ask: Ask, *, done: bool) -> tuple[bool, Acts]:
        """Whether it is this person's to do: the first one's."""
        now = self.clock()
        if await self.rows.take(number, ask.person.id, now, done=done):
            await self._note(ask, "request.done" if done else "request.taken", number)
            return True, (Post(f"request:{number}"),)
        found = await self.rows.get(number)
        if found is None or found.taken_at is None:
            return False, (Reply(notes.old_button()),)
        who = self.roster.name(found.taken_by)
        return False, (Reply(views.taken_already(found, who)), Post(f"request:{number}"))

    async def _note(self, ask: Ask, what: str, number: int) -> None:
        object_ = f"request:{number}"
        await self.audit.note(at=self.clock(), who=ask.person.id, what=what, object_=object_, whence=ask.channel)


async def ask_them(requests: Requests, ask: Ask) -> Acts:
    """One request for one ask, however often it is pressed."""
    wanted = kept(ask.key)
    if wanted is None:
        return (Reply(notes.old_button()),)
    able = requests.able(wanted, ask.person.id)
    if not able:
        return _answered(ask, views.nobody(wanted))
    channel, thread = await requests.place(wanted, ask.person)
    number = await requests.rows.add(
        Request(
            id=0,
            once=wanted.once,
            ask=ask.key,
            channel=channel,
            thread=thread,
            who=ask.person.id,
            at=requests.clock(),
        )
    )
    if number is None:
        return _answered(ask, views.asked_already(wanted))
    await requests._note(ask, "request.asked", number)  # noqa: SLF001 - its own handler
    return (*_answered(ask, views.asked([one.name for one in able], channel)), Post(f"request:{number}"))


def _answered(ask: Ask, message: Message) -> Acts:
    """In the place of the note that was pressed."""
    return (Next(notes.told(message)),) if ask.view_id else (Reply(message, replace=True),)


async def draw(requests: Requests, key: str) -> Drawn | None:
    """`<request>`: what is asked of whom, then who did it."""
    found = await requests.rows.get(int(key)) if key.isdigit() else None
    wanted = kept(found.ask) if found else None
    if found is None or wanted is None:
        return None
    message = views.request(
        found,
        wanted,
        asker=requests.roster.name(found.who),
        able=requests.able(wanted, found.who),
        taken_by=requests.roster.name(found.taken_by),
        now=requests.clock(),
    )
    return Drawn(channel=found.channel, message=message, thread_ts=found.thread or None)
