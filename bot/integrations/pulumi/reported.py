"""How the previews that CI posted are judged: whether they came to an end, drift, and what is not applied."""

from collections.abc import Sequence

from bot.domain.check import Answer, Status
from bot.integrations.foreign import shown
from bot.integrations.pulumi.preview import LOSING, Mode, Preview
from bot.integrations.reports import Posted, judged


def previews(found: Sequence[Posted], many: float) -> Answer:
    """`many`: from how many drifted resources on it is bad."""
    well = f"Nothing drifted and all is applied in {len(found)} stacks"
    return judged(
        found, lambda facts: [_read(Preview.model_validate(facts), many)], kind="preview", things="previews", well=well
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
