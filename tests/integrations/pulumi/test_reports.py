"""What is read of a preview that CI posted, that no state of it is kept, and how it is judged."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import Unreadable
from bot.domain.report import KeptReport, Report
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.pulumi.adapter import Previews, connect
from bot.integrations.pulumi.reports import PreviewReader
from bot.integrations.pulumi.settings import PulumiSettings
from tests.integrations.contract.asking import Kept
from tests.integrations.moment import AT, still
from tests.integrations.pulumi.scripted import REPORT_TOKEN, digest, step

SECRET = "pl4nted-secret"


def read(body: bytes, *, name: str = "acme/shop/prod", ignore: Sequence[str] = (), **about: str) -> Report:
    report = PreviewReader.reading(PulumiSettings(ignore=tuple(ignore))).report(body, {"name": name, **about})
    return replace(report, facts=json.loads(json.dumps(report.facts)))


def judged(*reports: Report, hours: float = 1, **limits: float) -> Answer:
    """What the morning's check says of them."""
    kept = [KeptReport(report=one, received_at=AT - timedelta(hours=hours)) for one in reports]
    wiring = Wiring(outside=Outside(now=still), reports=Kept(kept), thresholds={"pulumi.previews": limits})
    ours = connect(PulumiSettings(report_token=SecretStr(REPORT_TOKEN)), wiring)
    assert isinstance(ours, Previews)
    (check,) = ours.checks()
    assert (check.name, check.item) == ("pulumi.previews", Item.DRIFT)
    return asyncio.run(_asked(ours))


async def _asked(ours: Previews) -> Answer:
    return await ours.previews()


def events(*sent: dict[str, Any], summary: dict[str, Any] | None = None) -> bytes:
    """The streaming form, one event a line. Any: whatever JSON can hold."""
    last = {} if summary is None else {"isPreview": True, "maybeCorrupt": False, "durationSeconds": 8, **summary}
    listed = [
        {"preludeEvent": {"config": {"aws:secretKey": SECRET}}},
        *sent,
        *([{"summaryEvent": last}] if summary is not None else []),
    ]
    return b"\n".join(
        json.dumps({"sequence": number, "timestamp": int(AT.timestamp()) - 60, **one}).encode()
        for number, one in enumerate(listed)
    )


def pre(op: str, name: str = "assets", kind: str = "resourcePreEvent") -> dict[str, Any]:
    urn = f"urn:pulumi:prod::shop::aws:s3/bucket:Bucket::{name}"
    return {kind: {"metadata": {"op": op, "urn": urn, "old": {"outputs": {"key": SECRET}}, "diffs": ["tags"]}}}


@pytest.mark.parametrize(
    ("body", "both", "refresh", "preview", "words"),
    [
        (digest(), Status.OK, Status.OK, Status.OK, "Nothing drifted"),
        (digest(step("same"), step("read"), step("refresh")), Status.OK, Status.OK, Status.OK, "Nothing drifted"),
        (digest(step("update"), update=1), Status.WARN, Status.WARN, Status.WARN, "1 update (aws:s3/bucket:Bucket ass"),
        (digest(step("create"), create=1), Status.WARN, Status.WARN, Status.WARN, "1 create"),
        (digest(step("import")), Status.WARN, Status.WARN, Status.WARN, "1 import"),
        (digest(step("delete"), delete=1), Status.FAIL, Status.FAIL, Status.WARN, "1 delete"),
        (digest(step("remove-pending-replace")), Status.FAIL, Status.FAIL, Status.WARN, "1 delete"),
        (
            digest(
                *map(step, ("create-replacement", "replace", "delete-replaced")),
                **{"create-replacement": 1, "replace": 1, "delete-replaced": 1},
            ),
            Status.FAIL,
            Status.FAIL,
            Status.WARN,
            "1 replace (aws:s3/bucket",
        ),
        (digest(step("explode")), Status.FAIL, Status.FAIL, Status.WARN, "1 unknown"),
        (digest(step("refresh"), update=3), Status.WARN, Status.WARN, Status.WARN, "3 update"),
        (digest(step("refresh"), delete=1), Status.FAIL, Status.FAIL, Status.WARN, "1 delete"),
    ],
)
def test_a_digest_is_judged_by_its_steps_and_its_own_count(
    body: bytes, both: Status, refresh: Status, preview: Status, words: str
) -> None:
    answers = [judged(read(body, **about)) for about in ({}, {"kind": "refresh"}, {"kind": "preview"})]
    assert [one.status for one in answers] == [both, refresh, preview]
    assert all(words in f"{one.summary} {one.evidence}" for one in answers), answers


