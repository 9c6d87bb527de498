"""What people do about an incident: who may, what happens twice, what moved on meanwhile, what is private."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import NeedsRole, Next, Open, Post, Reply, Start, Tell, Wrong
from bot.domain.capabilities import ChannelMade
from bot.domain.errors import Unavailable
from bot.domain.incident import Duty, Incident, State
from bot.features.incidents import commands, events, forms, presses, submitted
from bot.features.incidents.words import Update
from bot.slack.flatten import words_of
from bot.store.pending import Pending
from tests.fakes.names import ANN, BOB, GIL, KIM
from tests.features.incidents.world import BEGAN, SAM, World, drawn, fired, flows, of, said, surfaces

MINUTE = timedelta(minutes=1)


async def declared(world: World, text: str = "checkout is slow sev1", *, private: bool = False) -> Incident:
    """An incident of Ann's with its channel."""
    values = {"title": text, "severity": "sev1", "service": "checkout", "how": ("private",) if private else ()}
    await world.ask(presses_declared, values=values)
    incident = await world.newest()
    made = ChannelMade(id=f"C0INC{incident.id}", name=f"inc-{incident.id}-checkout-is-slow")
    await world.commit(lambda: world.response.incidents.channel_made(incident.id, made))
    return await world.again(incident)


presses_declared = commands.declared


async def test_a_typed_sentence_becomes_an_incident_with_service_and_severity(world: World) -> None:
    acts = await world.ask(commands.declare, BOB, text="Checkout is slow SEV1")
    (incident,) = await world.all()
    assert (incident.title, incident.service, incident.severity) == ("Checkout is slow", "checkout", "sev1")
    assert (incident.declared_by, incident.team, incident.touched) == (BOB.id, "platform", True)
    assert said(acts) == "⏳ Opening INC-1: you are invited when the channel is ready."
    assert flows(acts) == ["incident.open"]


async def test_an_empty_title_is_asked_for_under_its_field(world: World) -> None:
    acts = await world.ask(commands.declared, values={"title": "  ", "severity": "sev1"})
    assert [act.fields for act in of(Wrong, acts)] == [{"title": "Say in a few words what is wrong"}]
    acts = await world.ask(commands.declared, values={"title": "x", "severity": "sev9"})
    assert list(of(Wrong, acts)[0].fields) == ["severity"]
    assert await world.all() == []


async def test_a_service_that_nobody_runs_is_no_service(world: World) -> None:
    await world.ask(commands.declared, values={"title": "x", "severity": "sev1", "service": "billing' OR 1=1"})
    assert (await world.newest()).service is None


async def test_declaring_with_a_page_calls_whoever_is_on_call(world: World) -> None:
    acts = await world.ask(commands.declared, values={"title": "x", "severity": "sev1", "how": ("page",)})
    (page,) = [act for act in of(Start, acts) if act.flow == "incident.page"]
    assert page.given == {"incident": 1, "by": ANN.id, "message": "x", "to": None}


async def test_the_first_of_two_who_acknowledge_has_it(world: World) -> None:
    incident = await world.opened()
    await world.ask(presses.acknowledge, BOB, key=incident.name)
    world.clock.on(seconds=4)
    acts = await world.ask(presses.acknowledge, KIM, key=incident.name)
    assert said(acts) == "Bob acknowledged this 4 s ago."
    assert flows(acts) == []
    assert (await world.again(incident)).acknowledged_by == "Bob"


async def test_the_lead_is_taken_once_and_given_on_by_name(world: World) -> None:
    incident = await declared(world)
    await world.ask(presses.take_lead, BOB, key=incident.name)
    assert said(await world.ask(presses.take_lead, KIM, key=incident.name)).startswith("Bob leads already.")
    acts = await world.ask(commands.role, KIM, channel="C0INC1", text="lead <@U0KIM0001|kim>")
    assert (await world.again(incident)).lead == KIM.id
    acts = await world.ask(commands.role, KIM, channel="C0INC1", text="comms @ann")
    (mention,) = [act.key for act in of(Post, acts) if act.key.startswith("incident.role:")]
    assert f"user_id': '{ANN.id}'" in str(await drawn(world, mention))
    words = [one.words for one in await world.moments(incident, "role")]
    assert words == ["Bob is lead", "Kim is lead (from Bob)", "Ann is communications"]


@pytest.mark.parametrize("text", ["lead <@U0NOBODY1>", "lead @nobody", "lead <@U0GIL0001|gil>"])
async def test_a_role_goes_to_no_stranger_and_no_guest(world: World, text: str) -> None:
    incident = await declared(world)
    acts = await world.ask(commands.role, channel="C0INC1", text=text)
    assert said(acts).startswith("I do not know that person here.")
    assert (await world.again(incident)).lead is None


