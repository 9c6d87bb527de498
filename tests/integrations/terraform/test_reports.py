"""What is read of a plan that CI posted, that no value of it is kept, and how it is judged."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import Unreadable
from bot.domain.report import KeptReport, Report
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.terraform.adapter import Plans
from bot.integrations.terraform.connect import connect
from bot.integrations.terraform.reports import PlanReader
from bot.integrations.terraform.settings import TerraformSettings
from tests.integrations.contract.asking import Kept
from tests.integrations.moment import AT, still

PLANS = Path(__file__).parent / "plans"
"""Made by Terraform 1.11.4, with a secret in its variables, its error and its check."""
SECRET = "pl4nted-secret"


def read(body: bytes | str, *, name: str = "prod", **about: str) -> Report:
    given = body.encode() if isinstance(body, str) else body
    report = PlanReader().report(given, {"name": name, **about})
    return replace(report, facts=json.loads(json.dumps(report.facts)))


def judged(*reports: Report | KeptReport, settings: Mapping[str, Any] | None = None, **limits: float) -> Answer:
    """What the morning's check says of them, all of them fresh unless they were kept otherwise."""
    kept = [
        one
        if isinstance(one, KeptReport)
        else KeptReport(report=replace(one, made_at=None), received_at=AT - timedelta(hours=1))
        for one in reports
    ]
    newest_first = sorted(kept, key=lambda one: one.at, reverse=True)
    wiring = Wiring(outside=Outside(now=still), reports=Kept(newest_first), thresholds={"terraform.plans": limits})
    ours = connect(TerraformSettings(**(settings or {})), wiring)
    assert isinstance(ours, Plans)
    (check,) = ours.checks()
    assert (check.name, check.item) == ("terraform.plans", Item.DRIFT)
    return asyncio.run(_asked(ours))


async def _asked(ours: Plans) -> Answer:
    return await ours.plans()


def lines(*messages: dict[str, Any], summary: bool = True, version: str = "terraform") -> str:
    """Lines as `plan -json` writes them. Any: whatever JSON can hold."""
    ended = {"type": "change_summary", "changes": {"add": 0, "change": 0, "remove": 0, "operation": "plan"}}
    sent = [{"type": "version", version: "1.11.4", "ui": "1.2"}, *messages, *([ended] if summary else [])]
    return "\n".join(json.dumps({"@level": "info", "@timestamp": "2026-03-02T03:00:09.1Z", **one}) for one in sent)


def touched(kind: str, action: str, address: str = "aws_vpc.main") -> dict[str, Any]:
    return {"type": kind, "change": {"resource": {"addr": address, "module": ""}, "action": action}}


def plan(**parts: Any) -> str:
    """A plan as `show -json` writes it. Any: whatever JSON can hold."""
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "planned_values": {"root_module": {}},
            "timestamp": "2026-03-02T03:00:09Z",
            "applyable": True,
            "complete": True,
            "errored": False,
        }
        | parts
    )


def resource(address: str, *actions: str, **more: Any) -> dict[str, Any]:
    change = {
        "actions": list(actions),
        "before": {"password": SECRET},
        "after": {SECRET: SECRET},
        "before_sensitive": {"password": True},
        "after_sensitive": {},
    }
    return {"address": address, "mode": "managed", "type": "aws_vpc", "change": change} | more


@pytest.mark.parametrize(
    ("name", "code", "status", "words"),
    [
        ("same.jsonl", "0", Status.OK, "Nothing drifted and all is applied in 1 workspaces"),
        ("create.jsonl", "2", Status.WARN, "not applied: 3 create (terraform_data.app"),
        ("replace.jsonl", "2", Status.WARN, "check.rev_ok: the check failed"),
        ("replace.json", "2", Status.WARN, "not applied: 1 replace (terraform_data.app)"),
        ("outputs.jsonl", "2", Status.WARN, "not applied: outputs only"),
        ("error.jsonl", "1", Status.FAIL, "the plan itself failed (1 errors)"),
    ],
)
@pytest.mark.parametrize("with_code", [True, False])
def test_what_terraform_really_writes_is_read(
    name: str, code: str, status: Status, words: str, *, with_code: bool
) -> None:
    report = read((PLANS / name).read_bytes(), **({"exit_code": code} if with_code else {}))
    answer = judged(report)
    assert (answer.status, words in f"{answer.summary} {answer.evidence}") == (status, True), answer
    assert report.made_at is not None
    assert SECRET not in f"{report} {answer}"


def test_both_forms_of_a_plan_give_the_same_facts() -> None:
    assert read((PLANS / "replace.json").read_bytes()).facts == read((PLANS / "replace.jsonl").read_bytes()).facts


@pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="needs terraform, which no package registry of ours has; its recorded output is read instead",
)
def test_a_terraform_that_is_here_is_read_as_it_speaks_today(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        f'variable "key" {{\n  default   = "{SECRET}"\n  sensitive = true\n}}\n'
        'resource "terraform_data" "app" {\n  input = var.key\n}\n'
    )

    def run(*words: str) -> tuple[int, bytes]:
        environment = {"CHECKPOINT_DISABLE": "1", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
        ran = subprocess.run(
            ["terraform", *words], cwd=tmp_path, capture_output=True, check=False, env=environment, timeout=60
        )
        return ran.returncode, ran.stdout

    asked = ("plan", "-detailed-exitcode", "-input=false", "-lock=false", "-json", "-out=p.tfplan")
    assert run("init", "-input=false")[0] == 0
    code, out = run(*asked)
    first = read(out, exit_code=str(code))
    file = read(run("show", "-json", "p.tfplan")[1])
    assert run("apply", "p.tfplan")[0] == 0
    code, out = run(*asked)
    second = read(out, exit_code=str(code))
    assert [judged(one).status for one in (first, file, second)] == [Status.WARN, Status.WARN, Status.OK]
    assert first.facts["changes"] == [{"address": "terraform_data.app", "kind": "create"}]
    assert SECRET not in f"{first} {file}"


@pytest.mark.parametrize(
    ("messages", "status", "words"),
    [
        ([touched("resource_drift", "update")], Status.WARN, "drifted: 1 update (aws_vpc.main)"),
        ([touched("resource_drift", "delete")], Status.FAIL, "drifted: 1 delete"),
        ([touched("resource_drift", "update"), touched("planned_change", "replace")], Status.FAIL, "drifted"),
        ([touched("resource_drift", "update"), touched("planned_change", "update")], Status.WARN, "drifted"),
        (
            [
                touched("resource_drift", "update"),
                touched("planned_change", "delete", "a.b"),
                touched("planned_change", "update"),
            ],
            Status.WARN,
            "1 more changes are not applied",
        ),
        ([touched("resource_drift", "explode")], Status.FAIL, "1 unknown"),
        ([touched("resource_drift", "move")], Status.OK, "Nothing drifted"),
        ([touched("planned_change", "noop"), touched("planned_change", "read")], Status.OK, "Nothing drifted"),
        ([touched("planned_change", "delete")], Status.WARN, "not applied: 1 delete"),
        ([touched("planned_change", "move")], Status.WARN, "not applied: 1 move"),
        ([touched("planned_change", "later")], Status.WARN, "not applied: 1 unknown"),
        ([{"type": "diagnostic", "diagnostic": {"severity": "error", "summary": SECRET}}], Status.FAIL, "1 errors"),
        ([{"type": "diagnostic", "diagnostic": {"severity": "fatal"}}], Status.FAIL, "1 errors"),
        ([{"type": "log", "@level": "error", "@message": SECRET}], Status.FAIL, "1 errors"),
        ([{"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": "old"}}], Status.OK, "Nothing"),
        ([{"type": "of tomorrow"}], Status.OK, "Nothing drifted"),
    ],
)
def test_lines_are_judged_by_what_they_tell(messages: list[dict[str, Any]], status: Status, words: str) -> None:
    for version in ("terraform", "tofu"):
        answer = judged(read(lines(*messages, version=version)))
        assert (answer.status, words in f"{answer.summary} {answer.evidence}") == (status, True), answer


def test_changes_that_are_only_counted_are_believed() -> None:
    counted = {"type": "change_summary", "changes": {"add": 1, "change": 0, "remove": 2, "operation": "plan"}}
    assert judged(read(lines(counted))).evidence[0].detail == "not applied: 3 unknown"
    for odd in ({"add": "1", "operation": "plan"}, {"add": -1, "operation": "plan"}, {"add": 1.5, "operation": "plan"}):
        with pytest.raises(Unreadable, match="the summary of changes"):
            read(lines({"type": "change_summary", "changes": odd}))


def test_a_run_that_died_before_its_summary_is_no_good_news() -> None:
    for report in (
        read(lines(summary=False)),
        read(lines(summary=False), exit_code="0"),
        read("", exit_code="1"),
        read("", exit_code="137"),
    ):
        assert judged(report).status is Status.FAIL


@pytest.mark.parametrize(
    ("code", "status"), [("0", Status.OK), ("1", Status.FAIL), ("2", Status.WARN), ("137", Status.FAIL)]
)
def test_the_exit_code_is_believed_where_it_is_worse_than_the_words(code: str, status: Status) -> None:
    assert judged(read(lines(), exit_code=code)).status is status


