"""Slack by signed HTTP instead of a socket: the same commands, buttons, forms and events, and nobody else's."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.journeys.stage import ANN, BOB, Stage, cards, eventually, number_of


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage.set_up(tmp_path_factory.mktemp("http"), "--limits", "off", "--http")
    yield made
    made.tear_down()


def test_slack_may_check_the_address(http: Stage) -> None:
    assert http.act("slack/probe", kind="url_verification")["passed"]
    assert http.act("slack/probe", kind="ssl_check")["passed"]


def test_command_button_form_and_event_work_over_http(http: Stage) -> None:
    http.says(BOB, "general", "/incident declare Zinc: over HTTP sev2", "Opening INC-")
    channel = http.opened("Zinc")
    card = cards(channel)[0]["ts"]
    assert http.press(BOB, channel["id"], card, "incidents.acknowledge.v1")["taken"]
    http.card_says(channel, "Acknowledged* by Bob")
    said = http.say(BOB, channel["id"], "worth keeping")
    http.act("slack/react", user=BOB, channel=channel["id"], ts=said["ts"], name="pushpin")
    eventually(lambda: http.timeline(channel, "message") == ["Bob: worth keeping"])
    http.press(BOB, channel["id"], card, "incidents.resolve.v1")
    eventually(lambda: http.view_of(BOB)["callback_id"] == "incidents.resolve_form.v1")
    assert http.submit(BOB, fixed="turned it off and on")["taken"]
    http.card_says(channel, "*resolved* after", "by Bob")


def test_the_same_event_delivered_again_is_done_once(http: Stage) -> None:
    http.page("Zircon: told twice")
    channel = http.opened("Zircon")
    http.act("slack/join", user=ANN, channel=channel["id"])
    said = http.say(ANN, channel["id"], "marked once")
    http.act("slack/react", user=ANN, channel=channel["id"], ts=said["ts"], name="pushpin")
    eventually(lambda: len(http.timeline(channel, "message")) == 1)
    log = http.client.get("/_/slack/deliveries").json()
    again = next(one["key"] for one in reversed(log) if one["name"] == "reaction_added")
    http.act("slack/redeliver", event_id=again)
    http.quiet()
    assert len(http.timeline(channel, "message")) == 1


def signed(http: Stage, body: str, *, at: float, secret: str = "") -> dict[str, str]:
    stamp = str(int(at))
    key = secret or http.environment["SLACK_SIGNING_SECRET"]
    digest = hmac.new(key.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }


def test_what_is_not_signed_by_slack_is_refused(http: Stage) -> None:
    ids = http.state()["team"]
    fields = {"command": "/incident", "text": "declare Forged by hand", "user_id": BOB, "channel_id": "C0GENERAL"}
    body = urlencode(fields | {"team_id": ids["team"], "api_app_id": ids["app"], "trigger_id": "1.2.3"})
    now = time.time()
    before = http.stored("SELECT count(*) FROM incident")
    refused = (
        signed(http, body, at=now, secret="not-the-secret"),
        signed(http, body, at=now - 600),
        signed(http, body, at=now + 600),
        signed(http, body + "&more=1", at=now),
        {"content-type": "application/x-www-form-urlencoded"},
    )
    for headers in refused:
        answer = http.door.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 401, headers
    http.quiet()
    assert http.stored("SELECT count(*) FROM incident") == before
    answer = http.door.post("/slack/events", content=body, headers=signed(http, body, at=now))
    assert answer.status_code == 200
    assert number_of(http.opened("Forged by hand"))


def test_another_workspace_is_refused_even_with_our_signature(http: Stage) -> None:
    fields = {"command": "/incident", "text": "declare Stranger sev1", "user_id": BOB, "channel_id": "C0GENERAL"}
    body = urlencode(fields | {"team_id": "T0SOMEBODY", "api_app_id": "A0SOMEBODY", "trigger_id": "3.2.1"})
    answer = http.door.post("/slack/events", content=body, headers=signed(http, body, at=time.time()))
    assert answer.status_code == 403
    http.quiet()
    assert http.channels("Stranger") == []
