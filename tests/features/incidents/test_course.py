"""What alerts do to an incident: it opens once, others join, it gets worse, clears, comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import Acts, Happened, Start
from bot.domain.alert import AlertState, Change, Urgency
from bot.domain.incident import State
from bot.features.incidents import commands, presses
from tests.fakes.names import ANN, BOB
from tests.features.incidents.world import (
    BEGAN,
    CAROL,
    ROBOT,
    World,
    cleared,
    fired,
    flows,
    news,
    of,
    surfaces,
)

MINUTE = timedelta(minutes=1)


async def test_an_alert_opens_an_incident_however_often_it_is_told(world: World) -> None:
    for _ in range(3):
        await world.hear(fired())
    (incident,) = await world.all()
    assert (incident.title, incident.severity, incident.service) == ("Checkout: 5xx at 12 %", "sev2", "checkout")
    assert incident.opened_at == BEGAN
    assert flows(world.acts).count("incident.open") == 1


async def test_another_alert_of_the_service_joins_within_the_window_of_the_latest_one(world: World) -> None:
    await world.hear(fired(), fired(id="Q2", occurred_at=BEGAN + 29 * MINUTE))
    await world.hear(fired(id="Q3", occurred_at=BEGAN + 58 * MINUTE))
    (incident,) = await world.all()
    assert incident.last_alert_at == BEGAN + 58 * MINUTE
    assert [one.kind for one in await world.moments(incident)].count("joined") == 2
    await world.hear(fired(id="Q4", occurred_at=BEGAN + 89 * MINUTE))
    assert len(await world.all()) == 2


async def test_an_alert_from_long_before_an_incident_is_not_its_alert(world: World) -> None:
    await world.hear(fired(), fired(id="Q0", occurred_at=BEGAN - 31 * MINUTE))
    assert len(await world.all()) == 2


async def test_alerts_told_in_the_wrong_order_make_one_incident(world: World) -> None:
    await world.hear(*(fired(id=f"Q{n}", occurred_at=BEGAN + n * 5 * MINUTE) for n in (5, 0, 3, 1, 4, 2)))
    assert len(await world.all()) == 1


async def test_another_service_has_an_incident_of_its_own(world: World) -> None:
    await world.hear(fired(), fired(id="Q2", service_ref=None, service_name="search"))
    assert [one.service for one in await world.all()] == ["checkout", "search"]


async def test_without_a_known_service_only_the_same_fingerprint_joins(world: World) -> None:
    unknown = {"service_ref": None, "service_name": None}
    await world.hear(fired(id="Q1", fingerprint="am:f1", **unknown), fired(id="Q2", fingerprint="am:f2", **unknown))
    assert len(await world.all()) == 2
    await world.hear(fired(id="Q3", fingerprint="am:f1", occurred_at=BEGAN + MINUTE, **unknown))
    assert len(await world.all()) == 2


async def test_an_alert_joins_what_a_person_has_declared_for_its_service(world: World) -> None:
    await world.ask(commands.declare, text="checkout is slow sev3")
    await world.hear(fired(occurred_at=BEGAN + 2 * MINUTE))
    (incident,) = await world.all()
    assert (incident.severity, incident.last_alert_at) == ("sev2", BEGAN + 2 * MINUTE)


async def test_what_waits_in_triage_joins_the_incident_that_opens_for_its_service(world: World) -> None:
    world.clock.on(minutes=1)
    await world.hear(fired(urgency=Urgency.LOW))
    assert await world.all() == []
    acts = await world.ask(commands.declare, text="checkout is slow")
    (incident,) = await world.all()
    assert (await world.alert()).incident == incident.id
    assert incident.last_alert_at == BEGAN
    assert "alert.triage:1" in surfaces(acts)


async def test_joining_raises_the_severity_and_never_lowers_it(world: World) -> None:
    incident = await world.opened(priority="P3")
    await world.hear(fired(id="Q2", priority="P4"))
    assert (await world.again(incident)).severity == "sev3"
    acts = await world.hear(fired(id="Q3", priority="P1"))
    raised = await world.again(incident)
    assert (raised.severity, raised.update_due_at) == ("sev1", BEGAN + 30 * MINUTE)
    assert "incident.topic" in flows(acts)


async def test_a_raised_priority_raises_the_incident_and_is_seen_at_once(world: World) -> None:
    incident = await world.opened(priority="P3")
    acts = await world.hear(news(Change.REPRIORITISED, BEGAN + MINUTE, priority="P1"))
    assert (await world.again(incident)).severity == "sev1"
    assert f"incident.card:{incident.id}" in surfaces(acts)
    assert "incident.topic" in flows(acts)
    await world.hear(news(Change.REPRIORITISED, BEGAN + 2 * MINUTE, priority="P4"))
    assert (await world.again(incident)).severity == "sev1"
    assert [one.words for one in await world.moments(incident, "alert")] == ["Carol changed the priority"] * 2


async def test_an_untouched_incident_resolves_by_itself_when_its_last_alert_clears(world: World) -> None:
    incident = await world.opened()
    await world.hear(fired(id="Q2"))
    await world.hear(cleared(BEGAN + 5 * MINUTE))
    assert (await world.again(incident)).status is State.INVESTIGATING
    acts = await world.hear(cleared(BEGAN + 6 * MINUTE, id="Q2"))
    over = await world.again(incident)
    assert (over.status, over.resolved_by, over.ended_at) == (State.RESOLVED, "itself", BEGAN + 6 * MINUTE)
    (told,) = [one for one in of(Happened, acts) if one.event == "incident.resolved"]
    assert told.given["postmortem"] is False


async def test_each_alert_that_clears_is_on_the_timeline_also_when_they_come_in_one_notice(world: World) -> None:
    incident = await world.opened()
    await world.hear(fired(id="Q2"))
    notice = [cleared(BEGAN + 5 * MINUTE), cleared(BEGAN + 5 * MINUTE, id="Q2")]

    async def together() -> Acts:
        return tuple([act for one in notice for act in await world.alerts.heard(one)])

    await world.commit(together)
    assert (await world.again(incident)).resolved_by == "itself"
    assert len([one for one in await world.moments(incident, "alert") if one.words.startswith("Cleared: ")]) == 2


async def test_words_that_come_with_the_first_news_are_on_the_timeline(world: World) -> None:
    await world.hear(replace(fired(), words="7 more alerts of this group were cut off (max_alerts)"))
    (incident,) = await world.all()
    told = [one.words for one in await world.moments(incident, "alert")]
    assert told == ["pagerduty noted: 7 more alerts of this group were cut off (max_alerts)"]
    assert not incident.touched


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        (presses.acknowledge, {"key": "INC-1"}),
        (presses.take_lead, {"key": "INC-1"}),
        (commands.update, {"channel": "C0INC1", "text": "We are looking"}),
        (commands.task, {"channel": "C0INC1", "text": "ask the provider"}),
        (commands.status, {"channel": "C0INC1", "text": "identified"}),
    ],
)
async def test_once_a_person_has_acted_the_lead_is_asked_instead(
    world: World, what: object, asked: dict[str, str]
) -> None:
    incident = await world.opened()
    await world.ask(what, **asked)  # type: ignore[arg-type] # handlers of one shape
    acts = await world.hear(cleared(BEGAN + 5 * MINUTE))
    now = await world.again(incident)
    assert (now.open, now.cleared) == (True, True)
    assert f"incident.cleared:{incident.id}" in surfaces(acts)


async def test_somebody_who_acknowledged_in_pagerduty_has_acted_too(world: World) -> None:
    incident = await world.opened()
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN + MINUTE), cleared(BEGAN + 5 * MINUTE))
    now = await world.again(incident)
    assert (now.status, now.cleared, now.acknowledged_by) == (State.INVESTIGATING, True, "Carol")


async def test_resolved_in_pagerduty_by_a_person_resolves_ours(world: World) -> None:
    incident = await world.opened()
    await world.ask(presses.take_lead, key=incident.name)
    acts = await world.hear(cleared(BEGAN + 5 * MINUTE, by=CAROL))
    over = await world.again(incident)
    assert (over.status, over.resolved_by, over.fixed_by) == (State.RESOLVED, "Carol", None)
    (told,) = [one for one in of(Happened, acts) if one.event == "incident.resolved"]
    assert told.given["postmortem"] is True
    assert "alert.resolve" not in flows(acts), "it is resolved there already"


async def test_an_alert_that_cleared_before_we_came_to_it_opens_and_resolves(world: World) -> None:
    async with world.store.transaction():
        (opening,) = await world.alerts.heard(fired())
        assert await world.alerts.heard(cleared(BEGAN + MINUTE)) == ()
    assert isinstance(opening, Happened)

    async def nothing() -> tuple[Happened]:
        return (opening,)

    await world.commit(nothing)
    (incident,) = await world.all()
    assert (incident.status, incident.resolved_by) == (State.RESOLVED, "itself")


async def test_somebody_who_wrote_a_note_in_pagerduty_has_acted_too(world: World) -> None:
    incident = await world.opened()
    await world.hear(news(Change.NOTED, BEGAN + MINUTE, words="looking"), cleared(BEGAN + 5 * MINUTE))
    now = await world.again(incident)
    assert (now.status, now.cleared) == (State.INVESTIGATING, True)


async def test_an_acknowledgement_that_is_the_first_we_hear_is_on_the_timeline_once(world: World) -> None:
    for _ in range(2):
        await world.hear(news(Change.ACKNOWLEDGED, BEGAN + MINUTE))
    (incident,) = await world.all()
    assert incident.acknowledged_by == "Carol"
    assert [one.words for one in await world.moments(incident, "acknowledged")] == ["Carol acknowledged"]


async def test_a_reopening_told_after_what_followed_it_reopens_all_the_same(world: World) -> None:
    incident = await world.opened()
    await world.hear(cleared(BEGAN + MINUTE, by=CAROL), news(Change.ACKNOWLEDGED, BEGAN + 3 * MINUTE))
    now = await world.again(incident)
    assert (now.status, now.acknowledged_by) == (State.INVESTIGATING, "Carol")
    await world.hear(news(Change.REOPENED, BEGAN + 2 * MINUTE))
    assert (await world.again(incident)).resolves == 1
    assert [one.words for one in await world.moments(incident, "reopened")] == [
        "pagerduty reopened it in pagerduty: Checkout: 5xx at 12 %"
    ]
    assert "told late" in (await world.moments(incident, "alert"))[-1].words


async def test_an_alert_that_was_over_and_is_taken_again_is_not_lost(world: World) -> None:
    await world.hear(cleared(BEGAN + MINUTE), news(Change.ACKNOWLEDGED, BEGAN + 3 * MINUTE))
    (incident,) = await world.all()
    await world.hear(news(Change.REOPENED, BEGAN + 2 * MINUTE), fired())
    assert [one.id for one in await world.all()] == [incident.id]
    assert (await world.alert()).incident == incident.id


async def test_an_end_told_after_what_followed_it_is_an_end_all_the_same(world: World) -> None:
    incident = await world.opened()
    later = news(Change.REPRIORITISED, BEGAN + 3 * MINUTE, state=AlertState.RESOLVED, by=ROBOT)
    await world.hear(later, cleared(BEGAN + 2 * MINUTE))
    over = await world.again(incident)
    assert (over.status, over.resolves) == (State.RESOLVED, 1)


@pytest.mark.parametrize("change", [Change.TRIGGERED, Change.ACKNOWLEDGED, Change.UNACKNOWLEDGED])
async def test_of_two_of_the_same_moment_the_end_came_last(world: World, change: Change) -> None:
    incident = await world.opened()
    await world.hear(cleared(BEGAN + MINUTE, by=CAROL), news(change, BEGAN + MINUTE))
    assert (await world.again(incident)).status is State.RESOLVED
    assert not (await world.alert()).firing


async def test_a_page_that_was_sent_from_an_incident_is_part_of_it_and_opens_nothing(world: World) -> None:
    incident = await world.opened(priority="P4")
    acts = await world.ask(commands.page, channel="C0INC1", text="still broken")
    (start,) = [act for act in of(Start, acts) if act.flow == "incident.page"]
    later = BEGAN + 300 * MINUTE
    page = {"id": "QPAGE", "wish": start.once, "occurred_at": later, "service_ref": "PSVC009", "service_name": "search"}
    await world.hear(fired(**page), fired(**page))
    assert [one.id for one in await world.all()] == [incident.id]
    now = await world.again(incident)
    assert (await world.alert(2)).incident == incident.id
    assert (now.severity, now.last_alert_at) == ("sev4", BEGAN), "calling somebody makes nothing worse"
    assert len(await world.moments(incident, "joined")) == 1
    resolving = await world.ask(commands.resolve, channel="C0INC1", text="rolled back")
    (told,) = [act for act in of(Start, resolving) if act.flow == "alert.resolve"]
    assert told.given["alerts"] == [1, 2]


async def test_a_page_follows_its_incident_into_the_one_it_was_merged_into(world: World) -> None:
    gone = await world.opened()
    acts = await world.ask(commands.page, channel="C0INC1", text="still broken")
    (start,) = [act for act in of(Start, acts) if act.flow == "incident.page"]
    into = await world.opened(id="Q2", service_ref=None, service_name="search")
    await world.ask(commands.merge, channel="C0INC1", text=into.name)
    assert (await world.again(gone)).merged_into == into.id
    await world.hear(fired(id="QPAGE", wish=start.once))
    assert (await world.alert(3)).incident == into.id


@pytest.mark.parametrize("wish", ["incident:1:page:slack:nobody", "incident:99:page:declare", "incident::page:", "k"])
async def test_a_key_under_which_nobody_paged_is_an_alert_like_any_other(world: World, wish: str) -> None:
    await world.opened()
    await world.hear(fired(id="Q9", wish=wish, service_ref=None, service_name="search"))
    assert len(await world.all()) == 2


async def test_the_echo_of_our_own_acts_is_no_news(world: World) -> None:
    incident = await world.opened()
    asked = await world.ask(presses.acknowledge, BOB, key=incident.name)
    assert flows(asked) == ["alert.acknowledge"]
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN + MINUTE))
    assert (await world.again(incident)).acknowledged_by == "Bob"
    assert len(await world.moments(incident, "acknowledged")) == 1
    resolving = await world.ask(commands.resolve, channel="C0INC1", text="rolled back")
    assert "alert.resolve" in flows(resolving)
    echo = await world.hear(cleared(BEGAN + 2 * MINUTE, by=CAROL))
    over = await world.again(incident)
    assert (over.resolved_by, over.resolves, over.fixed_by) == ("Ann", 1, "rolled back")
    assert not [one for one in of(Happened, echo) if one.event == "incident.resolved"]


async def test_an_acknowledgement_that_ran_out_can_be_taken_again(world: World) -> None:
    incident = await world.opened()
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN + MINUTE))
    await world.hear(news(Change.UNACKNOWLEDGED, BEGAN + 31 * MINUTE, by=ROBOT))
    assert (await world.again(incident)).acknowledged_at is None
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN + 32 * MINUTE))
    assert (await world.again(incident)).acknowledged_at == BEGAN + 32 * MINUTE


async def test_reopened_there_reopens_ours_and_keeps_its_severity(world: World) -> None:
    incident = await world.opened(priority="P3")
    await world.ask(commands.severity, channel="C0INC1", text="sev1 it is everywhere")
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN + MINUTE), cleared(BEGAN + 2 * MINUTE, by=CAROL))
    assert (await world.again(incident)).status is State.RESOLVED
    acts = await world.hear(news(Change.REOPENED, BEGAN + 3 * MINUTE, priority="P3"))
    now = await world.again(incident)
    assert (now.status, now.severity, now.resolved_at, now.acknowledged_at) == (State.INVESTIGATING, "sev1", None, None)
    assert [one.given["resolves"] for one in of(Happened, acts) if one.event == "incident.reopened"] == [1]


async def test_reopened_there_after_ours_was_closed_opens_a_new_one_that_follows_it(world: World) -> None:
    incident = await world.opened()
    await world.hear(cleared(BEGAN + MINUTE))
    await world.commit(lambda: world.response.course.close(incident.id, "waived"))
    await world.hear(news(Change.REOPENED, BEGAN + 60 * MINUTE))
    closed, new = await world.all()
    assert (closed.status, new.follows, new.status) == (State.CLOSED, closed.id, State.INVESTIGATING)
    assert (await world.alert()).incident == new.id


async def test_news_older_than_what_is_known_only_goes_to_the_timeline(world: World) -> None:
    incident = await world.opened()
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN + 5 * MINUTE))
    await world.hear(cleared(BEGAN + 2 * MINUTE, by=CAROL))
    now = await world.again(incident)
    assert (now.status, (await world.alert()).firing) == (State.INVESTIGATING, True)
    assert [one.words for one in await world.moments(incident, "alert")] == [
        "Carol: resolved (told late): Checkout: 5xx at 12 %"
    ]


async def test_what_is_over_before_we_hear_of_it_opens_nothing(world: World) -> None:
    await world.hear(cleared(BEGAN + MINUTE), fired())
    assert await world.all() == []
    assert (await world.alert()).alert.state is AlertState.RESOLVED


async def test_a_trigger_of_the_same_moment_does_not_undo_the_end(world: World) -> None:
    await world.opened()
    await world.hear(cleared(BEGAN + MINUTE), fired(occurred_at=BEGAN + MINUTE))
    assert not (await world.alert()).firing


async def test_a_note_and_an_escalation_are_written_down(world: World) -> None:
    incident = await world.opened()
    await world.hear(news(Change.NOTED, BEGAN + MINUTE, words="Pool is full"))
    await world.hear(news(Change.ESCALATED, BEGAN + 2 * MINUTE, by=ROBOT))
    assert [one.words for one in await world.moments(incident, "alert")] == [
        "Carol noted: Pool is full",
        "Events API escalated",
    ]


async def test_an_alert_that_clears_after_the_end_only_redraws_the_card(world: World) -> None:
    incident = await world.opened()
    await world.ask(commands.resolve, ANN, channel="C0INC1", text="rolled back")
    acts = await world.hear(cleared(BEGAN + MINUTE))
    assert surfaces(acts) == [f"incident.card:{incident.id}"]


async def test_a_storm_is_one_incident_that_is_redrawn_at_leisure(world: World) -> None:
    await world.opened()
    acts = await world.hear(*(fired(id=f"Q{n}", occurred_at=BEGAN + timedelta(seconds=n)) for n in range(30)))
    (incident,) = await world.all()
    assert len(await world.response.record.alerts.of_incident(incident.id)) == 31
    assert {act.after for act in acts[-6:] if hasattr(act, "after")} == {10.0}


async def test_two_incidents_merge_with_their_alerts(world: World) -> None:
    first = await world.opened()
    second = await world.opened(id="Q2", service_ref=None, service_name="search")
    acts = await world.ask(commands.merge, channel=f"C0INC{second.id}", text=first.name)
    gone, stays = await world.again(second), await world.again(first)
    assert (gone.status, gone.merged_into, stays.status) == (State.MERGED, first.id, State.INVESTIGATING)
    assert {row.incident for row in await world.response.record.alerts.of_incident(first.id)} == {first.id}
    assert len(await world.response.record.alerts.of_incident(first.id)) == 2
    assert "incident.merged" in flows(acts)


async def test_a_reprioritised_alert_that_cleared_raises_nothing(world: World) -> None:
    incident = await world.opened(priority="P3")
    await world.hear(fired(id="Q2", priority="P3"), cleared(BEGAN + MINUTE))
    late = news(Change.REPRIORITISED, BEGAN + 2 * MINUTE, priority="P1")
    await world.hear(replace(late, alert=replace(late.alert, state=AlertState.RESOLVED)))
    assert (await world.again(incident)).severity == "sev3"
