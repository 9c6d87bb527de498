"""The Home tab: each person's own screen, with what waits for them and what they may do."""

from typing import Any

from tests.journeys.stage import ANN, BOB, GIL, KIM, SAM, Stage, actions_of, cards, eventually, line_of, number_of

QUICK = {"incidents.open_declare.v1", "checklist.now.v1", "runbooks.search.v1", "oncall.show.v1"}


def home(stage: Stage, user: str, *words: str, without: str = "") -> dict[str, Any]:
    """Somebody's Home as soon as it says all of these words."""

    def shown() -> dict[str, Any]:
        view: dict[str, Any] = stage.state()["homes"][user]
        told = line_of(view)
        assert not (missing := [word for word in words if word not in told]), (missing, told)
        assert not without or without not in told, told
        return view

    return eventually(shown)


def look(stage: Stage, user: str, *words: str) -> dict[str, Any]:
    """Open it anew."""
    stage.act("slack/home", user=user)
    return home(stage, user, *words)


def test_each_sees_their_duty_and_what_they_may_do(stage: Stage) -> None:
    assert actions_of(look(stage, BOB, "You are on call for Checkout"))
    assert set(actions_of(home(stage, BOB))) >= QUICK
    look(stage, ANN, "You are on call for Search")
    look(stage, KIM, "You are on call for Checkout (level 2).")
    viewer = look(
        stage, SAM, "You are not on call. On call: Bob Brown, Ann Adams.", "You are viewer, so you can read here"
    )
    guest = look(stage, GIL, "Guests can read here.")
    assert "Bob" not in line_of(guest)
    for view in (viewer, guest):
        assert not set(actions_of(view)) & QUICK
        assert "home.refresh.v1" in actions_of(view)


def test_an_incident_shows_on_the_home_of_those_in_it_and_goes_when_it_is_over(stage: Stage) -> None:
    look(stage, BOB)
    look(stage, SAM)
    stage.page("Cobalt: orders fail")
    channel = stage.opened("Cobalt")
    stage.act("slack/join", user=BOB, channel=channel["id"])
    stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.lead.v1")
    stage.card_says(channel, "*Lead* Bob")
    stage.says(BOB, channel["id"], f"/incident task Ask the payment provider <@{BOB}>", "")
    view = look(stage, BOB, f"INC-{number_of(channel)}", "you lead", "Cobalt", "Ask the payment provider")
    assert "incidents.update.v1" in actions_of(view)
    assert "Cobalt" not in line_of(look(stage, SAM, "Nothing waits for you."))
    stage.command(BOB, channel["id"], "/incident resolve it was the cache")
    home(stage, BOB, "As of", without="Cobalt")


def test_its_buttons_open_what_they_say(stage: Stage) -> None:
    view = look(stage, BOB, "Declare")
    for action, words in (
        ("incidents.open_declare.v1", "Declare"),
        ("runbooks.search.v1", "unbook"),
        ("oncall.show.v1", "checkout"),
        ("checklist.now.v1", "Validate backups"),
        ("daywatch.status.v1", "PagerDuty"),
    ):
        stage.act("slack/press", user=BOB, view_id=view["id"], action_id=action)
        eventually(lambda: words in line_of(stage.view_of(BOB)) + str(stage.view_of(BOB)["title"]))  # noqa: B023 - called at once
        stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)
    before = len(stage.calls())
    stage.act("slack/press", user=BOB, view_id=view["id"], action_id="home.refresh.v1")
    eventually(lambda: any(one["method"] == "views.publish" for one in stage.calls()[before:]))


def test_with_the_pager_down_the_home_says_that_it_does_not_know(stage: Stage) -> None:
    stage.kill9()
    stage.fault("* /oncalls", "fail", system="pagerduty", status=503)
    stage.start_again()
    look(stage, KIM, "On call is unknown: ")
    stage.heal()

    def known_again() -> bool:
        stage.act("slack/home", user=KIM)
        return "You are on call for Checkout" in line_of(stage.state()["homes"][KIM])

    eventually(known_again)


def test_what_is_connected_is_told_with_what_fails(stage: Stage) -> None:
    stage.says(SAM, "general", "/daywatch", "3 on, ")
    stage.fault("* /*", "fail", system="jira", status=503)
    note = stage.says(SAM, "general", "/daywatch", "Daywatch")
    view = note["ts"]
    stage.press(SAM, "general", view, "daywatch.rights.v1")
    eventually(lambda: "Who may do what" in str(stage.view_of(SAM)["title"]))
    assert "You are *viewer*" in line_of(stage.view_of(SAM))
    stage.act("slack/close", user=SAM, view_id=stage.view_of(SAM)["id"], all=True)
    stage.press(SAM, "general", view, "daywatch.check_all.v1")
    eventually(lambda: "1 failing" in line_of(stage.view_of(SAM)))
    assert "Jira" in line_of(stage.view_of(SAM))
    stage.act("slack/close", user=SAM, view_id=stage.view_of(SAM)["id"], all=True)
