"""The morning digest: there in the morning with its evidence, worked off by people, honest about what hangs."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.journeys import mornings
from tests.journeys.mornings import (
    OTHER_TOKEN,
    TEAM_CHANNEL,
    close,
    digest,
    digests,
    opened,
    pick,
    press,
    thread_of,
    told,
)
from tests.journeys.stage import ANN, BOB, KIM, SAM, Json, Stage, actions_of, drawn_text, eventually, line_of


@pytest.fixture(scope="module")
def due(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A bot whose digest became due five minutes ago."""
    _, zone = mornings.zones()
    plan = mornings.plan(zone, mornings.wall(zone, minutes=5))
    made = mornings.with_mornings(tmp_path_factory.mktemp("mornings"), plan)
    yield made
    made.tear_down()


@pytest.fixture
def morning(due: Stage) -> Iterator[Stage]:
    """Every item free again afterwards, no modal open, no fault left."""
    digest(due, "need you", without="checking")
    due.quiet()
    before = len(due.log_lines())
    yield due
    due.heal()
    for user in (ANN, BOB, KIM, SAM):
        close(due, user)
    assert due.mistakes(since=before) == []


def test_the_first_digest_is_there_with_the_evidence(morning: Stage) -> None:
    shown = digest(
        morning,
        "platform: 8 of 9 need you. Worst: Validate backups, fail.",
        "nightly: no good run has ever been reported (2 failed or missing)",
        "Review system dashboards · warn\n1 firing or pending without paging: ExampleSearchSlow",
        "Check alerting systems · warn",
        "*Monitor CI/CD pipelines* · by hand",
        "*Ok (1)* · incidents",
        "No open incidents",
    )
    assert "Daywatch was down" not in line_of(shown)
    assert [block["type"] for block in shown["blocks"]].count("header") == 1
    assert len(digests(morning)) == 1
    (table,) = thread_of(morning, shown)[:1]
    for said in ("heartbeats.jobs", "1 of 5 targets down", "alertmanager.alerts", "All 4 rules are evaluated"):
        assert said in line_of(table)
    assert f"<@{BOB}>" in drawn_text(shown), "a fail mentions who is on call"
    assert f"<@{BOB}>" not in shown["text"]


def test_details_show_the_evidence_and_leave_it_in_the_thread_once(morning: Stage) -> None:
    for user in (SAM, ANN):
        press(morning, user, "details", "dashboards")
        eventually(lambda: "search-2.example:9100" in line_of(morning.view_of(user)))  # noqa: B023 - called at once
    view = line_of(morning.view_of(SAM))
    assert "ExampleSearchSlow" in view
    assert "Last 14 days" in view
    assert "connection refused" in view

    def evidence() -> list[Json]:
        replies = thread_of(morning, digest(morning))
        return [one for one in replies if one["text"].startswith("Review system dashboards")]

    eventually(evidence)
    morning.quiet()
    assert len(evidence()) == 1


def test_a_claim_is_seen_by_all_and_somebody_elses_is_released_after_a_question(morning: Stage) -> None:
    press(morning, BOB, "claim", "backups")
    digest(morning, "claimed by Bob")
    since = len(morning.said_to(KIM))
    press(morning, KIM, "release", "backups")
    question = told(morning, KIM, "Bob has this. Release it?", since=since)
    assert "claimed by Bob" in line_of(digest(morning))
    morning.press(KIM, TEAM_CHANNEL, question["ts"], "checklist.release_anyway.v1")
    digest(morning, without="claimed by Bob")


def test_of_two_who_claim_at_once_one_has_it(morning: Stage) -> None:
    shown, before = digest(morning), {user: len(morning.said_to(user)) for user in (ANN, BOB)}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda user: press(morning, user, "claim", "backups", shown), (ANN, BOB)))
    row = line_of(digest(morning, "claimed by"))
    winner, loser, second = ("Ann", BOB, ANN) if "claimed by Ann" in row else ("Bob", ANN, BOB)
    told(morning, loser, f"{winner} claimed this", since=before[loser])
    assert len(morning.said_to(second)) == before[second]
    press(morning, second, "release", "backups")
    digest(morning, without="claimed by")


