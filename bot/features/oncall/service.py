"""Asks everybody who knows who is on call, remembers the last answer of each, and writes down who was paged."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.acts import Acts, Ask, Post, Start
from bot.domain.capabilities import Connections, Duty, Pager
from bot.domain.errors import VendorError
from bot.domain.names import Names
from bot.domain.oncall import OnCall
from bot.domain.person import Person
from bot.domain.plan import Plan, Team
from bot.features.oncall.cover import Cover, starts_later
from bot.features.oncall.roster import HORIZON, Roster, Told, is_ours, key_of, nobody, roster
from bot.store.audit import Audit
from bot.store.pages import Page, PageRows, PageState

log = structlog.get_logger(__name__)

_LONGEST_KEY: Final = 70  # what a button and a select carry
_MOST_MENTIONED: Final = 5


@dataclass(slots=True, kw_only=True)
class Duties:
    """The last answer of each source is kept in memory, so that one that is down still shows what it said."""

    connections: Connections
    plan: Callable[[], Plan]
    names: Names
    pages: PageRows
    audit: Audit
    clock: Callable[[], datetime]
    patience: float = 8.0
    _last: dict[int, Told] = field(default_factory=dict)

    async def ask(self) -> Roster:
        """All sources at once; one that is slow or down leaves its last answer, and says so."""
        sources = self.connections.all(Duty)
        told = await asyncio.gather(*(self._told(place, source) for place, source in enumerate(sources)))
        return roster(told, self.plan(), self.clock())

    def remembered(self) -> Roster:
        """The last answers, for what may not wait."""
        return roster([one for _, one in sorted(self._last.items())], self.plan(), self.clock())

    async def _told(self, place: int, duty: Duty) -> Told:
        # A pager that also pages has a name for its alerts; one that only knows duties need not have one.
        name = getattr(duty, "source", None)
        before = self._last.get(place, Told(source=name))
        try:
            async with asyncio.timeout(self.patience):
                found = await duty.on_call()
        except TimeoutError:
            return replace(before, trouble=f"{name or 'the pager'} gave no answer in {self.patience:.0f} s")
        except VendorError as error:
            return replace(before, trouble=str(error))
        except Exception:
            log.exception("asking who is on call failed", source=name)
            return replace(before, trouble="our own mistake, see the log")
        at = self.clock()
        coming, trouble = await self._coming(duty)
        told = Told(source=name, at=at, now=[one for one in found if not starts_later(one, at)], coming=coming)
        self._last[place] = told
        return replace(told, trouble=trouble)

    async def _coming(self, duty: Duty) -> tuple[Sequence[OnCall] | None, str]:
        """Who comes next. Without it the present stands all the same."""
        try:
            async with asyncio.timeout(self.patience):
                found = await duty.coming(self.clock() + HORIZON)
        except TimeoutError:
            return None, f"who comes next is not known: no answer in {self.patience:.0f} s"
        except VendorError as error:
            return None, f"who comes next is not known: {error}"
        except Exception:
            log.exception("asking who comes next failed")
            return None, "who comes next is not known: our own mistake, see the log"
        return [one for one in found if starts_later(one, self.clock())], ""

    def person(self, duty: OnCall) -> Person | None:
        """The same person in Slack, found by e-mail."""
        return self.names.by_email(duty.email) if duty.email else None

    # Paging.

    def can_page(self) -> bool:
        return bool(self.connections.all(Pager))

    def targets(self) -> Sequence[Cover]:
        """What can be paged, from memory: our services first, then what else the pagers told."""
        known = {one.key: one for one in self.remembered().covers if one.ref}
        ours = [
            known.pop(key_of(service), nobody(service, self.clock()))
            for service in self.plan().services
            if service.match.refs or key_of(service) in known
        ]
        return [one for one in (*ours, *known.values()) if len(one.key) <= _LONGEST_KEY]

    def target(self, key: str) -> Cover | None:
        return next((one for one in self.targets() if one.key == key), None)

    def team_of(self, cover: Cover) -> Team:
        return self.plan().team_of(cover.name if is_ours(cover) else None)

    def now_at(self, team: Team) -> datetime:
        """Now on the team's clock."""
        return self.clock().astimezone(ZoneInfo(team.timezone))

    async def page(self, ask: Ask, cover: Cover, words: str) -> Acts:
        """Written down first; the flow calls, and the message in the team's channel shows what comes of it."""
        now = self.clock()
        people = [person.id for shift in cover.first if (person := self.person(shift.who))]
        page = Page(
            id=0,
            service=cover.name,
            service_ref=cover.ref,
            source=cover.source,
            channel=self.team_of(cover).channel,
            words=words,
            people=people[:_MOST_MENTIONED],
            who=ask.person.id,
            at=now,
        )
        number = await self.pages.add(page)
        await self._audited(now, ask.person.id, number, whence=ask.channel, result=PageState.ASKED)
        return (
            Post(f"oncall.page:{number}"),
            Start(flow="oncall.page", once=f"oncall:{number}:page", given={"page": number}),
        )

    async def ended(self, number: int, state: str, pager_id: str) -> Acts:
        """The page was sent, or it is not going to be."""
        page = await self.pages.get(number)
        if page is None or page.state is not PageState.ASKED:
            return ()
        now = self.clock()
        await self.pages.end(number, PageState(state), now, pager_id[:200] or None)
        await self._audited(now, page.who, number, whence="", result=state)
        return (Post(f"oncall.page:{number}"),)

    async def _audited(self, at: datetime, who: str, number: int, *, whence: str, result: str) -> None:
        await self.audit.note(
            at=at, who=who, what="oncall.page", object_=f"page:{number}", whence=whence, result=result
        )
