"""Who may do what: refused with a reason and a name, wherever it was tried; and what is pressed twice is done once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.stage import ANN, BOB, GIL, KIM, SAM, Stage, cards, drawn_text, eventually, line_of


@pytest.mark.parametrize("user", [SAM, GIL], ids=["viewer", "guest"])
def test_who_may_not_declare_is_told_who_may(stage: Stage, user: str) -> None:
    before = stage.stored("SELECT count(*) FROM incident")
    note = drawn_text(stage.says(user, "incidents", "/incident declare I should not sev1", "🔒"))
    if user == GIL:
        assert "Guests can read here. Ask whoever invited you." in note
        assert "bob" not in note.casefold()
    else:
        assert "needs the role responder; you are viewer" in note
        assert "bob" in note.casefold()
    stage.says(user, "incidents", "/incident", "🔒")
    if user == GIL:
        for words in ("/incident list", "/oncall", "/daywatch"):
            stage.says(user, "incidents", words, "🔒 Guests can read here.")
    assert stage.stored("SELECT count(*) FROM incident") == before
    assert stage.state()["views"].get(user, []) == []


def test_a_viewer_presses_in_vain_but_reads_and_follows(stage: Stage) -> None:
    stage.page("Quartz: look, do not touch")
    channel = stage.opened("Quartz")
    stage.act("slack/join", user=SAM, channel=channel["id"])
    card = cards(channel)[0]["ts"]
    for action in ("incidents.acknowledge.v1", "incidents.lead.v1", "incidents.resolve.v1", "incidents.update.v1"):
        before = len(stage.said_to(SAM))
        stage.press(SAM, channel["id"], card, action)

        def refused(before: int = before) -> bool:
            fresh = stage.said_to(SAM)[before:]
            return any("🔒" in drawn_text(one) for one in fresh)

        eventually(refused)
    stage.says(SAM, channel["id"], "/incident list", "Quartz")
    stage.press(SAM, channel["id"], card, "incidents.timeline.v1")
    eventually(lambda: "key moment" in drawn_text(stage.view_of(SAM)))
    stage.act("slack/close", user=SAM, view_id=stage.view_of(SAM)["id"], all=True)
    stage.says(SAM, channel["id"], "/incident", "in 30 seconds")
    announced = stage.announcement(channel)
    stage.press(SAM, "incidents", announced["ts"], "incidents.follow.v1")
    eventually(lambda: any("You get each update" in drawn_text(one) for one in stage.said_to(SAM)))
    stage.act("slack/join", user=BOB, channel=channel["id"])
    stage.says(BOB, channel["id"], "/incident update half of it is back", "Posted")
    direct = stage.act("slack/direct", user=SAM)["channel"]
    eventually(lambda: any("half of it is back" in line_of(one) for one in stage.channel(direct)["messages"]))
    assert stage.status(channel) == "investigating"
    assert stage.timeline(channel, "acknowledged") == []


def test_who_loses_the_role_while_a_form_is_open_cannot_send_it(stage: Stage) -> None:
    stage.act("slack/set_group", user=ANN, group="oncall", people=[BOB, ANN, SAM])
    try:
        stage.page("Rose: the role is gone")
        channel = stage.opened("Rose")
        stage.act("slack/join", user=SAM, channel=channel["id"])
        stage.press(SAM, channel["id"], cards(channel)[0]["ts"], "incidents.resolve.v1")
        eventually(lambda: stage.view_of(SAM)["callback_id"] == "incidents.resolve_form.v1")
    finally:
        stage.act("slack/set_group", user=ANN, group="oncall", people=[BOB, ANN])
    stage.quiet()
    stage.submit(SAM, fixed="I was quick")
    assert "needs the role responder" in drawn_text(stage.view_of(SAM))
    assert stage.status(channel) == "investigating"
    stage.act("slack/close", user=SAM, view_id=stage.view_of(SAM)["id"], all=True)


def test_the_lead_may_in_it_what_a_responder_may(stage: Stage) -> None:
    stage.page("Ruby: led by a viewer")
    channel = stage.opened("Ruby")
    stage.act("slack/join", user=BOB, channel=channel["id"])
    stage.act("slack/join", user=SAM, channel=channel["id"])
    stage.says(BOB, channel["id"], f"/incident role lead <@{SAM}>", "Sam is lead")
    stage.says(SAM, channel["id"], "/incident status monitoring", "is monitoring now")
    stage.says(SAM, "general", "/incident declare and only there", "🔒")
    stage.command(SAM, channel["id"], "/incident resolve other journeys begin with nothing to do")
    stage.card_says(channel, "resolved")


def test_a_double_click_is_one_act(stage: Stage) -> None:
    stage.page("Rust: pressed twice")
    channel = stage.opened("Rust")
    for user in (ANN, BOB):
        stage.act("slack/join", user=user, channel=channel["id"])
    card = cards(channel)[0]["ts"]
    with ThreadPoolExecutor(4) as pool:
        users = (ANN, BOB, ANN, BOB)
        came = list(pool.map(lambda user: stage.press(user, channel["id"], card, "incidents.acknowledge.v1"), users))
    assert all(one["taken"] for one in came)
    stage.card_says(channel, "Acknowledged* by")
    stage.quiet()
    assert len(stage.timeline(channel, "acknowledged")) == 1


def test_two_who_resolve_at_once_resolve_it_once(stage: Stage) -> None:
    stage.page("Sand: resolved by two")
    channel = stage.opened("Sand")
    card = cards(channel)[0]["ts"]
    for user in (BOB, KIM):
        stage.act("slack/join", user=user, channel=channel["id"])
        stage.press(user, channel["id"], card, "incidents.resolve.v1")
        eventually(lambda: stage.view_of(user)["callback_id"] == "incidents.resolve_form.v1")  # noqa: B023 - called at once
    stage.submit(BOB, fixed="Bob was first")
    stage.submit(KIM, fixed="Kim wrote a long story")
    late = drawn_text(stage.view_of(KIM))
    assert "resolved by Bob" in late
    assert "Kim wrote a long story" in late
    assert len(stage.timeline(channel, "resolved")) == 1
    stage.act("slack/close", user=KIM, view_id=stage.view_of(KIM)["id"], all=True)


def test_who_may_not_asks_those_who_may_and_one_of_them_does_it_once(stage: Stage) -> None:
    stage.page("Slate: asked of others")
    channel = stage.opened("Slate")
    for user in (BOB, SAM):
        stage.act("slack/join", user=user, channel=channel["id"])
    card = cards(channel)[0]["ts"]
    before = len(stage.said_to(SAM))
    stage.press(SAM, channel["id"], card, "incidents.acknowledge.v1")
    note = eventually(lambda: next(one for one in stage.said_to(SAM)[before:] if "needs the role" in drawn_text(one)))
    stage.press(SAM, channel["id"], note["ts"], "slack.ask_them.v1")

    def asked() -> dict[str, object]:
        under = [one for one in stage.channel(channel["id"])["messages"] if one.get("thread_ts") == card]
        return next(one for one in under if "Sam asks: Acknowledge" in drawn_text(one))

    request = eventually(asked)
    for user in (SAM, BOB):
        stage.press(user, channel["id"], str(request["ts"]), "slack.do_it.v1")
    eventually(lambda: "did it" in drawn_text(asked()))
    (moment,) = stage.timeline(channel, "acknowledged")
    assert "Bob" in str(moment)