async def test_a_form_with_one_wrong_role_gives_none(world: World) -> None:
    incident = await declared(world)
    values = {"lead": BOB.id, "communications": GIL.id, "scribe": None}
    acts = await world.ask(submitted.roles_chosen, private={"incident": incident.name}, values=values)
    assert list(of(Wrong, acts)[0].fields) == ["communications"]
    assert (await world.again(incident)).lead is None
    await world.ask(
        submitted.roles_chosen, private={"incident": incident.name}, values=values | {"communications": None}
    )
    assert (await world.again(incident)).lead == BOB.id


async def test_whoever_leads_may_act_in_their_incident_and_in_no_other(world: World) -> None:
    first = await declared(world)
    second = await declared(world, "search is slow")
    async with world.store.transaction():
        await world.response.record.change(first, lead=SAM.id)
    await world.response.board.refresh()
    leads = world.response.board.led_by
    assert leads(SAM.id, first.channel or "", "")
    assert leads(SAM.id, "", first.name)
    assert leads(SAM.id, "", f"{first.name}:key:20")
    assert not leads(SAM.id, first.channel or "", second.name)
    assert not leads(SAM.id, second.channel or "", "")
    assert not leads(BOB.id, first.channel or "", first.name)


async def test_a_form_of_an_incident_that_is_over_shows_what_was_typed(world: World) -> None:
    incident = await declared(world)
    await world.ask(commands.resolve, BOB, channel="C0INC1", text="rolled back")
    form: dict[str, Any] = {"private": {"incident": incident.name}}
    forms_: list[tuple[object, dict[str, object]]] = [
        (submitted.update_written, {"values": {"text": "We found it"}}),
        (submitted.resolved, {"values": {"fixed": "We found it"}}),
        (submitted.page_sent, {"values": {"message": "We found it"}}),
        (submitted.task_added, {"values": {"title": "We found it"}}),
        (submitted.update_posted, {"private": {"incident": incident.name, "text": "We found it"}}),
    ]
    for handler, asked in forms_:
        acts = await world.ask(handler, **form | asked)  # type: ignore[arg-type] # handlers of one shape
        assert "INC-1 is resolved, resolved by Bob." in said(acts)
        assert "We found it" in said(acts)
    for handler in (submitted.severity_chosen, submitted.roles_chosen, submitted.merged):
        assert "INC-1 is resolved" in said(await world.ask(handler, **form))
    assert (await world.again(incident)).resolves == 1


async def test_a_button_of_an_incident_that_is_over_says_so(world: World) -> None:
    incident = await declared(world)
    await world.ask(commands.resolve, BOB, channel="C0INC1", text="rolled back")
    for handler in (presses.acknowledge, presses.take_lead, presses.follow):
        acts = await world.ask(handler, key=incident.name)
        assert said(acts) == "This moved on: INC-1 is resolved by Bob."
    for opening in (presses.update_form, presses.resolve_form):
        assert "INC-1 is resolved" in said(await world.ask(opening, key=incident.name))


async def test_an_unknown_incident_is_said_to_be_unknown(world: World) -> None:
    for handler in (presses.acknowledge, presses.join_channel, presses.update_form, presses.reopen):
        words = said(await world.ask(handler, key="INC-77"))
        assert words.startswith(("I do not know that incident", "There is no incident"))
    assert said(await world.ask(commands.status, channel="C0OTHER")).startswith("There is no incident in this channel.")


async def test_an_update_is_seen_in_the_channel_and_by_stakeholders_and_resets_the_clock(world: World) -> None:
    incident = await declared(world)
    await world.ask(presses.follow, SAM, key=incident.name)
    assert incident.update_due_at == BEGAN + 30 * MINUTE
    world.clock.on(minutes=10)
    private = {"incident": incident.name, "text": "We are rolling back", "status": "identified", "stakeholders": True}
    acts = await world.ask(submitted.update_posted, private=private | {"next": 15})
    now = await world.again(incident)
    assert (now.status, now.last_update, now.update_due_at) == (
        State.IDENTIFIED,
        "We are rolling back",
        BEGAN + 25 * MINUTE,
    )
    (shown,) = [key for key in surfaces(acts) if key.startswith("incident.update:")]
    assert "We are rolling back" in str(await drawn(world, shown))
    assert "We are rolling back" in str(await drawn(world, "incident.news:1"))
    assert {"incident.broadcast", "incident.topic"} <= set(flows(acts))


async def test_two_updates_of_one_second_are_two_messages(world: World) -> None:
    incident = await declared(world)
    keys: list[str] = []
    for text in ("First words", "Second words"):
        world.clock.on(seconds=0.4)
        acts = await world.ask(commands.update, channel="C0INC1", text=text)
        keys += [key for key in surfaces(acts) if key.startswith("incident.update:")]
    told = [str(await drawn(world, key)) for key in keys]
    assert [("First words" in one, "Second words" in one) for one in told] == [(True, False), (False, True)]
    assert len(await world.moments(incident, "update")) == 2


