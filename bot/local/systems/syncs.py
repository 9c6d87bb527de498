"""What the example Argo CD deploys, and when: the same times however often it is asked, and over a restart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.local.keep import Keep
from bot.local.systems.examples import Application
from bot.local.systems.moments import Now

_KIND: Final = "systems.argocd"
_PRESSED: Final = "systems.argocd.sync"
_BEGAN: Final = "began"
LASTS: Final = timedelta(seconds=4)
REMEMBERED: Final = 60
"""So many syncs an application keeps: more than a day of them, for whoever asks that late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One deployment of an application; `by` is None where Argo CD did it by itself."""

    version: str
    started: datetime
    finished: datetime
    by: str | None


class Syncs:
    """Each application on its own beat, counted from the first start of the workspace, and what people press besides.

    Someone who raises an incident at once finds a deployment of a few minutes before, someone who does it hours later
    one of the last hour, and a sync that was once told stays where it was.
    """

    def __init__(self, keep: Keep, now: Now) -> None:
        self._keep, self._now = keep, now
        known = keep.get(_KIND, _BEGAN)
        began = datetime.fromisoformat(known["at"]) if known else now().replace(microsecond=0)
        if known is None:
            keep.put(_KIND, _BEGAN, {"at": began.isoformat()})
        self._began = began

    def of(self, one: Application) -> list[Sync]:
        """The last ones that are over, the oldest first."""
        pressed = sorted(self._pressed(one))
        latest = (self._now() - LASTS - self._first(one)) // one.every
        beats = [self._beat(one, number, pressed) for number in range(latest - REMEMBERED + 1, latest + 1)]
        by_hand = [Sync(version=self._version(one, at, pressed), started=at, finished=at, by=by) for at, by in pressed]
        return sorted([*beats, *by_hand], key=lambda sync: sync.started)[-REMEMBERED:]

    def press(self, one: Application, by: str) -> Sync:
        """Somebody deploys the next version now."""
        at = self._now().replace(microsecond=0)
        while any(sync.started == at for sync in self.of(one)):  # its start is what a sync is known by
            at += timedelta(seconds=1)
        self._keep.put(_PRESSED, f"{one.name}@{at.isoformat()}", {"app": one.name, "at": at.isoformat(), "by": by})
        return Sync(version=self._version(one, at, sorted(self._pressed(one))), started=at, finished=at, by=by)

    def _pressed(self, one: Application) -> Iterator[tuple[datetime, str]]:
        for kept in self._keep.all(_PRESSED).values():
            if kept["app"] == one.name:
                yield datetime.fromisoformat(kept["at"]), str(kept["by"])

    def _first(self, one: Application) -> datetime:
        return self._began - one.before

    def _beat(self, one: Application, number: int, pressed: list[tuple[datetime, str]]) -> Sync:
        at = self._first(one) + number * one.every
        by = one.by[number % len(one.by)]
        return Sync(version=self._version(one, at, pressed), started=at, finished=at + LASTS, by=by)

    def _version(self, one: Application, at: datetime, pressed: list[tuple[datetime, str]]) -> str:
        """Counted on with every sync."""
        beats = (at - self._first(one)) // one.every
        major, minor, patch = one.version
        number = patch + beats + sum(earlier <= at for earlier, _ in pressed)
        return f"{major}.{minor + number // 10}.{number % 10}"
