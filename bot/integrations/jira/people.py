"""Who somebody is in Jira, found by their e-mail address, which Jira may hide."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import structlog

from bot.domain.errors import Refused
from bot.integrations.jira.site import Site

_REMEMBERED: Final = 1_000
_KEPT: Final = 600.0

log = structlog.get_logger(__name__)


class People:
    def __init__(self, site: Site, *, clock: Callable[[], float]) -> None:
        self._site = site
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def by_email(self, email: str) -> str | None:
        """Whom Jira knows by this address; None when it hides addresses, or nobody has it."""
        wanted = email.strip().casefold()
        at, known = self._known.get(wanted, (float("-inf"), None))
        if self._clock() - at <= _KEPT:
            return known
        try:
            people = [one for one in await self._site.people(wanted) if one.active and one.id]
        except Refused as error:
            log.warning("jira does not let us look people up", reason=str(error))
            people = []
        exact = [one for one in people if (one.email or "").casefold() == wanted]
        hidden = [one for one in people if one.email is None] if len(people) == 1 else []
        known = next((one.id for one in exact or hidden), None)
        self._known[wanted] = (self._clock(), known)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known

    def as_field(self, person: str) -> dict[str, str]:
        """How a field names them."""
        return {"id" if self._site.login.cloud else "name": person}