def test_what_a_person_did_by_hand_needs_words_and_turns_nothing_ok(morning: Stage) -> None:
    press(morning, KIM, "done", "alerting")
    opened(morning, KIM, "checklist.done_form.v1", "Check alerting systems")
    # A warning may be marked without words; a fail may not.
    close(morning, KIM)
    press(morning, KIM, "done", "backups")
    opened(morning, KIM, "checklist.done_form.v1")
    came = morning.submit(KIM)
    assert came["errors"] == {"words": "Say what you did: the check says fail"}
    morning.submit(KIM, words="restored the bucket <!channel>")
    shown = digest(morning, "handled by Kim", "still fail at", "7 of 9 need you")
    press(morning, SAM, "details", "dashboards", shown)
    assert "*Ok (1)*" in line_of(shown)
    rows = morning.stored("SELECT who, words FROM claim WHERE kind = 'done'")
    assert rows == [(KIM, "restored the bucket <!channel>")]
    since = len(morning.said_to(BOB))
    morning.says(BOB, "general", "/checklist done backups I did it too", "Kim handled this")
    assert len(morning.said_to(BOB)) == since + 1


def test_an_item_done_by_hand_leaves_those_that_need_somebody(morning: Stage) -> None:
    pick(morning, BOB, "done", "drift")
    opened(morning, BOB, "checklist.done_form.v1", "Drift detection in IaC")
    morning.submit(BOB, words="terraform plan is empty")
    digest(morning, "Drift detection in IaC* · by hand · handled by Bob")


def test_a_snoozed_item_moves_away_until_its_day(morning: Stage) -> None:
    press(morning, BOB, "snooze", "dashboards")
    opened(morning, BOB, "checklist.snooze_form.v1", "Review system dashboards")
    came = morning.submit(BOB, until="date", day="2020-01-01", reason="waiting for a disk")
    assert came["errors"] == {"day": "Use a date after today"}
    morning.submit(BOB, until="tomorrow", reason="waiting for a disk")
    shown = digest(morning, "*Snoozed (1)* until")
    assert "checklist.claim.v1" in actions_of(shown)
    with pytest.raises(LookupError):
        mornings.control(shown, "checklist.claim.v1", "dashboards")


def test_it_is_worked_off_by_typing_too(morning: Stage) -> None:
    morning.says(BOB, "general", "/checklist claim alert", "You have Check alerting systems.")
    digest(morning, "claimed by Bob")
    morning.says(ANN, "general", "/checklist claim alerting", "Bob claimed this")
    morning.says(BOB, "general", "/checklist claim plants", "Which item?")
    morning.says(BOB, "general", "/checklist snooze security tomorrow nobody is here", "is snoozed until")
    digest(morning, "security", "*Snoozed (")
    press(morning, BOB, "release", "alerting")
    digest(morning, without="claimed by")


def test_who_may_only_read_reads_and_is_told_who_may_more(morning: Stage) -> None:
    for verb in ("claim", "done", "snooze"):
        since = len(morning.said_to(SAM))
        press(morning, SAM, verb, "alerting")
        told(morning, SAM, "needs the role responder; you are viewer.", since=since)
    assert not morning.state()["views"].get(SAM)
    morning.says(SAM, "general", "/checklist run", "🔒")
    assert morning.stored("SELECT count(*) FROM claim WHERE who = ?", SAM) == [(0,)]


def test_asked_for_oneself_it_is_asked_anew_and_changes_nothing_for_others(morning: Stage) -> None:
    before = digest(morning)
    since = len(morning.said_to(SAM))
    assert morning.command(SAM, "general", "/checklist")["taken"]
    mine = told(morning, SAM, "need you", since=since)
    assert mine["channel"] != digest(morning)["channel"]
    assert "<@U" not in drawn_text(mine), "a private copy mentions nobody"
    assert "checklist.look_again.v1" in actions_of(mine)
    morning.quiet()
    assert digest(morning)["ts"] == before["ts"]
    assert len(digests(morning)) == 1


def test_the_history_has_a_column_for_every_day(morning: Stage) -> None:
    note = morning.says(SAM, "general", "/checklist history", "The last 14 days of platform")
    rows = [row for row in line_of(note).splitlines() if row.startswith(("backups ", "alerting ", "incidents "))]
    glyphs = {row[:12].strip(): row[12:26] for row in rows}
    assert glyphs == {"alerting": "–" * 13 + "!", "backups": "–" * 13 + "✗", "incidents": "–" * 13 + "✓"}


