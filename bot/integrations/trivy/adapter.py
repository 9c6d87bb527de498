"""Trivy's answers to the morning checklist."""

from collections.abc import Awaitable, Callable, Sequence

from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check, Item
from bot.integrations import Wiring
from bot.integrations.reports import Lookout
from bot.integrations.trivy.judge import PATCHES, Judge, Judged, answer, only
from bot.integrations.trivy.settings import TrivySettings

_MOST: int = 100
"""Critical and high findings of a scan, with a fix and without."""


class Trivy(DailyCheck):
    def __init__(self, settings: TrivySettings, wiring: Wiring) -> None:
        self._settings = settings
        self._wiring = wiring
        reports = wiring.reports
        self._lookout = Lookout.of(reports, settings, "trivy") if reports is not None else None

    @classmethod
    def connect(cls, settings: TrivySettings, wiring: Wiring) -> "Trivy":
        return cls(settings, wiring)

    def checks(self) -> Sequence[Check]:
        if self._lookout is None:
            return ()
        lookout = self._lookout
        return (
            self._check(
                "trivy.scans",
                Item.SECURITY,
                "Did the scans in CI find nothing that must be mended?",
                lambda: self.scans(lookout),
            ),
            self._check(
                "trivy.patches",
                Item.PATCHES,
                "Does nothing that CI scanned wait for a critical patch?",
                lambda: self.patches(lookout),
            ),
        )

    async def scans(self, lookout: Lookout) -> Answer:
        found = await self._judged(lookout)
        return found if isinstance(found, Answer) else answer(*found, "scan")

    async def patches(self, lookout: Lookout) -> Answer:
        found = await self._judged(lookout)
        if isinstance(found, Answer):
            return found
        judged, many = found
        return answer(only(judged, PATCHES, lambda _: "no critical patch waits"), many, "scan")

    async def _judged(self, lookout: Lookout) -> Answer | tuple[Sequence[Judged], int]:
        posted = await lookout.posted(self._wiring.outside.now())
        if isinstance(posted, Answer):
            return posted
        judge = self._judge()
        return [judged for one in posted for judged in judge.scan(one)], len(posted)

    def _judge(self) -> Judge:
        return Judge(
            accepted=self._settings.accepted_on(self._wiring.today()),
            most=self._wiring.limit("trivy.scans", "warn", _MOST),
        )

    def _check(self, name: str, item: Item, question: str, ask: Callable[[], Awaitable[Answer]]) -> Check:
        return Check(name=name, item=item, question=question, ask=ask, instance=self._wiring.instance)
