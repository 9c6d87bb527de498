"""How New Relic's answers are judged, with the payloads it really sends."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, RateLimited, Refused, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.newrelic.adapter import NewRelic
from bot.integrations.newrelic.settings import NewRelicSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.newrelic.scripted import (
    ACCOUNT,
    GRAPH,
    KEY,
    SCRIPT,
    asked_of,
    entities,
    entity,
    fault,
    issue,
    issues,
)

GIVEN: Mapping[str, Any] = {"api_key": SecretStr(KEY), "account_id": (ACCOUNT,)}
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@asynccontextmanager
async def newrelic(
    canned: Canned | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[NewRelic]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=lambda: NOW)
    instead = {GRAPH: canned} if canned is not None else None
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            ours = NewRelic.connect(NewRelicSettings(**{"api_url": address, **GIVEN, **settings}), wiring)
            assert ours is not None
            yield ours
    finally:
        await outside.aclose()


def test_checks_stand_under_dashboards() -> None:
    ours = NewRelic.connect(NewRelicSettings(**GIVEN), Wiring(outside=Outside()))
    assert ours is not None
    assert {check.name: check.item for check in ours.checks()} == {
        "newrelic.issues": Item.DASHBOARDS,
        "newrelic.entities": Item.DASHBOARDS,
    }


def test_a_secret_of_ours_alone_takes_notices_and_asks_nothing() -> None:
    only_inbound = NewRelicSettings(webhook_secret=SecretStr("s"))
    assert (only_inbound.on("inbound"), only_inbound.on("read")) == (True, False)
    assert NewRelic.connect(only_inbound, Wiring(outside=Outside())) is None


def test_its_variables_are_read_under_the_vendor_s_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_RELIC_API_KEY", "NRAK-1")
    monkeypatch.setenv("NEW_RELIC_ACCOUNT_ID", "1, 2")
    monkeypatch.setenv("NEW_RELIC_REGION", "EU")
    monkeypatch.setenv("NEWRELIC_WEBHOOK_SECRET", "s")
    settings = NewRelicSettings()
    assert (settings.account_id, settings.on("read"), settings.on("inbound")) == ((1, 2), True, True)
    assert (settings.api_address, settings.page_address) == (
        "https://api.eu.newrelic.com",
        "https://one.eu.newrelic.com",
    )
    monkeypatch.setenv("NEW_RELIC_ACCOUNT_ID", "shop")
    with pytest.raises(ValidationError):
        NewRelicSettings()


@pytest.mark.parametrize("address", ["https://api.newrelic.com", "https://api.newrelic.com/graphql/", ""])
def test_the_address_is_the_same_with_and_without_its_path(address: str) -> None:
    assert NewRelicSettings(api_url=address).api_address == "https://api.newrelic.com"
    assert NewRelicSettings.model_validate({"account_id": 7}).account_id == (7,)


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({}, Status.FAIL, "critical; 2 incidents; checkout"),
        ({"priority": "HIGH", "state": "CREATED"}, Status.FAIL, "high; 2 incidents; checkout"),
        ({"acknowledgedAt": 1772431900000}, Status.WARN, "critical; acknowledged; 2 incidents; checkout"),
        ({"acknowledgedAt": "1772431900000"}, Status.WARN, "critical; acknowledged; 2 incidents; checkout"),
        ({"acknowledgedAt": ""}, Status.FAIL, "critical; 2 incidents; checkout"),
        ({"priority": "MEDIUM"}, Status.WARN, "medium; 2 incidents; checkout"),
        ({"priority": "LOW", "totalIncidents": 1, "entityNames": None}, Status.WARN, "low"),
        ({"priority": "URGENT"}, Status.UNKNOWN, "urgent; 2 incidents; checkout"),
        ({"priority": None, "totalIncidents": None}, Status.UNKNOWN, "no priority; checkout"),
        (
            {"state": "DOZING"},
            Status.UNKNOWN,
            "critical; in the state DOZING, which we do not know; 2 incidents; checkout",
        ),
    ],
)
async def test_an_issue_is_judged_by_priority_and_by_who_has_it(
    changes: dict[str, Any], status: Status, detail: str
) -> None:
    async with newrelic(issues(issue(**changes))) as ours:
        answer = await ours.issues()
    (one,) = answer.evidence
    assert (answer.status, one.status, one.detail) == (status, status, detail)
    assert (one.key, one.title) == ("issue:7c1e0000-aaaa", "Checkout error rate > 2%")
    assert one.since == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)
    assert one.url == f"https://radar-api.service.newrelic.com/accounts/{ACCOUNT}/issues/7c1e0000-aaaa"
    assert answer.link == f"https://one.newrelic.com/alerts/issues?account={ACCOUNT}"
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_no_open_issue_is_fine_and_closed_ones_are_none() -> None:
    for found in ((), (issue(state="CLOSED"), issue(issueId="2", state="DEACTIVATED"))):
        async with newrelic(issues(*found)) as ours:
            answer = await ours.issues()
        assert (answer.status, answer.summary) == (Status.OK, "No open issue")


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (["a", "b", "c"], "a and 2 more"),
        ("a", "a"),
        ([], "An issue without a title"),
        (["", "b"], "b"),
    ],
)
async def test_a_title_is_a_list(title: Any, words: str) -> None:
    async with newrelic(issues(issue(title))) as ours:
        (one,) = (await ours.issues()).evidence
    assert one.title == words


async def test_what_is_asked_goes_in_variables_and_looks_far_enough_back() -> None:
    asked: list[dict[str, Any]] = []

    def server(request: Request) -> Canned:
        body = json.loads(request.body)
        assert str(ACCOUNT) not in body["query"]
        asked.append(body["variables"])
        return issues()

    async with newrelic(server=server) as ours:
        await ours.issues()
    async with newrelic(server=server, thresholds={"newrelic.issues": {"days": 90}}) as ours:
        await ours.issues()
    starts = [datetime.fromtimestamp(one["start"] / 1_000, UTC) for one in asked]
    assert [NOW - start for start in starts] == [timedelta(days=365), timedelta(days=90)]
    assert {(one["account"], one["cursor"]) for one in asked} == {(ACCOUNT, None)}
    assert all(one["end"] / 1_000 >= NOW.timestamp() for one in asked)


async def test_issues_are_read_to_the_last_page() -> None:
    cursors: list[str | None] = []

    def server(request: Request) -> Canned:
        cursor = asked_of(request)[1]["cursor"]
        cursors.append(cursor)
        pages = {
            None: issues(issue(issueId="a", priority="LOW"), cursor="=ATN"),
            "=ATN": issues(issue(issueId="b", priority="LOW"), cursor="=ATM"),
            "=ATM": issues(issue(["Last"], issueId="c"), cursor=""),
        }
        return pages[cursor]

    async with newrelic(server=server) as ours:
        answer = await ours.issues()
    assert (answer.status, answer.evidence[0].title, len(answer.evidence)) == (Status.FAIL, "Last", 3)
    assert cursors == [None, "=ATN", "=ATM"]


async def test_a_page_that_repeats_or_fails_is_not_the_whole_answer() -> None:
    async with newrelic(issues(issue(priority="LOW"), cursor="again")) as ours:
        with pytest.raises(Refused, match="the same page of issues again; not all seen"):
            await ours.issues()

    def server(request: Request) -> Canned:
        return fault(kind="TIMEOUT") if asked_of(request)[1]["cursor"] else issues(cursor="two")

    async with newrelic(server=server) as ours:
        with pytest.raises(Unavailable):
            await ours.issues()


async def test_as_many_issues_as_are_ever_given_are_not_all() -> None:
    many = [issue(issueId=str(number), priority="LOW") for number in range(5_000)]
    async with newrelic(issues(*many)) as ours:
        answer = await ours.issues()
    assert (answer.status, answer.evidence[0].detail) == (Status.UNKNOWN, "more than 5,000 issues; not all seen")


OPT_IN = "You must opt in to using experimental schemas by passing the header."
NO_ISSUES = {"actor": {"account": {"aiIssues": {"issues": None}}}}


@pytest.mark.parametrize(
    ("canned", "kind", "words"),
    [
        (fault(OPT_IN, data=NO_ISSUES), NotAuthorised, "opt in.*needs the right to read issues"),
        (fault("Not allowed", data={"actor": {"account": None}}), NotAuthorised, "refused: Not allowed"),
        (fault("Invalid API key", None), NotAuthorised, "NEW_RELIC_API_KEY needs the right"),
        (fault("Took too long", "TIMEOUT"), Unavailable, "trouble answering: Took too long"),
        (fault("Sorry", "SERVER_ERROR", NO_ISSUES), Unavailable, "trouble answering: Sorry"),
        (fault("Slow down", "TOO_MANY_REQUESTS"), RateLimited, "asks for a pause"),
        (fault("Unknown field", "VALIDATION"), Refused, "refused: Unknown field"),
        (told({"errors": [{}]}), Refused, "an error without words"),
        (told({"data": {"actor": {"account": None}}}), NotAuthorised, "account 1234567.*Check NEW_RELIC_ACCOUNT_ID"),
        (told({"data": NO_ISSUES}), Refused, "gives no issues, and no reason"),
        (told({"data": {"actor": {"account": {}}}}), Refused, "gives no issues, and no reason"),
        (told({"data": {"actor": {}}}), Refused, "a form we do not know"),
        (told({"data": None}), Refused, "neither data nor errors"),
        (issues({"title": ["x"]}), Refused, "a form we do not know"),
        (told({"data": {"actor": {"account": {"aiIssues": {"issues": {"issues": []}}}}}}), Refused, "nextCursor"),
        (issues(issue(acknowledgedAt="soon")), Refused, "a form we do not know"),
    ],
)
async def test_an_error_inside_a_200_is_an_error(canned: Canned, kind: type[VendorError], words: str) -> None:
    async with newrelic(canned) as ours:
        with pytest.raises(kind, match=words):
            await ours.issues()


@pytest.mark.parametrize(
    ("found", "status"), [((), Status.UNKNOWN), ((issue(priority="LOW"),), Status.UNKNOWN), ((issue(),), Status.FAIL)]
)
async def test_a_part_of_the_answer_beside_an_error_is_never_good_news(found: Any, status: Status) -> None:
    async with newrelic(issues(*found, errors=[{"message": "one shard is down"}])) as ours:
        answer = await ours.issues()
    assert answer.status is status
    assert "not all could be read: one shard is down" in {one.detail for one in answer.evidence}


async def test_an_account_that_cannot_be_read_hides_no_other() -> None:
    def server(request: Request) -> Canned:
        account = asked_of(request)[1]["account"]
        return issues(issue(issueId=str(account))) if account == 2 else told({}, 403) if account == 1 else issues()

    async with newrelic(server=server, account_id=(1, 2, 3, 2)) as ours:
        answer = await ours.issues()
    assert (answer.status, [one.key for one in answer.evidence]) == (Status.FAIL, ["issue:2", "account:1"])
    assert answer.evidence[0].title == "Checkout error rate > 2% (account 2)"
    assert "NRAK" in answer.evidence[1].detail
    async with newrelic(server=server, account_id=(1, 3)) as ours:
        assert (await ours.issues()).status is Status.UNKNOWN


async def test_no_more_than_three_calls_run_at_a_time() -> None:
    asked: list[int] = []
    three = asyncio.Event()

    def server(request: Request) -> Canned:
        asked.append(asked_of(request)[1]["account"])
        if len(asked) == 3:
            three.set()
        return Canned(ending="silence")

    async with newrelic(server=server, account_id=tuple(range(1, 9))) as ours:
        asking = asyncio.create_task(ours.issues())
        await three.wait()
        await asyncio.sleep(0.05)
        asking.cancel()
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({}, Status.FAIL, "critical"),
        ({"alertSeverity": "WARNING"}, Status.WARN, "warning"),
        ({"alertSeverity": "WARNING", "reporting": False}, Status.WARN, "warning; not reporting"),
        ({"alertSeverity": "NOT_ALERTING", "reporting": False}, Status.WARN, "not_alerting; not reporting"),
        ({"alertSeverity": "DANCING"}, Status.UNKNOWN, "dancing"),
        ({"alertSeverity": None, "reporting": None}, Status.UNKNOWN, "no severity"),
    ],
)
async def test_an_entity_is_judged_by_its_severity(changes: dict[str, Any], status: Status, detail: str) -> None:
    async with newrelic(entities(entity(**changes))) as ours:
        answer = await ours.entities()
    (one,) = answer.evidence
    assert (answer.status, one.status, one.detail, one.title) == (status, status, detail, "checkout")
    assert one.url == "https://one.newrelic.com/redirect/entity/MXxBUE18QVBQTElDQVRJT058MQ"
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_entities_that_are_fine_are_nothing_to_look_at() -> None:
    async with newrelic(entities(entity(alertSeverity="NOT_ALERTING"))) as ours:
        assert (await ours.entities()).status is Status.OK
    async with newrelic(entities()) as ours:
        answer = await ours.entities()
    assert (answer.status, answer.summary) == (Status.OK, "No entity of 40 is critical or in warning")
    async with newrelic(entities(every=None)) as ours:
        assert (await ours.entities()).status is Status.UNKNOWN
    assert answer.link == "https://one.newrelic.com/entities"


async def test_an_account_without_entities_is_no_good_news() -> None:
    async with newrelic(entities(every=0)) as ours:
        answer = await ours.entities()
    assert answer.status is Status.UNKNOWN
    assert "no entity at all" in (answer.reason or "")


async def test_entities_are_read_to_the_last_page_and_as_many_as_are_counted() -> None:
    asked: list[tuple[str, str]] = []

    def server(request: Request) -> Canned:
        variables = asked_of(request)[1]
        asked.append((variables["search"], variables["every"]))
        if variables["cursor"] == "two":
            return entities(entity("Last"), count=2)
        return entities(entity("First", guid="A", alertSeverity="WARNING"), cursor="two", count=2)

    async with newrelic(server=server, entity_query=" tags.team = 'ops' ") as ours:
        answer = await ours.entities()
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.FAIL, ["Last", "First"])
    every = "alertSeverity IN ('CRITICAL', 'WARNING', 'NOT_ALERTING', 'NOT_CONFIGURED') AND (tags.team = 'ops')"
    assert set(asked) == {("alertSeverity IN ('CRITICAL', 'WARNING') AND (tags.team = 'ops')", every)}
    for short in (entities(entity(), count=3), entities(count=1), entities(entity(), cursor="again")):
        async with newrelic(short) as ours:
            with pytest.raises(Refused, match="not all seen"):
                await ours.entities()


@pytest.mark.parametrize("canned", [fault("No", data={"actor": {"entitySearch": None}}), told({"data": {"actor": {}}})])
async def test_entities_that_are_not_given_are_no_good_news(canned: Canned) -> None:
    async with newrelic(canned) as ours:
        with pytest.raises(Refused):
            await ours.entities()


async def test_a_key_and_its_rights_are_tried_one_by_one() -> None:
    async with newrelic() as ours:
        assert list(await ours.probe()) == [
            (f"see account {ACCOUNT}", None),
            (f"read issues of account {ACCOUNT}", None),
            ("read entities", None),
        ]

    def server(request: Request) -> Canned:
        what, _ = asked_of(request)
        return fault(OPT_IN, data=NO_ISSUES) if what == "aiIssues" else SCRIPT.replying()(request)

    async with newrelic(server=server) as ours:
        found = dict(await ours.probe())
    assert "opt in" in (found[f"read issues of account {ACCOUNT}"] or "")
    assert found["read entities"] is None


@pytest.mark.parametrize(
    ("canned", "words"),
    [
        (told({"data": {"actor": {"user": None, "account": {"name": "Shop"}}}}), "no user of this key"),
        (told({"data": {"actor": {"user": {"email": "a@b"}, "account": None}}}), "shows nothing of account"),
        (fault("Invalid API key", None), "Invalid API key"),
        (told({}, 401), "Renew NEW_RELIC_API_KEY"),
        (told({}, 403), r"a user key \(NRAK-…\)"),
    ],
)
async def test_a_key_that_is_not_valid_is_told_first(canned: Canned, words: str) -> None:
    async with newrelic(canned) as ours:
        with pytest.raises(NotAuthorised, match=words):
            await ours.probe()


async def test_nobody_there_is_told_by_all() -> None:
    async with newrelic(api_url=nobody()) as ours:
        for ask in (ours.issues, ours.entities, ours.probe):
            with pytest.raises(VendorError, match=r"cannot be reached.*Check NEW_RELIC_API_URL"):
                await ask()