def test_refreshed_in_place_a_heartbeat_that_came_is_ok(morning: Stage) -> None:
    before = digest(morning, "nightly: no good run has ever been reported")
    nightly = morning.environment["DAYWATCH_EXAMPLE_HEARTBEAT"]
    for name, token in (("nightly", nightly), ("weekly", OTHER_TOKEN)):
        assert beat(morning, name, token) == 202
    held = morning.fault("GET /prometheus", "hold", system="systems", times=1)
    press_refresh(morning, BOB)
    eventually(lambda: morning.held(held))
    working = line_of(digest(morning, "checking, "))
    assert re.search(r"\d+ of \d\d", working)
    morning.says(BOB, "general", "/checklist run", "Checking already: ")
    morning.heal()
    after = digest(morning, without="checking")
    assert after["ts"] == before["ts"]
    shown = digest(morning, "*Ok (2)* · backups, incidents")
    assert len(digests(morning)) == 1
    table = thread_of(morning, shown)[0]
    eventually(lambda: "All 2 backup jobs are on time" in line_of(thread_of(morning, shown)[0]))
    assert thread_of(morning, shown)[0]["ts"] == table["ts"]


def test_a_heartbeat_that_says_it_failed_is_a_red_row(morning: Stage) -> None:
    assert beat(morning, "weekly", OTHER_TOKEN, "/1", content="disk full <!channel>") == 202
    press_refresh(morning, BOB)
    shown = digest(morning, "Validate backups", "weekly: ", "fail")
    assert not any("<!channel>" in str(block.get("text")) for block in shown["blocks"])
    assert beat(morning, "weekly", OTHER_TOKEN) == 202
    press_refresh(morning, BOB)
    digest(morning, "*Ok (2)* · backups, incidents")


def test_a_heartbeat_is_taken_from_who_has_its_token_and_five_times_a_minute(morning: Stage) -> None:
    nightly = morning.environment["DAYWATCH_EXAMPLE_HEARTBEAT"]
    assert beat(morning, "nightly", OTHER_TOKEN) == 404
    assert beat(morning, "nightly", "guessed") == 404
    assert beat(morning, "unknown", nightly) == 404
    assert beat(morning, "nightly", nightly, "/nonsense") == 404
    assert morning.door.get(f"/heartbeats/t/{nightly}/start").status_code == 200
    answers = [beat(morning, "nightly", nightly) for _ in range(6)]
    assert answers[-1] == 429
    assert set(answers) == {202, 429}
    assert beat(morning, "weekly", OTHER_TOKEN) == 202, "another job is not held back by it"


def test_a_system_that_hangs_costs_its_own_rows_only(morning: Stage) -> None:
    morning.fault("GET /alertmanager", "hold", system="systems")
    press_refresh(morning, BOB)
    shown = digest(morning, "Check alerting systems · unknown · Alertmanager gave no answer in 10 s.")
    assert "1 firing or pending without paging: ExampleSearchSlow" in line_of(thread_of(morning, shown)[0])
    assert "*Ok (2)* · backups, incidents" in line_of(shown)
    assert "Last seen warn today." in line_of(shown)
    morning.heal()
    press_refresh(morning, BOB)
    digest(morning, "Check alerting systems · warn")


def test_an_operator_changes_the_morning_and_takes_it_back_to_the_file(morning: Stage) -> None:
    shown = digest(morning)
    setting = next(one["value"] for one in menu_of(shown)["options"] if one["value"].startswith("settings:"))
    since = len(morning.said_to(BOB))
    morning.press(BOB, TEAM_CHANNEL, shown["ts"], "checklist.menu.v1", selected=setting)
    told(morning, BOB, "needs the role operator; you are responder.", since=since)
    morning.press(KIM, TEAM_CHANNEL, shown["ts"], "checklist.menu.v1", selected=setting)
    opened(morning, KIM, "checklist.settings_form.v1", "From the file.")
    came = morning.submit(KIM, channel="not a channel")
    assert came["errors"] == {"channel": "Write a channel such as #platform-ops"}
    morning.submit(KIM, channel="#platform-ops", at="23:30", items=["backups", "alerting"])
    assert "The next digest comes" in line_of(morning.view_of(KIM))
    assert "23:30" in line_of(morning.view_of(KIM))
    close(morning, KIM)
    press_refresh(morning, BOB)
    digest(morning, "of 2 need", without="checking")
    morning.press(KIM, TEAM_CHANNEL, shown["ts"], "checklist.menu.v1", selected=setting)
    opened(morning, KIM, "checklist.settings_form.v1", "Kim, ")
    view = morning.view_of(KIM)
    morning.act("slack/press", user=KIM, view_id=view["id"], action_id="checklist.back_to_file.v1")
    eventually(lambda: "Back to the file" in str(morning.view_of(KIM)["title"]))
    press_refresh(morning, BOB)
    digest(morning, "of 9 need", without="checking")


