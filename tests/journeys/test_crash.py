"""Killed with -9 at the worst moments and started again: one channel, one card, nothing missing, nothing twice."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.stage import ANN, BOB, BOT, KIM, Json, Stage, cards, drawn_text, eventually, line_of, number_of

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

AT_ONCE = 4
"""As many incidents are opened at the same time; one killed in each of them."""
MOMENTS = (
    ("pins.add", 0),
    ("conversations.setTopic", 0),
    ("bookmarks.add", 0),
    ("conversations.invite", 0),
    ("chat.postMessage", 0),
    ("chat.postMessage", 1),
    ("conversations.create", 0),
)
"""Each Slack call of opening: card and announcement are the first and the second post."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A workspace and a bot that is killed again and again. It knows no services, so no alert joins another's."""
    folder = tmp_path_factory.mktemp("crash")
    plan = folder / "daywatch.yaml"
    plan.write_text(WITHOUT_SERVICES)
    made = Stage.set_up(folder, "--limits", "off", DAYWATCH_CONFIG=str(plan))
    yield made
    made.heal()
    made.tear_down()


WITHOUT_SERVICES = f"""
teams: [{{name: platform, channel: "#platform-ops"}}]
incidents: {{announce: "#incidents", triage: "#alerts"}}
permissions: {{responder: ["{ANN}", "{BOB}"]}}
"""


def whole(stage: Stage, title: str) -> Json:
    """Everything of an incident is there, and nothing of it twice."""
    (channel,) = stage.channels(title)
    number = number_of(channel)
    made = [one for one in stage.state()["channels"] if one["name"].startswith(f"inc-{number}-")]
    assert len(made) == 1, [one["name"] for one in made]
    (card,) = cards(channel)
    assert [pin["ts"] for pin in channel["pins"]] == [card["ts"]]
    assert [one["title"] for one in channel["bookmarks"]] == ["Alert"]
    assert {BOT, BOB, KIM} <= set(channel["members"]), channel["members"]
    assert channel["topic"]["value"].startswith("SEV"), channel["topic"]
    stage.announcement(channel)
    joined = [one["user"] for one in channel["messages"] if one.get("subtype") == "channel_join"]
    assert len(joined) == len(set(joined)), joined
    whispers = [one for user in (BOB, KIM, BOT) for one in stage.said_to(user) if one["channel"] == channel["id"]]
    assert whispers == []
    return channel


def held_in(stage: Stage, moments: Sequence[tuple[str, int]], applied: str, word: str = "killed") -> list[str]:
    """One incident for each moment, each held in its call; their titles."""
    titles = []
    for method, after in moments:
        title = f"{method.replace('.', ' ')} {after} {applied} {word}"
        fault = stage.fault(method, "hold", applied=applied, times=1, after=after)
        stage.page(title, service={"id": "PSVC001", "type": "service_reference", "summary": "Checkout"})
        eventually(lambda: stage.held(fault))  # noqa: B023 - called at once
        titles.append(title)
    return titles


@pytest.mark.parametrize("applied", ["before", "after"], ids=["applied", "not applied"])
def test_killed_in_every_call_of_opening(killed: Stage, applied: str) -> None:
    stage = killed
    before = len(stage.stored("SELECT id FROM incident"))
    titles: list[str] = []
    for wave in (MOMENTS[:AT_ONCE], MOMENTS[AT_ONCE:]):
        titles += held_in(stage, wave, applied)
        stage.kill9()
        stage.start_again()
        for title in titles:
            eventually(lambda: whole(stage, title))  # noqa: B023 - called at once
    # What was held is never let go before this: a call that was not applied before the kill stays so.
    stage.quiet()
    for title in titles:
        whole(stage, title)
    assert len(stage.stored("SELECT id FROM incident")) == before + len(MOMENTS)


def test_with_the_engines_journal_lost_the_opening_is_done_once_more_in_its_place(killed: Stage) -> None:
    """As after a power cut, which may take what the journal had not yet forced to the disk."""
    stage = killed
    (title,) = held_in(stage, [("pins.add", 0)], "after", "journal lost")
    stage.kill9()
    for file in (stage.folder / "bot").glob("engine.db*"):
        file.unlink()
    stage.start_again()
    eventually(lambda: whole(stage, title), 20)
    stage.quiet()
    whole(stage, title)


def test_killed_right_after_the_webhook_was_answered(stage: Stage) -> None:
    notice = stage.notice("triggered", "QATONCE", title="Answered and gone", urgency="high", service=None)
    assert stage.webhook(notice).status_code == 202
    stage.kill9()
    stage.start_again()
    stage.opened("Answered and gone")
    assert stage.webhook(notice).status_code == 202
    stage.quiet()
    assert len(stage.channels("Answered and gone")) == 1


