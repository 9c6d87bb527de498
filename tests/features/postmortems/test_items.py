"""Action items and their tickets: in step both ways, in any order, without loops; brought up in time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from bot.domain.errors import Unavailable
from bot.domain.incident import State
from bot.domain.ticket import TicketState
from bot.features.postmortems import commands, drawing, events, item_presses, schedule
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from tests.features.postmortems.world import ANN, BOB, GIL, SAM, World, said_in, shown, view_in, wrong_in
from tests.slack.hostile import TEXTS

ALARM = ("Alarm on certificate expiry", ANN.id, date(2026, 12, 4))


@pytest.fixture
async def filed(world: World) -> World:
    """INC-1 as OPS-43, its one action as OPS-44, Ann's, due on Friday 4 December."""
    await world.over()
    await world.written(ALARM)
    world.acts.clear()
    world.now += timedelta(hours=1)
    return world


async def test_done_in_the_tracker_is_done_here_and_never_sent_back(filed: World) -> None:
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.DONE))

    (item,) = await filed.items()
    assert (item.done, item.done_by) == (True, "Kim")
    assert "postmortem.filed:1" in filed.posted
    assert filed.happened("postmortem.moved")
    assert filed.starts() == []
    assert "OPS-44 is done (Kim): Alarm on certificate expiry" in await filed.words()


async def test_our_own_echo_changes_nothing(filed: World) -> None:
    assert await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.DONE, ours=True)) == []
    assert not (await filed.items())[0].done


async def test_news_of_tickets_that_are_not_ours_are_nothing(filed: World) -> None:
    assert await filed.act(events.ticket_changed, filed.news("SHOP-1", TicketState.DONE)) == []


async def test_webhooks_in_any_order_end_alike(filed: World) -> None:
    base = filed.now
    story = [
        filed.news("OPS-44", TicketState.IN_PROGRESS, occurred_at=base + timedelta(minutes=1)),
        filed.news("OPS-44", TicketState.DONE, occurred_at=base + timedelta(minutes=2)),
        filed.news("OPS-44", TicketState.IN_PROGRESS, occurred_at=base + timedelta(minutes=3)),
        filed.news("OPS-44", TicketState.DONE, occurred_at=base + timedelta(minutes=4)),
    ]
    for order in permutations(story):
        (item,) = await filed.items()
        await filed.postmortems.record.actions.change(item.id, ticket_at=None, state=TicketState.NEW, done_at=None)
        for news in (*order, order[0]):
            await filed.act(events.ticket_changed, news)
        (item,) = await filed.items()
        assert (item.done, item.ticket_at) == (True, base + timedelta(minutes=4))
    assert filed.starts() == []


async def test_done_in_slack_moves_the_ticket_once(filed: World) -> None:
    (item,) = await filed.items()
    await filed.act(item_presses.done, filed.ask(key=str(item.id)))
    assert (await filed.items())[0].moving
    await filed.work()
    assert filed.tracker.moves == [("OPS-44", True)]

    # An echo that is not recognised as ours says what is known already.
    filed.now += timedelta(seconds=5)
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.DONE))
    assert filed.starts() == []
    again = await filed.act(item_presses.done, filed.ask(BOB, key=str(item.id)))
    assert "Ann did this already" in said_in(again)


async def test_done_in_slack_is_kept_while_the_tracker_does_not_know_it(filed: World) -> None:
    filed.tracker.down["move"] = [Unavailable("Jira did not answer")]
    (item,) = await filed.items()
    await filed.act(item_presses.done, filed.ask(key=str(item.id)))
    (run,) = await filed.work()
    filed.now += timedelta(minutes=1)
    comment = filed.news("OPS-44", TicketState.NEW)
    assert await filed.act(events.ticket_changed, comment) == []
    assert (await filed.items())[0].done

    await run.settle()
    assert filed.tracker.moves == [("OPS-44", True)]
    filed.now += timedelta(minutes=1)
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.NEW))
    assert not (await filed.items())[0].done


async def test_a_move_that_was_overtaken_is_not_made(filed: World) -> None:
    (item,) = await filed.items()
    await filed.act(item_presses.done, filed.ask(key=str(item.id)))
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.DONE))
    filed.now += timedelta(seconds=1)
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.NEW))
    await filed.work()

    assert filed.tracker.moves == []
    assert not (await filed.items())[0].done