async def test_an_update_is_found_however_long_it_takes_to_be_written_down(world: World) -> None:
    """Each look at the clock is later than the one before, and one may come after the second's end."""
    await declared(world)
    world.clock.on(seconds=0.999)
    world.clock.tick = timedelta(milliseconds=7)
    acts = await world.ask(commands.update, channel="C0INC1", text="We are rolling back")
    (shown,) = [key for key in surfaces(acts) if key.startswith("incident.update:")]
    assert "We are rolling back" in str(await drawn(world, shown))


async def test_what_is_said_before_the_channel_is_there_waits_for_it(world: World) -> None:
    incident = await declared(world)
    acts = await world.ask(commands.update, channel="C0INC1", text="We are rolling back")
    (shown,) = [key for key in surfaces(acts) if key.startswith("incident.update:")]
    async with world.store.transaction():
        await world.response.record.change(incident, channel=None)
    with pytest.raises(Unavailable, match="not there yet"):
        await drawn(world, shown)


async def test_an_update_is_still_found_behind_a_thousand_moments(world: World) -> None:
    incident = await declared(world)
    async with world.store.transaction():
        for number in range(1005):
            await world.response.record.note(incident.id, "note", f"moment {number}")
    world.clock.on(minutes=10)
    acts = await world.ask(commands.update, channel="C0INC1", text="We are rolling back")
    (shown,) = [key for key in surfaces(acts) if key.startswith("incident.update:")]
    assert "We are rolling back" in str(await drawn(world, shown))


@pytest.mark.parametrize("status", ["closed", "merged", "resolved", "gone"])
async def test_no_form_can_smuggle_in_a_status(world: World, status: str) -> None:
    incident = await declared(world)
    await world.ask(submitted.update_posted, private={"incident": incident.name, "text": "x", "status": status})
    assert (await world.again(incident)).status is State.INVESTIGATING


async def test_a_preview_shows_the_words_before_anybody_gets_them(world: World) -> None:
    incident = await declared(world)
    values = {"text": "About 12 % fail", "status": "identified", "next": "15", "audience": ("channel", "stakeholders")}
    acts = await world.ask(submitted.update_written, private={"incident": incident.name}, values=values)
    (preview,) = of(Next, acts)
    assert preview.push
    assert preview.view.memory == {
        "incident": "INC-1",
        "text": "About 12 % fail",
        "status": "identified",
        "stakeholders": True,
        "next": 15,
    }
    assert (await world.again(incident)).last_update is None


async def test_resolving_asks_what_fixed_it_and_when_it_ended(world: World) -> None:
    incident = await declared(world)
    world.clock.on(minutes=30)

    async def submit(**values: object) -> str:
        acts = await world.ask(submitted.resolved, private={"incident": incident.name}, values=values)
        return said(acts)

    def at(minutes: int) -> str:
        return str(int((BEGAN + minutes * MINUTE).timestamp()))

    assert await submit(fixed=" ") == "Say what fixed it, or that nobody knows"
    assert await submit(fixed="rollback", ended=at(31)) == "Use a time that is not in the future"
    assert (await submit(fixed="rollback", ended=at(-1))).startswith("Use a time after it began (23 Nov 03:12 UTC)")
    assert await submit(fixed="rollback", ended=at(20), then=("pager", "postmortem")) == ""
    over = await world.again(incident)
    assert (over.status, over.fixed_by, over.ended_at) == (State.RESOLVED, "rollback", BEGAN + 20 * MINUTE)


async def test_an_end_in_the_minute_of_the_beginning_is_late_enough(world: World) -> None:
    world.clock.on(seconds=40)
    incident = await declared(world)
    world.clock.on(seconds=5)
    ended = str(int(BEGAN.timestamp()))
    acts = await world.ask(
        submitted.resolved, private={"incident": incident.name}, values={"fixed": "rollback", "ended": ended}
    )
    assert of(Wrong, acts) == []
    assert (await world.again(incident)).ended_at == incident.opened_at


async def test_pagerduty_is_told_only_when_ticked(world: World) -> None:
    incident = await world.opened()
    form: dict[str, Any] = {"private": {"incident": incident.name}}
    acts = await world.ask(submitted.resolved, **form, values={"fixed": "x", "then": ("tell",)})
    assert "alert.resolve" not in flows(acts)
    await world.ask(commands.reopen, channel="C0INC1")
    acts = await world.ask(submitted.resolved, **form, values={"fixed": "x", "then": ("pager",)})
    assert flows(acts).count("alert.resolve") == 1


