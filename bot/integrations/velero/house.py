"""The backups of a cluster, told apart from those of its neighbours, and put to the schedules that made them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.integrations.velero.shapes import Backup, Schedule

AHEAD: Final = timedelta(minutes=10)
"""So far clocks may differ; what began later than that tells nothing."""
_SOON: Final = timedelta(minutes=1)
_EVER: Final = datetime.min.replace(tzinfo=UTC)
ENDED: Final = frozenset({"Completed", "PartiallyFailed", "Failed", "FailedValidation"})
USABLE: Final = frozenset({"Completed", "PartiallyFailed"})
WAITING: Final = frozenset({"New", "Queued", "ReadyToStart"})
RUNNING: Final = WAITING | {
    "InProgress",
    "WaitingForPluginOperations",
    "WaitingForPluginOperationsPartiallyFailed",
    "Finalizing",
    "FinalizingPartiallyFailed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one schedule made here, the newest first. `foreign` came from the bucket, which others write to as well."""

    schedule: Schedule
    backups: Sequence[Backup]
    foreign: int

    @property
    def name(self) -> str:
        return self.schedule.metadata.name

    @property
    def newest(self) -> Backup | None:
        return self.backups[0] if self.backups else None

    def usable(self, now: datetime) -> Backup | None:
        """The newest from which something can be restored."""
        return next(
            (
                one
                for one in self.backups
                if one.phase in USABLE
                and one.metadata.deleted_at is None
                and (one.status.expires_at is None or one.status.expires_at > now)
            ),
            None,
        )


def series_of(schedules: Sequence[Schedule], backups: Sequence[Backup], *, labelled: bool) -> Sequence[Series]:
    """One for each schedule that is here. `labelled`: a label of the settings already chose what is ours."""
    ours: defaultdict[str, list[Backup]] = defaultdict(list)
    foreign: defaultdict[str, list[Backup]] = defaultdict(list)
    for one in backups:
        (ours if labelled or not _came_from_the_bucket(one) else foreign)[one.schedule].append(one)
    for schedule in schedules:
        name = schedule.metadata.name
        if not ours[name] and _made_anew(foreign[name], schedule):
            ours[name] = foreign.pop(name)
    return [
        Series(
            schedule=one,
            backups=sorted(ours[one.metadata.name], key=lambda backup: backup.began or _EVER, reverse=True),
            foreign=len(foreign.get(one.metadata.name, ())),
        )
        for one in schedules
    ]


def _made_anew(backups: Sequence[Backup], schedule: Schedule) -> bool:
    """Whether they are ours after all: objects that somebody deleted or moved come back, made later than they ended.

    The schedule here ran when one of them began, and there is no other that it could have made then.
    """
    ran = schedule.status.last_backup
    return ran is not None and any(
        one.began is not None and -_SOON < one.began - ran < AHEAD for one in backups if one.status.started_at
    )


def _came_from_the_bucket(backup: Backup) -> bool:
    """What is made here is there before it ends. What others put into the bucket is made anew here after its end."""
    created, completed = backup.metadata.created_at, backup.status.completed_at
    return created is not None and completed is not None and created > completed