def test_killed_with_fifty_deliveries_in_the_queue(stage: Stage) -> None:
    services = {"id": "PSVC001", "summary": "Checkout"}, {"id": "PSVC002", "summary": "Search"}
    notices = [
        stage.notice(
            "triggered",
            f"QFIFTY{number:02}",
            title=f"Fifty {number:02} {services[number % 2]['summary']}",
            urgency="high",
            priority=None,
            service=services[number % 2] | {"type": "service_reference"},
        )
        for number in range(50)
    ]
    with ThreadPoolExecutor(10) as pool:
        assert {answer.status_code for answer in pool.map(stage.webhook, notices)} == {202}
    stage.kill9()
    stage.start_again()
    eventually(
        lambda: stage.stored("SELECT count(*) FROM alert WHERE title LIKE 'Fifty%' AND incident_id > 0") == [(50,)], 20
    )
    eventually(lambda: len([one for one in stage.channels("Fifty") if one["pins"]]) == 2)
    stage.quiet()
    counts = stage.stored("SELECT count(*) FROM alert WHERE title LIKE 'Fifty%' GROUP BY incident_id")
    assert counts == [(25,), (25,)]
    assert len(stage.channels("Fifty")) == 2


def test_killed_right_after_an_answer_to_a_person(stage: Stage) -> None:
    came = stage.command(BOB, "general", "/incident declare Typed and gone sev2")
    assert came["taken"]
    stage.kill9()
    stage.start_again()
    channel = stage.opened("Typed and gone")
    assert BOB in channel["members"]
    assert stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.lead.v1")["taken"]
    stage.kill9()
    stage.start_again()
    stage.card_says(channel, "*Lead* Bob")
    assert len(stage.timeline(channel, "role")) == 1


def test_a_practice_goes_on_after_a_kill_and_reaches_nobody(stage: Stage) -> None:
    before = _outside(stage)
    stage.command(BOB, "general", "/incident drill certificate")
    channel = stage.opened("Partners cannot")
    assert "-practice-" in channel["name"]
    stage.card_says(channel, "Changed before it began", "No change in 6")
    assert [one for one in channel["members"] if one != BOT] == [BOB]
    stage.kill9()
    stage.start_again()
    eventually(lambda: stage.command(BOB, channel["id"], "/incident status monitoring")["taken"])
    stage.card_says(channel, "All alerts cleared", seconds=30)
    stage.kill9()
    stage.start_again()
    eventually(lambda: stage.command(BOB, channel["id"], "/incident resolve served the whole chain")["taken"])

    def compared() -> bool:
        (told,) = [one for one in stage.channel(channel["id"])["messages"] if "is over" in line_of(one)]
        return "An intermediate certificate ran out" in drawn_text(told)

    eventually(compared)
    assert _outside(stage) == before


def _outside(stage: Stage) -> tuple[int, int]:
    """How much there is in PagerDuty and in Jira."""
    columns = stage.see("jira/board")["columns"]
    return len(stage.see("pagerduty/state")["incidents"]), sum(len(one["issues"]) for one in columns)


@pytest.mark.parametrize("applied", ["before", "after"], ids=["applied", "not applied"])
def test_killed_while_pagerduty_is_told_that_it_is_over(stage: Stage, applied: str) -> None:
    title = f"Told and gone: held {applied}"
    pager = stage.raise_incident(title)
    channel = stage.opened(title)
    fault = stage.fault("PUT /incidents", "hold", system="pagerduty", applied=applied, times=1)
    stage.command(BOB, channel["id"], "/incident resolve rolled back")
    eventually(lambda: stage.held(fault))
    stage.kill9()
    stage.start_again()
    eventually(lambda: stage.pager(pager)["status"] == "resolved")
    stage.quiet()
    assert [one["kind"] for one in stage.pager(pager)["log"]].count("resolve") == 1
    assert len(stage.timeline(channel, "resolved")) == 1


def test_what_came_while_the_bot_was_down_is_not_lost(stage: Stage) -> None:
    stage.kill9()
    stage.raise_incident("Nobody home: checkout is down")
    stage.start_again()
    channel = stage.opened("Nobody home", 20)
    stage.act("slack/join", user=ANN, channel=channel["id"])
    said = stage.say(ANN, channel["id"], "remember this")
    stage.kill9()
    stage.act("slack/react", user=ANN, channel=channel["id"], ts=said["ts"], name="pushpin")
    stage.start_again()
    eventually(lambda: stage.timeline(channel, "message") == ["Ann: remember this"])


def test_asked_to_stop_it_ends_in_good_order(stage: Stage) -> None:
    stage.page("Stopping: a last page")
    stage.opened("Stopping")
    assert stage.stop_bot() == 0
    stage.start_again()
    stage.quiet()
    assert len(stage.channels("Stopping")) == 1