async def test_lowering_the_severity_needs_a_reason(world: World) -> None:
    incident = await declared(world)
    assert "Lowering needs a reason" in said(await world.ask(commands.severity, channel="C0INC1", text="sev3"))
    form: dict[str, Any] = {"private": {"incident": incident.name}}
    acts = await world.ask(submitted.severity_chosen, **form, values={"severity": "sev3"})
    assert list(of(Wrong, acts)[0].fields) == ["reason"]
    acts = await world.ask(submitted.severity_chosen, **form, values={"severity": "sev9"})
    assert list(of(Wrong, acts)[0].fields) == ["severity"]
    await world.ask(commands.severity, channel="C0INC1", text="sev3 a few customers only")
    assert (await world.again(incident)).severity == "sev3"


async def test_a_page_goes_to_whom_it_names_or_to_nobody(world: World) -> None:
    await declared(world)
    here: dict[str, Any] = {"channel": "C0INC1"}
    acts = await world.ask(commands.page, text="<@U0BOB0001|bob> the database does not come back", **here)
    (page,) = of(Start, acts)
    assert (page.given["to"], page.given["message"]) == (BOB.id, "the database does not come back")
    acts = await world.ask(commands.page, text="@kim ask @db-host", **here)
    assert (of(Start, acts)[0].given["to"], of(Start, acts)[0].given["message"]) == (KIM.id, "ask @db-host")
    acts = await world.ask(commands.page, text="the database is gone", **here)
    assert of(Start, acts)[0].given["to"] is None
    for text in ("<@U0NOBODY1> help", "@nobody help"):
        acts = await world.ask(commands.page, text=text, **here)
        assert (flows(acts), said(acts)[:13]) == ([], "I do not know")
    form: dict[str, Any] = {"private": {"incident": "INC-1"}, "values": {"who": "U0NOBODY1", "message": "help"}}
    acts = await world.ask(submitted.page_sent, **form)
    assert (flows(acts), list(of(Wrong, acts)[0].fields)) == ([], ["who"])


async def test_two_pages_are_two_pages_and_a_repeated_ask_is_one(world: World) -> None:
    await declared(world)
    first = await world.ask(commands.page, channel="C0INC1", text="help", once="slack:t1")
    again = await world.ask(commands.page, channel="C0INC1", text="help", once="slack:t2")
    assert of(Start, first)[0].once != of(Start, again)[0].once


async def test_tasks_are_ticked_and_the_timeline_knows_by_whom(world: World) -> None:
    incident = await declared(world)
    await world.ask(commands.task, channel="C0INC1", text="ask the payment provider @kim")
    await world.ask(commands.task, channel="C0INC1", text="tell support")
    assert [task.owner for task in await world.response.crew.tasks.shown(1)] == [KIM.id, None]
    acts = await world.ask(presses.ticked, BOB, block="tasks:1", picked=("1",))
    assert surfaces(acts)[-1] == "incident.tasks:1"
    assert [task.done_at is None for task in await world.response.crew.tasks.shown(1)] == [True, False]
    assert of(Post, await world.ask(presses.ticked, BOB, block="tasks:1", picked=("1",))) == []
    await world.ask(presses.ticked, BOB, block="tasks:1", picked=())
    words = [one.words for one in await world.moments(incident, "task")]
    assert words[-2:] == [
        "Task done: ask the payment provider (Bob)",
        "Task open again: ask the payment provider (Bob)",
    ]


async def test_following_is_a_switch(world: World) -> None:
    incident = await declared(world)
    assert "You get each update" in said(await world.ask(presses.follow, SAM, key=incident.name))
    assert (await world.again(incident)).followers == (SAM.id,)
    assert "no longer follow" in said(await world.ask(presses.follow, SAM, key=incident.name))
    assert (await world.again(incident)).followers == ()


async def test_a_reopened_incident_is_open_and_a_closed_one_gets_a_successor(world: World) -> None:
    incident = await declared(world)
    assert "This moved on" in said(await world.ask(commands.reopen, channel="C0INC1"))
    await world.ask(commands.resolve, channel="C0INC1", text="x")
    assert said(await world.ask(presses.reopen, key=incident.name)) == "INC-1 is open again."
    await world.ask(commands.resolve, channel="C0INC1", text="x")
    await world.commit(lambda: world.response.course.close(1, "postmortem filed"))
    acts = await world.ask(presses.reopen, BOB, key=incident.name)
    assert said(acts) == "INC-1 is closed, so INC-2 opens and follows it."
    assert (await world.newest()).follows == 1


async def test_a_private_incident_is_announced_nowhere(world: World) -> None:
    incident = await declared(world, "layoffs database leaked", private=True)
    await world.ask(commands.update, channel="C0INC1", text="we look")
    assert await world.response.seeing.news("1") is None
    assert not [key for key in surfaces(world.acts) if key.startswith("incident.news:")]
    assert "incident.broadcast" not in flows(world.acts)
    listed = await world.ask(commands.overview, BOB)
    assert "leaked" not in str(of(Reply, listed)[0].message)
    assert "INC-1" not in str(of(Reply, listed)[0].message)
    mine = await world.ask(commands.overview, ANN)
    assert "INC-1" in str(of(Reply, mine)[0].message)
    assert incident.involves(ANN.id)