async def test_a_deleted_ticket_is_told_and_older_news_do_not_bring_it_back(filed: World) -> None:
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.NEW, deleted=True))
    late = filed.news("OPS-44", TicketState.DONE, occurred_at=filed.now - timedelta(minutes=1))
    await filed.act(events.ticket_changed, late)

    (item,) = await filed.items()
    assert (item.gone, item.done) == (True, False)
    drawn = await drawing.filed(filed.postmortems, "1")
    assert drawn is not None
    assert "OPS-44 was deleted" in str(drawn.message.to_dict())
    assert "OPS-44 was deleted (Kim): Alarm on certificate expiry" in await filed.words()


async def test_a_date_changed_in_the_tracker_is_taken_one_that_only_stands_there_still_is_not(filed: World) -> None:
    (item,) = await filed.items()
    values = {"due": "2026-12-11", "reason": "Freeze until then"}
    await filed.act(item_presses.date_chosen, filed.ask(values=values, private={"item": item.id}))
    old = filed.news("OPS-44", TicketState.IN_PROGRESS, due=date(2026, 12, 4))
    await filed.act(events.ticket_changed, old)
    assert (await filed.items())[0].due == date(2026, 12, 11)

    filed.now += timedelta(minutes=1)
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.IN_PROGRESS, due=date(2026, 12, 18)))
    assert (await filed.items())[0].due == date(2026, 12, 18)


async def test_the_postmortems_own_ticket_is_followed(filed: World) -> None:
    await filed.act(events.ticket_changed, filed.news("OPS-43", TicketState.IN_PROGRESS, status="In Review"))
    early = filed.news("OPS-43", TicketState.NEW, status="To Do", occurred_at=filed.now - timedelta(minutes=5))
    await filed.act(events.ticket_changed, early)
    drawn = await drawing.filed(filed.postmortems, "1")

    assert drawn is not None
    assert "|OPS-43> · in review" in str(drawn.message.to_dict())


@pytest.mark.parametrize("was", ["OPS-43", "OPS-44"])
async def test_moved_to_another_project_a_ticket_is_followed_under_its_new_key(filed: World, was: str) -> None:
    await filed.act(events.ticket_changed, filed.news("NEW-7", TicketState.NEW, was=was))
    await filed.act(
        events.ticket_changed, filed.news("NEW-7", TicketState.DONE, occurred_at=filed.now + timedelta(minutes=1))
    )

    kept = (await filed.items())[0] if was == "OPS-44" else await filed.row()
    assert (kept.ticket, kept.ticket_url) == ("NEW-7", "https://jira.example.com/browse/NEW-7")
    assert kept.ticket_status == "done"
    assert "postmortem.filed:1" in filed.posted
    assert any(words.startswith(f"{was} is NEW-7 now") for words in await filed.words())


async def test_a_move_that_no_webhook_told_is_found_within_the_hour(filed: World) -> None:
    (once,) = [once for once, one in filed.tracker.made.items() if one.key == "OPS-44"]
    moved = replace(filed.tracker.made[once], key="NEW-7", was="OPS-44", state=TicketState.DONE)
    filed.tracker.made[once] = moved
    await filed.act(schedule.look, filed.now)
    await filed.work()

    (item,) = await filed.items()
    assert (item.ticket, item.done) == ("NEW-7", True)


async def test_what_no_webhook_told_is_found_within_the_hour(filed: World) -> None:
    filed.tracker.set("OPS-44", TicketState.DONE)
    for _ in range(3):
        await filed.act(schedule.look, filed.now)
    (run,) = await filed.work()

    assert run.failed == []
    assert (await filed.items())[0].done


async def test_a_tracker_that_does_not_answer_the_look_bothers_nobody(filed: World) -> None:
    filed.tracker.down["tickets"] = [Unavailable("no answer")]
    await filed.act(schedule.look, filed.now)
    (run,) = await filed.work()

    assert run.failed == []
    assert not (await filed.items())[0].done


async def test_new_date_wants_a_day_to_come_and_a_reason(filed: World) -> None:
    (item,) = await filed.items()
    memory = {"item": item.id}
    late = await filed.act(
        item_presses.date_chosen, filed.ask(values={"due": "2026-11-01", "reason": "x"}, private=memory)
    )
    assert wrong_in(late) == {"due": "Use a date after today"}
    bare = await filed.act(item_presses.date_chosen, filed.ask(values={"due": "2026-12-11"}, private=memory))
    assert wrong_in(bare) == {"reason": "Say in a few words why"}


