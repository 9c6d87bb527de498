"""What is read of a check-mode run that CI posted, that no result of it is kept, and how it is judged."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import Unreadable
from bot.domain.report import KeptReport, Report
from bot.integrations import Wiring
from bot.integrations.ansible.adapter import Runs
from bot.integrations.ansible.connect import connect
from bot.integrations.ansible.reports import RunReader
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.http import Outside
from tests.integrations.ansible.scripted import REPORT_TOKEN
from tests.integrations.contract.asking import Kept
from tests.integrations.moment import AT, ago, still

SECRET = "pl4nted-secret"


def read(body: bytes | str, *, name: str = "site.yml", **about: str) -> Report:
    report = RunReader().report(body.encode() if isinstance(body, str) else body, {"name": name, **about})
    return replace(report, facts=json.loads(json.dumps(report.facts)))


def judged(*reports: Report, hours: float = 1, **limits: float) -> Answer:
    """What the morning's check says of them."""
    kept = [KeptReport(report=one, received_at=AT - timedelta(hours=hours)) for one in reports]
    wiring = Wiring(outside=Outside(now=still), reports=Kept(kept), thresholds={"ansible.playbooks": limits})
    ours = connect(AnsibleSettings(report_token=SecretStr(REPORT_TOKEN)), wiring)
    assert isinstance(ours, Runs)
    (check,) = ours.checks()
    assert (check.name, check.item) == ("ansible.playbooks", Item.DRIFT)
    return asyncio.run(_asked(ours))


async def _asked(ours: Runs) -> Answer:
    return await ours.runs()


def stats(**counts: int) -> dict[str, int]:
    return dict.fromkeys(("ok", "changed", "failures", "ignored", "rescued", "skipped", "unreachable"), 0) | counts


def task(name: str, **hosts: Any) -> dict[str, Any]:
    """A task with the result of each host. Any: whatever JSON can hold."""
    return {"task": {"id": "06", "name": name, "path": "/srv/site.yml:5", "duration": {"start": "x"}}, "hosts": hosts}


def run(*tasks: dict[str, Any], **hosts: dict[str, int]) -> str:
    play = {
        "id": "04",
        "name": "Site",
        "path": "/srv/site.yml:1",
        "duration": {"start": ago(hours=2), "end": ago(hours=1)},
    }
    plays = [{"play": play, "tasks": list(tasks)}]
    return json.dumps({"custom_stats": {}, "global_custom_stats": {}, "plays": plays, "stats": hosts}, indent=4)


def result(*, changed: bool | None = False, **more: Any) -> dict[str, Any]:
    """A host's result, with secrets where Ansible has them. Any: whatever JSON can hold."""
    return {
        "action": "ansible.builtin.copy",
        "changed": changed,
        "diff": [{"before": SECRET, "after": SECRET, "before_header": SECRET}],
        "invocation": {"module_args": {"password": SECRET}},
        "msg": SECRET,
    } | more


def lines(*events: tuple[str, dict[str, Any]]) -> str:
    stamped = ({"_event": kind, "_timestamp": ago(hours=1), **event} for kind, event in events)
    return "\n".join(json.dumps(one) for one in stamped) + "\n"


@pytest.mark.parametrize(
    ("body", "expected", "words"),
    [
        (run(task("motd", a=result()), a=stats(ok=1)), Status.OK, "Nothing drifted by 1 playbooks"),
        (run(task("motd", a=result(changed=True)), a=stats(changed=1)), Status.WARN, "drifted: a (motd)"),
        (run(task("motd", a=result(changed=True)), a=stats()), Status.WARN, "drifted: a (motd)"),
        (run(a=stats(changed=3)), Status.WARN, "drifted: a"),
        (run(a=stats(unreachable=1), b=stats(), c=stats()), Status.WARN, "out of reach: a"),
        (run(a=stats(unreachable=1), b=stats()), Status.FAIL, "out of reach: a"),
        (run(a=stats(unreachable=1)), Status.FAIL, "out of reach: a"),
        (run(task("x", a=result(failed=True)), a=stats(failures=1), b=stats()), Status.FAIL, "cannot judge a (x)"),
        (run(a=stats(failures=1)), Status.FAIL, "cannot judge a"),
        # Rescued or ignored: no failure of the host.
        (run(task("x", a=result(failed=True)), a=stats(rescued=1)), Status.OK, "Nothing drifted"),
        (run(), Status.FAIL, "no data: it met no host"),
        (run(task("x", a=result(changed=None)), a=stats()), Status.OK, "Nothing drifted"),
    ],
)
def test_a_run_is_judged_by_its_statistics_and_results(body: str, expected: Status, words: str) -> None:
    report = read(body)
    answer = judged(report)
    assert (answer.status, words in f"{answer.summary} {answer.evidence}") == (expected, True), answer
    assert SECRET not in f"{report} {answer}"


