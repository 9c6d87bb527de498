"""How Flux's objects are judged, by what their conditions say and whether that is of what is wanted now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Evidence, Status
from bot.integrations.cluster_answer import finding
from bot.integrations.cluster_shapes import Condition
from bot.integrations.due import length_of
from bot.integrations.flux.shapes import Kustomization, Object, Release, Source

Judgement = tuple[Status, str, datetime | None]
OK: Final[Judgement] = (Status.OK, "", None)
AGAIN: Final = "is being worked on"
"""Said of what was well before, for a little while: each look begins so."""
AHEAD: Final = timedelta(minutes=10)
"""So far clocks may differ."""
WAITS: Final = "DependencyNotReady"
RETRIES: Final = "ProgressingWithRetry"
_MISSED: Final = 3
"""So many intervals may go by without a look."""
_SLACK: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An object with what is to be said of it. `waits`: it is not the cause, something that it needs is."""

    found: Object
    kind: str
    judgement: Judgement
    waits: bool = False

    @property
    def evidence(self) -> Evidence:
        status, words, since = self.judgement
        return finding(self.kind.lower(), self.found.metadata.path, status, words, since)


def kustomization(one: Kustomization, now: datetime, working: timedelta) -> Judged:
    said = ready(one, now, working)
    if said[0] is Status.OK:
        said = _first(said, one.status.applied) or _behind(one) or _stale(one, now) or said
    return Judged(found=one, kind="Kustomization", judgement=said, waits=_waits(one))


def release(one: Release, now: datetime, working: timedelta) -> Judged:
    said = ready(one, now, working)
    if said[0] is Status.OK:
        said = _first(said, one.runs) or _other(one) or said
    elif said[0] is Status.FAIL:
        said = (said[0], f"{_rolled_back(one)}{said[1]}", said[2])
    return Judged(found=one, kind="HelmRelease", judgement=said, waits=_waits(one))


def source(one: Source, kind: str, now: datetime, working: timedelta, old: timedelta) -> Judged:
    return Judged(found=one, kind=kind, judgement=_source(one, kind, now, working, old))


def ready(one: Object, now: datetime, working: timedelta) -> Judgement:
    """The common part of all of them: suspended, stuck, not looked at, working, failing, ready."""
    if one.spec.suspend:
        return Status.WARN, f"suspended{_while_failing(one)}", None
    stalled, said = one.says("Stalled"), one.says("Ready")
    if stalled is not None and stalled.status == "True":
        return Status.FAIL, f"stuck: {_why(stalled)}", stalled.since
    if said is not None and said.status == "False" and _has_seen(one, said):
        return _failing(one, said)
    if said is None or not is_of_now(one, said):
        return _unseen(one, now, working)
    return _working(one, said, now, working) or _leaving(one, now, working) or _known(said)


def _first(said: Judgement, before: object) -> Judgement | None:
    """What is worked on, and never was well before."""
    return None if before or said[1] != AGAIN else (Status.WARN, "is being worked on for the first time", said[2])


def _failing(one: Object, said: Condition) -> Judgement:
    """What tries again by itself warns; when it gives up it says that it is stuck."""
    busy = one.says("Reconciling")
    again = (said.reason, busy.reason if busy is not None and busy.status == "True" else "")
    if RETRIES in again:
        return Status.WARN, f"failed, and tries again: {_why(said)}", said.since
    return Status.FAIL, _why(said), said.since


def _leaving(one: Object, now: datetime, working: timedelta) -> Judgement | None:
    since = one.metadata.deleted_at
    if since is None or now - since <= working:
        return None
    return Status.WARN, f"is being deleted for {(now - since) // timedelta(minutes=1)} min", since


def _known(said: Condition) -> Judgement:
    if said.status == "True":
        return OK
    return Status.UNKNOWN, f"is ready: {said.status[:20]}, which we do not know", said.since


def _unseen(one: Object, now: datetime, working: timedelta) -> Judgement:
    """Neither when it was changed nor since when nobody looks is told; a new one has a little time."""
    created = one.metadata.created_at
    if one.says("Ready") is None and created is not None and timedelta(0) <= now - created <= working:
        return Status.WARN, "new, and its controller has not looked at it yet", created
    return Status.WARN, "changed, and its controller has not looked at it since", None


def _working(one: Object, said: Condition, now: datetime, working: timedelta) -> Judgement | None:
    busy = one.says("Reconciling")
    if busy is not None and busy.status != "True":
        busy = None
    if said.status != "Unknown" and busy is None:
        return None
    if busy is not None and busy.reason == RETRIES:
        return Status.WARN, f"failed, and tries again: {_why(busy)}", busy.since
    since = said.since if said.status == "Unknown" else busy.since if busy else None
    if since is None:
        return Status.WARN, "is being worked on, since when is not told", None
    if since > now + AHEAD:
        return Status.UNKNOWN, "is being worked on since the future: the clocks differ", since
    if now - since > working:
        return Status.WARN, f"is being worked on for {(now - since) // timedelta(minutes=1)} min", since
    return Status.OK, AGAIN, since


def is_of_now(one: Object, said: Condition) -> bool:
    """Of what is wanted now, and not of what was wanted before."""
    seen = said.observed_generation
    return one.status.observed >= one.metadata.generation and (seen is None or seen >= one.metadata.generation)


def _has_seen(one: Object, said: Condition) -> bool:
    """Whether it failed with what is wanted now; what fails is not always counted as observed."""
    return is_of_now(one, said) or (said.observed_generation or -1) >= one.metadata.generation > 0