def test_after_downtime_it_comes_once_and_says_that_it_is_late(tmp_path: Path) -> None:
    """The zone moves on a date in the settings file: the next morning, without waiting for it."""
    yesterday, today = mornings.zones()
    stage = mornings.with_mornings(tmp_path, mornings.plan(yesterday, mornings.wall(yesterday, minutes=30)))
    try:
        first = digest(stage, "need you")
        assert "Daywatch was down" not in line_of(first), "the very first is never late"
        stage.quiet()
        stage.kill9()
        (tmp_path / "plan.yaml").write_text(mornings.plan(today, mornings.wall(today, minutes=30)))
        stage.start_again()
        second = digest(stage, "Daywatch was down. Statuses are of", "Validate backups · fail · day 2")
        assert len(digests(stage)) == 2
        since = len(stage.said_to(BOB))
        press(stage, BOB, "claim", "backups", digests(stage)[0])
        old = told(stage, BOB, "This moved on: it is the checklist of", since=since)
        assert "checklist.now.v1" in actions_of(old)
        stage.quiet()
        stage.kill9()
        stage.start_again()
        stage.quiet(1.5)
        assert [one["ts"] for one in digests(stage)] == [first["ts"], second["ts"]]
        assert "claimed by" not in line_of(digest(stage))
        assert stage.mistakes() == []
    finally:
        stage.tear_down()


@pytest.mark.crash
@pytest.mark.timeout(400)
def test_killed_in_each_call_of_the_digest_it_stands_there_once(tmp_path: Path) -> None:
    """Held in its post, applied or not, and in the table's post; killed and started again each time."""
    yesterday, today = mornings.zones()
    for folder, zone, applied, after in (
        ("a", today, "after", 0),
        ("b", today, "before", 0),
        ("c", yesterday, "after", 1),
        ("d", yesterday, "before", 1),
    ):
        (tmp_path / folder).mkdir()
        stage = mornings.with_mornings(tmp_path / folder, mornings.plan(zone, "23:59"))
        try:
            fault = stage.fault("chat.postMessage", "hold", applied=applied, times=1, after=after)
            stage.kill9()
            (tmp_path / folder / "plan.yaml").write_text(mornings.plan(zone, mornings.wall(zone, minutes=5)))
            stage.start_again()
            eventually(lambda: stage.held(fault))  # noqa: B023 - called at once
            stage.kill9()
            stage.start_again()
            shown = digest(stage, "need you")
            eventually(lambda: thread_of(stage, shown))  # noqa: B023
            stage.quiet(1.0)
            assert len(digests(stage)) == 1
            (table,) = [one["text"] for one in thread_of(stage, shown)]
            assert re.fullmatch(r"\d+ checks of platform", table)
        finally:
            stage.tear_down()


def press_refresh(stage: Stage, user: str) -> None:
    """*Refresh*, and wait until it has begun."""
    before = digest(stage)
    checked = str(before["blocks"][1])
    came = stage.press(user, TEAM_CHANNEL, before["ts"], "checklist.run.v1")
    assert came["taken"], came
    eventually(lambda: str(digest(stage)["blocks"][1]) != checked)


def menu_of(message: Json) -> Json:
    """History, Settings, Help."""
    elements = [one for block in message["blocks"] for one in block.get("elements", [])]
    found: Json = next(one for one in elements if one.get("action_id") == "checklist.menu.v1")
    return found


def beat(stage: Stage, name: str, token: str, ending: str = "", content: str = "") -> int:
    headers = {"authorization": f"Bearer {token}"}
    return stage.door.post(f"/heartbeats/{name}{ending}", headers=headers, content=content.encode()).status_code
