"""Cards for Teams, and the workflow that takes them without a word."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.domain.publication import Publication
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.teams.adapter import Teams
from bot.integrations.teams.cards import LARGEST, message
from bot.integrations.teams.settings import TeamsSettings
from tests.integrations.contract.faults import FAULTS, HOSTILE_NAMES
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.teams.scripted import PATH, QUERY, SIGNATURE

NEWS = Publication(
    incident="INC-142",
    title="Checkout: 5xx at 12 %",
    severity="SEV1",
    rank=0,
    status="identified",
    words="About 12 % of payments fail.",
    link="https://acme.slack.com/archives/C1",
)
TAKEN = Canned(status=202, headers={})


class Workflow:
    def __init__(self, answer: Canned = TAKEN) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Canned:
        self.asked.append(request)
        return self.answer

    @property
    def card(self) -> dict[str, Any]:
        found = json.loads(self.asked[-1].body)
        assert isinstance(found, dict)
        return found


@asynccontextmanager
async def teams(workflow: Any, **settings: Any) -> AsyncIterator[Teams]:
    """Any: a workflow, and whatever the settings take."""
    outside = Outside(patience=1)
    try:
        async with serving(workflow) as address:
            given = TeamsSettings(workflow_url=SecretStr(f"{address}{PATH}?{QUERY}\n"), **settings)
            yield Teams.connect(given, Wiring(outside=outside))
    finally:
        await outside.aclose()


async def test_a_card_goes_to_the_very_address_that_was_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    targets: list[str] = []
    workflow = Workflow()

    async def read(reader: Any) -> Request:
        head = await reader.readuntil(b"\r\n\r\n")
        targets.append(head.split(b" ")[1].decode())
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        body = await reader.readexactly(int(length.partition(b":")[2]))
        return Request(method="POST", path=PATH, query={}, headers={}, body=body)

    monkeypatch.setattr("tests.integrations.contract.server._read", read)
    async with teams(workflow) as ours:
        await ours.publish(NEWS)
    assert targets == [f"{PATH}?{QUERY}"]
    (attachment,) = workflow.card["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert workflow.card["type"] == "message"


async def test_an_update_says_what_is_known_and_where_to_go() -> None:
    workflow = Workflow()
    async with teams(workflow, card_wrapper="bare") as ours:
        await ours.publish(NEWS)
    card = workflow.card
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    head, words, facts = card["body"]
    assert head["inlines"][0]["text"] == "SEV1 INC-142 · Checkout: 5xx at 12 %"
    assert words["inlines"] == [{"type": "TextRun", "text": "About 12 % of payments fail."}]
    assert {one["title"]: one["value"] for one in facts["facts"]} == {
        "Status": "identified",
        "Severity": "SEV1",
    }
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open in Slack", "url": NEWS.link}]


async def test_an_announcement_has_no_words_and_asks_to_join() -> None:
    workflow = Workflow()
    async with teams(workflow, card_wrapper="bare") as ours:
        await ours.publish(replace(NEWS, words=""))
    assert len(workflow.card["body"]) == 2
    assert workflow.card["actions"][0]["title"] == "Join in Slack"


@pytest.mark.parametrize("name", HOSTILE_NAMES.values())
def test_a_card_is_never_too_large_and_shows_foreign_text_as_it_is(name: str) -> None:
    for bare in (True, False):
        card = replace(NEWS, title=name, words=name * 3)
        sent = json.dumps(message(card, bare=bare))
        assert len(sent.encode()) < LARGEST
        assert '"TextBlock"' not in sent


def test_an_endless_link_is_refused_instead_of_being_lost_in_silence() -> None:
    with pytest.raises(Refused, match="too long"):
        message(replace(NEWS, link="https://x/" + "x" * LARGEST), bare=True)
    assert "actions" not in message(replace(NEWS, link="javascript:alert(1)"), bare=True)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (told({"error": {"code": "InvalidRequest", "message": "bad card"}}, 400), Refused, "bad card"),
        (told({"error": {}}, 401), NotAuthorised, "TEAMS_WORKFLOW_URL"),
        (told({"error": {}}, 403), NotAuthorised, "deleted or switched off"),
        (told({"error": {}}, 404), NotFound, "deleted or switched off"),
        (Canned(status=429, headers={"retry-after": "60"}), RateLimited, "pause"),
        (told({}, 502), Unavailable, "trouble"),
    ],
)
async def test_what_was_not_taken_says_what_to_do(answer: Canned, kind: type[VendorError], words: str) -> None:
    async with teams(Workflow(answer)) as ours:
        with pytest.raises(kind, match=words):
            await ours.publish(NEWS)


@pytest.mark.parametrize("fault", [one for one in FAULTS if "cut off" not in one and "JSON" not in one])
async def test_no_failure_shows_the_signature(fault: str) -> None:
    broken = FAULTS[fault]()
    secret = told({"error": {"code": "x", "message": f"not valid: {QUERY}"}}, 400)
    for answer in (broken(Request(method="POST", path=PATH, query={}, headers={}, body=b""), TAKEN), secret):
        async with teams(Workflow(answer)) as ours:
            said = ""
            try:
                await ours.publish(NEWS)
            except VendorError as error:
                said = str(error)
        assert SIGNATURE not in said


async def test_a_login_page_with_200_is_not_taken_for_success() -> None:
    page = Canned(body=b"<!DOCTYPE html><html>Sign in</html>", headers={"content-type": "text/html"})
    async with teams(Workflow(page)) as ours:
        with pytest.raises(Refused, match="web page"):
            await ours.publish(NEWS)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://acme.webhook.office.com/webhookb2/1", "connector"),
        ("https://outlook.office.com/webhook/1", "connector"),
        ("https://evil.example.com/x?sig=s3cret", "TEAMS_HOSTS"),
        ("https://api.powerplatform.com.evil.example.com/x", "TEAMS_HOSTS"),
        ("http://x.environment.api.powerplatform.com/x?sig=s3cret", "https"),
        ("nonsense", "not an address"),
        ("https://[", "not an address"),
    ],
)
def test_a_wrong_address_is_refused_at_the_start_without_showing_it(url: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        TeamsSettings(workflow_url=SecretStr(url))
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "hosts", "old"),
    [
        ("https://1f.environment.api.powerplatform.com:443/powerautomate/x?sig=s", (), False),
        ("https://prod-12.westeurope.logic.azure.com:443/workflows/x?sig=s", (), True),
        ("https://flows.example.com/x?sig=s", ("example.com",), False),
    ],
)
async def test_known_hosts_are_taken_and_an_old_one_is_warned_of(url: str, hosts: tuple[str, ...], old: bool) -> None:  # noqa: FBT001 - a parameter of the test
    settings = TeamsSettings(workflow_url=SecretStr(url), hosts=hosts)
    ours = Teams.connect(settings, Wiring(outside=Outside(), instance="ops"))
    ((_, problem),) = await ours.probe()
    assert (problem is not None) == old
    assert (ours.title, ours.public) == ("Microsoft Teams ops", False)
    assert settings.on("write")