def _while_failing(one: Object) -> str:
    said = one.says("Ready")
    return f", and was failing: {_why(said)}" if said is not None and said.status == "False" else ""


def _why(said: Condition) -> str:
    return ": ".join(filter(None, (said.reason, said.message))) or "no reason given"


def _waits(one: Object) -> bool:
    said = one.says("Ready")
    return not one.spec.suspend and said is not None and said.status != "True" and said.reason == WAITS


def _behind(one: Kustomization) -> Judgement | None:
    applied, attempted = one.status.applied, one.status.attempted
    if attempted and applied != attempted:
        return Status.WARN, f"runs {brief(applied) or 'nothing'}, and {brief(attempted)} was tried", None
    return None


def _stale(one: Kustomization, now: datetime) -> Judgement | None:
    """Newer versions tell when they last looked; what was not looked at for long may be ready no more."""
    looked = max((each.last for each in one.status.history if each.last is not None), default=None)
    interval = length_of(one.spec.interval)
    if looked is None or interval is None:
        return None
    if looked > now + AHEAD:
        return Status.UNKNOWN, "was looked at in the future: the clocks differ", looked
    if now - looked > interval * _MISSED + _SLACK:
        return (
            Status.WARN,
            f"not looked at since {looked:%d %b %H:%M} UTC, though it should be every {interval}",
            looked,
        )
    return None


def _rolled_back(one: Release) -> str:
    remediated = one.says("Remediated")
    if remediated is None or remediated.status != "True":
        return ""
    return f"rolled back, {_runs(one)}: "


def _runs(one: Release) -> str:
    runs = one.runs
    return f"{runs.chart} runs" if runs is not None and runs.chart else "the version before runs"


def _other(one: Release) -> Judgement | None:
    """It calls itself ready, and yet something else runs than what is wanted, or its test failed."""
    test, newest = one.says("TestSuccess"), one.status.history[0] if one.status.history else None
    released = one.says("Released")
    if released is not None and released.status == "False":
        return Status.WARN, f"is ready, and yet was not released: {_why(released)}", released.since
    if newest is not None and newest.status not in ("deployed", ""):
        return Status.WARN, f"its newest version {newest.chart} is {newest.status[:30]}, {_runs(one)}", newest.at
    if newest is not None and one.status.attempted and newest.chart and not _same(newest.chart, one.status.attempted):
        return Status.WARN, f"{newest.chart} runs, and {one.status.attempted} was tried", newest.at
    if test is not None and test.status == "False":
        return Status.WARN, f"its test failed: {_why(test)}", test.since
    return None


def _same(chart: str, attempted: str) -> bool:
    """What comes from OCI bears a part of its digest behind a plus."""
    return chart.partition("+")[0] == attempted.partition("@")[0].partition("+")[0]


def _source(one: Source, kind: str, now: datetime, working: timedelta, old: timedelta) -> Judgement:
    # Nobody reads one of these as a whole: it has no artifact, and in newer versions no status.
    is_address = kind == "HelmRepository" and one.spec.type == "oci"
    if is_address and not one.status.conditions and not one.spec.suspend:
        return OK
    said = ready(one, now, working)
    if said[0] is not Status.OK or is_address:
        return said
    artifact = one.status.artifact
    if (first := _first(said, artifact)) is not None:
        return first
    if artifact is None:
        return Status.WARN, "is ready, and yet has nothing that could be used", None
    if (wrong := _contradicted(one)) is not None:
        return Status.WARN, f"is ready, and yet {wrong.type} is {wrong.status}: {_why(wrong)}", wrong.since
    return (_old(artifact.updated, now, old) if kind == "GitRepository" else None) or said


def _contradicted(one: Source) -> Condition | None:
    """What a source says beside its being ready, and what is not so where it is well."""
    bad = {
        "True": ("FetchFailed", "StorageOperationFailed", "BuildFailed", "IncludeUnavailable"),
        "False": ("ArtifactInStorage", "SourceVerified"),
    }
    return next((said for said in one.status.conditions if said.type in bad.get(said.status, ())), None)


def _old(updated: datetime | None, now: datetime, old: timedelta) -> Judgement | None:
    if updated is None:
        return None
    if updated > now + AHEAD:
        return Status.UNKNOWN, "has something new of the future: the clocks differ", updated
    if now - updated > old:
        return Status.WARN, f"has had nothing new for {(now - updated) // timedelta(days=1)} days", updated
    return None


def collapsed(found: Sequence[Judged]) -> list[Evidence]:
    """Those that only wait for others are one finding, where what they wait for is among the others."""
    waiting = [one for one in found if one.waits and one.judgement[0] is not Status.OK]
    causes = [one for one in found if one not in waiting and one.judgement[0] is not Status.OK]
    if not waiting or not causes:
        return [one.evidence for one in found]
    names = ", ".join(one.found.metadata.path for one in waiting[:3])
    more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
    words = f"wait for what they depend on: {names}{more}"
    together = finding("waiting", "dependencies", Status.WARN, words)
    return [*(one.evidence for one in found if one not in waiting), together]


def brief(revision: str) -> str:
    """`main@7be2c1f0` of `main@sha1:7be2c1f0de…`, and of the older form `main/7be2c1f0de…`."""
    name, mark, digest = revision.rpartition("@")
    if not mark:
        head, slash, tail = revision.rpartition("/")
        is_commit = bool(slash) and len(tail) in (40, 64) and all(one in "0123456789abcdef" for one in tail)
        return f"{head}@{tail[:8]}" if is_commit else revision
    digest = digest.partition(":")[2] or digest
    return f"{name}@{digest[:8]}" if name else digest[:8]
