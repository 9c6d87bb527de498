"""A page becomes a channel: once, whole, quickly, whatever the alert says and however often it is told."""

import time

import pytest

from tests.journeys.stage import (
    ANN,
    BOB,
    BOT,
    KIM,
    Json,
    Stage,
    actions_of,
    cards,
    drawn_text,
    eventually,
    line_of,
    number_of,
)

LOOKING = {
    "users.lookupByEmail",
    "users.list",
    "users.info",
    "users.conversations",
    "usergroups.list",
    "conversations.list",
    "conversations.history",
    "bookmarks.list",
    "auth.test",
    "bots.info",
    "apps.connections.open",
}


def announcements(stage: Stage, channel: Json) -> list[Json]:
    name = f"INC-{number_of(channel)} "
    return [one for one in stage.channel("incidents")["messages"] if one["text"].startswith(name)]


def test_a_page_becomes_a_channel_with_card_people_topic_pin_bookmark_and_announcement(stage: Stage) -> None:
    stage.raise_incident("Amber: checkout answers 5xx", priority="P1")
    channel = stage.opened("Amber")
    number = number_of(channel)
    assert channel["name"] == f"inc-{number}-amber-checkout-answers-5xx"
    assert set(channel["members"]) == {BOT, BOB, KIM}
    assert channel["topic"]["value"] == "SEV1 · investigating · lead nobody · checkout"
    (card,) = cards(channel)
    assert [pin["ts"] for pin in channel["pins"]] == [card["ts"]]
    assert [one["title"] for one in channel["bookmarks"]] == ["Alert"]
    (announced,) = announcements(stage, channel)
    assert f"<#{channel['id']}>" in drawn_text(announced)

    def shows_people() -> bool:
        (now,) = cards(stage.channel(channel["id"]))
        return f"<@{BOB}>" in drawn_text(now) and "Firing (1)" in drawn_text(now)

    eventually(shows_people)
    assert {"incidents.acknowledge.v1", "incidents.lead.v1", "incidents.resolve.v1"} <= set(actions_of(card))


def test_opening_takes_at_most_eight_calls_in_three_rounds(stage: Stage) -> None:
    stage.quiet()
    since = time.time()
    stage.raise_incident("Azure: checkout is slow")
    channel = stage.opened("Azure")
    stage.card_says(channel, "Changed before it began", "Runbook", "Firing (1)")
    stage.quiet(1.5)
    made = [one for one in stage.calls(since) if one["method"] not in LOOKING]
    methods = [one["method"] for one in made if one["method"] != "chat.update"]  # the runbook is found meanwhile
    assert len(methods) <= 8, [(one["method"], one["args"].get("text"), one["args"].get("user")) for one in made]
    redrawn = [one for one in made if one["method"] == "chat.update" and one["args"].get("channel") == channel["id"]]
    assert len(redrawn) <= 4
    assert methods[0] == "conversations.create"
    assert "chat.postEphemeral" not in methods  # those who are called know why
    assert methods.count("pins.add") == 1
    posted_card = next(one for one in made if one["args"].get("channel") == channel["id"] and "post" in one["method"])
    assert methods.index("pins.add") > made.index(posted_card)


def test_the_card_shows_what_was_changed_before_and_a_deployment_that_comes_now_is_on_the_timeline(
    stage: Stage,
) -> None:
    stage.raise_incident("Apricot: checkout answers 5xx")
    channel = stage.opened("Apricot")
    card = stage.card_says(channel, "Changed before it began", "sync example-checkout 2.14.1 in production by Kim, ")
    assert "\N{NO-BREAK SPACE}min before" in line_of(card)
    time.sleep(1)  # Argo CD tells whole seconds: what is deployed in the second of the opening began before it
    stage.act("systems/deploy", user="kim")

    def told() -> bool:
        found = stage.timeline(channel, "change")
        assert found == ["argocd: sync example-checkout 2.14.2 in production by Kim"], found
        return True

    eventually(told)
    assert stage.command(BOB, channel["id"], "/incident changes")["taken"]

    def listed() -> Json:
        (found,) = [one for one in stage.channel(channel["id"])["messages"] if "Since it began" in line_of(one)]
        return dict(found)

    words = line_of(eventually(listed))
    assert "6 changes to checkout in 6" in words
    assert "same service, production" in words
    assert "example-gateway" in words
    assert "2.14.2" not in line_of(stage.card(channel)), "it began before"


def test_the_same_delivery_five_times_is_one_incident(stage: Stage) -> None:
    notice = stage.notice("triggered", "QREDELIVER", title="Beige: five times the same", urgency="high")
    answers = [stage.webhook(notice).status_code for _ in range(5)]
    assert answers == [202] * 5
    channel = stage.opened("Beige")
    stage.quiet()
    assert len(stage.channels("Beige")) == 1
    assert len(cards(stage.channel(channel["id"]))) == 1
    assert len(announcements(stage, channel)) == 1
    assert stage.stored("SELECT count(*) FROM incident WHERE title LIKE 'Beige%'") == [(1,)]


