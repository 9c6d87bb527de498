"""What people do with an incident's channel: mark words for the timeline, rename it, archive it, throw the bot out."""

from tests.journeys.stage import ANN, BOB, BOT, Json, Stage, cards, drawn_text, eventually, line_of, number_of


def opened(stage: Stage, title: str, *people: str) -> Json:
    """An incident with these people in its channel."""
    stage.page(title)
    channel = stage.opened(title.partition(":")[0])
    for user in people:
        stage.act("slack/join", user=user, channel=channel["id"])
    return channel


def test_a_marked_message_is_on_the_timeline_and_follows_edit_and_deletion(stage: Stage) -> None:
    channel = opened(stage, "Scarlet: marked", ANN, BOB)
    said = stage.say(ANN, channel["id"], "the <!channel> pool is & was full")
    stage.act("slack/react", user=BOB, channel=channel["id"], ts=said["ts"], name="pushpin")
    eventually(lambda: stage.timeline(channel, "message") == ["Ann: the <!channel> pool is & was full"])

    def marked() -> bool:
        shown = next(one for one in stage.channel(channel["id"])["messages"] if one["ts"] == said["ts"])
        return any(one["name"] == "white_check_mark" and one["users"] == [BOT] for one in shown["reactions"])

    eventually(marked)
    stage.act("slack/edit", user=ANN, channel=channel["id"], ts=said["ts"], text="the pool was full")
    eventually(lambda: stage.timeline(channel, "message")[0].startswith("Ann: the pool was full (edited "))
    stage.act("slack/delete", user=ANN, channel=channel["id"], ts=said["ts"])
    eventually(lambda: "(deleted by its author" in stage.timeline(channel, "message")[0])
    assert len(stage.timeline(channel, "message")) == 1


def test_a_marked_answer_in_a_thread_is_on_the_timeline_once(stage: Stage) -> None:
    channel = opened(stage, "Sepia: threads", ANN, BOB)
    first = stage.say(ANN, channel["id"], "who knows the pool?")
    answer = stage.say(BOB, channel["id"], "I do", thread_ts=first["ts"])
    for user in (ANN, BOB):
        stage.act("slack/react", user=user, channel=channel["id"], ts=answer["ts"], name="pushpin")
    stage.act("slack/pin", user=ANN, channel=channel["id"], ts=answer["ts"])
    eventually(lambda: stage.timeline(channel, "message") == ["Bob: I do"])
    stage.quiet()
    assert stage.timeline(channel, "message") == ["Bob: I do"]


def test_a_renamed_channel_is_known_by_its_new_name(stage: Stage) -> None:
    channel = opened(stage, "Silver: renamed", ANN)
    stage.act("slack/rename", user=ANN, channel=channel["id"], name="war-room")
    eventually(lambda: "The channel is called #war-room now" in stage.timeline(channel, "channel"))
    assert "war-room" in line_of(stage.announcement(channel)) or channel["id"] in str(stage.announcement(channel))
    stage.says(ANN, channel["id"], "/incident status monitoring", "is monitoring now")
    stage.card_says(channel, "*monitoring*")


def test_an_archived_channel_is_told_to_the_team(stage: Stage) -> None:
    channel = opened(stage, "Slate: archived", ANN)
    stage.act("slack/archive", user=ANN, channel=channel["id"])

    def told() -> bool:
        words = [line_of(one) for one in stage.channel("platform-ops")["messages"]]
        assert any(f"INC-{number_of(channel)}" in one and "was archived" in one for one in words), words
        return True

    eventually(told)
    stage.quiet()
    assert stage.status(channel) == "investigating"


def test_a_bot_thrown_out_says_so_and_goes_on_when_invited_back(stage: Stage) -> None:
    channel = opened(stage, "Steel: thrown out", ANN)
    stage.act("slack/kick_bot", user=ANN, channel=channel["id"])

    def told() -> bool:
        words = [line_of(one) for one in stage.channel("platform-ops")["messages"]]
        assert any(f"INC-{number_of(channel)}" in one and "no longer has the bot" in one for one in words), words
        return True

    eventually(told)
    stage.act("slack/invite", user=ANN, channel=channel["id"], invited="bot")
    eventually(lambda: "The bot is back in the channel" in stage.timeline(channel, "channel"))
    stage.says(ANN, channel["id"], "/incident status monitoring", "is monitoring now")
    stage.card_says(channel, "*monitoring*")


def test_who_joins_late_reads_the_story_so_far_alone(stage: Stage) -> None:
    channel = opened(stage, "Tan: late to it")
    announced = stage.announcement(channel)
    stage.press(ANN, "incidents", announced["ts"], "incidents.join_channel.v1")
    eventually(lambda: ANN in stage.channel(channel["id"])["members"])

    def read() -> bool:
        mine = [one for one in stage.said_to(ANN) if one["channel"] == channel["id"]]
        return any("in 30 seconds" in drawn_text(one) for one in mine)

    eventually(read)
    assert not [one for one in stage.said_to(BOB) if one["channel"] == channel["id"]]


def test_a_deleted_card_comes_back_with_the_next_news(stage: Stage) -> None:
    channel = opened(stage, "Taupe: the card is gone", ANN)
    (card,) = cards(channel)
    answer = stage.client.post(
        "/slack/api/chat.delete",
        data={"channel": channel["id"], "ts": card["ts"], "token": stage.environment["SLACK_BOT_TOKEN"]},
    )
    assert answer.json()["ok"], answer.text
    stage.says(ANN, channel["id"], "/incident status monitoring", "is monitoring now")
    stage.card_says(channel, "*monitoring*")


def test_two_in_the_same_moment_have_the_same_card(stage: Stage) -> None:
    channel = opened(stage, "Topaz: a burst", ANN)
    for number in range(12):
        stage.command(ANN, channel["id"], f"/incident timeline note {number}")
    eventually(lambda: len(stage.timeline(channel, "note")) == 12)
    count = stage.stored("SELECT count(*) FROM timeline WHERE incident_id = ?", number_of(channel))
    stage.card_says(channel, f"Timeline {count[0][0]}")
