"""PagerDuty's news in any order: back again, told late, ended before it began, a priority, a note."""

from datetime import UTC, datetime, timedelta

from tests.journeys.stage import Stage, eventually


def test_reopened_in_pagerduty_is_open_again_here(stage: Stage) -> None:
    pager = stage.raise_incident("Lime: back again")
    channel = stage.opened("Lime")
    stage.pager_act("resolve", pager)
    stage.card_says(channel, "*resolved* after")
    stage.pager_act("reopen", pager)
    stage.card_says(channel, "*investigating*", "Firing (1)")
    assert [one["id"] for one in stage.channels("Lime")] == [channel["id"]]


def test_what_came_late_goes_to_the_timeline_only(stage: Stage) -> None:
    pager = stage.page("Maroon: told in disorder")
    channel = stage.opened("Maroon")
    early = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    stage.webhook(stage.notice("resolved", pager, at=early, title="Maroon: told in disorder"))
    eventually(lambda: any("told late" in words for words in stage.timeline(channel)))
    stage.quiet()
    assert stage.status(channel) == "investigating"
    stage.card_says(channel, "Firing (1)")


def test_an_end_that_comes_before_its_beginning_opens_nothing(stage: Stage) -> None:
    title = "Navy: over before it began"
    stage.webhook(stage.notice("resolved", "QBACKWARDS", title=title, urgency="high"))
    early = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    stage.webhook(stage.notice("triggered", "QBACKWARDS", at=early, title=title, urgency="high"))
    eventually(lambda: stage.stored("SELECT count(*) FROM delivery WHERE done_at IS NULL") == [(0,)])
    stage.quiet()
    assert stage.channels("Navy") == []


def test_a_raised_priority_raises_the_severity_and_a_lowered_one_does_not_lower_it(stage: Stage) -> None:
    pager = stage.raise_incident("Ochre: slow", priority="P3")
    channel = stage.opened("Ochre")
    stage.card_says(channel, "SEV3 · Ochre")
    stage.pager_act("change", pager, change={"priority": {"id": "PPRI001", "type": "priority_reference"}})
    stage.card_says(channel, "SEV1 · Ochre")
    stage.pager_act("change", pager, change={"priority": {"id": "PPRI004", "type": "priority_reference"}})
    stage.quiet()
    stage.card_says(channel, "SEV1 · Ochre")


def test_a_note_in_pagerduty_is_on_the_timeline(stage: Stage) -> None:
    pager = stage.raise_incident("Olive: noted")
    channel = stage.opened("Olive")
    stage.pager_act("annotate", pager, content="The pool <!channel> is exhausted")
    eventually(lambda: "Bob Brown noted: The pool <!channel> is exhausted" in stage.timeline(channel, "alert"))
