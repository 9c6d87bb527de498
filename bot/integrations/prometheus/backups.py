"""How backup jobs that tell of themselves by metrics are judged, the ones that tell nothing among them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.backup import Run, judge
from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of, line_of, without
from bot.integrations.prometheus.client import PrometheusClient
from bot.integrations.prometheus.job import BackupJob
from bot.integrations.prometheus.queries import Sample, number
from bot.integrations.prometheus.settings import PrometheusSettings
from bot.integrations.together import every

_CLOCKS: Final = timedelta(minutes=10)
_LOOKED_BACK: Final = "14d:1h"
"""Over which the usual size of a backup is found."""
Place = frozenset[tuple[str, str]]
"""The labels of one job on one host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the series say, by their labels."""

    success: Mapping[Place, float]
    codes: Mapping[Place, float]
    sizes: Mapping[Place, float]
    usual: Mapping[Place, float]
    unreadable: Sequence[str]
    """Instances on which node exporter cannot read a text file."""
    warnings: Sequence[str]


class Backups:
    def __init__(self, client: PrometheusClient, settings: PrometheusSettings) -> None:
        self._client = client
        self._settings = settings
        self._replicas = (*settings.replica_labels, "__name__")

    async def told(self) -> Told:
        settings = self._settings
        known = f'{{{settings.backup_job_label}!=""}}'
        success, codes, sizes, usual, broken = await every(
            self._client.vector(expression)
            for expression in (
                f"{settings.backup_success_metric}{known}",
                f"{settings.backup_exit_metric}{known}",
                f"{settings.backup_size_metric}{known}",
                f"quantile_over_time(0.5, {settings.backup_size_metric}{known}[{_LOOKED_BACK}])",
                "node_textfile_scrape_error > 0",
            )
        )
        return Told(
            success=self._by_place(success.data),
            codes=self._by_place(codes.data, max),
            sizes=self._by_place(sizes.data),
            usual=self._by_place(usual.data),
            unreadable=sorted({one.metric.get("instance", "") for one in broken.data}),
            warnings=[words for one in (success, codes, sizes, usual, broken) for words in one.warnings],
        )

    def judge(self, told: Told, now: datetime) -> Answer:
        label = self._settings.backup_job_label
        found = [one for job in self._settings.backups for one in _job(job, label, told, now)]
        found.sort(key=lambda one: (-one.status.rank, one.key))
        bad = [one for one in found if one.status is not Status.OK]
        if not bad:
            jobs = len(self._settings.backups)
            word = "backup jobs are" if jobs > 1 else "backup job is"
            return Answer(status=Status.OK, summary=f"{jobs} {word} on time, {len(found)} reports", evidence=found)
        words = ", ".join(shown(f"{one.title}: {one.detail}", limit=90) for one in bad[:3])
        summary = shown(f"{len(bad)} of {len(found)} backup reports to look at: {words}", limit=220)
        status = worst(one.status for one in bad)
        return Answer(
            status=status, summary=summary, evidence=found, reason=summary if status is Status.UNKNOWN else None
        )

    def _by_place(
        self, samples: Sequence[Sample], worse: Callable[[float, float], float] = min
    ) -> Mapping[Place, float]:
        """Of doubles, as a pair of servers has them, the worse one counts."""
        found: dict[Place, float] = {}
        for one in samples:
            value = number(one.value[1]) if one.value is not None else None
            place = frozenset(without(one.metric, self._replicas).items())
            given = math.nan if value is None else value
            found[place] = worse(given, found.get(place, given))
        return found


def _job(job: BackupJob, label: str, told: Told, now: datetime) -> Sequence[Evidence]:
    """A report a host; and one that says so where there are too few of them."""
    wanted = {label: job.name, **job.labels}.items()
    places = [place for place in {*told.success, *told.codes} if wanted <= place]
    evidence = [_evidence(job, place, told, now) for place in places]
    if len(places) < job.at_least:
        words = f"reports from {len(places)} of {job.at_least} hosts" if job.at_least > 1 else "nothing reports it"
        if told.unreadable:
            hosts = ", ".join(told.unreadable[:3])
            words += f"; node exporter cannot read a text file on {hosts or 'a host'}"
        evidence.append(
            Evidence(key=f"job:{job.name}", title=shown(job.name), status=Status.FAIL, detail=shown(words, limit=200))
        )
    return evidence


def _evidence(job: BackupJob, place: Place, told: Told, now: datetime) -> Evidence:
    labels = dict(place)
    host = labels.get("instance", "")
    status, words, since = _judged(job, place, told, now)
    return Evidence(
        key=key_of(job.name, labels),
        title=shown(f"{job.name} on {host}" if host else f"{job.name} {line_of(labels)}"),
        status=status,
        detail=shown(words),
        since=since,
    )


def _judged(job: BackupJob, place: Place, told: Told, now: datetime) -> tuple[Status, str, datetime | None]:
    """A file that nobody writes any more keeps its figures for ever; only the time in it tells."""
    success = told.success.get(place, 0.0)
    if not math.isfinite(success) or success < 0 or success > (now + _CLOCKS).timestamp():
        far = success > 1e11
        words = "it is in milliseconds, write seconds" if far else "it is no time that can be"
        return Status.UNKNOWN, f"the time of its last good run is of no use: {words}", None
    code, size = told.codes.get(place, 0.0), told.sizes.get(place)
    if math.isnan(code):
        return Status.UNKNOWN, "its exit code is no number", None
    runs = list[Run]()
    if success:
        at = datetime.fromtimestamp(success, UTC)
        runs.append(Run(started_at=None, ended_at=at, ok=True, size_bytes=_bytes(size)))
        usual = _bytes(told.usual.get(place))
        if usual:
            runs.append(Run(started_at=None, ended_at=at - timedelta(days=1), ok=True, size_bytes=usual))
    if code:
        failed = int(code) if math.isfinite(code) else None
        runs.append(Run(started_at=None, ended_at=now, ok=False, exit_code=failed))
    verdict = judge(job.job(), runs, now)
    return verdict.status, verdict.words, None if code else verdict.since


def _bytes(value: float | None) -> int | None:
    return round(value) if value is not None and math.isfinite(value) else None
