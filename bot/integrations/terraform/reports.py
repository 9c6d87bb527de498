"""Reads what `terraform plan -json` or `terraform show -json` put out (OpenTofu's as well) and CI posted."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.foreign import sound
from bot.integrations.reports import exit_code, is_count, name_of
from bot.integrations.terraform.plan import Gathering, Json, kind_of
from bot.integrations.terraform.settings import TerraformSettings
from bot.integrations.terraform.shapes import moment_of

_HOW: Final = "Post what `terraform plan -json` or `terraform show -json` of a plan file prints"
_VERSION: Final = re.compile(r"[0-9.]{1,10}")
_CHECK: Final = re.compile(r'^\s*check "([^"\s]{1,100})"')


class PlanReader(ReportReader):
    @classmethod
    def reading(cls, settings: TerraformSettings) -> "PlanReader":  # noqa: ARG003 - the form of all readers
        return cls()

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        name, code = name_of(sound(dict(about)), "", "the workspace's name"), exit_code(about)
        found = Gathering()
        made_at = _read(body, found, code)
        plan = found.plan(code)
        return Report(name=name, facts=plan.model_dump(mode="json"), words=plan.words, made_at=made_at)


def _read(body: bytes, found: Gathering, code: int | None) -> datetime | None:
    text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        if not code:
            raise Unreadable(f"the body is empty. {_HOW}, with the exit code of a plan that failed: &exit_code=1")
        return None  # it died before its first line; not finished
    whole = _object(text)
    if whole is not None and "format_version" in whole:
        return _plan_file(whole, found)
    return _lines(text, found)


def _object(text: str) -> Json | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _plan_file(plan: Json, found: Gathering) -> datetime | None:
    version = plan.get("format_version")
    if not isinstance(version, str) or not version.startswith("1."):
        told = version if isinstance(version, str) and _VERSION.fullmatch(version) else "in no known form"
        raise Unreadable(f"the form of this plan is not known (format_version {told})")
    if "planned_values" not in plan and "resource_changes" not in plan and plan.get("errored") is not True:
        raise Unreadable("this is a state and no plan. Post `terraform show -json` of the plan's file")
    found.finished = True
    found.errors = int(_flag(plan, "errored") is True)
    found.complete = _flag(plan, "complete") is not False and not plan.get("deferred_changes")
    for one in _objects(plan, "resource_drift"):
        found.drifted(one.get("address"), _kind_of(one))
    for one in _objects(plan, "resource_changes"):
        kind = _kind_of(one)
        found.changes(one.get("address"), "move" if kind == "noop" and one.get("previous_address") else kind)
    outputs = plan.get("output_changes", {})
    if not isinstance(outputs, dict):
        raise _odd("output_changes")
    changed = (isinstance(one, dict) and kind_of(one.get("actions")) == "noop" for one in outputs.values())
    found.outputs = sum(not same for same in changed)
    for one in _objects(plan, "checks"):
        address = one.get("address")
        found.checked(address.get("to_display") if isinstance(address, dict) else None, one.get("status"))
    return moment_of(plan.get("timestamp"))


def _flag(plan: Json, key: str) -> bool | None:
    """None where it is not told, as by older versions."""
    given = plan.get(key)
    if given is not None and not isinstance(given, bool):
        raise _odd(key)
    return given


def _kind_of(one: Json) -> str:
    change = one.get("change")
    if not isinstance(change, dict):
        raise _odd("change")
    importing = bool(change.get("importing"))
    kind = kind_of(change.get("actions"))
    return "import" if importing and kind == "noop" else kind


def _objects(plan: Json, key: str) -> Sequence[Json]:
    """A list of objects; where there is none, Terraform leaves the key out."""
    given = plan.get(key)
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _odd(key)
    return given


def _lines(text: str, found: Gathering) -> datetime | None:
    made_at: datetime | None = None
    known = False
    for one in _messages(text):
        kind = one.get("type")
        known = known or (kind == "version" and isinstance(one.get("terraform") or one.get("tofu"), str))
        made_at = moment_of(one.get("@timestamp")) or made_at
        _message(kind, one, found)
    if not known:
        raise Unreadable(f"no line tells its version, so this is not its output. {_HOW}")
    return made_at


def _messages(text: str) -> Iterator[Json]:
    """Plain text between the lines is what a wrapper or stderr wrote. A line that is cut off is damage."""
    for line in text.split("\n"):
        if line.lstrip().startswith("{"):
            message = _object(line)
            if message is None:
                raise Unreadable("a line is cut off or no JSON. Post the whole output, as it came")
            yield message


def _message(kind: object, one: Json, found: Gathering) -> None:
    match kind:
        case "resource_drift":
            found.drifted(*_change(one))
        case "planned_change":
            found.changes(*_change(one))
        case "change_summary":
            found.summed(_summary(one.get("changes")))
        case "outputs":
            outputs = one.get("outputs")
            actions = [value.get("action") for value in _values(outputs) if isinstance(value, dict)]
            found.outputs += sum(action not in ("noop", None) for action in actions)
        case "diagnostic":
            _diagnostic(one.get("diagnostic"), found)
        case _:  # kinds of line that are of no use here, or that a later version adds
            if one.get("@level") == "error":
                found.errors += 1


def _summary(changes: object) -> int:
    if not isinstance(changes, dict) or changes.get("operation") != "plan":
        raise Unreadable(f"this is not the output of a plan. {_HOW}")
    counts = [count for name, count in changes.items() if name != "operation"]
    if not all(map(is_count, counts)):
        raise _odd("the summary of changes")
    return sum(counts)


def _values(outputs: object) -> Sequence[Any]:
    """Any: whatever JSON can hold."""
    return list(outputs.values()) if isinstance(outputs, dict) else []


def _change(one: Json) -> tuple[object, str]:
    change = one.get("change")
    resource = change.get("resource") if isinstance(change, dict) else None
    if not isinstance(change, dict) or not isinstance(resource, dict):
        raise _odd("change")
    action = change.get("action")
    return resource.get("addr"), action if isinstance(action, str) else "unknown"


def _diagnostic(given: object, found: Gathering) -> None:
    """Only that there was one: its words may quote values. A failed check comes as a warning and bears its name."""
    if not isinstance(given, dict):
        raise _odd("diagnostic")
    if given.get("severity") != "warning":  # an error, or what we do not know
        found.errors += 1
        return
    snippet = given.get("snippet")
    context = snippet.get("context") if isinstance(snippet, dict) else None
    named = _CHECK.match(context) if isinstance(context, str) else None
    if named is not None:
        failed = str(given.get("summary", "")).startswith("Check block assertion failed")
        found.checked(f"check.{named[1]}", "fail" if failed else "unknown")


def _odd(where: str) -> Unreadable:
    return Unreadable(f"{where} is not in the form that we know. {_HOW}")
