"""Who acts in PagerDuty: the person of Slack where they are a user there, else the user from the settings."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.foreign import shown
from bot.integrations.pagerduty.client import PagerDutyRest
from bot.integrations.pagerduty.payloads import User

_KEPT: Final = 600.0
_MOST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose e-mail goes into `From`. Not `person`: it is ours, and the text has to name who asked."""

    email: str
    person: bool

    def signed(self, text: str, by: Author) -> str:
        return text.strip() if self.person else f"{text.strip()} ({shown(by.name, limit=80)}, from Slack)".strip()


class People:
    """PagerDuty's users by e-mail, looked up once in ten minutes; that somebody is none is remembered too."""

    def __init__(self, rest: PagerDutyRest, fallback: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest, self._fallback, self._clock = rest, fallback, clock
        self._known: dict[str, tuple[float, User | None]] = {}

    async def sender(self, by: Author) -> Sender:
        user = None
        if by.email:
            try:
                user = await self.user(by.email)
            except Refused:
                user = None  # a key that may not read users can act all the same, under our own name
        if user is None or not user.email or not user.email.isascii():  # a header takes nothing else
            return self.ourselves
        return Sender(email=user.email, person=True)

    @property
    def ourselves(self) -> Sender:
        return Sender(email=self._fallback, person=False)

    async def user(self, email: str) -> User | None:
        """The user with exactly this e-mail. PagerDuty's search finds parts of names as well."""
        wanted = email.strip().casefold()
        kept = self._known.get(wanted)
        if kept and self._clock() - kept[0] < _KEPT:
            return kept[1]
        listing = await self._rest.every(User, "/users", {"query": email.strip()}, at_most=500)
        found = next((one for one in listing.things if (one.email or "").casefold() == wanted), None)
        while len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[wanted] = (self._clock(), found)
        return found

    def forget(self, email: str) -> None:
        self._known.pop(email.strip().casefold(), None)
