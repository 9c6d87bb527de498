"""Our own house: the settings and their file, the data folder, the runbooks."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.connecting import heartbeat_tokens
from bot.doctor.beside import beside
from bot.doctor.finding import Finding, broken, not_tried, ok, warn
from bot.domain.plan import Plan
from bot.features.runbooks.lint import Weight, lint
from bot.settings import BadSettings, Settings, load_plan, nameable, secret_of

LITTLE_SPACE: Final = 1_000_000_000
NO_SPACE: Final = 100_000_000
MOST_TOLD: Final = 5
_RUNBOOK_PATIENCE: Final = 20.0


def settings_file(settings: Settings) -> tuple[Plan, Sequence[Finding]]:
    """What the YAML file says (the defaults where it cannot be read), and what is to be said about it."""
    try:
        file = load_plan(settings)
    except BadSettings as error:
        remedy = "Correct the file; serve does not start with it."
        return Plan(), [broken("settings", "file", line, remedy) for line in str(error).splitlines()]
    where = str(file.path) if file.path else "no file: one team, #ops, 08:30 UTC on weekdays"
    found = [ok("settings", "file", where), *_rights(file.plan), *_heartbeat_tokens(file.plan)]
    return file.plan, [*found, *_doors(settings)]


def _rights(plan: Plan) -> Sequence[Finding]:
    if plan.permissions.given:
        return [ok("settings", "permissions", "set; who is named nowhere is a viewer")]
    words = "None are set: every full member is responder, and nobody is operator or admin."
    return [warn("settings", "permissions", words, "Name people or user groups under `permissions` in the file.")]


def _heartbeat_tokens(plan: Plan) -> Sequence[Finding]:
    found, known = [], nameable()
    for beat in plan.heartbeats:
        try:
            secret_of(beat.token, known)
        except BadSettings as error:
            found.append(broken("settings", f"heartbeat {beat.name}", str(error), "Set it; serve does not start so."))
    if not found:
        try:
            heartbeat_tokens(plan)
        except BadSettings as error:
            found.append(broken("settings", "heartbeats", str(error), "Serve does not start so."))
    return found


def _doors(settings: Settings) -> Sequence[Finding]:
    if settings.slack_mode == "http" and not settings.daywatch_public_url:
        words = "HTTP mode, and nobody is told where: links and the manifest need the address."
        return [warn("settings", "DAYWATCH_PUBLIC_URL", words, "Set it to where Slack reaches us.")]
    return ()


def data_folder(folder: Path) -> Sequence[Finding]:
    """Whether it is there, can be written to, and has room."""
    if not folder.exists():
        return [ok("data", "folder", f"{folder} is not there yet; serve makes it")]
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            found = [ok("data", "folder", f"{folder} can be written to")]
    except OSError as error:
        words = f"{folder} cannot be written to ({error.strerror})."
        return [broken("data", "folder", words, "Give the user that runs Daywatch the right to write there.")]
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.1f} GB free"
    if free < NO_SPACE:
        return [*found, broken("data", "space", words, "Make room: the database stops when the disk is full.")]
    if free < LITTLE_SPACE:
        return [*found, warn("data", "space", words, "Make room before the disk is full.")]
    return [*found, ok("data", "space", words)]


async def runbooks(folder: Path) -> Sequence[Finding]:
    """What lint says, offline; pages that do not work are not served."""
    today = datetime.now(UTC).date()
    try:
        said = await beside(lambda: lint(folder, today), _RUNBOOK_PATIENCE)
    except TimeoutError:
        return [not_tried("runbooks", "pages", f"not read through in {_RUNBOOK_PATIENCE:.0f} s")]
    wrong = [str(one) for one in said if one.weight is Weight.ERROR]
    if not wrong:
        hints = f"; {len(said)} hints" if said else ""
        return [ok("runbooks", "pages", f"{folder}{hints}")]
    shown = [warn("runbooks", "page", one, "daywatch runbooks lint") for one in wrong[:MOST_TOLD]]
    if len(wrong) > MOST_TOLD:
        more = f"and {len(wrong) - MOST_TOLD} more problems"
        shown.append(warn("runbooks", "pages", more, "daywatch runbooks lint shows all."))
    return shown
