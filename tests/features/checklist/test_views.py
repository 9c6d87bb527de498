"""How the digest looks: normal, empty, huge and hostile; held to its room and to what Slack takes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.check import Item, Status
from bot.domain.digest import Digest, DigestState, Fixed, Hand, HandKind, OnDuty
from bot.domain.finding import Finding, Known, Line
from bot.domain.incident import Incident, State
from bot.features.checklist import evidence, forms, history, settings_form, views
from bot.features.checklist.history import History
from bot.features.checklist.today import PlannedChange, Today
from bot.features.checklist.wording import Teller
from bot.slack.fit import SIZES, fit, fit_view
from bot.slack.flatten import words_of
from bot.slack.limits import problems, visible
from bot.slack.message import Message, Surface, View
from tests.features.checklist.test_schedule import a_routine
from tests.slack.hostile import TEXTS

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 20)
NAMES = {"U024BE7LH": "Ann", "U0BOB0001": "Bob"}
TITLES = {"pagerduty": "PagerDuty", "velero": "Velero"}
TELLER = Teller(
    name=lambda user: NAMES.get(user, user),
    title=lambda system: TITLES.get(system, system),
    severity=str.upper,
    now=NOW.astimezone(BERLIN),
)


def a_line(item: Item, status: Status, name: str = "", **more: Any) -> Line:
    usual: dict[str, Any] = {"summary": "as it should be", "at": NOW, "first": FRIDAY, "was": status}
    return Line(item=item, name=name or f"system.{item}", status=status, **usual | more)


def a_digest(*lines: Line, **more: Any) -> Digest:
    usual: dict[str, Any] = {
        "id": 812,
        "team": "platform",
        "day": TODAY,
        "due_at": NOW,
        "state": DigestState.POSTED,
        "checked_at": NOW,
        "posted_at": NOW,
        "duration": 1.9,
        "compared": FRIDAY,
        "on_call": OnDuty(names=(("Ann", "U024BE7LH"),), asked=True),
    }
    return Digest(lines=lines, **usual | more)


LATE_BACKUP = a_line(
    Item.BACKUPS,
    Status.FAIL,
    "velero.schedules",
    summary="shop: last good backup 31 h ago (every 24 h)",
    findings=(
        Finding(
            key="shop-daily",
            title="shop-daily-20261121",
            status=Status.FAIL,
            since=datetime(2026, 11, 22, 0, 30, tzinfo=UTC),
            first=TODAY,
        ),
    ),
)
SILENT_PAGER = a_line(
    Item.ALERTING,
    Status.UNKNOWN,
    "pagerduty.incidents",
    summary="no answer in 10 s",
    reason="no answer in 10 s",
    known=Known(status=Status.OK, day=FRIDAY),
)
OK_LINES = tuple(a_line(item, Status.OK) for item in (Item.DASHBOARDS, Item.PIPELINES, Item.INCIDENTS, Item.DRIFT))
USUAL = a_digest(
    LATE_BACKUP,
    a_line(Item.BACKUPS, Status.WARN, "velero.restores", summary="no restore was tried for 40 days"),
    SILENT_PAGER,
    a_line(Item.SECURITY, Status.WARN, "trivy.images", summary="3 images with a fixable hole"),
    *OK_LINES,
    fixed=(Fixed(item=Item.DRIFT, title="workspace network"),),
)
CALM = Today(changes=())


def an_incident(number: int = 141, **more: Any) -> Incident:
    usual: dict[str, Any] = {
        "id": number,
        "title": "slow search",
        "severity": "sev3",
        "status": State.INVESTIGATING,
        "team": "platform",
        "opened_at": NOW,
        "changed_at": NOW,
        "channel": "C0INC0141",
    }
    return Incident(**usual | more)


def text_of(message: Message | View) -> str:
    """All that a reader sees."""
    shape = fit(message) if isinstance(message, Message) else fit_view(message)
    return "\n".join(words_of(block) for block in shape.get("blocks", ()))


def sound(message: Message | View) -> dict[str, Any]:
    """Fits its room, and Slack would take it."""
    shape = fit(message) if isinstance(message, Message) else fit_view(message)
    size = SIZES[message.surface]
    assert problems(shape) == []
    assert len(shape["blocks"]) <= size.blocks
    assert visible(shape["blocks"]) <= size.chars
    return shape


def drawn(digest: Digest, today: Today = CALM, **more: Any) -> Message:
    return views.digest(digest, today, TELLER, **more)


def test_a_usual_morning(snapshot: SnapshotAssertion) -> None:
    today = Today(
        incidents=[an_incident()],
        changes=[PlannedChange(at=NOW + timedelta(hours=5, minutes=30), title="checkout 2.15.0 canary")],
    )
    assert sound(drawn(USUAL, today)) == snapshot


def test_the_header_counts_what_needs_a_person_and_the_notification_names_the_worst() -> None:
    shape = sound(drawn(USUAL))
    assert shape["blocks"][0]["text"]["text"] == "5 of 9 need you · platform"
    assert shape["text"] == "platform: 5 of 9 need you. Worst: Validate backups, fail, new."


def test_rows_come_by_urgency_fail_then_unknown_then_warn_then_by_hand() -> None:
    text = text_of(drawn(USUAL))
    order = ["Validate backups", "Check alerting", "Validate security", "minor deployments", "critical patches"]
    places = [text.index(heading) for heading in order]
    assert places == sorted(places)


def test_of_two_failures_the_new_one_comes_before_the_worse_one_and_that_before_the_older_ones() -> None:
    def failing(item: Item, first: date, was: Status | None) -> Line:
        found = Finding(key="x", title="x", status=Status.FAIL, first=first, was=was)
        return a_line(item, Status.FAIL, findings=(found,))

    digest = a_digest(
        failing(Item.DASHBOARDS, FRIDAY, Status.FAIL),
        failing(Item.ALERTING, FRIDAY - timedelta(days=3), Status.FAIL),
        failing(Item.PIPELINES, FRIDAY, Status.WARN),
        failing(Item.BACKUPS, TODAY, None),
    )
    assert [row.item for row in digest.needing][:4] == [Item.BACKUPS, Item.PIPELINES, Item.ALERTING, Item.DASHBOARDS]
    text = text_of(drawn(digest))
    assert "fail · new" in text
    assert "fail · worse (was warn)" in text
    assert "fail · day 7" in text


def test_an_unknown_row_says_who_was_silent_how_long_we_waited_and_what_was_known_last() -> None:
    assert "unknown · day 4 · PagerDuty gave no answer in 10 s. Last seen ok Friday." in text_of(drawn(USUAL))


def test_an_item_has_one_row_however_many_checks_it_has() -> None:
    many = [a_line(Item.BACKUPS, Status.WARN, f"velero.check{number}") for number in range(300)]
    text = text_of(drawn(a_digest(LATE_BACKUP, *many)))
    assert "and 300 more" in text
    assert text.count("Validate backups") == 1


def test_a_row_says_which_of_several_systems_it_speaks_of() -> None:
    full = a_line(Item.BACKUPS, Status.FAIL, "velero.schedules", instance="prod-eu", summary="2 backups failed")
    fails = [a_line(item, Status.FAIL) for item in (Item.DASHBOARDS, Item.ALERTING, Item.PIPELINES)]
    short = a_line(Item.DRIFT, Status.WARN, "terraform.drift", instance="prod-us", summary="3 workspaces drifted")
    text = text_of(drawn(a_digest(full, *fails, short)))
    assert "prod-eu: 2 backups failed" in text
    assert "prod-us: 3 workspaces drifted" in text


def test_all_green_is_two_blocks_without_header_and_buttons() -> None:
    lines = [a_line(item, Status.OK) for item in Item]
    shape = sound(drawn(a_digest(*lines)))
    assert [block["type"] for block in shape["blocks"]] == ["section", "context"]
    assert shape["blocks"][0]["text"]["text"] == ":white_check_mark: *All 9 checks ok* · platform"
    assert shape["blocks"][1]["elements"][0]["text"].endswith("on call Ann · no changes planned · no open incidents")
    assert shape["text"] == "platform: all 9 checks ok."


def test_without_a_calendar_nothing_is_said_about_changes() -> None:
    lines = [a_line(item, Status.OK) for item in Item]
    assert "change" not in text_of(drawn(a_digest(*lines), Today()))
    assert "change" not in text_of(drawn(USUAL, Today())).casefold()


def test_nothing_connected_has_nine_short_rows_with_done_and_the_way_on() -> None:
    shape = sound(drawn(a_digest(on_call=OnDuty(), compared=None)))
    done = [block["accessory"] for block in shape["blocks"] if "accessory" in block]
    assert [one["text"]["text"] for one in done] == ["What is connected", *["Done"] * 9]
    assert shape["blocks"][0]["text"]["text"] == "9 of 9 need you · platform"
    assert "All nine items are by hand so far. Connect a system and they check themselves." in str(shape)


def test_when_all_is_unknown_one_row_has_the_common_cause() -> None:
    reason = "no answer in 10 s"
    lines = [a_line(Item.BACKUPS, Status.UNKNOWN, f"velero.c{n}", reason=reason, summary=reason) for n in range(25)]
    shape = sound(drawn(a_digest(*lines, SILENT_PAGER)))
    text = "\n".join(words_of(block) for block in shape["blocks"])
    assert shape["blocks"][0]["text"]["text"] == "Nothing could be checked"
    assert "26 checks · unknown · Velero gave no answer in 10 s." in text
    assert text.count("Validate backups") == 0


def test_the_one_on_call_is_mentioned_only_in_the_channels_message_and_only_when_something_fails() -> None:
    warns = a_digest(a_line(Item.SECURITY, Status.WARN))
    assert "<@U024BE7LH>" in str(sound(drawn(USUAL)))
    assert "<@" not in str(sound(drawn(USUAL, private=True)))
    assert "<@" not in str(sound(drawn(warns)))
    assert "<@" not in fit(drawn(USUAL))["text"]


def test_a_pager_that_did_not_answer_is_said_beside_the_rest() -> None:
    digest = replace(USUAL, on_call=OnDuty(asked=True, trouble="PagerDuty did not answer (503)"))
    assert "on call unknown: PagerDuty did not answer (503)" in text_of(drawn(digest))


def test_late_says_when_it_came_instead_of_when_and_of_when_the_statuses_are() -> None:
    came = NOW + timedelta(minutes=34)
    text = text_of(drawn(replace(USUAL, late=True, posted_at=came, checked_at=came)))
    assert ":alarm_clock: Posted <!date^1795421040^{time}|08:04 UTC> instead" in text
    assert "instead of <!date^1795419000^{time}|07:30 UTC>: Daywatch was down. Statuses are of" in text


def hand(kind: HandKind, item: Item = Item.BACKUPS, **more: Any) -> Hand:
    return Hand(id=1, item=item, kind=kind, who="U024BE7LH", at=NOW + timedelta(minutes=11), **more)


def test_a_claimed_row_says_who_has_it_and_its_button_becomes_release() -> None:
    shape = sound(drawn(replace(USUAL, hands=(hand(HandKind.CLAIM),))))
    assert "claimed by Ann <!date^1795419660^{time}|07:41 UTC>" in "\n".join(words_of(one) for one in shape["blocks"])
    assert shape["blocks"][3]["elements"][0]["text"]["text"] == "Release"


def test_a_handled_row_still_says_what_the_check_said() -> None:
    text = text_of(drawn(replace(USUAL, hands=(hand(HandKind.DONE, words="restored it"),))))
    assert "handled by Ann" in text
    assert "still fail at" in text
    assert "4 of 9 need you" in text


def test_a_snoozed_row_moves_down_with_its_day() -> None:
    row = USUAL.item(Item.BACKUPS)
    until = date(2026, 11, 27)
    text = text_of(drawn(replace(USUAL, hands=(hand(HandKind.SNOOZE, until=until, findings=row.covered),))))
    assert ":zzz: *Snoozed (1)* until Fri · backups" in text
    assert "Validate backups" not in text


def test_every_repeated_button_says_its_row_to_a_screen_reader() -> None:
    labels = [
        element.get("accessibility_label")
        for block in sound(drawn(USUAL))["blocks"][:-1]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    assert "Claim Validate backups" in labels
    assert "Mark Check alerting systems as handled" in labels
    assert None not in labels


def test_a_private_incidents_title_appears_nowhere() -> None:
    today = Today(incidents=[an_incident(title="layoffs", private=True, channel="C0SECRET1")])
    assert "INC-141 SEV3 private" in text_of(drawn(USUAL, today))
    shape = str(sound(drawn(USUAL, today)))
    assert "layoffs" not in shape
    assert "C0SECRET1" not in shape


def test_with_nine_bad_items_and_a_busy_day_it_still_fits_and_counts_what_was_cut() -> None:
    long = "a very long summary of what is wrong with it " * 30
    lines = [a_line(item, Status.FAIL, f"velero.{item}{n}", summary=long) for item in Item for n in range(30)]
    today = Today(
        incidents=[an_incident(number, title=long) for number in range(200)],
        changes=[PlannedChange(at=NOW, title=long) for _ in range(50)],
    )
    shape = sound(drawn(a_digest(*lines), today))
    text = "\n".join(words_of(block) for block in shape["blocks"])
    assert "and 29 more" in text
    assert "Today" in text
    assert shape["blocks"][-1]["type"] == "actions", "the controls are the last to go"


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_words_stay_words(words: str) -> None:
    found = Finding(key=words[:100], title=words, status=Status.FAIL, url=words, detail=words, first=TODAY)
    lines = [
        a_line(item, Status.FAIL, f"velero.{n}", summary=words, findings=(found,), link=words, instance=words[:60])
        for n, item in enumerate(Item)
    ]
    lines[1] = a_line(Item.ALERTING, Status.UNKNOWN, "x.y", reason=words, summary=words)
    digest = a_digest(
        *lines,
        team=words[:60] or "t",
        on_call=OnDuty(names=((words, None),), trouble=words, asked=True),
        hands=(hand(HandKind.DONE, words=words), hand(HandKind.CLAIM, Item.DRIFT)),
        fixed=(Fixed(item=Item.BACKUPS, title=words),),
    )
    teller = replace(TELLER, name=lambda _user: words, title=lambda _system: words)
    today = Today(incidents=[an_incident(title=words)], changes=[PlannedChange(at=NOW, title=words, who=words)])
    row = digest.item(Item.BACKUPS)
    for shown in (
        views.digest(digest, today, teller),
        evidence.thread_table(digest, teller, under="x"),
        evidence.reply(digest, row, teller, under="x"),
        evidence.details(digest, row, teller, glyphs="backups ✓"),
        evidence.all_checks(digest, teller),
        forms.done("dg-1:backups", Item.BACKUPS, words),
        forms.snooze("dg-1:backups", Item.BACKUPS, reason=words),
        forms.told("Moved on", words, words),
        settings_form.settings(a_routine(NOW.time()), lambda _user: words),
    ):
        shape = str(sound(shown))
        for broadcast in ("<!channel", "<!here", "<!everyone", "<!subteam", "<@U024BE7LH>"):
            assert broadcast not in shape.replace("&lt;", "") or not _acts(shown, broadcast)


def _acts(shown: Message | View, broadcast: str) -> bool:
    """Whether it stands where Slack would read it as more than words: in mrkdwn."""
    shape = fit(shown) if isinstance(shown, Message) else fit_view(shown)

    def texts(node: Any) -> list[str]:
        if isinstance(node, list):
            return [text for one in node for text in texts(one)]
        if not isinstance(node, dict):
            return []
        own = [str(node["text"])] if node.get("type") == "mrkdwn" else []
        return own + [text for one in node.values() for text in texts(one)]

    return any(broadcast in text for text in texts(shape))


def test_the_thread_table_is_worst_first_and_counts_what_is_past_forty_rows() -> None:
    lines = [a_line(Item.PIPELINES, Status.OK, f"jenkins.job{number:03}") for number in range(100)]
    shape = sound(evidence.thread_table(a_digest(*lines, LATE_BACKUP), TELLER, under="checklist.digest:812"))
    rows = next(block for block in shape["blocks"] if block["type"] == "table")["rows"]
    assert [cell["text"] for cell in rows[1]] == [
        "❌ fail",
        "velero.schedules",
        "shop: last good backup 31 h ago (every 24 h)",
        "22 Nov 01:30",
    ]
    assert rows[-1][0]["text"] in ("and 61 more", "and 81 more")


def test_details_show_twenty_findings_and_count_the_rest() -> None:
    found = [Finding(key=str(n), title=f"image {n}", status=Status.WARN, first=TODAY) for n in range(50)]
    line = a_line(Item.SECURITY, Status.WARN, "trivy.images", findings=found, link="https://trivy.example.com")
    digest = a_digest(line)
    view = evidence.details(digest, digest.item(Item.SECURITY), TELLER, glyphs="security    ✓✓✓")
    text = text_of(view)
    assert text.count("image ") == 20
    assert "and 30 more findings" in text
    assert sound(view)["title"]["text"] == "Validate security…"


def test_the_details_of_an_item_by_hand_say_what_to_do() -> None:
    digest = a_digest(LATE_BACKUP)
    text = text_of(evidence.details(digest, digest.item(Item.PATCHES), TELLER, glyphs="patches     –"))
    assert "No system connected. Do it, then mark it done." in text


def test_all_checks_fit_with_three_hundred_of_them() -> None:
    lines = [a_line(item, Status.WARN, f"system.{item}{n}") for item in Item for n in range(40)]
    text = "\n".join(words_of(block) for block in sound(evidence.all_checks(a_digest(*lines), TELLER))["blocks"])
    assert all(item.heading in text for item in Item)
    assert "and 35 more" in text or "and 39 more" in text


def test_two_weeks_fit_thirty_columns_a_letter_a_day() -> None:
    def on(day: int) -> dict[Item, Status]:
        return {Item.BACKUPS: Status.FAIL if day in (15, 22) else Status.OK, Item.ALERTING: Status.UNKNOWN}

    seen = History(
        until=TODAY,
        statuses={date(2026, 11, day): on(day) for day in (12, 13, 15, 16, 22, 23)},
        done=frozenset({(TODAY, Item.PATCHES)}),
        due={date(2026, 11, day): datetime(2026, 11, day, 7, 30, tzinfo=UTC) for day in (22, 23)},
        taken={TODAY: NOW + timedelta(minutes=20)},
    )
    message = history.overview("platform", list(Item), seen, history.in_time_until(NOW.astimezone(BERLIN).time()))
    shape = sound(message)
    rows = shape["blocks"][1]["elements"][0]["elements"][0]["text"].split("\n")
    assert rows[3] == "backups     ––✓✓–✗✓–––––✗✓"
    assert rows[6] == "patches     –––––––––––––✓"
    assert max(len(row) for row in rows) <= 30
    assert "taken 1 of 2 days before 09:00" in text_of(message)


def test_the_forms_fit_and_say_when_words_are_needed() -> None:
    done = sound(forms.done("dg-812:backups", Item.BACKUPS))
    assert done["blocks"][1]["hint"]["text"].startswith("Needed when a check fails or does not answer.")
    sound(forms.snooze("dg-812:backups", Item.BACKUPS))


def test_each_surface_of_the_checklist_has_its_room() -> None:
    assert drawn(USUAL).surface is Surface.DIGEST
    assert drawn(a_digest(*[a_line(item, Status.OK) for item in Item])).surface is Surface.DIGEST_GREEN
