"""What trivy-operator found in the images that run in a cluster: one finding an image, whatever runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Status
from bot.integrations.trivy.facts import Facts
from bot.integrations.trivy.judge import Judge, Judged, told
from bot.integrations.trivy.operator_shapes import Kept, ReplicaSet, Report
from bot.integrations.trivy.reduce import Reduced, short
from bot.integrations.trivy.shapes import System, Vulnerability

_SETTLED: Final = timedelta(hours=2)
"""How long the operator may take to scan what is new."""
_AHEAD: Final = timedelta(minutes=10)
"""So far clocks may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A cluster as it was found. `secrets` and `audits` are None where the operator does not make them."""

    vulnerabilities: Sequence[Kept]
    secrets: Sequence[Kept] | None
    audits: Sequence[Kept] | None
    replica_sets: Sequence[ReplicaSet]

    def standing(self, reports: Sequence[Kept] | None) -> Sequence[Kept]:
        """Without those of replica sets that run nothing (any more)."""
        running = {(one.metadata.namespace, one.metadata.name) for one in self.replica_sets if one.runs}
        return [
            one
            for one in reports or ()
            if one.owner[0] != "ReplicaSet" or not one.owner[1] or (one.metadata.namespace, one.owner[1]) in running
        ]


@dataclass(slots=True)
class _Image:
    """All that is known of one image."""

    name: str
    reduced: Reduced = field(default_factory=Reduced)
    scanner: str = ""
    updated_at: datetime | None = None
    places: list[str] = field(default_factory=list)
    odd: str = ""


def judged(seen: Seen, judge: Judge, now: datetime, oldest: timedelta) -> tuple[Sequence[Judged], int]:
    """What is to be said, and of how many images."""
    images = _images(seen)
    found = [one for image in images.values() for one in _image(image, judge, now, oldest)]
    return [*found, *_unscanned(seen, now), *_audits(seen, judge)], len(images)


def _images(seen: Seen) -> Mapping[str, _Image]:
    images: dict[str, _Image] = {}
    for kept in seen.standing(seen.vulnerabilities):
        report = kept.report
        image = _of(images, kept)
        silent = report is None or (report.summary is None and not report.vulnerabilities)
        if report is None or report.updated_at is None or silent:
            image.odd = image.odd or "a report of it does not say what was found, or when"
            continue
        newer = image.updated_at is None or report.updated_at > image.updated_at
        image.updated_at = report.updated_at if newer else image.updated_at
        image.scanner = report.scanner.version if newer and report.scanner else image.scanner
        _vulnerabilities(image, report)
    for kept in seen.standing(seen.secrets):
        image = _of(images, kept)
        if kept.report is None or (kept.report.summary is None and not kept.report.secrets):
            image.odd = image.odd or "a report of secrets in it does not say what was found"
            continue
        for one in kept.report.secrets:
            image.reduced.secret(one.rule, one.title, short(one.target, 80))
        if not kept.report.secrets and kept.report.summary is not None and kept.report.summary.all:
            image.odd = image.odd or f"{kept.report.summary.all} secrets are counted, and not one is listed"
    return images


def _of(images: dict[str, _Image], kept: Kept) -> _Image:
    report = kept.report
    known = report is not None and bool(report.artifact.repository)
    key = report.image if report is not None and known else f"{kept.metadata.path}"
    name = report.repository if report is not None and known else kept.place or kept.metadata.path
    image = images.setdefault(key, _Image(short(name, 140)))
    image.places.append(kept.place)
    return image


def _vulnerabilities(image: _Image, report: Report) -> None:
    critical = high = 0
    for one in report.vulnerabilities:
        critical += one.severity.upper() == "CRITICAL"
        high += one.severity.upper() == "HIGH"
        # Here nothing says why there is no fix: where there is one, it is named.
        found = Vulnerability(
            VulnerabilityID=one.id,
            PkgName=one.package,
            InstalledVersion=one.installed,
            FixedVersion=one.fixed,
            Status="" if one.fixed else "affected",
            Severity=one.severity,
            PrimaryURL=one.url,
        )
        image.reduced.vulnerability(found, short(", ".join(image.places[:1]), 80))
    if report.summary is not None and (report.summary.critical > critical or report.summary.high > high):
        image.odd = image.odd or "its report counts more critical and high findings than it lists"
    if report.system is not None:
        image.reduced.system(System(Family=report.system.family, Name=report.system.name, EOSL=report.system.eosl))


def _image(image: _Image, judge: Judge, now: datetime, oldest: timedelta) -> Sequence[Judged]:
    if image.odd:
        return [told(image.name, "unknown", Status.UNKNOWN, f"{image.odd} ({image.places[0]})")]
    if image.updated_at is None:
        return [
            told(image.name, "no data", Status.FAIL, f"no data: only its secrets were looked for ({image.places[0]})")
        ]
    if image.updated_at > now + _AHEAD:
        return [told(image.name, "unknown", Status.UNKNOWN, "scanned in the future: the clocks differ")]
    if now - image.updated_at > oldest:
        hours = (now - image.updated_at) // timedelta(hours=1)
        words = f"no data: last scanned {hours} h ago, in {image.places[0]}"
        return [told(image.name, "no data", Status.FAIL, words)]
    facts: Facts = image.reduced.facts(image.name, image.scanner)
    return judge.findings(image.name, facts, None)


def _unscanned(seen: Seen, now: datetime) -> Sequence[Judged]:
    """What runs beside scanned things, and was not scanned. Namespaces without a report are left out on purpose."""
    watched = {one.metadata.namespace for one in seen.vulnerabilities}
    scanned = {(one.metadata.namespace, one.owner[1]) for one in seen.vulnerabilities if one.owner[0] == "ReplicaSet"}
    missing = [
        one
        for one in seen.replica_sets
        if one.runs
        and one.metadata.namespace in watched
        and (one.metadata.namespace, one.metadata.name) not in scanned
        and (one.metadata.created_at is None or now - one.metadata.created_at > _SETTLED)
    ]
    return [
        told(one.metadata.path, "no data", Status.FAIL, "no data: it runs, and the operator has no report of it")
        for one in missing[:20]
    ] + (
        [told("not scanned", "no data", Status.FAIL, f"no data: and {len(missing) - 20} more have no report")]
        if len(missing) > 20
        else []
    )


def _audits(seen: Seen, judge: Judge) -> Sequence[Judged]:
    """All workloads in one line: there are many, and few of them change from day to day."""
    bad, odd = [], []
    for kept in seen.standing(seen.audits):
        reduced = Reduced()
        for one in kept.report.checks if kept.report is not None else ():
            if not one.success:
                reduced.other(one.severity, one.id, one.title, "")
        odd += [kept.place] if kept.report is None or reduced.strange else []
        others = [one for one in reduced.others if not judge.accepts(one.id)]
        bad += [(kept.place, others[0])] if others else []
    if odd:
        words = f"{len(odd)} of its reports say nothing that is understood here ({odd[0]})"
        return [told("configuration", "unknown", Status.UNKNOWN, words)]
    if not bad:
        return ()
    place, first = bad[0]
    many = f"{len(bad)} workload{'' if len(bad) == 1 else 's'}"
    words = f"{many} with critical or high misconfigurations, such as {first.id} {first.title} ({place})"
    return [told("configuration", "configuration", Status.WARN, words)]