async def test_handed_over_the_new_owner_gets_it_as_a_direct_message(filed: World) -> None:
    (item,) = await filed.items()
    guest = await filed.act(item_presses.owner_chosen, filed.ask(values={"owner": GIL.id}, private={"item": item.id}))
    assert wrong_in(guest) == {"owner": "Choose a full member of this workspace"}
    await filed.act(item_presses.owner_chosen, filed.ask(values={"owner": BOB.id}, private={"item": item.id}))

    assert (await filed.items())[0].owner == BOB.id
    assert "postmortem.actions_due:U0BOB:2026-11-23" in filed.posted
    drawn = await drawing.actions_due(filed.postmortems, "U0BOB:2026-11-23")
    assert drawn is not None
    assert drawn.channel == BOB.id
    assert ALARM[0] in str(drawn.message.to_dict())


async def _dated(world: World, day: str, reason: str = "More to do than we thought") -> None:
    (item,) = await world.items()
    ask = world.ask(values={"due": day, "reason": reason}, private={"item": item.id})
    await world.act(item_presses.date_chosen, ask)
    world.now += timedelta(seconds=1)


async def test_a_new_date_reaches_the_ticket(filed: World) -> None:
    await _dated(filed, "2026-12-18")
    await filed.work()
    assert filed.tracker.changes == [("OPS-44", {"due": date(2026, 12, 18)})]
    assert (await filed.items())[0].ticket_due == date(2026, 12, 18)

    # The tracker's later news repeat the date and are no new one.
    await _dated(filed, "2026-12-23")
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.IN_PROGRESS, due=date(2026, 12, 18)))
    assert (await filed.items())[0].due == date(2026, 12, 23)


async def test_of_two_dates_the_later_choice_reaches_the_ticket_last(filed: World) -> None:
    await _dated(filed, "2026-12-18")
    await _dated(filed, "2026-12-23")
    await filed.work()
    assert filed.tracker.changes[-1] == ("OPS-44", {"due": date(2026, 12, 23)})
    assert filed.starts() == []


async def test_a_date_chosen_while_another_was_on_its_way_is_sent_after_it(
    filed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = await filed.items()
    reached = filed.tracker.change

    async def slowly(ticket: str, **more: Any) -> None:  # as it was called
        await reached(ticket, **more)
        if len(filed.tracker.changes) == 1:
            await filed.postmortems.record.actions.change(item.id, due=date(2026, 12, 23))

    monkeypatch.setattr(filed.tracker, "change", slowly)
    await _dated(filed, "2026-12-18")
    await filed.work()
    assert [one["due"] for _, one in filed.tracker.changes] == [date(2026, 12, 18), date(2026, 12, 23)]


async def test_handed_over_the_ticket_has_the_new_owner_and_nothing_else_changes(filed: World) -> None:
    (item,) = await filed.items()
    await filed.act(item_presses.owner_chosen, filed.ask(values={"owner": BOB.id}, private={"item": item.id}))
    await filed.work()
    assert filed.tracker.changes == [("OPS-44", {"assignee": "bob@example.com"})]


async def test_a_change_waits_for_a_tracker_that_is_down(filed: World) -> None:
    filed.tracker.down["change"] = [Unavailable("Jira did not answer")]
    await _dated(filed, "2026-12-18")
    (run,) = await filed.work()
    assert (await filed.items())[0].due == date(2026, 12, 18)
    assert filed.tracker.changes == []

    await run.settle()
    assert filed.tracker.changes == [("OPS-44", {"due": date(2026, 12, 18)})]


async def test_without_a_ticket_there_is_nothing_to_change(filed: World) -> None:
    await filed.act(events.ticket_changed, filed.news("OPS-44", TicketState.NEW, deleted=True))
    await _dated(filed, "2026-12-18")
    assert filed.starts("action.change") == []
    assert (await filed.items())[0].due == date(2026, 12, 18)


async def test_an_owner_may_change_theirs_a_viewer_without_it_may_not(filed: World) -> None:
    (item,) = await filed.items()
    refused = await filed.act(item_presses.done, filed.ask(SAM, key=str(item.id)))
    assert "needs the role responder" in said_in(refused)
    form = await filed.act(item_presses.date_form, filed.ask(SAM, key=str(item.id)))
    assert "needs the role responder" in shown(view_in(form))
    for sent in (item_presses.date_chosen, item_presses.owner_chosen):
        values = {"due": "2026-12-11", "reason": "x", "owner": SAM.id}
        acts = await filed.act(sent, filed.ask(SAM, values=values, private={"item": item.id}))
        assert "needs the role responder" in shown(view_in(acts))
    assert (await filed.items())[0] == item

    await filed.postmortems.record.actions.change(item.id, owner=SAM.id)
    await filed.act(item_presses.done, filed.ask(SAM, key=str(item.id)))
    assert (await filed.items())[0].done


async def test_an_owner_is_reminded_two_days_before_and_on_the_mondays_after(filed: World) -> None:
    told = []
    for day in range(1, 24):
        now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(days=day)
        filed.now = now
        filed.acts.clear()
        for _ in range(3):
            await filed.act(schedule.reminders, now)
        told += [one.key for one in filed.acts[:1]]

    assert told == [
        "postmortem.actions_due:U0ANN:2026-12-02",
        "postmortem.actions_due:U0ANN:2026-12-07",
        "postmortem.actions_due:U0ANN:2026-12-14",
    ]


async def test_a_reminder_lists_all_of_theirs_and_nobody_elses(world: World) -> None:
    await world.over()
    await world.written(
        ALARM,
        ("Pool", ANN.id, date(2026, 12, 3)),
        ("Far", ANN.id, date(2027, 1, 4)),
        ("Bob's", BOB.id, date(2026, 12, 4)),
    )
    world.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    await world.act(schedule.reminders, world.now)
    drawn = await drawing.actions_due(world.postmortems, "U0ANN:2026-12-02")
    assert drawn is not None
    text = str(fit(drawn.message))

    assert problems(fit(drawn.message)) == []
    assert "2 action items of yours need you" in text
    assert text.index("Pool") < text.index(ALARM[0])
    assert "Far" not in text
    assert "Bob" not in text

    first = next(one for one in await world.items() if one.what == "Pool")
    await world.act(item_presses.done, world.ask(key=str(first.id)))
    drawn = await drawing.actions_due(world.postmortems, "U0ANN:2026-12-02")
    assert drawn is not None
    assert "1 done" in str(drawn.message.to_dict())


async def test_many_items_fit_into_one_reminder(world: World) -> None:
    await world.over()
    for number in range(14):
        await world.postmortems.record.actions.add(
            1, f"{number} {TEXTS['arabic']}", owner=ANN.id, due=date(2026, 11, 24)
        )
    await world.written()
    world.now = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
    await world.act(schedule.reminders, world.now)
    drawn = await drawing.actions_due(world.postmortems, "U0ANN:2026-12-07")
    assert drawn is not None
    shape = fit(drawn.message)

    assert problems(shape) == []
    assert "14 overdue" in str(shape)
    assert "and 4 more" in str(shape)


async def test_drafts_of_a_postmortem_that_is_not_sent_remind_nobody(world: World) -> None:
    await world.over()
    await world.postmortems.record.actions.add(1, "draft", owner=ANN.id, due=date(2026, 11, 20))
    world.now = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)

    assert await world.act(schedule.reminders, world.now) == []
    assert await world.postmortems.record.actions.overdue(date(2026, 12, 7)) == []