@pytest.mark.parametrize(
    ("parts", "status", "words"),
    [
        ({}, Status.OK, "Nothing drifted"),
        ({"resource_drift": [resource("a.b", "update")]}, Status.WARN, "drifted: 1 update (a.b)"),
        ({"resource_drift": [resource("a.b", "delete")]}, Status.FAIL, "drifted: 1 delete (a.b)"),
        ({"resource_drift": [resource("a.b", "no-op", previous_address="a.c")]}, Status.OK, "Nothing drifted"),
        ({"resource_changes": [resource("a.b", "no-op"), resource("a.c", "read")]}, Status.OK, "Nothing drifted"),
        ({"resource_changes": [resource("a.b", "create", "delete")]}, Status.WARN, "1 replace (a.b)"),
        ({"resource_changes": [resource("a.b", "forget")]}, Status.WARN, "1 forget (a.b)"),
        ({"resource_changes": [resource("a.b", "no-op", previous_address="a.c")]}, Status.WARN, "1 move (a.b)"),
        ({"resource_changes": [resource("a.b")]}, Status.WARN, "1 unknown (a.b)"),
        ({"resource_changes": [resource("a.b", "noop")]}, Status.WARN, "1 unknown (a.b)"),
        ({"output_changes": {"x": {"actions": ["update"]}}}, Status.WARN, "outputs only"),
        ({"errored": True}, Status.FAIL, "the plan itself failed"),
        ({"complete": False}, Status.WARN, "was put off"),
        ({"checks": [{"address": {"to_display": "check.x"}, "status": "error"}]}, Status.FAIL, "could not be made"),
        ({"checks": [{"address": {"to_display": "check.x"}, "status": "pass"}]}, Status.OK, "Nothing drifted"),
        ({"checks": [{"address": None, "status": "odd"}]}, Status.WARN, "not known"),
        ({"format_version": "1.9", "of_tomorrow": 1}, Status.OK, "Nothing drifted"),
    ],
)
def test_a_plan_s_file_is_judged_by_what_it_tells(parts: dict[str, Any], status: Status, words: str) -> None:
    report = read(plan(**parts))
    answer = judged(report)
    assert (answer.status, words in f"{answer.summary} {answer.evidence}") == (status, True), answer
    assert SECRET not in f"{report} {answer}"


KEPT_KEYS = (
    *("address", "addr", "to_display", "previous_address", "context", "action", "actions", "status", "severity"),
    *("type", "operation", "format_version", "terraform", "ui", "timestamp", "@timestamp", "@level"),
)


