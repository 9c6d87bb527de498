"""What is kept of a check-mode run: hosts, tasks and counts. Results, messages and file contents never get here."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

from bot.integrations.foreign import sound

MOST: Final = 100
"""Hosts and tasks that are kept of each kind; the counts are of all."""
_LONGEST: Final = 120


class Met(BaseModel):
    """A host, and the task at which something was to be seen."""

    model_config = ConfigDict(frozen=True)

    host: str
    task: str = ""


class Run(BaseModel):
    """The facts of a report. `finished`: it came to its statistics."""

    model_config = ConfigDict(frozen=True)

    hosts: int = 0
    changed_hosts: int = 0
    changed_tasks: int = 0
    failed_hosts: int = 0
    dark_hosts: int = 0
    changed: tuple[Met, ...] = ()
    failed: tuple[Met, ...] = ()
    dark: tuple[Met, ...] = ()
    finished: bool = True
    exit_code: int | None = None

    @property
    def broken(self) -> bool:
        """It did not come to its end. 2 and 4 are hosts that failed or were out of reach, which it tells itself."""
        explained = self.failed_hosts or self.dark_hosts
        return not self.finished or not (self.exit_code in (None, 0) or (self.exit_code in (2, 4) and explained))

    @property
    def words(self) -> str:
        """In short, for who posted it."""
        if self.broken:
            return "the run itself failed"
        told = {"changed": self.changed_hosts, "failed": self.failed_hosts, "out of reach": self.dark_hosts}
        numbers = ", ".join(f"{count} {what}" for what, count in told.items() if count) or "nothing changed"
        return f"{self.hosts} hosts: {numbers}"


class Gathering:
    """Counts what a run tells, and keeps the first hosts and tasks of it."""

    def __init__(self) -> None:
        self._changed: dict[tuple[str, str], None] = {}
        self._failed: dict[tuple[str, str], None] = {}
        self._stats: dict[str, Mapping[str, int]] | None = None

    def met(self, host: str, task: str, *, changed: bool, failed: bool) -> None:
        """The same task of a host may come several times: by strategy, or as a handler."""
        if changed:
            self._changed[_text(host), _text(task)] = None
        if failed:
            self._failed[_text(host), _text(task)] = None

    def ended(self, stats: Mapping[str, Mapping[str, int]]) -> None:
        self._stats = {_text(host): counts for host, counts in stats.items()}

    def run(self, exit_code: int | None) -> Run:
        stats = self._stats or {}
        failed = {host for host, counts in stats.items() if counts["failures"]}
        dark = {host for host, counts in stats.items() if counts["unreachable"]}
        seen = {host for host, _ in self._changed}
        changed = {host for host, counts in stats.items() if counts["changed"]} | (seen & stats.keys())
        tasks = sum(max(counts["changed"], host in seen) for host, counts in stats.items())
        # What was rescued or ignored is no failure: only hosts that the statistics call so.
        met = [one for one in self._failed if one[0] in failed]
        told = {host for host, _ in met}
        return Run(
            hosts=len(stats),
            changed_hosts=len(changed),
            changed_tasks=tasks,
            failed_hosts=len(failed),
            dark_hosts=len(dark),
            changed=_first([*self._changed, *((host, "") for host in sorted(changed - seen))]),
            failed=_first([*met, *((host, "") for host in sorted(failed - told))]),
            dark=_first([(host, "") for host in sorted(dark)]),
            finished=self._stats is not None,
            exit_code=exit_code,
        )


def _first(found: list[tuple[str, str]]) -> tuple[Met, ...]:
    return tuple(Met(host=host, task=task) for host, task in found[:MOST])


def _text(given: str) -> str:
    return str(sound(given))[:_LONGEST]
