"""How Aqua's images, findings, scans and enforcers are judged, and how its lists are read to their end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.aqua.adapter import Aqua
from bot.integrations.aqua.settings import AquaSettings
from bot.integrations.http import Outside
from tests.integrations.aqua.scripted import (
    GROUPS,
    HOSTS,
    IMAGES,
    KEY,
    RISKS,
    SCRIPT,
    SECRET,
    finding,
    host,
    image,
    page,
)
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Answering, Canned, Request, serving, told
from tests.integrations.moment import ago, still


@asynccontextmanager
async def aqua(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Answering | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Aqua]:
    """The adapter over a scripted server. Any: whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given = {"url": address, "api_key": SecretStr(KEY), "api_secret": SecretStr(SECRET), **settings}
            yield Aqua.connect(AquaSettings(**given), Wiring(outside=outside, thresholds=thresholds or {}))
    finally:
        await outside.aclose()


def details(answer: Answer) -> dict[str, tuple[Status, str]]:
    return {one.title: (one.status, one.detail) for one in answer.evidence}


def filtered(*images: dict[str, Any]) -> Answering:
    """A console that answers the filter with these, and everything else as when all is well."""

    def reply(request: Request) -> Canned:
        return page(*images) if "disallowed" in request.query else SCRIPT.replying()(request)

    return reply


def test_everything_stands_under_security() -> None:
    settings = AquaSettings(api_key=SecretStr(KEY), api_secret=SecretStr(SECRET))
    ours = Aqua.connect(settings, Wiring(outside=Outside(), instance="eu"))
    assert {check.item for check in ours.checks()} == {Item.SECURITY}
    assert {check.instance for check in ours.checks()} == {"eu"}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"disallowed": True}, Status.FAIL, "fails policy"),
        ({"disallowed": None}, Status.FAIL, "fails policy"),
        ({"disallowed": True, "has_workloads": True}, Status.FAIL, "fails policy"),
        ({"disallowed": True, "has_workloads": False}, Status.WARN, "fails policy, and nothing runs from it"),
        ({"disallowed": True, "whitelisted": True}, Status.OK, ""),
        ({"disallowed": False}, Status.OK, ""),
    ],
)
async def test_images_against_policy_fail(changes: dict[str, Any], status: Status, words: str) -> None:
    async with aqua(server=filtered(image("bad:1", **changes))) as ours:
        answer = await ours.policy()
    assert answer.status is status, answer
    assert details(answer) == ({} if status is Status.OK else {"prod/bad:1": (status, words)})


async def test_an_image_against_policy_is_seen_where_the_filter_is_not_known_or_hides_it() -> None:
    async with aqua({IMAGES: page(image(), image("bad:1", disallowed=True))}) as ours:
        assert list(details(await ours.policy())) == ["prod/bad:1"]
    async with aqua(server=filtered()) as ours:
        assert (await ours.policy()).summary == "None of 2 images fails policy"


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, ""),
        ({"scan_date": ago(hours=47)}, Status.OK, ""),
        ({"scan_date": ago(hours=49)}, Status.WARN, "scanned 2 days ago"),
        ({"scan_error": "no layer"}, Status.WARN, "its scan failed: no layer"),
        ({"scan_status": "failed"}, Status.WARN, "its scan failed: no reason given"),
        ({"scan_status": "in_progress"}, Status.OK, ""),
        ({"scan_status": "unsupported"}, Status.UNKNOWN, "its scan is unsupported, which we do not know"),
        ({"scan_date": None}, Status.UNKNOWN, "does not tell when it was scanned"),
        ({"scan_date": "0001-01-01T00:00:00Z"}, Status.UNKNOWN, "does not tell when it was scanned"),
        ({"scan_date": ago(hours=-9)}, Status.UNKNOWN, "which is to come"),
    ],
)
async def test_scans_are_judged_by_their_age(changes: dict[str, Any], status: Status, words: str) -> None:
    async with aqua({IMAGES: page(image(), image("b:1", **changes))}) as ours:
        answer = await ours.scans()
    assert answer.status is status, answer
    assert words in "".join(one.detail for one in answer.evidence)