def planted(value: Any, key: str = "") -> Any:
    """The same with a secret in every text that is no address and no kind, and in the keys of values. Any: JSON."""
    if isinstance(value, dict):
        secret_keys = key in ("before", "after", "values", "input", "output", "variables")
        return {f"{SECRET}-{name}" if secret_keys else name: planted(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [planted(one, key) for one in value]
    return f"{SECRET}-{key}" if isinstance(value, str) and key not in KEPT_KEYS else value


def test_secrets_planted_everywhere_are_not_kept() -> None:
    drifting = json.loads((PLANS / "replace.json").read_text())
    drifting["resource_drift"] = [resource("a.b", "update")]
    file = json.dumps(planted(drifting))
    events = "\n".join(
        json.dumps(planted(json.loads(line)))
        for name in ("replace.jsonl", "error.jsonl", "create.jsonl")
        for line in (PLANS / name).read_text().splitlines()
    )
    noise = f"There are some problems with {SECRET}\n{events}\nError: {SECRET}\n"
    for body in (file, events, noise):
        assert body.count(SECRET) > 15
        report = read(body)
        assert report.facts["changes"]
        assert SECRET not in f"{report} {judged(report)}"


@pytest.mark.parametrize(
    ("body", "about", "remedy"),
    [
        (lines(), {"name": ""}, r"add \?name= with the workspace's name"),
        (lines(), {"exit_code": "two"}, "send the number"),
        ("", {}, "the body is empty"),
        ("", {"exit_code": "0"}, "the body is empty"),
        ("Error: no configuration", {}, "no line tells its version"),
        ("<!doctype html>", {}, "no line tells its version"),
        ("[]", {}, "no line tells its version"),
        ("{" * 50_000, {}, "cut off"),
        (lines()[:-9], {}, "cut off"),
        (plan()[:-9], {}, "cut off"),
        (plan(format_version="2.0"), {}, r"format_version 2\.0"),
        (plan(format_version=SECRET), {}, "format_version in no known form"),
        (json.dumps({"format_version": "1.0", "values": {}}), {}, "a state and no plan"),
        (plan(errored="yes"), {}, "errored"),
        (plan(complete=0), {}, "complete"),
        (plan(resource_changes={}), {}, "resource_changes"),
        (plan(resource_changes=[SECRET]), {}, "resource_changes"),
        (plan(resource_drift=[{"address": "a"}]), {}, "change"),
        (plan(output_changes=[SECRET]), {}, "output_changes"),
        (lines({"type": "planned_change", "change": None}), {}, "change"),
        (lines({"type": "diagnostic"}), {}, "diagnostic"),
        (lines({"type": "change_summary", "changes": {"operation": "apply"}}), {}, "not the output of a plan"),
        (lines({"type": "change_summary", "changes": {"operation": "plan", "add": 10**4_000}}), {}, "the summary"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_to_do(body: str, about: dict[str, str], remedy: str) -> None:
    with pytest.raises(Unreadable, match=remedy) as unreadable:
        PlanReader().report(body.encode(), {"name": "prod", **about})
    assert SECRET not in str(unreadable.value)
    assert len(str(unreadable.value)) < 250


def kept(name: str, *, hours: float, made_hours: float | None = None, body: Callable[[], str] = lines) -> KeptReport:
    made: datetime | None = AT - timedelta(hours=made_hours) if made_hours is not None else None
    return KeptReport(report=replace(read(body(), name=name), made_at=made), received_at=AT - timedelta(hours=hours))


def test_an_old_plan_is_no_data() -> None:
    assert judged(kept("prod", hours=25)).status is Status.OK
    answer = judged(kept("prod", hours=27), kept("stage", hours=1))
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.FAIL, ["prod"])
    assert "no data: the last report is 27 h old" in answer.summary
    # The same file posted again and again is as old as it says.
    assert judged(kept("prod", hours=1, made_hours=30)).status is Status.FAIL
    assert judged(kept("prod", hours=27), settings={"report_max_age_hours": 48}).status is Status.OK


def test_the_newest_of_each_name_counts() -> None:
    def broken() -> str:
        return lines(touched("resource_drift", "delete"))

    assert judged(kept("prod", hours=1), kept("prod", hours=9, body=broken)).status is Status.OK
    assert judged(kept("prod", hours=9), kept("prod", hours=1, body=broken)).status is Status.FAIL
    assert judged(kept("prod", hours=1, made_hours=20), kept("prod", hours=2, body=broken)).status is Status.FAIL


def test_nothing_posted_is_not_ok_and_neither_is_what_was_kept_in_another_form() -> None:
    assert judged().status is Status.UNKNOWN
    missing = judged(kept("prod", hours=1), settings={"report_names": ("prod", "stage")})
    assert (missing.status, [one.title for one in missing.evidence]) == (Status.FAIL, ["stage"])
    old = KeptReport(report=Report(name="prod", words="", facts={"drifted": 1}), received_at=AT)
    assert judged(old).status is Status.UNKNOWN


def test_much_is_counted_in_full_and_what_would_be_lost_is_told_first() -> None:
    many = [touched("planned_change", "create", f"a.b[{number}]") for number in range(10_000)]
    report = read(lines(*many, touched("planned_change", "delete", "z.z")))
    assert report.facts["changing"] == {"create": 10_000, "delete": 1}
    assert report.facts["changes"][0] == {"address": "z.z", "kind": "delete"}
    assert len(report.facts["changes"]) == 100


def test_hostile_addresses_are_shown_as_plain_text() -> None:
    hostile = "<!channel> http://user:hunter2@host/x?token=1\n\x1b[31m\u202e" + "A" * 5_000
    answer = judged(read(lines(touched("resource_drift", "update", hostile)), name=hostile))
    (found,) = answer.evidence
    for text in (answer.summary, found.title, found.detail):
        assert len(text) <= 240
        assert not {"\n", "\x1b", "\u202e"} & set(text)
        assert "hunter2" not in text
    assert len(found.key) < 200
    assert read(lines(touched("planned_change", "update", "a\ud800\x00"))).facts["changes"] == [
        {"address": "a\ufffd\ufffd", "kind": "update"}
    ]


def test_many_drifted_resources_are_worse_than_a_few() -> None:
    some = [touched("resource_drift", "update", f"a.b[{number}]") for number in range(4)]
    assert judged(read(lines(*some))).status is Status.WARN
    assert judged(read(lines(*some)), fail=4).status is Status.FAIL
