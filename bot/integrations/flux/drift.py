"""Where something else runs than what is wanted: changed by hand, an older revision, or out of anybody's care."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.flux.judge import brief, is_of_now
from bot.integrations.flux.shapes import Kustomization, Object, Release

_UNSEEN: Final = "was changed, and its controller has not looked since, so that nobody can tell"


def drift(kustomizations: Sequence[Kustomization], releases: Sequence[Release]) -> Answer:
    evidence = [*_applied(kustomizations), *_released(releases)]
    watched = sum(one.spec.drift is not None and one.spec.drift.mode in ("warn", "enabled") for one in releases)
    of_releases = f", {watched} of {len(releases)} Helm releases are watched for drift" if releases else ""
    well = f"All {len(kustomizations)} Kustomizations run what was last tried{of_releases}"
    return answered(evidence, count=len(kustomizations) + len(releases), things="objects", well=well)


def _applied(found: Sequence[Kustomization]) -> Iterator[Evidence]:
    for one in found:
        applied, attempted, path = one.status.applied, one.status.attempted, one.metadata.path
        if not applied and not attempted:
            yield finding("kustomization", path, Status.UNKNOWN, "does not tell which revision it runs")
        elif attempted and applied != attempted:
            words = f"runs {brief(applied) or 'nothing'}, not {brief(attempted)}, which was tried"
            yield finding("kustomization", path, Status.WARN, words)
        elif _unseen(one):
            yield finding("kustomization", path, Status.UNKNOWN, _UNSEEN)
        elif one.spec.suspend:
            yield finding("kustomization", path, Status.WARN, "suspended: what is changed by hand stays so")


def _released(found: Sequence[Release]) -> Iterator[Evidence]:
    for one in found:
        said, path = one.says("Drifted"), one.metadata.path
        mode = one.spec.drift.mode if one.spec.drift is not None else ""
        if said is not None and said.status == "True":
            why = said.message or said.reason or "no reason given"
            yield finding("helmrelease", path, Status.WARN, f"was changed by hand: {why}", said.since)
        elif said is not None and said.status != "False":
            yield finding("helmrelease", path, Status.UNKNOWN, "does not tell whether it drifted", said.since)
        elif mode not in ("", "disabled", "warn", "enabled"):
            words = f"its drift detection is {mode[:30]!r}, which we do not know"
            yield finding("helmrelease", path, Status.UNKNOWN, words)
        elif _unseen(one):
            yield finding("helmrelease", path, Status.UNKNOWN, _UNSEEN)
        elif one.spec.suspend:
            yield finding("helmrelease", path, Status.WARN, "suspended: what is changed by hand stays so")


def _unseen(one: Object) -> bool:
    """Of what is suspended nobody looks at changes."""
    said = one.says("Ready")
    return not one.spec.suspend and (said is None or not is_of_now(one, said))