@pytest.mark.parametrize(
    ("code", "hosts", "expected"),
    [
        ("0", {"a": stats(changed=1)}, Status.WARN),
        ("2", {"a": stats(failures=1)}, Status.FAIL),
        ("4", {"a": stats(unreachable=1), "b": stats(), "c": stats()}, Status.WARN),
        ("2", {"a": stats()}, Status.FAIL),
        ("4", {"a": stats()}, Status.FAIL),
        ("1", {"a": stats()}, Status.FAIL),
        ("250", {"a": stats()}, Status.FAIL),
    ],
)
def test_an_exit_code_that_the_statistics_do_not_explain_is_a_failure(
    code: str, hosts: dict[str, dict[str, int]], expected: Status
) -> None:
    assert judged(read(run(**hosts), exit_code=code)).status is expected


def test_what_is_wrong_from_the_start_comes_without_a_word() -> None:
    answer = judged(read("", exit_code="1"))
    assert (answer.status, "the run itself failed" in answer.summary) == (Status.FAIL, True)


def test_words_before_the_json_are_passed_over() -> None:
    body = "No config file found; using defaults\n" + run(a=stats(changed=1))
    assert judged(read(body)).status is Status.WARN
    assert read(body).made_at == AT - timedelta(hours=1)


def test_a_playbook_without_a_name_is_called_by_its_file() -> None:
    assert read(run(a=stats()), name="").name == "site.yml"
    with pytest.raises(Unreadable, match="the playbook's name"):
        read(json.dumps({"plays": [], "stats": {"a": stats()}}), name="")


def test_a_task_that_comes_several_times_is_one_finding() -> None:
    again = task("motd", a=result(changed=True))
    report = read(run(again, again, task("motd", b=result(changed=True)), a=stats(changed=2), b=stats(changed=1)))
    assert report.facts["changed"] == [{"host": "a", "task": "motd"}, {"host": "b", "task": "motd"}]
    assert (report.facts["changed_hosts"], report.facts["changed_tasks"]) == (2, 3)


def test_events_are_read_line_by_line_and_without_the_last_one_the_run_was_broken_off() -> None:
    play = ("v2_playbook_on_play_start", {"play": {"path": "/srv/db.yml:1"}, "tasks": []})
    begun = ("v2_playbook_on_task_start", task("motd"))
    changed = ("v2_runner_on_ok", task("motd", a=result(changed=True)))
    dark = ("v2_runner_on_unreachable", task("motd", b=result(unreachable=True)))
    ended = ("v2_playbook_on_stats", {"stats": {"a": stats(changed=1), "b": stats(unreachable=1), "c": stats()}})
    report = read(lines(play, begun, changed, dark, ("v3_of_tomorrow", {}), ended), name="")
    answer = judged(report)
    assert (report.name, report.made_at) == ("db.yml", AT - timedelta(hours=1))
    assert (answer.status, answer.evidence[0].detail) == (Status.WARN, "out of reach: b; drifted: a (motd)")
    broken = read(lines(play, begun, changed))
    assert judged(broken).status is Status.FAIL
    assert SECRET not in f"{report} {broken}"