def test_a_redelivery_under_another_delivery_id_is_the_same_alert(stage: Stage) -> None:
    first = stage.notice(
        "triggered", "QTWICE", title="Bronze: told twice", urgency="high", at="2026-11-22T10:00:00.000Z"
    )
    stage.webhook(first)
    stage.opened("Bronze")
    again = {"event": {**first["event"], "id": "01ANOTHERDELIVERY000000000"}}
    assert stage.webhook(again).status_code == 202
    stage.quiet()
    assert len(stage.channels("Bronze")) == 1


def test_two_alerts_of_one_service_are_one_incident_with_a_count(stage: Stage) -> None:
    stage.raise_incident("Cerise: payments fail")
    channel = stage.opened("Cerise")
    stage.raise_incident("Copper: payments are slow")

    def counted() -> bool:
        (card,) = cards(stage.channel(channel["id"]))
        return "Firing (2)" in drawn_text(card) and "Copper" in drawn_text(card)

    eventually(counted)
    stage.quiet()
    assert stage.channels("Copper") == []
    assert stage.stored("SELECT count(*) FROM incident WHERE title LIKE 'Copper%'") == [(0,)]


def test_a_storm_is_one_incident(stage: Stage) -> None:
    stage.act("pagerduty/storm", service="search", count=30)
    channel = stage.opened("Storm")
    joined = "SELECT count(*) FROM alert WHERE title LIKE 'Storm %' AND incident_id = ?"
    eventually(lambda: stage.stored(joined, number_of(channel)) == [(30,)])
    stage.quiet()
    assert [one["id"] for one in stage.channels("Storm")] == [channel["id"]]


def test_a_bad_signature_is_refused_and_opens_nothing(stage: Stage) -> None:
    notice = stage.notice("triggered", "QFORGED", title="Forged: nobody sent this", urgency="high")
    assert stage.webhook(notice, "not-the-secret").status_code == 401
    assert stage.webhook(notice, "not-the-secret", system="nobody").status_code == 404
    stage.quiet()
    assert stage.channels("Forged") == []


@pytest.mark.parametrize(
    ("title", "slug", "word"),
    [
        ("検索が遅くなっています Plum", None, "Plum"),
        ("🔥🔥🔥", "", "🔥🔥🔥"),
        ("Very " + "long " * 60 + "Teal", None, "Very long long"),
        ("<!channel> <@U0ANN0001> Mauve *bold* &amp; <https://evil.example|safe>", None, "Mauve"),
        ("-- ... --", "", "-- ... --"),
    ],
    ids=["japanese", "emoji", "long", "hostile", "punctuation"],
)
def test_any_title_gets_a_channel_and_pings_nobody(stage: Stage, title: str, slug: str | None, word: str) -> None:
    stage.page(title)
    channel = stage.opened(word)
    number = number_of(channel)
    assert channel["name"].startswith(f"inc-{number}")
    assert len(channel["name"]) <= 80
    assert slug is None or channel["name"] == f"inc-{number}"
    for message in (*stage.channel(channel["id"])["messages"], *announcements(stage, channel)):
        if message.get("subtype"):
            continue
        told = line_of(message)
        assert "<!channel>" not in message["text"]
        assert "<https://evil" not in message["text"]
        mrkdwn = [words for words in told.split("\n") if "<!channel>" in words]
        assert not [words for words in mrkdwn if _is_mrkdwn(message, words)]


def _is_mrkdwn(node: object, words: str) -> bool:
    """Whether the words stand anywhere where Slack would make a mention of them."""
    if isinstance(node, list):
        return any(_is_mrkdwn(each, words) for each in node)
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn" and "<!channel>" in str(node.get("text")):
            return True
        return any(_is_mrkdwn(each, words) for each in node.values())
    return False


def test_a_name_that_somebody_else_has_gets_another_one(stage: Stage) -> None:
    stage.page("Denim: first of two")
    number = number_of(stage.opened("Denim"))
    taken = f"inc-{number + 1}-ebony-taken"
    stage.act("slack/rename", user=ANN, channel="general", name=taken)
    try:
        stage.page("Ebony taken")
        channel = stage.opened("Ebony")
        assert (channel["name"], number_of(channel)) == (f"{taken}-2", number + 1)
        assert stage.channel("C0GENERAL")["pins"] == []
    finally:
        stage.act("slack/rename", user=ANN, channel="C0GENERAL", name="general")


def test_somebody_whom_slack_does_not_know_does_not_lose_the_others(stage: Stage) -> None:
    stage.act("slack/deactivate", user=ANN, person="kim")
    try:
        stage.raise_incident("Fawn: kim is on holiday")
        channel = stage.opened("Fawn")
        assert BOB in channel["members"]
        assert KIM not in channel["members"]

        def told() -> bool:
            (card,) = cards(stage.channel(channel["id"]))
            assert "Not invited: Kim" in drawn_text(card), drawn_text(card)
            return True

        eventually(told)
    finally:
        stage.act("slack/reactivate", user=ANN, person="kim")