async def test_nobody_joins_follows_or_merges_into_a_private_incident_by_its_number(world: World) -> None:
    secret = await declared(world, "layoffs database leaked", private=True)
    other = await declared(world, "search is slow")
    for handler in (presses.join_channel, presses.join_instead, presses.follow):
        acts = await world.ask(handler, BOB, key=secret.name)
        assert (said(acts)[:13], flows(acts)) == ("I do not know", [])
    acts = await world.ask(commands.merge, BOB, channel=other.channel, text=secret.name)
    assert said(acts).startswith("Name another open incident")
    form: dict[str, Any] = {"private": {"incident": other.name}, "values": {"into": secret.name}}
    assert list(of(Wrong, await world.ask(submitted.merged, BOB, **form))[0].fields) == ["into"]
    view = of(Open, await world.ask(presses.merge_form, BOB, key=other.name))[0].view
    assert "leaked" not in str(view.to_dict())


async def test_the_last_line_of_a_channel_does_not_name_a_private_successor(world: World) -> None:
    secret = await declared(world, "layoffs database leaked", private=True)
    other = await declared(world, "search is slow")
    await world.ask(commands.merge, ANN, channel=other.channel, text=secret.name)
    line = str(await drawn(world, f"incident.moved:{other.id}"))
    assert "INC-1" in line
    assert "leaked" not in line
    assert str(secret.channel_name) not in line


async def test_the_list_shows_open_ones_first_and_then_older_ones_without_a_gap(world: World) -> None:
    for number in range(45):
        incident = await declared(world, f"case {number}")
        if number not in (2, 40):
            await world.ask(commands.resolve, channel=incident.channel, text="x")
    seen: list[str] = []
    key = ""
    for head in ("2 open, 18 resolved lately", "Older: 20 resolved before", "Older: 5 resolved before"):
        (reply,) = of(Reply, await world.ask(commands.overview, key=key))
        assert words_of(reply.message.to_dict()["blocks"][0]) == head
        shape = str(reply.message.to_dict())
        seen += [f"INC-{n}" for n in range(45, 0, -1) if f"INC-{n} " in shape]
        key = shape.partition("'incidents.older.v1', 'value': '")[2].partition("'")[0] or _value(shape)
    assert sorted(seen, key=lambda name: int(name[4:])) == [f"INC-{n}" for n in range(1, 46)]
    first = await world.response.record.rows.recent(limit=3)
    assert [one.id for one in first] == [41, 3, 45]


def _value(shape: str) -> str:
    found = [part for part in shape.split("'") if part.startswith(("open:", "ended:"))]
    return found[0] if found else ""


async def test_an_old_open_incident_is_still_remembered_behind_hundreds_of_newer_ones(world: World) -> None:
    await declared(world)
    async with world.store.transaction():
        for _ in range(220):
            values = {"title": "x", "severity": "sev4", "status": State.CLOSED, "team": "platform"}
            await world.response.record.rows.add(values | {"opened_at": BEGAN, "changed_at": BEGAN})
    await world.response.board.refresh()
    assert world.response.board.in_channel("C0INC1") is not None


async def test_a_viewer_reads_where_it_stands_and_declares_nothing(world: World) -> None:
    incident = await declared(world)
    assert "INC-1 in 30 seconds" in said(await world.ask(commands.incident, SAM, channel=incident.channel))
    for asked in ({"channel": "C0ELSEWHERE"}, {"channel": incident.channel, "text": "it is down"}):
        with pytest.raises(NeedsRole, match="Declaring needs the role responder"):
            await world.ask(commands.incident, SAM, **asked)


async def test_a_due_update_reminds_the_lead_then_everybody_then_nobody(world: World) -> None:
    incident = await declared(world)
    await world.ask(presses.take_lead, BOB, key=incident.name)
    assert await world.commit(world.response.words.nudges) == ()
    world.clock.on(minutes=30)
    (first,) = of(Post, await world.commit(world.response.words.nudges))
    assert f"user_id': '{BOB.id}'" in str(await drawn(world, first.key))
    assert await world.commit(world.response.words.nudges) == ()
    world.clock.on(minutes=15)
    async with world.store.transaction():
        await world.response.record.change(incident, responders=[KIM.id])
    again, second = of(Post, await world.commit(world.response.words.nudges))
    assert (again.key == first.key) is (second.key != first.key) is True
    assert "all responders" in str(await drawn(world, first.key))
    asked = str(await drawn(world, second.key))
    assert f"user_id': '{BOB.id}'" in asked
    assert f"user_id': '{KIM.id}'" in asked
    world.clock.on(minutes=60)
    assert await world.commit(world.response.words.nudges) == ()
    acts = await world.ask(commands.resolve, BOB, channel="C0INC1", text="rolled back")
    assert {first.key, second.key} <= set(surfaces(acts))
    assert "answered" in str(await drawn(world, second.key))


