"""Incidents and deployments as events: one when it begins and one when it is over, kept together by their key."""

from typing import Final

from bot.domain.capabilities import Marker
from bot.domain.mark import Mark
from bot.integrations.datadog.adapter import Datadog
from bot.integrations.foreign import shown

_LONGEST: Final = 100


class MarkingDatadog(Datadog, Marker):
    """With events switched on. Datadog changes no event, so that the end is one of its own.

    A repeat may come twice: Datadog folds events of one key together, and has no way to find one just sent.
    """

    @property
    def title(self) -> str:
        return self._wiring.titled("Datadog")

    async def mark(self, mark: Mark) -> None:
        over = mark.until is not None
        kind = ("success" if over else "error") if mark.bad else "info"
        words = shown(mark.title, limit=_LONGEST - 10)
        at = mark.until or mark.since
        await self._client.post_event(
            {
                "title": f"{words}: over" if over and mark.bad else words,
                "text": mark.link or words,
                "date_happened": int(at.timestamp()),
                "alert_type": kind,
                "aggregation_key": mark.once[:_LONGEST],
                "tags": ["source:daywatch", f"daywatch:{mark.once}", *mark.tags],
            }
        )