def test_words_say_what_kind_of_preview_it_was() -> None:
    body = digest(step(), update=1)
    found = [judged(read(body, **about)).evidence[0] for about in ({}, {"kind": "refresh"}, {"kind": "preview"})]
    assert [(one.title, one.detail.partition(":")[0]) for one in found] == [
        ("acme/shop/prod", "drifted or not applied"),
        ("acme/shop/prod (refresh)", "drifted"),
        ("acme/shop/prod (preview)", "not applied"),
    ]


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (digest(), {"exit_code": "1"}),
        (digest(), {"exit_code": "255"}),
        (b"", {"exit_code": "1"}),
        (json.dumps({"diagnostics": [{"severity": "error", "message": SECRET}], "changeSummary": {}}).encode(), {}),
        (json.dumps({"diagnostics": [{"severity": "fatal"}], "changeSummary": {"same": 1}}).encode(), {}),
        (json.dumps({"diagnostics": [{}], "changeSummary": {"same": 1}}).encode(), {}),
        (json.dumps({"config": {}}).encode(), {}),
        (json.dumps({"steps": [step()]}).encode(), {}),
        (json.dumps({"changeSummary": {"same": 1}, "maybeCorrupt": True}).encode(), {}),
        (events(pre("same")), {}),
        (events({"diagnosticEvent": {"severity": "error", "message": SECRET}}, summary={"resourceChanges": {}}), {}),
        (events({"errorEvent": {"error": SECRET}}, summary={"resourceChanges": {"same": 1}}), {}),
        (events(pre("update", kind="resOpFailedEvent"), summary={"resourceChanges": {}}), {}),
    ],
)
def test_a_preview_that_failed_or_did_not_end_tells_nothing(body: bytes, about: dict[str, str]) -> None:
    report = read(body, **about)
    answer = judged(report)
    assert answer.status is Status.FAIL
    assert SECRET not in f"{report} {answer}"


def test_a_warning_in_it_is_no_failure() -> None:
    body = json.dumps({"changeSummary": {"same": 1}, "diagnostics": [{"severity": "warning", "message": "x"}]})
    assert judged(read(body.encode())).status is Status.OK


def test_events_are_read_line_by_line() -> None:
    drifting = events(
        pre("refresh"),
        pre("update", kind="resOutputsEvent"),
        pre("refresh", "gone"),
        pre("delete", "gone", kind="resOutputsEvent"),
        {"eventOfTomorrow": {}},
        summary={"resourceChanges": {"update": 1, "delete": 1}},
    )
    report = read(b"warning: x\n" + drifting, kind="refresh")
    assert report.facts["changes"] == [
        {"address": "aws:s3/bucket:Bucket gone", "kind": "delete"},
        {"address": "aws:s3/bucket:Bucket assets", "kind": "update"},
    ]
    assert report.made_at is not None
    assert AT - report.made_at < timedelta(minutes=2)
    assert judged(report).status is Status.FAIL
    assert SECRET not in f"{report}"
    assert judged(read(events(pre("same"), summary={"resourceChanges": {"same": 1}}))).status is Status.OK


def test_what_providers_compute_anew_may_be_ignored() -> None:
    noisy = step(detailedDiff={"tags.lastSeen": {"kind": "update"}, "etag": {"kind": "update"}})
    ignore = ("aws:s3/bucket:Bucket:tags", "aws:s3/bucket:Bucket:etag")
    assert judged(read(digest(noisy, update=1), ignore=ignore)).status is Status.OK
    assert judged(read(digest(noisy, update=1), ignore=ignore[:1])).status is Status.WARN
    assert judged(read(digest(noisy, step(name="b"), update=2), ignore=ignore)).status is Status.WARN
    assert judged(read(digest(step(diffReasons=["etag"]), update=1), ignore=ignore)).status is Status.OK
    # What is not said to differ only there is not ignored, and neither is a deletion.
    assert judged(read(digest(step(), update=1), ignore=ignore)).status is Status.WARN
    gone = step("delete", detailedDiff={"etag": {"kind": "delete"}})
    assert judged(read(digest(gone, delete=1), ignore=ignore)).status is Status.FAIL


