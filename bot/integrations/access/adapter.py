"""Posted lists of who may do what: for the access review as they are, for the checklist in numbers."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.access import Access, AccessFound
from bot.domain.capabilities import AccessList, DailyCheck
from bot.domain.check import Answer, Check, Item
from bot.integrations import Wiring
from bot.integrations.access import judge
from bot.integrations.access.settings import AccessSettings
from bot.integrations.access.shapes import Kept, Row
from bot.integrations.reports import Lookout, Posted


class PostedAccess(DailyCheck, AccessList):
    def __init__(self, lookout: Lookout, wiring: Wiring) -> None:
        self._lookout = lookout
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: AccessSettings, wiring: Wiring) -> "PostedAccess | None":
        if wiring.reports is None:
            return None
        return cls(Lookout.of(wiring.reports, settings, "access"), wiring)

    @property
    def source(self) -> str:
        return f"access {self._wiring.instance}" if self._wiring.instance else "access"

    def checks(self) -> Sequence[Check]:
        question = "Are there keys without an end, unused or ended, or people without a second factor?"
        here = self._wiring.instance
        return (Check(name="access.lists", item=Item.SECURITY, question=question, ask=self.lists, instance=here),)

    async def lists(self) -> Answer:
        posted = await self._lookout.posted(self._wiring.outside.now())
        if isinstance(posted, Answer):
            return posted
        unused = timedelta(days=self._wiring.limit("access.lists", "unused_days", 90))
        soon = timedelta(days=self._wiring.limit("access.lists", "ends_within_days", 14))
        return judge.lists(posted, self._wiring.outside.now(), (unused, soon))

    async def access(self) -> AccessFound:
        """A list that is too old tells of nobody, and says so."""
        posted = await self._lookout.posted(self._wiring.outside.now())
        if isinstance(posted, Answer):
            return AccessFound(access=(), unread=(posted.reason or posted.summary,))
        rows = [row for one in posted if one.newest and not one.missing for row in _rows(one)]
        return AccessFound(
            access=[_access(one) for one in rows],
            unread=[f"{one.name}: {one.missing.detail}" for one in posted if one.missing is not None],
        )


def _rows(one: Posted) -> Sequence[Row]:
    return Kept.model_validate(one.newest.report.facts).rows if one.newest else ()


def _access(one: Row) -> Access:
    notes = ["no second factor"] if one.second_factor is False else []
    notes += ["never used"] if one.never_used else []
    return Access(
        system=one.system,
        principal=one.principal,
        role=one.role,
        holder=one.kind,
        title=one.name,
        email=one.email or None,
        strong=bool(one.admin),
        last_used=one.last_used,
        expires=one.expires,
        note=", ".join(notes),
    )
