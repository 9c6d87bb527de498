"""How the previews that CI posted are judged: whether they came to an end, drift, and what is not applied."""

from collections.abc import Sequence

from pydantic import ValidationError

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.report import KeptReport
from bot.integrations.foreign import shown
from bot.integrations.pulumi.preview import LOSING, Mode, Preview
from bot.integrations.reports import Posted


def previews(found: Sequence[Posted], many: float) -> Answer:
    """`many`: from how many drifted resources on it is bad."""
    evidence = [one.missing or _judged(one.name, one.newest, many) for one in found]
    bad = sorted((one for one in evidence if one.status is not Status.OK), key=lambda one: (-one.status.rank, one.key))
    if not bad:
        return Answer(status=Status.OK, summary=f"Nothing drifted and all is applied in {len(evidence)} stacks")
    named = "; ".join(shown(f"{one.title}: {one.detail}", limit=90) for one in bad[:2])
    summary = shown(f"{len(bad)} of {len(evidence)} previews to look at: {named}", limit=220)
    status = worst(one.status for one in bad)
    return Answer(status=status, summary=summary, evidence=bad, reason=summary if status is Status.UNKNOWN else None)


def _judged(name: str, kept: KeptReport | None, many: float) -> Evidence:
    try:
        status, words = _read(Preview.model_validate(kept.report.facts if kept is not None else None), many)
    except ValidationError:
        status, words = Status.UNKNOWN, "the preview was kept in a form that we do not know (any more)"
    return Evidence(
        key=f"preview:{shown(name, limit=150)}",
        title=shown(name, limit=80) or "a stack",
        status=status,
        since=kept.at if kept is not None else None,
        detail=shown(words, limit=200),
    )


def _read(preview: Preview, many: float) -> tuple[Status, str]:
    if preview.failed:
        code = f" with {preview.exit_code}" if preview.exit_code is not None else ""
        words = f"{preview.errors} errors" if preview.errors else f"it ended{code}"
        return Status.FAIL, f"the preview itself failed ({words}), so it tells nothing"
    if preview.corrupt:
        return Status.FAIL, "Pulumi says that the state of this stack may be damaged"
    if not preview.changing:
        return Status.OK, "nothing drifted, all is applied"
    numbers = ", ".join(f"{count} {kind}" for kind, count in sorted(preview.changing.items()))
    named = ", ".join(shown(one.address, limit=60) for one in preview.changes[:3])
    told = f"{numbers} ({named})" if named else numbers
    if preview.mode is Mode.PREVIEW:
        return Status.WARN, f"not applied: {told}"
    bad = bool(LOSING & preview.changing.keys()) or sum(preview.changing.values()) >= many
    words = "drifted" if preview.mode is Mode.REFRESH else "drifted or not applied"
    return Status.FAIL if bad else Status.WARN, f"{words}: {told}"
