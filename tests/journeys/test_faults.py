"""Slack and PagerDuty on a bad day: limited, failing, silent, slow, gone; what was promised still happens, once."""

import time
from collections.abc import Iterator

import pytest

from tests.journeys.stage import ANN, BOB, BOT, KIM, Json, Stage, cards, drawn_text, eventually, line_of, number_of

OPENING = (
    ("conversations.create", 1),
    ("chat.postMessage", 2),
    ("conversations.invite", 1),
    ("conversations.setTopic", 1),
    ("bookmarks.add", 1),
    ("pins.add", 1),
)


def whole(stage: Stage, word: str, *people: str) -> Json:
    """The incident's channel with everything in it once, as soon as it is so."""

    def there() -> Json:
        (channel,) = stage.channels(word)
        number = number_of(channel)
        assert len([one for one in stage.state()["channels"] if one["name"].startswith(f"inc-{number}-")]) == 1
        (card,) = cards(channel)
        assert [pin["ts"] for pin in channel["pins"]] == [card["ts"]]
        assert [one["title"] for one in channel["bookmarks"]] == ["Alert"]
        assert {BOT, *people} <= set(channel["members"])
        assert channel["topic"]["value"]
        stage.announcement(channel)
        return channel

    return eventually(there)


# First of all: who is on call is remembered for some seconds, and then PagerDuty is not asked.
def test_pagerduty_is_down_and_a_person_says_try_again(stage: Stage) -> None:
    stage.fault("GET /oncalls", "fail", system="pagerduty", status=503)
    stage.raise_incident("Violet: who is on call?")
    channel = stage.opened("Violet")
    note = asked(stage, channel)
    assert "PagerDuty" in line_of(note)
    stage.card_says(channel, "see the thread")
    stage.heal()
    stage.act("slack/join", user=ANN, channel=channel["id"])
    time.sleep(1.2)  # a failure serves all who ask in the same second
    stage.press(ANN, channel["id"], note["ts"], "pending.retry.v1")
    eventually(lambda: {BOB, KIM} <= set(stage.channel(channel["id"])["members"]))
    settled(stage, channel, note, "it worked")


@pytest.mark.parametrize("kind", ["limit", "fail", "refuse", "lost"])
def test_every_call_of_opening_goes_wrong_once(stage: Stage, kind: str) -> None:
    faults = [stage.fault(method, kind, times=times, retry_after=1) for method, times in OPENING]
    stage.raise_incident(f"Umber {kind}: each call goes wrong once")
    channel = whole(stage, f"Umber {kind}", BOB, KIM)
    assert all(stage.hits(fault) for fault in faults)
    stage.quiet(1.0)
    assert whole(stage, f"Umber {kind}", BOB, KIM)["id"] == channel["id"]


def test_slack_is_slow_but_nobody_waits_for_an_ack(stage: Stage) -> None:
    stage.fault("*", "slow", seconds=2.0)
    typed = ((BOB, "/incident declare Vanilla: slow Slack sev3"), (ANN, "/incident list"), (KIM, "/incident"))
    for user, text in typed:
        began = time.monotonic()
        came = stage.command(user, "general", text)
        assert came["taken"], came
        assert time.monotonic() - began < 2.0  # one slow call of Slack's alone takes longer
    eventually(lambda: stage.channels("Vanilla"))
    stage.heal()
    stage.opened("Vanilla", 20)


def test_slack_invites_nobody_and_a_person_says_do_without(stage: Stage) -> None:
    stage.fault("conversations.invite", "fail", status=503)
    stage.raise_incident("Walnut: nobody can be invited", service="search")
    channel = stage.opened("Walnut")
    note = asked(stage, channel)
    stage.act("slack/join", user=ANN, channel=channel["id"])
    stage.press(ANN, channel["id"], note["ts"], "pending.without.v1")
    settled(stage, channel, note, "without")
    stage.heal()
    stage.quiet()
    assert set(stage.channel(channel["id"])["members"]) == {BOT, ANN}


def asked(stage: Stage, channel: Json) -> Json:
    """What the thread says about the invite that waits."""

    def there() -> Json:
        replies = [one for one in stage.channel(channel["id"])["messages"] if one.get("thread_ts") != one["ts"]]
        (note,) = [one for one in replies if "did not invite" in line_of(one) or "responders" in line_of(one)]
        assert "Retry now" in drawn_text(note)
        assert "Do without" in drawn_text(note)
        found: Json = note
        return found

    return eventually(there)


def settled(stage: Stage, channel: Json, note: Json, word: str) -> None:
    """The same note says how it ended, and offers nothing any more."""

    def over() -> bool:
        now = next(one for one in stage.channel(channel["id"])["messages"] if one["ts"] == note["ts"])
        assert word in line_of(now), line_of(now)
        return "Retry now" not in drawn_text(now)

    eventually(over)


@pytest.fixture
def connected(stage: Stage) -> Iterator[Stage]:
    yield stage
    eventually(lambda: stage.ready() and stage.state()["connections"] > 0)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_slack_renews_the_connection_and_nothing_is_missed(connected: Stage, reason: str) -> None:
    stage = connected
    stage.act("slack/disconnect", reason=reason)
    # What comes in the very moment of the change may be lost, and the person is told; from then on nothing is.
    eventually(lambda: stage.command(BOB, "general", "/incident list")["taken"], 5)
    for number in range(10):
        assert stage.command(BOB, "general", "/incident list")["taken"], number
        time.sleep(0.1)
    assert stage.ready()
    stage.says(BOB, "general", "/incident list", "INC-")


def test_the_connection_is_lost_for_a_while(connected: Stage) -> None:
    stage = connected
    stage.page("Wheat: no connection")
    channel = stage.opened("Wheat")
    stage.act("slack/join", user=ANN, channel=channel["id"])
    said = stage.say(ANN, channel["id"], "said before the silence")
    stage.act("slack/lose", seconds=5)
    stage.act("slack/react", user=ANN, channel=channel["id"], ts=said["ts"], name="pushpin")
    came = stage.command(ANN, channel["id"], "/incident status monitoring")
    assert not came["taken"]
    # Pages do not come by way of Slack: they open incidents all the same.
    stage.page("White: meanwhile")
    stage.opened("White")
    eventually(lambda: stage.state()["connections"] > 0)
    eventually(lambda: stage.timeline(channel, "message") == ["Ann: said before the silence"])
    stage.says(ANN, channel["id"], "/incident status monitoring", "is monitoring now")


def test_slack_is_gone_while_pages_come_and_all_is_caught_up(stage: Stage) -> None:
    stage.fault("*", "fail", status=503)
    for word in ("Yarrow", "Yellow"):
        stage.page(f"{word}: Slack is gone")
    eventually(lambda: stage.stored("SELECT count(*) FROM incident WHERE title LIKE 'Y%Slack is gone'") == [(2,)])
    stage.heal()
    for word in ("Yarrow", "Yellow"):
        stage.opened(word, 25)