async def test_a_scanner_that_stands_still_fails() -> None:
    async with aqua({IMAGES: page(image(scan_date=ago(days=4)), image("b:1", scan_date=ago(days=3)))}) as ours:
        answer = await ours.scans()
    assert (answer.status, len(answer.evidence)) == (Status.FAIL, 2)
    async with aqua({IMAGES: page(image(scan_date=ago(days=4)))}, thresholds={"aqua.scans": {"hours": 100}}) as ours:
        assert (await ours.scans()).status is Status.OK


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"aqua_severity": "critical"}, Status.FAIL),
        ({"aqua_severity": "CRITICAL"}, Status.FAIL),
        ({"aqua_severity": "high"}, Status.WARN),
        ({"aqua_severity": "medium"}, Status.OK),
        ({"aqua_severity": "", "vendor_severity": "critical"}, Status.FAIL),
        ({"aqua_severity": None, "vendor_severity": "", "nvd_severity": "high"}, Status.WARN),
        ({"aqua_severity": "", "vendor_severity": "", "nvd_severity": ""}, Status.UNKNOWN),
        ({"aqua_severity": "apocalyptic"}, Status.UNKNOWN),
        ({"aqua_severity": "critical", "fix_version": ""}, Status.OK),
        ({"aqua_severity": "critical", "fix_version": None}, Status.UNKNOWN),
        ({"aqua_severity": "low", "fix_version": None}, Status.OK),
        ({"aqua_severity": "critical", "acknowledged_date": ago(days=3)}, Status.OK),
        ({"aqua_severity": "critical", "acknowledged_date": "0001-01-01T00:00:00Z"}, Status.FAIL),
        ({"aqua_severity": "critical", "acknowledged_date": ago(days=3), "ack_expiration_days": 4}, Status.OK),
        ({"aqua_severity": "critical", "acknowledged_date": ago(days=3), "ack_expiration_days": 2}, Status.FAIL),
        (
            {
                "aqua_severity": "critical",
                "acknowledged_date": ago(days=30),
                "ack_expiration_days": 5,
                "ack_expiration_configured_at": ago(days=3),
            },
            Status.OK,
        ),
        ({"aqua_severity": "high", "acknowledged_date": ago(days=3), "ack_expiration_days": 10**9}, Status.OK),
    ],
)
async def test_vulnerabilities_with_a_fix_count_while_nobody_acknowledged_them(
    changes: dict[str, Any], status: Status
) -> None:
    async with aqua({RISKS: page(finding("CVE-1", "low"), finding("CVE-2", **changes))}) as ours:
        answer = await ours.vulnerabilities()
    assert answer.status is status, answer
    assert list(details(answer)) == ([] if status is Status.OK else ["CVE-2"])


async def test_one_vulnerability_in_many_images_is_one_finding() -> None:
    found = [finding("CVE-9", "critical", image_name=f"shop:{number}") for number in range(4)]
    acknowledged = finding("CVE-8", "critical", acknowledged_date=ago(days=1))
    async with aqua({RISKS: page(*found, acknowledged)}) as ours:
        answer = await ours.vulnerabilities()
    words = "critical, fixed by openssl 3.0.16-1; in shop:0, shop:1 and 2 more"
    assert details(answer) == {"CVE-9": (Status.FAIL, words)}
    assert answer.summary.startswith("1 critical or high vulnerabilities have a fix; 1 acknowledged: CVE-9")


async def test_no_finding_is_fine_only_where_something_is_scanned() -> None:
    async with aqua({RISKS: page(result=None, count=0)}) as ours:
        assert (await ours.vulnerabilities()).status is Status.OK
    async with aqua({RISKS: page(), IMAGES: page()}) as ours:
        assert (await ours.vulnerabilities()).status is Status.UNKNOWN


def paged(line: str, pages: Mapping[int, Canned]) -> Answering:
    def reply(request: Request) -> Canned:
        if request.line != line or "disallowed" in request.query:
            return SCRIPT.replying()(request)
        return pages.get(int(request.query["page"][0]), page(count=1, page=None))

    return reply


async def test_a_list_is_read_to_its_last_page() -> None:
    whole = {1: page(image(), count=2, pagesize=1), 2: page(image("bad:1", disallowed=True), count=2, page=2)}
    async with aqua(server=paged(IMAGES, whole)) as ours:
        assert list(details(await ours.policy())) == ["prod/bad:1"]
    uncounted = {1: page(image(), count=None), 2: page(image("bad:1", disallowed=True), count=None, page=2)}
    uncounted[3] = told({"result": []})
    async with aqua(server=paged(IMAGES, uncounted)) as ours:
        assert list(details(await ours.policy())) == ["prod/bad:1"]


