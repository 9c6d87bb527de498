"""Pages through one service's routing key (Events API), for installations whose key may not write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from typing_extensions import override  # typing has it from Python 3.12

from bot.domain.capabilities import Pager
from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.pagerduty.client import counted
from bot.integrations.pagerduty.library import Events
from bot.integrations.pagerduty.news import SOURCE
from bot.integrations.threads import Threads

LONGEST_KEY: Final = 255
LONGEST_TITLE: Final = 1_024
LONGEST_TEXT: Final = 10_000
_NEEDS: Final = "A routing key alone cannot {}. Set PAGERDUTY_API_KEY (full access) and PAGERDUTY_FROM_EMAIL."


@dataclass(frozen=True, kw_only=True)
class PagerDutyEvents(Pager):
    """Raises pages, and nothing else: an acknowledgement by routing key is answered 202 and may still be dropped."""

    events: Threads[Events]
    now: Callable[[], datetime]
    count: Callable[[str, float], None]

    @property
    def source(self) -> str:
        return SOURCE

    @property
    def takes_notes(self) -> bool:
        return False

    @override
    async def acknowledge(self, alert: str, by: Author) -> None:
        raise Refused(_NEEDS.format("acknowledge"))

    @override
    async def resolve(self, alert: str, by: Author, words: str) -> None:
        raise Refused(_NEEDS.format("resolve"))

    @override
    async def note(self, alert: str, text: str, by: Author, *, once: str) -> None:
        raise Refused(_NEEDS.format("add notes"))

    @override
    async def page(
        self, service_ref: str, title: str, message: str, by: Author, *, once: str, email: str | None
    ) -> str:
        """Page whoever is on call for the key's service; PagerDuty takes a repeated `once` for the same alert."""
        if email:
            raise Refused(_NEEDS.format("page one person"))
        moment = self.now().isoformat()
        return await counted(
            self.events.call(
                lambda events: str(
                    events.trigger(
                        title[:LONGEST_TITLE],
                        "Daywatch",
                        dedup_key=once[:LONGEST_KEY],
                        severity="critical",
                        payload={"timestamp": moment},
                        custom_details={"message": message[:LONGEST_TEXT], "asked by": by.name},
                    )
                )
            ),
            self.count,
        )

    async def aclose(self) -> None:
        await self.events.aclose()