def planted(value: Any, key: str = "") -> Any:
    """The same with a secret in every text that names no host and no task, and in the keys of results. Any: JSON."""
    if isinstance(value, dict):
        hides = key in ("diff", "module_args", "invocation", "custom_stats")
        return {f"{SECRET}-{name}" if hides else name: planted(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [planted(one, key) for one in value]
    return f"{SECRET}-{key}" if isinstance(value, str) and key not in ("name", "path", "_event", "end") else value


def test_secrets_planted_everywhere_are_not_kept() -> None:
    looped = result(changed=True, results=[result(changed=True, item=SECRET, _ansible_item_label=SECRET)])
    found = result(
        failed=True, exception="x", stdout="x", stderr_lines=["x"], cmd="x", ansible_facts={"a": "x"}, censored="x"
    )
    whole = json.loads(run(task("motd", a=looped), task("late", b=found), a=stats(changed=1), b=stats(failures=1)))
    whole["custom_stats"] = {"x": "y"}
    body = json.dumps(planted(whole))
    events = lines(
        ("v2_runner_on_ok", task("motd", a=looped)),
        ("v2_runner_on_failed", task("late", b=found)),
        ("v2_playbook_on_stats", {"stats": whole["stats"], "custom_stats": {"x": SECRET}}),
    )
    streamed = "\n".join(json.dumps(planted(json.loads(line))) for line in events.splitlines())
    for one in (body, streamed, f"{SECRET}\n{body}"):
        assert one.count(SECRET) > 15
        report = read(one)
        assert report.facts["changed"] == [{"host": "a", "task": "motd"}]
        assert report.facts["failed"] == [{"host": "b", "task": "late"}]
        assert SECRET not in f"{report} {judged(report)}"


@pytest.mark.parametrize(
    ("body", "about", "remedy"),
    [
        ("", {}, "there is no JSON in it"),
        ("", {"exit_code": "0"}, "there is no JSON in it"),
        ("ERROR! no hosts", {"exit_code": "1"}, "there is no JSON in it"),
        ("PLAY [all] ***\nok: [a]\n", {}, "there is no JSON in it"),
        (run(a=stats())[:-20], {}, "cut off"),
        ("{" * 50_000, {}, "cut off"),
        ("{}", {}, "not the output of a playbook"),
        ('{"plays": []}', {}, "not the output of a playbook"),
        ('{"plays": {}, "stats": {}}', {}, "plays"),
        ('{"plays": [7], "stats": {}}', {}, "plays"),
        ('{"plays": [{"tasks": {"a": 1}}], "stats": {}}', {}, "tasks"),
        ('{"plays": [{"tasks": [{"task": 1}]}], "stats": {}}', {}, "a task"),
        (run(task("x", a=SECRET), a=stats()), {}, "a result"),
        ('{"plays": [], "stats": []}', {}, "stats"),
        ('{"plays": [], "stats": {"a": {"changed": 0}}}', {}, "stats"),
        ('{"plays": [], "stats": {"a": {"changed": "0", "failures": 0, "unreachable": 0}}}', {}, "stats"),
        (run(a=stats(changed=10**4_000)), {}, "stats"),
        (lines(("v2_playbook_on_stats", {"stats": None})), {}, "stats"),
        (lines(("v2_playbook_on_stats", {"stats": {}}))[:-4] + '\n{"_event', {}, "cut off"),
        (run(a=stats()), {"exit_code": "x"}, "send the number"),
    ],
)
def test_what_is_no_run_is_refused_with_what_to_do(body: str, about: dict[str, str], remedy: str) -> None:
    with pytest.raises(Unreadable, match=remedy) as unreadable:
        RunReader().report(body.encode(), {"name": "site.yml", **about})
    assert SECRET not in str(unreadable.value)
    assert len(str(unreadable.value)) < 250


def test_an_old_run_is_no_data() -> None:
    fresh = replace(read(run(a=stats())), made_at=None)
    assert judged(fresh, hours=25).status is Status.OK
    assert judged(fresh, hours=27).status is Status.FAIL


def test_limits_are_the_team_s() -> None:
    some = read(run(a=stats(changed=1), b=stats(changed=1), c=stats(), d=stats(unreachable=1)))
    assert judged(some).status is Status.WARN
    assert judged(some, fail=2).status is Status.FAIL
    assert judged(some, unreachable_share=0.25).status is Status.FAIL


def test_what_was_kept_in_another_form_is_not_ok() -> None:
    assert judged(Report(name="x", words="", facts={"hosts": "many"})).status is Status.UNKNOWN


def test_much_is_counted_in_full_and_bounded() -> None:
    hosts = {f"web{number}": stats(changed=2) for number in range(3_000)}
    report = read(run(task("motd", **{name: result(changed=True) for name in hosts}), **hosts))
    assert (report.facts["changed_hosts"], len(report.facts["changed"])) == (3_000, 100)
    assert "and 2997 hosts more" in judged(report).evidence[0].detail
    odd = read(run(task("t" * 9_000, **{"\ud800\x00": result(changed=True)}), **{"\ud800\x00": stats(changed=1)}))
    (met,) = odd.facts["changed"]
    assert (met["host"], len(met["task"])) == ("\ufffd\ufffd", 120)
