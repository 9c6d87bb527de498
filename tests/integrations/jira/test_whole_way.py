"""The whole way against a Jira that behaves: the real library, both flavours, and the webhooks that come back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, Refused
from bot.domain.ticket import TicketChanged, TicketDraft, TicketState
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.jira.adapter import Jira
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.jira.webhook import JiraWebhook
from tests.local.jira.conftest import EMAIL, PAT, SECRET, TOKEN, JiraUnderTest, running
from tests.local.pagerduty.serving import until

BOTH = pytest.mark.parametrize("flavour", ["cloud", "server"])
POSTMORTEM = TicketDraft(
    once="daywatch-inc-142",
    kind="postmortem",
    summary="INC-142 Checkout errors",
    body="# What happened\n\n[~bob] said {code} and `x`",
    labels=("daywatch",),
    assignee_email="bob@example.com",
    due=date(2026, 2, 1),
)
ACTION = TicketDraft(once="daywatch-inc-142-action-1", kind="action", summary="Add an alert", body="Soon.")


@asynccontextmanager
async def _connected(flavour: str, **more: Any) -> AsyncIterator[tuple[Jira, JiraUnderTest]]:
    credentials: dict[str, Any] = {} if flavour == "cloud" else {"api_token": "", "pat": PAT}
    async with running(flavour=flavour, **credentials, **more) as standin:
        settings = JiraSettings(
            url=f"{standin.url}/jira",
            email=EMAIL if flavour == "cloud" else None,
            api_token=SecretStr(TOKEN) if flavour == "cloud" else None,
            pat=SecretStr(PAT) if flavour == "server" else None,
            project="OPS",
            webhook_secret=SecretStr(SECRET),
        )
        outside = Outside(now=standin.clock)
        jira = Jira(settings, Wiring(outside=outside))
        jira._filing._earlier._pause = _at_once
        try:
            yield jira, standin
        finally:
            await jira.aclose()
            await outside.aclose()


async def _at_once(_: float) -> None:
    """Instead of waiting for the index."""


def _changes(standin: JiraUnderTest) -> list[TicketChanged]:
    webhook = JiraWebhook(SECRET, us=[EMAIL, standin.site.me.id])
    told: list[TicketChanged] = []
    for one in standin.receiver.received:
        headers = {name.lower(): value for name, value in one.headers.items()}
        webhook.verify(headers, one.body)
        assert webhook.delivery_key(headers, one.body)
        told += [change for change in webhook.parse(one.body) if isinstance(change, TicketChanged)]
    return told


@BOTH
async def test_a_postmortem_and_its_action_are_filed_linked_and_closed(flavour: str) -> None:
    async with _connected(flavour) as (jira, standin):
        postmortem, action = await jira.file(POSTMORTEM), await jira.file(ACTION)
        assert (await jira.file(POSTMORTEM)).key == postmortem.key
        assert postmortem.url == f"{standin.url}/jira/browse/{postmortem.key}"
        assert (await standin.http.get(f"/browse/{postmortem.key}")).status_code == 200

        await jira.relate(action.key, postmortem.key)
        await jira.relate(action.key, postmortem.key)
        await jira.relate(postmortem.key, action.key)
        for title in ("INC-142", "INC-142 Checkout"):
            await jira.point_back(postmortem.key, "https://acme.slack.com/archives/C1", title, once="inc-142")
        await jira.move(action.key, done=True)
        await jira.move(action.key, done=True)

        found = await jira.tickets([action.key, "OPS-404", postmortem.key])
        assert [(one.key, one.state) for one in found] == [
            (action.key, TicketState.DONE),
            (postmortem.key, TicketState.NEW),
        ]
        tracker = standin.site.tracker
        kept = tracker.issue(postmortem.key)
        assert kept is not None
        assert kept.description == "h1. What happened\n\n\\[\\~bob\\] said \\{code\\} and {{x}}"
        assert (set(kept.labels), kept.duedate) == ({"daywatch-inc-142", "daywatch"}, "2026-02-01")
        assert kept.assignee is not None
        assert len(tracker.links(kept)) == 1
        assert [one["given"]["object"]["title"] for one in tracker.remote_links(kept)] == ["INC-142 Checkout"]


@BOTH
async def test_what_jira_tells_is_signed_and_known_as_our_own(flavour: str) -> None:
    async with _connected(flavour) as (jira, standin):
        ticket = await jira.file(ACTION)
        await jira.move(ticket.key, done=True)
        await until(lambda: len(standin.receiver.received) >= 2)
        made, moved = _changes(standin)
        assert (made.key, made.state, made.ours) == (ticket.key, TicketState.NEW, True)
        assert (moved.state, moved.status, moved.ours) == (TicketState.DONE, "Done", True)


@BOTH
async def test_a_person_s_change_is_not_ours(flavour: str) -> None:
    async with _connected(flavour) as (jira, standin):
        ticket = await jira.file(ACTION)
        body = {"key": ticket.key, "status": "In Progress", "user": "ann"}
        answer = await standin.http.post(f"{standin.url}/_/jira/move", json=body)
        assert answer.status_code == 200, answer.text
        await until(lambda: len(standin.receiver.received) >= 2)
        assert (_changes(standin)[-1].state, _changes(standin)[-1].ours) == (TicketState.IN_PROGRESS, False)


async def test_a_ticket_of_before_the_crash_is_found_though_the_index_lags() -> None:
    async with _connected("cloud", index_lag=20.0) as (first, standin):
        made = await first.file(ACTION)
        assert (await first.file(ACTION)).key == made.key
        # Another process after a crash remembers nothing, and the index is behind for longer than it waits.
        outside = Outside(now=standin.clock)
        second = Jira(first._settings, Wiring(outside=outside))

        async def pause(seconds: float) -> None:
            standin.clock.forward(seconds=seconds)

        second._filing._earlier._pause = pause
        assert (await second.file(ACTION)).key == made.key
        await second.aclose()
        await outside.aclose()


@BOTH
async def test_the_checks_see_what_is_there(flavour: str) -> None:
    async with _connected(flavour) as (jira, standin):
        unowned, overdue, _ = jira.checks()
        assert (await overdue.ask()).status is Status.OK
        standin.clock.forward(days=1)
        await jira.file(POSTMORTEM)
        await jira.file(ACTION)
        told = await unowned.ask()
        assert (told.status, told.summary) == (Status.WARN, "2 open issues, 1 without an owner")
        told = await overdue.ask()
        assert (told.status, [one.key for one in told.evidence]) == (Status.WARN, ["OPS-1"])


@BOTH
async def test_more_than_a_page_is_read_to_its_end(flavour: str) -> None:
    async with _connected(flavour) as (jira, standin):
        for number in range(230):
            fields = {"summary": f"Ticket {number}", "type": "10101", "labels": ()}
            standin.site.tracker.create(fields, standin.site.me.id)
        told = await jira.checks()[0].ask()
        assert told.summary == "230 open issues, 230 without an owner"


@BOTH
async def test_wrong_credentials_are_told(flavour: str) -> None:
    async with _connected(flavour) as (jira, _):
        settings = jira._settings.model_copy(update={"api_token": SecretStr("old"), "pat": SecretStr("old")})
        outside = Outside()
        other = Jira(settings, Wiring(outside=outside))
        with pytest.raises(NotAuthorised):
            await other.file(ACTION)
        await other.aclose()
        await outside.aclose()


@BOTH
async def test_an_issue_type_that_is_not_there_is_told(flavour: str) -> None:
    async with _connected(flavour) as (jira, _):
        jira._filing._types = {"action": "Epic"}
        with pytest.raises(Refused, match="It has: Incident, Task, Bug, Change"):
            await jira.file(ACTION)


@BOTH
async def test_doctor_is_told_that_all_is_well(flavour: str) -> None:
    async with _connected(flavour) as (jira, _):
        told = dict(await jira.probe())
        assert [what for what, remedy in told.items() if remedy] == []
        assert told["right to edit tickets"] is None
        assert told["project OPS"] is None
        assert told["issue type Task"] is None
        assert told["Jira Cloud" if flavour == "cloud" else "Jira Data Center"] is None


@BOTH
async def test_a_filed_ticket_follows_its_date_its_owner_and_its_text(flavour: str) -> None:
    async with _connected(flavour) as (jira, standin):
        ticket = await jira.file(POSTMORTEM)
        for _ in range(2):
            await jira.change(
                ticket.key, due=date(2026, 3, 1), assignee_email="kim@example.com", summary="INC-142 Basket errors"
            )
            await jira.rewrite(ticket.key, "# What happened\n\nThe basket, {code}.")
        kept = standin.site.tracker.issue(ticket.key)
        assert kept is not None
        assert (kept.duedate, kept.summary, kept.assignee) == ("2026-03-01", "INC-142 Basket errors", "5b10a2kim")
        assert kept.description == "h1. What happened\n\nThe basket, \\{code\\}."
        await until(lambda: len(standin.receiver.received) == 3)  # made, changed, rewritten; a repeat is no change
        assert all(one.ours for one in _changes(standin))