@pytest.mark.parametrize(
    "second",
    [
        page(count=2, page=2),
        page(image("b:1"), count=2, page=1),
        page(image("b:1"), image("c:1"), count=2, page=2),
        page(image(), count=2, page=None),
        told({"message": "no"}, 500),
        told({"message": "no"}, 403),
        told({}),
        told({"code": 1, "message": "no"}),
    ],
)
async def test_a_list_that_is_not_whole_is_never_ok(second: Canned) -> None:
    for line, ask in ((IMAGES, "policy"), (IMAGES, "scans")):
        async with aqua(server=paged(line, {1: page(image(), count=2, pagesize=1), 2: second})) as ours:
            with pytest.raises(VendorError):
                await getattr(ours, ask)()


@pytest.mark.parametrize("found", [page(image(), count=0), page({}, count=3, page=1), page(count=3)])
async def test_a_length_that_does_not_fit_is_never_ok(found: Canned) -> None:
    async with aqua({IMAGES: found}) as ours:
        with pytest.raises(Refused):
            await ours.scans()
    async with aqua({RISKS: page({}, finding())}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.vulnerabilities()


async def test_what_is_too_much_to_read_is_unknown_unless_the_worst_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.integrations.aqua.client._MOST_PAGES", 2)
    both = {number: page(image(f"a:{number}"), count=9, page=number) for number in (1, 2)}
    async with aqua(server=paged(IMAGES, both)) as ours:
        with pytest.raises(Refused, match="has 9 images and showed 2; not all seen"):
            await ours.scans()
    for severity, status in (("low", Status.UNKNOWN), ("high", Status.UNKNOWN), ("critical", Status.FAIL)):
        found = {number: page(finding(f"CVE-{number}", severity), count=9, page=number) for number in (1, 2)}
        async with aqua(server=paged(RISKS, found)) as ours:
            answer = await ours.vulnerabilities()
        assert answer.status is status
        assert "only 2 of more than 8 findings were read" in answer.summary
        assert bool(answer.reason) is (status is Status.UNKNOWN)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["connect"] * 6, Status.OK),
        (["Connected"], Status.OK),
        (["connect"] * 5 + ["disconnect"], Status.WARN),
        (["connect"] * 3 + ["disconnect"], Status.FAIL),
        (["connect"] * 5 + ["pending"], Status.UNKNOWN),
        (["connect"] * 5 + [""], Status.UNKNOWN),
    ],
)
async def test_enforcers_are_judged_by_how_many_are_connected(statuses: list[str], status: Status) -> None:
    found = [host(f"node-{number}", one) for number, one in enumerate(statuses)]
    async with aqua({HOSTS: page(*found)}) as ours:
        answer = await ours.enforcers()
    assert answer.status is status, answer
    assert len(answer.evidence) == (0 if status is Status.OK else 1)


@pytest.mark.parametrize(
    ("group", "status", "words"),
    [
        ({"connected_count": 9, "disconnected_count": 0}, Status.OK, ""),
        ({"connected_count": 9, "disconnected_count": 1}, Status.WARN, "1 are not connected"),
        ({"connected_count": 1, "disconnected_count": 1}, Status.FAIL, "1 are not connected"),
        ({"connected_count": 9}, Status.UNKNOWN, "does not tell how many are connected"),
        ({"connected_count": 0, "disconnected_count": 0}, Status.UNKNOWN, ""),
    ],
)
async def test_an_older_console_tells_of_enforcers_by_their_groups(
    group: dict[str, Any], status: Status, words: str
) -> None:
    gone = told({"code": 404, "message": "not found"}, 404)
    async with aqua({HOSTS: gone, GROUPS: page({"id": "prod", "logicalname": "prod", **group})}) as ours:
        answer = await ours.enforcers()
    assert answer.status is status, answer
    assert words in "".join(one.detail for one in answer.evidence)


async def test_a_missing_right_is_named_and_told_by_probing() -> None:
    forbidden = told({"code": 403, "message": "forbidden"}, 403)
    async with aqua({RISKS: forbidden}) as ours:
        with pytest.raises(NotAuthorised, match=r"Give it the right to view risks \(role Auditor\)"):
            await ours.vulnerabilities()
        told_of = dict(await ours.probe())
    assert [what for what, wrong in told_of.items() if wrong] == ["read vulnerabilities"]


async def test_nobody_there_is_told_by_all() -> None:
    outside = Outside(patience=2, now=still)
    settings = AquaSettings(url=nobody(), username="daywatch", password=SecretStr("x"))
    ours = Aqua.connect(settings, Wiring(outside=outside))
    for ask in (ours.policy, ours.vulnerabilities, ours.scans, ours.enforcers, ours.probe):
        with pytest.raises(VendorError, match=r"the connection was refused. Check AQUA_URL."):
            await ask()
    await outside.aclose()
