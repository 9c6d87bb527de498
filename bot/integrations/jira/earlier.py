"""Finds the ticket that an earlier try made, though Jira's search may not show it yet: two of one would be worse."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from bot.domain.errors import NotFound, Unavailable
from bot.integrations.jira.payloads import Issue
from bot.integrations.jira.site import Site, quoted

READ: Final = ("summary", "status", "labels")
_REMEMBERED: Final = 1_000
_SETTLING: Final = 30.0
"""Seconds in which Jira's search may not know what was made, and in which a call without an answer may yet be done."""
_MISSES: Final = 3
"""Numbers of a project without a ticket, one after the other, behind which there is none: some are gone again."""
_MOST_READ: Final = 40


class Earlier:
    """What was made, by label, and what was tried without a clear answer."""

    def __init__(
        self,
        site: Site,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._site = site
        self._clock = clock
        self._pause = pause
        self._began = clock()
        self._made: OrderedDict[str, str] = OrderedDict()
        self._unclear: OrderedDict[str, float] = OrderedDict()
        self._unanswered: OrderedDict[str, float] = OrderedDict()

    async def find(self, once: str) -> Issue | None:
        """The ticket with this label. Raises while Jira may still be at work on it."""
        remembered = self._made.get(once)
        if remembered is not None:
            try:
                return await self._site.issue(remembered, *READ)
            except NotFound:
                del self._made[once]  # deleted since
        found = await self._labelled(once)
        if found is None and self._may_lag(once):
            await self._pause(2.0)
            found = await self._labelled(once) or await self._among_newest(once)
        if found is not None:
            self.made(once, found.key)
        elif self._clock() - self._unanswered.get(once, float("-inf")) < _SETTLING:
            raise Unavailable("Jira has not said whether it made the ticket. It is looked for before it is made again.")
        return found

    def trying(self, once: str) -> None:
        """From here on it may be there, whatever comes of the call."""
        for noted in (self._unclear, self._unanswered):
            noted[once] = self._clock()
            while len(noted) > _REMEMBERED:
                noted.popitem(last=False)

    def made(self, once: str, key: str) -> None:
        self.not_made(once)
        self._made[once] = key
        while len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)

    def not_made(self, once: str) -> None:
        """Jira said clearly that it did not take it."""
        self._unclear.pop(once, None)
        self._unanswered.pop(once, None)

    def answered(self, once: str) -> None:
        """Jira has done with the call, but did not say how it ended."""
        self._unanswered.pop(once, None)

    async def _labelled(self, once: str) -> Issue | None:
        jql = f"project = {quoted(self._site.login.project)} AND labels = {quoted(once)} ORDER BY created ASC"
        found = await self._site.search(jql, *READ, limit=10)
        for one in found.issues:
            if once in one.fields.labels:
                try:
                    return await self._site.issue(one.key, *READ)
                except NotFound:
                    continue  # deleted, and the search shows it still
        return None

    async def _among_newest(self, once: str) -> Issue | None:
        """Read one by one, behind the newest ticket that the search shows: reading a ticket by its key never lags."""
        project = self._site.login.project
        newest = await self._site.search(f"project = {quoted(project)} ORDER BY created DESC", *READ, limit=1)
        number = max((int(one.key.rpartition("-")[2]) for one in newest.issues), default=0)
        misses = 0
        for next_ in range(number + 1, number + 1 + _MOST_READ):
            try:
                one = await self._site.issue(f"{project}-{next_}", *READ)
            except NotFound:
                misses += 1
                if misses == _MISSES:
                    break
                continue
            misses = 0
            if once in one.fields.labels:
                return one
        return None

    def _may_lag(self, once: str) -> bool:
        """Cloud's search is behind by seconds, and so is that of a Data Center with several nodes."""
        since = max(self._began, self._unclear.get(once, float("-inf")))
        return self._clock() - since < _SETTLING
