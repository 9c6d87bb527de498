"""The settings file, read again while the bot runs; every replica follows within seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.store.settings import SettingRows

KEY = "plan.read_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """How reading it went. With `problems` the old settings stay; `later` parts count only after a restart."""

    path: str | None
    problems: Sequence[str] = ()
    changed: Sequence[str] = ()
    later: Sequence[str] = ()

    def __str__(self) -> str:
        if self.problems:
            return "The old settings stay. " + " · ".join(self.problems)
        if self.path is None:
            return "There is no settings file; the defaults hold. Set DAYWATCH_CONFIG, or write daywatch.yaml."
        if not self.changed:
            return f"Read {self.path} again; nothing in it has changed."
        told = f"Read {self.path} again; changed: {', '.join(self.changed)}."
        return f"{told} Restart for {', '.join(self.later)}: read only at the start." if self.later else told


@dataclass(slots=True, kw_only=True)
class Plans:
    """`read` takes the file over, or leaves everything as it is and says why. Called in the caller's transaction."""

    read: Callable[[], Reread]
    rows: SettingRows
    clock: Callable[[], datetime]
    _seen: str | None = field(default=None)

    async def again(self, who: str) -> Reread:
        """Somebody asks for it: here at once, elsewhere at the next tick."""
        done = self.read()
        if not done.problems:
            now = self.clock()
            self._seen = now.isoformat()
            await self.rows.put(KEY, {"at": self._seen}, who=who, at=now)
        return done

    async def follow(self) -> Reread | None:
        """Read it when another replica was asked to. What was asked before our start is in our settings already."""
        stamp = str((await self.rows.get(KEY)).get("at", ""))
        if self._seen is None or stamp == self._seen:
            self._seen = stamp
            return None
        self._seen = stamp
        return self.read()