async def test_a_reminder_is_answered_by_an_update_or_put_off(world: World) -> None:
    incident = await declared(world)
    world.clock.on(minutes=30)
    (reminder,) = of(Post, await world.commit(world.response.words.nudges))
    acts = await world.ask(presses.later, BOB, key=incident.name)
    assert reminder.key in surfaces(acts)
    assert "answered" in str(await drawn(world, reminder.key))
    assert (await world.again(incident)).update_due_at == BEGAN + 45 * MINUTE
    acts = await world.ask(presses.not_needed, BOB, key=incident.name)
    assert (await world.again(incident)).update_due_at is None


async def test_a_reminder_says_who_posted_the_update(world: World) -> None:
    incident = await declared(world)
    world.clock.on(minutes=30)
    (reminder,) = of(Post, await world.commit(world.response.words.nudges))
    await world.ask(commands.update, BOB, channel=incident.channel, text="rolling back")
    told = (await drawn(world, reminder.key))["blocks"][0]
    assert words_of(told).startswith("Bob posted an update for INC-1, ")


async def test_sev4_is_never_reminded(world: World) -> None:
    await world.ask(commands.declare, text="checkout is a bit slow sev4")
    world.clock.on(days=2)
    assert await world.commit(world.response.words.nudges) == ()


async def test_a_pinned_message_is_on_the_timeline_and_its_edits_are_followed(world: World) -> None:
    incident = await declared(world)
    item = {"type": "message", "channel": "C0INC1", "ts": "1795400000.000100"}
    acts = await world.slack(events.reaction_added, reaction="pushpin", user=BOB.id, item=item, item_user=KIM.id)
    (keep,) = of(Start, acts)
    assert keep.given == {"incident": 1, "channel": "C0INC1", "ts": item["ts"], "by": BOB.id, "author": KIM.id}
    assert await world.slack(events.reaction_added, reaction="eyes", user=BOB.id, item=item) == ()

    async def kept() -> object:
        return await world.response.words.keep_message(
            incident, channel="C0INC1", ts=item["ts"], words="It is the <pool>", author=KIM.id, by=BOB.id
        )

    assert flows(await world.commit(kept)) == ["incident.marked"]  # type: ignore[arg-type] # acts
    assert await world.commit(kept) == ()  # type: ignore[arg-type] # acts
    edited = {"text": "It is the &lt;index&gt;", "ts": item["ts"], "user": KIM.id}
    change = {"channel": "C0INC1", "subtype": "message_changed", "message": edited}
    await world.slack(events.message_edited, **change, previous_message={"text": "It is the pool"})
    (moment,) = await world.moments(incident, "message")
    assert moment.words == "Kim: It is the <index> (edited 03:12 UTC)"
    gone = {"channel": "C0INC1", "subtype": "message_deleted", "deleted_ts": item["ts"]}
    await world.slack(events.message_edited, **gone)
    (moment,) = await world.moments(incident, "message")
    assert moment.words == "Kim: It is the <index> (deleted by its author 03:12 UTC)"


async def test_a_deleted_message_with_answers_is_told_as_changed_into_a_tombstone(world: World) -> None:
    incident = await declared(world)
    ref = {"channel": "C0INC1", "ts": "1.2"}
    await world.commit(
        lambda: world.response.words.keep_message(incident, **ref, words="the pool", author=KIM.id, by=BOB.id)
    )
    stone = {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "ts": "1.2"}
    before = {"text": "the pool", "user": KIM.id, "ts": "1.2"}
    change = {"channel": "C0INC1", "subtype": "message_changed", "message": stone, "previous_message": before}
    await world.slack(events.message_edited, **change)
    (moment,) = await world.moments(incident, "message")
    assert moment.words == "Kim: the pool (deleted by its author 03:12 UTC)"


async def test_a_deleted_long_message_still_says_so(world: World) -> None:
    incident = await declared(world)
    ref = {"channel": "C0INC1", "ts": "1.2"}
    await world.commit(
        lambda: world.response.words.keep_message(incident, **ref, words="x" * 5000, author=KIM.id, by=BOB.id)
    )
    await world.slack(events.message_edited, channel="C0INC1", subtype="message_deleted", deleted_ts="1.2")
    (moment,) = await world.moments(incident, "message")
    assert moment.words.endswith("(deleted by its author 03:12 UTC)")