async def test_overdue_counts_what_is_open_and_late_and_public(world: World) -> None:
    await world.over()
    await world.written(ALARM, ("Later", None, date(2026, 12, 30)))
    await world.over(private=True, channel="C0PRIV", status=State.RESOLVED)
    await world.postmortems.record.actions.add(2, "secret", owner=ANN.id, due=date(2026, 12, 1))
    await world.written(number=2)

    late = await world.postmortems.record.actions.overdue(date(2026, 12, 16))
    assert [(one.item.what, one.team) for one in late] == [(ALARM[0], "platform")]


async def test_the_table_names_nobodys_first_and_keeps_private_ones_back(world: World) -> None:
    await world.over()
    await world.written(ALARM, ("Nobody's", None, None))
    await world.over(private=True, channel="C0PRIV")
    await world.postmortems.record.actions.add(2, "secret", owner=None, due=None)
    await world.written(number=2)
    acts = await world.act(commands.actions, world.ask(SAM))
    message = next(one.message for one in acts)
    text = str(fit(message))

    assert problems(fit(message)) == []
    assert text.index("Nobody's") < text.index(ALARM[0])
    assert "secret" not in text
    assert "*2 action items open* · 0 overdue · 1 without an owner" in text
    mine = await world.act(commands.actions, world.ask(ANN))
    assert "secret" in str(next(one.message for one in mine).to_dict())


async def test_an_item_is_changed_from_the_list_in_a_modal(filed: World) -> None:
    view = view_in(await filed.act(item_presses.change_list, filed.ask(key="INC-1", view_id="V1")))
    (item,) = await filed.items()
    assert f"done:{item.id}" in shown(view)
    assert problems(fit_view(view)) == []
    after = await filed.act(item_presses.done, filed.ask(key=str(item.id), view_id="V1"))

    assert "No action item is open here" in shown(view_in(after))