def planted(value: Any, key: str = "") -> Any:
    """The same with a secret in every text that is no operation, no urn and no severity. Any: JSON."""
    if isinstance(value, dict):
        hides = key in ("oldState", "newState", "config", "detailedDiff", "inputs", "outputs")
        return {f"{SECRET}-{name}" if hides else name: planted(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [planted(one, key) for one in value]
    return f"{SECRET}-{key}" if isinstance(value, str) and key not in ("op", "urn", "severity") else value


def test_secrets_planted_everywhere_are_not_kept() -> None:
    state = {"urn": "urn:x", "id": "i", "inputs": {"password": "x"}, "outputs": {"arn": "x"}}
    steps = [
        step(op, f"n{number}", oldState=state, newState=state, diffReasons=["a"], replaceReasons=["b"], provider="p")
        | {"detailedDiff": {"tags.owner": {"kind": "update", "inputDiff": False}}}
        for number, op in enumerate(("update", "delete", "create"))
    ]
    whole = json.loads(digest(*steps, update=1, delete=1, create=1))
    whole["diagnostics"] = [{"urn": "urn:x", "prefix": "p", "message": "m", "severity": "warning"}]
    lines = events(
        *(pre(op, f"n{at}") for at, op in enumerate(("update", "delete", "create"))),
        {"stdoutEvent": {"message": "x"}},
        {"diagnosticEvent": {"severity": "warning", "message": "x", "urn": "urn:x"}},
        summary={"resourceChanges": {"update": 1}},
    )
    streamed = b"\n".join(json.dumps(planted(json.loads(line))).encode() for line in lines.splitlines())
    for body in (json.dumps(planted(whole)).encode(), streamed):
        assert body.count(SECRET.encode()) > 5
        report = read(body)
        assert len(report.facts["changes"]) == 3
        assert SECRET not in f"{report} {judged(report)}"


def test_a_file_that_shows_secrets_is_refused() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": f'"{SECRET}"'}
    with pytest.raises(Unreadable, match="without --show-secrets") as unreadable:
        read(digest(step(newState={"outputs": {"password": secret}})))
    assert SECRET not in str(unreadable.value)
    hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    assert judged(read(digest(step(newState={"outputs": {"password": hidden}})))).status is Status.WARN


@pytest.mark.parametrize(
    ("body", "about", "remedy"),
    [
        (digest(), {"name": ""}, "the stack's name"),
        (digest(), {"kind": "drift"}, "kind must be refresh"),
        (digest(), {"exit_code": "-1"}, "send the number"),
        (b"", {}, "the body is empty"),
        (b"error: no stack selected", {}, "no line of it is an event"),
        (b"{}", {}, "no line of it is an event"),
        (digest()[:-9], {}, "cut off"),
        (b"{" * 50_000, {}, "cut off"),
        (json.dumps({"steps": SECRET}).encode(), {}, "steps"),
        (json.dumps({"steps": [SECRET]}).encode(), {}, "steps"),
        (digest({"op": "update"}), {}, "without its urn or op"),
        (json.dumps({"changeSummary": {"update": SECRET}}).encode(), {}, "summary of changes"),
        (json.dumps({"changeSummary": []}).encode(), {}, "summary of changes"),
        (json.dumps({"changeSummary": {"delete": -1}}).encode(), {}, "summary of changes"),
        (b'{"changeSummary": {"update": ' + b"9" * 4_300 + b"}}", {}, "summary of changes"),
        (json.dumps({"diagnostics": SECRET, "changeSummary": {}}).encode(), {}, "diagnostics"),
        (events({"resourcePreEvent": {}}), {}, "metadata"),
        (events(summary={"isPreview": False}), {}, "changed the stack"),
    ],
)
def test_what_is_no_preview_is_refused_with_what_to_do(body: bytes, about: dict[str, str], remedy: str) -> None:
    with pytest.raises(Unreadable, match=remedy) as unreadable:
        PreviewReader().report(body, {"name": "acme/shop/prod", **about})
    assert SECRET not in str(unreadable.value)
    assert len(str(unreadable.value)) < 250


def test_an_old_preview_is_no_data_and_many_changes_are_worse_than_a_few() -> None:
    assert judged(read(digest()), hours=25).status is Status.OK
    assert judged(read(digest()), hours=27).status is Status.FAIL
    some = digest(*(step(name=f"n{number}") for number in range(4)), update=4)
    assert judged(read(some)).status is Status.WARN
    assert judged(read(some), fail=4).status is Status.FAIL
    assert judged(read(some, kind="preview"), fail=4).status is Status.WARN


def test_what_was_kept_in_another_form_is_not_ok() -> None:
    assert judged(Report(name="x", words="", facts={"mode": "both", "changing": 1})).status is Status.UNKNOWN
    assert judged(Report(name="x", words="", facts={})).status is Status.UNKNOWN


def test_much_is_counted_in_full_and_bounded() -> None:
    body = digest(*(step("create", f"n{number}") for number in range(5_000)), step("delete", "z"), create=5_000)
    report = read(body)
    assert report.facts["changing"] == {"create": 5_000, "delete": 1}
    assert (len(report.facts["changes"]), report.facts["changes"][0]["kind"]) == (100, "delete")
    odd = read(digest({"op": "update", "urn": "\ud800" + "A" * 9_000}))
    assert len(odd.facts["changes"][0]["address"]) == 200