async def test_a_late_joiner_hears_the_story_once(world: World) -> None:
    incident = await declared(world)
    joined = {"channel": "C0INC1", "user": BOB.id, "event_ts": "1.1"}
    acts = await world.slack(events.member_joined, **joined)
    assert flows(acts) == ["incident.catch_up"]
    assert await world.slack(events.member_joined, **joined) == ()
    assert flows(await world.slack(events.member_joined, channel="C0INC1", user=ANN.id, event_ts="1.2")) == []
    assert await world.slack(events.member_joined, channel="C0ELSEWHERE", user=BOB.id, event_ts="1.3") == ()
    assert "INC-1 in 30 seconds" in str(await drawn(world, "incident.catch_up:1"))
    assert (await world.again(incident)).touched


async def test_an_archived_channel_is_told_to_the_team_while_the_incident_is_open(world: World) -> None:
    incident = await declared(world)
    acts = await world.slack(events.channel_archived, channel="C0INC1")
    assert surfaces(acts) == ["incident.news:1", "incident.gone:1"]
    assert "is open, but its channel was archived" in str(await drawn(world, "incident.gone:1"))
    assert await world.response.seeing.card("1") is None
    assert await world.slack(events.channel_archived, channel="C0INC1") == ()
    acts = await world.slack(events.bot_back, channel="C0INC1")
    assert (await world.again(incident)).gone is None
    assert "incident.card:1" in surfaces(acts)


async def test_a_renamed_channel_keeps_its_incident(world: World) -> None:
    incident = await declared(world)
    await world.slack(events.channel_renamed, channel={"id": "C0INC1", "name": "war-room"})
    assert (await world.again(incident)).channel_name == "war-room"
    assert await world.slack(events.channel_renamed, channel={"id": "C0INC1", "name": "war-room"}) == ()


async def test_retry_and_do_without_reach_the_waiting_flow(world: World) -> None:
    await declared(world)
    one = Pending(
        flow_key="incident:1:open",
        step="bookmark 1",
        reason="Slack did not answer",
        attempt=3,
        tries=8,
        next_try_at=BEGAN + MINUTE,
        final=False,
        outcome=None,
        at=BEGAN,
    )
    await world.response.seeing.pendings.put(one)
    acts = await world.ask(presses.retry, key="incident:1:open|bookmark 1")
    assert of(Tell, acts) == [Tell(once="incident:1:open", words={"step": "bookmark 1", "do": "retry"})]
    assert {"pending:incident:1:open|bookmark 1", "incident.card:1"} <= {one.key for one in of(Post, acts)}
    assert (
        "⏳ Slack did not add a bookmark".lower()
        in str(await drawn(world, "pending:incident:1:open|bookmark 1")).lower()
    )
    await world.response.seeing.pendings.put(replace(one, outcome="done"))
    assert said(await world.ask(presses.without, key="incident:1:open|bookmark 1")) == "This is settled already."


async def test_a_link_is_kept_only_when_people_may_be_sent_there(world: World) -> None:
    incident = await declared(world)
    acts = await world.ask(commands.link, channel="C0INC1", text="https://meet.example.com/x Bridge")
    assert flows(acts) == ["incident.bookmark"]
    assert (await world.again(incident)).links == ({"title": "Bridge", "url": "https://meet.example.com/x"},)
    assert "Give an http" in said(await world.ask(commands.link, channel="C0INC1", text="javascript:alert(1) x"))


async def test_the_form_opens_from_memory_with_what_looks_alike(world: World) -> None:
    await declared(world)
    await world.response.board.refresh()
    (opened,) = of(Open, await world.ask(commands.incident, BOB, channel="C0OTHER", text="checkout is slow again"))
    text = str(opened.view.to_dict())
    assert forms.JOIN_INSTEAD in text
    assert "#incidents" in text
    acts = await world.ask(presses.join_instead, BOB, key="INC-1")
    assert flows(acts) == ["incident.invite"]


async def test_in_an_incidents_channel_the_bare_command_says_where_it_stands(world: World) -> None:
    await declared(world)
    acts = await world.ask(commands.incident, BOB, channel="C0INC1")
    assert said(acts) == "INC-1 in 30 seconds"


async def test_who_is_on_call_is_written_down_once(world: World) -> None:
    incident = await declared(world)
    brought = {"invited": [BOB.id], "missing": {"Dora": "nobody in Slack has their e-mail address"}}
    for _ in range(2):
        await world.commit(lambda: world.response.incidents.people_brought(1, brought))
    now = await world.again(incident)
    assert (now.responders, now.missing) == ((BOB.id,), brought["missing"])
    assert len(await world.moments(incident, "people")) == 2


async def test_every_act_of_a_person_is_in_the_audit_log(world: World) -> None:
    incident = await declared(world)
    await world.ask(presses.acknowledge, BOB, key="INC-1", channel="C0INC1")
    await world.ask(commands.severity, KIM, channel="C0INC1", text="sev2 fewer customers")
    rows = await world.response.record.audit.of(incident.name)
    told = [(row["who"], row["what"], row["whence"], row["result"]) for row in rows]
    assert told[1:] == [
        (BOB.id, "incident.acknowledge", "C0INC1", "done"),
        (KIM.id, "incident.severity.sev2", "C0INC1", "done"),
    ]


async def test_taking_the_role_one_has_changes_nothing(world: World) -> None:
    incident = await declared(world)
    ask_twice = [await world.ask(presses.take_lead, BOB, key=incident.name) for _ in range(2)]
    assert ask_twice[1] == ()
    assert (await world.again(incident)).holder(Duty.LEAD) == BOB.id


async def test_an_update_for_the_channel_alone_is_not_broadcast(world: World) -> None:
    incident = await declared(world)
    said_ = Update(text="internal words", status=State.INVESTIGATING, stakeholders=False)

    async def update() -> object:
        from bot.acts import Ask  # noqa: PLC0415 - only this test makes one by hand

        ask = Ask(person=ANN, at=BEGAN, once="slack:1")
        return await world.response.words.update(ask, incident, said_)

    assert "incident.broadcast" not in flows(await world.commit(update))  # type: ignore[arg-type] # acts


async def test_an_alert_in_a_private_incident_leaks_no_title_into_triage(world: World) -> None:
    await declared(world, "layoffs database leaked", private=True)
    await world.hear(fired(id="Q9", service_ref="PSVC001"))
    assert (await world.alert()).incident == 1


async def test_words_for_the_channel_alone_stand_in_no_announcement(world: World) -> None:
    await declared(world)
    form: dict[str, Any] = {"incident": "INC-1", "status": "investigating", "next": 30}
    await world.ask(submitted.update_posted, private=form | {"text": "Some payments fail", "stakeholders": True})
    world.clock.on(minutes=1)
    await world.ask(submitted.update_posted, private=form | {"text": "db-7 lost its disk", "stakeholders": False})
    announced = str(await drawn(world, "incident.news:1"))
    assert "Some payments fail" in announced
    assert "db-7" not in announced
    assert "db-7 lost its disk" in str(await drawn(world, "incident.card:1"))


async def test_what_only_the_card_shows_does_not_redraw_the_announcement(world: World) -> None:
    incident = await declared(world)
    for handler, words in (
        (commands.timeline, "it began at nine"),
        (commands.task, "ask the provider"),
        (commands.link, "https://example.com/bridge Bridge"),
        (commands.page, "it burns"),
    ):
        acts = await world.ask(handler, BOB, channel=incident.channel, text=words)
        assert "incident.card:1" in surfaces(acts)
        assert "incident.news:1" not in surfaces(acts)
    acts = await world.ask(commands.update, BOB, channel=incident.channel, text="We go on")
    assert "incident.news:1" in surfaces(acts)


async def test_a_private_one_tells_nothing_to_a_button_from_elsewhere(world: World) -> None:
    """Whoever is in its channel reads it, whether invited by us or by a person; nobody else, whatever they send."""
    values = {"title": "layoffs", "severity": "sev1", "how": ("private",)}
    await world.ask(commands.declared, BOB, values=values)
    (incident,) = await world.all()
    made = ChannelMade(id="C0INC1", name="inc-1")
    await world.commit(lambda: world.response.incidents.channel_made(incident.id, made))
    for handler in (presses.timeline_view, presses.update_form, presses.resolve_form, presses.take_lead):
        told = said(await world.ask(handler, KIM, key="INC-1", channel="C0ELSEWHERE"))
        assert told.startswith("I do not know that incident")
    assert "layoffs" in str(await world.ask(presses.timeline_view, KIM, key="INC-1", channel="C0INC1"))
    assert "layoffs" in str(await world.ask(presses.timeline_view, BOB, key="INC-1", channel="D0BOB"))


@pytest.mark.parametrize(("private", "named"), [(False, "INC-1 the <b>till</b> is shut: "), (True, "INC-1: ")])
async def test_what_failed_is_told_with_its_incident_where_that_has_no_channel(
    world: World, *, private: bool, named: str
) -> None:
    values = {"title": "the <b>till</b> is shut", "severity": "sev1", "how": ("private",) if private else ()}
    await world.ask(commands.declared, BOB, values=values)
    failed = Pending(
        flow_key="incident:1:open",
        step="create",
        reason="no scope",
        attempt=1,
        tries=8,
        next_try_at=None,
        final=True,
        outcome=None,
        at=BEGAN,
    )
    await world.response.seeing.pendings.put(failed)
    found = await world.response.seeing.pending("incident:1:open|create")
    assert found is not None
    assert found.message.text == f"{named}Slack did not open the channel: no scope"
    assert (found.message.text.count("till") > 0) is not private
