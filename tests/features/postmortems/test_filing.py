"""Filing: each step may be repeated or fail, and there is one ticket for the postmortem and one for each action."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.domain.change import Result
from bot.domain.errors import NotAuthorised, RateLimited, Refused, Unavailable
from bot.domain.incident import State
from bot.domain.suspicion import Silent
from bot.domain.ticket import TicketState
from bot.domain.timeline import Moment
from bot.features.postmortems import drawing, item_presses, presses
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.store.pending import Pending
from bot.store.postmortems import Stage
from tests.changes import changed, recorded
from tests.features.postmortems.world import ANN, BEGAN, BOB, World, shown, view_in
from tests.slack.hostile import TEXTS

ALARM = ("Alarm on certificate expiry", ANN.id, date(2026, 12, 4))
POOL = ("Raise the pool size", BOB.id, None)


async def test_it_becomes_a_ticket_with_its_actions_related_and_pointing_back(world: World) -> None:
    await world.over()
    await world.written(ALARM, POOL)

    assert sorted(world.tracker.made) == ["daywatch-inc-1", "daywatch-inc-1-a1", "daywatch-inc-1-a2"]
    assert world.tracker.links == {("OPS-44", "OPS-43"), ("OPS-45", "OPS-43")}
    assert {key for key, _ in world.tracker.pointers} == {"OPS-43", "OPS-44", "OPS-45"}
    postmortem, alarm, pool = world.tracker.drafts
    assert (postmortem.kind, postmortem.summary) == ("postmortem", "Postmortem INC-1: Checkout: 5xx at 12 %")
    assert (alarm.kind, alarm.due, alarm.assignee_email) == ("action", date(2026, 12, 4), "ann@example.com")
    assert pool.assignee_email == "bob@example.com"
    row = await world.row()
    assert (row.state, row.ticket, row.busy) == (Stage.FILED, "OPS-43", None)
    assert [one.ticket for one in await world.items()] == ["OPS-44", "OPS-45"]


async def test_its_news_closes_the_incident(world: World) -> None:
    await world.over()
    await world.written()

    assert world.happened("postmortem.filed") == [
        {"incident": 1, "ticket": "OPS-43", "url": "https://jira.example.com/browse/OPS-43"}
    ]
    assert world.happened("postmortem.done") == [{"incident": 1, "why": "postmortem filed as OPS-43"}]
    assert await world.postmortems.record.rows.ticket_of(1) == ("OPS-43", "https://jira.example.com/browse/OPS-43")


async def test_the_body_tells_durations_alerts_people_and_timeline(world: World) -> None:
    await world.over()
    await world.written(ALARM)
    body = world.tracker.drafts[0].body

    for words in (
        "Acknowledged after 4\u00a0min",
        "Mitigated after 50\u00a0min",
        "Resolved after 1\u00a0h 24\u00a0min",
        "Lead: Ann",
        "About 12 % of payments failed.",
        "Alarm on certificate expiry: Ann, due 2026-12-04",
        "- 03:31 UTC Ann set the status to identified",
        "None; a person declared it.",
    ):
        assert words in body
    assert "filed the postmortem" not in body


async def test_the_body_lists_what_was_changed_before_and_meanwhile(world: World) -> None:
    found = [
        recorded(1, 13, version="v2.14.1"),
        recorded(2, 4, result=Result.FAILED, by="Ann"),
        recorded(3, -9, version="v2.14.0"),
    ]
    world.changed = changed(*found, silent=[Silent(name="Argo CD", tells="deployments")])
    await world.over()
    await world.written()
    part = world.tracker.drafts[0].body.partition("## Changes")[2].partition("##")[0].replace("\u00a0", " ")
    assert part.strip().split("\n") == [
        "- 03:06 UTC sync checkout v2.14.1 in production by Ann (failed 4 min before, same service, production)",
        "- 02:57 UTC sync checkout v2.14.1 in production by Kim (13 min before, same service, production)",
        "- 03:19 UTC sync checkout v2.14.0 in production by Kim (while it ran)",
        "- Argo CD did not answer; deployments may be missing",
    ]


async def test_where_nothing_was_changed_or_nobody_tells_the_body_says_just_that(world: World) -> None:
    world.changed = changed()
    await world.over()
    await world.written()
    assert "## Changes\n\nNone to checkout in the 6\u00a0h before it began." in world.tracker.drafts[0].body


async def test_where_nothing_tells_of_changes_the_body_does_not_either(world: World) -> None:
    await world.over()
    await world.written()
    assert "Changes" not in world.tracker.drafts[0].body


STORED = {name: text for name, text in TEXTS.items() if name != "half characters"}
"""No database takes half a character; what people type here is cleaned of them (`test_writing`)."""


@pytest.mark.parametrize("text", STORED.values(), ids=STORED.keys())
async def test_foreign_words_in_the_body_are_no_markup(world: World, text: str) -> None:
    wild: dict[str, Any] = {"title": text, "by": text, "version": text, "environment": text, "places": (text,)}
    silent = [Silent(name=text, tells="flags")]
    world.changed = changed(recorded(1, 13, **wild), recorded(2, -9, **wild), service=text, silent=silent)
    incident = await world.over(title=f"x {text}")
    moment = Moment(at=BEGAN, kind="message", words=f"# {text}", key=True)
    await world.postmortems.record.timeline.add(incident.id, moment)
    await world.written()
    tokens = (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(world.tracker.drafts[0].body)
    )

    inside = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inside)}
    assert kinds <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", "text_special"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "strong_open", "strong_close"),
        *("hardbreak", "softbreak"),
    }
    assert {token.tag for token in tokens if token.type == "heading_open"} == {"h2"}
    assert sum(token.type == "heading_open" for token in tokens) == 10
    assert sum(token.type == "strong_open" for token in inside) == 1


async def test_every_step_repeated_makes_no_second_ticket(world: World) -> None:
    await world.over()
    await world.written(ALARM, POOL)
    again = [one for one in world.acts if getattr(one, "flow", "").startswith("postmortem.")]
    for one in again:
        await world.run(one)
    await world.work()

    assert len(world.tracker.made) == len(world.tracker.drafts) == 3
    assert len(world.tracker.links) == 2
    assert (await world.words()).count("Postmortem filed as OPS-43") == 1


async def test_an_answer_that_got_lost_makes_no_second_ticket(world: World) -> None:
    world.tracker.lost["file"] = [Unavailable("the answer got lost")]
    await world.over()
    await world.written()

    assert list(world.tracker.made) == ["daywatch-inc-1"]
    assert (await world.row()).state is Stage.FILED


async def test_a_tracker_that_is_down_is_waited_for_and_people_see_it(world: World) -> None:
    await world.over()
    await world.act(presses.submitted, world.ask(private={"incident": "INC-1"}))
    key = "postmortem:1:1"
    world.tracker.down["file"] = [Unavailable("Jira did not answer (503)")] * 2
    waiting = Pending(
        flow_key=key,
        step="file ticket",
        reason="Jira cannot be reached (503)\nCheck JIRA_URL",
        attempt=1,
        tries=None,
        next_try_at=datetime(2026, 11, 23, 10, 42, tzinfo=UTC),
        final=False,
        outcome=None,
        at=world.now,
    )
    await world.postmortems.record.pendings.put(waiting)

    drawn = await drawing.filed(world.postmortems, "1")
    assert drawn is not None
    text = str(fit(drawn.message))
    assert "saved here; the ticket will follow" in text
    assert "Retry now" in text
    assert f"{key}|file ticket" in text
    assert "🔁 Jira cannot be reached (503) Check JIRA_URL." in text

    # Somebody pressed Retry now.
    await world.postmortems.record.pendings.put(replace(waiting, next_try_at=world.now))
    drawn = await drawing.filed(world.postmortems, "1")
    assert drawn is not None
    assert "⏳ Jira cannot be reached (503) Check JIRA_URL." in str(fit(drawn.message))
    assert "Trying again since" in str(fit(drawn.message))

    (run,) = await world.work(tries=3)
    assert run.steps.count("file ticket") == 3
    assert "say that it follows" in run.steps
    assert (await world.row()).ticket == "OPS-43"


async def test_done_without_a_ticket_it_is_saved_here(world: World) -> None:
    world.tracker.down["file"] = [NotAuthorised("the token expired")] * 2
    await world.over()
    await world.written(ALARM)

    row = await world.row()
    assert (row.state, row.ticket, row.busy) == (Stage.SAVED, None, None)
    assert world.happened("postmortem.done") == [{"incident": 1, "why": "postmortem saved"}]


async def test_without_a_tracker_it_is_saved_says_how_to_connect_and_stays_readable(world: World) -> None:
    world.connections.systems.clear()
    await world.over()
    await world.written(ALARM)

    drawn = await drawing.filed(world.postmortems, "1")
    assert drawn is not None
    text = str(drawn.message.to_dict())
    assert "JIRA_URL" in text
    assert "'Read'" in text
    page = shown(view_in(await world.act(presses.read, world.ask(key="INC-1"))))
    assert "About 12 % of payments failed." in page
    assert "Alarm on certificate expiry" in page


async def test_connected_later_it_is_filed_by_sending_it_again(world: World) -> None:
    world.connections.systems.clear()
    await world.over()
    await world.written(ALARM)
    world.connections.systems.append(world.tracker)
    await world.written()

    assert sorted(world.tracker.made) == ["daywatch-inc-1", "daywatch-inc-1-a1"]
    assert (await world.row()).state is Stage.FILED


async def test_an_action_that_fails_stops_no_other_and_is_tried_again(world: World) -> None:
    await world.over()
    await world.act(
        presses.actions_sent,
        world.ask(values={"what_n1": "one", "what_n2": "two"}, private={"incident": "INC-1"}),
    )
    await world.act(presses.submitted, world.ask(private={"incident": "INC-1"}))
    (start,) = world.starts("postmortem.file")
    await world.postmortems.filing.file(world.tracker, 1)
    first = world.tracker.made["daywatch-inc-1"]
    world.tracker.made = {"daywatch-inc-1": first}
    original = world.tracker.file
    failing = iter([Refused("assignee cannot be assigned")])

    async def picky(draft: object) -> object:
        if getattr(draft, "once", "").endswith("-a1"):
            for error in failing:
                raise error
        return await original(draft)  # type: ignore[arg-type]  # a draft, told by its own label

    world.tracker.file = picky  # type: ignore[method-assign,assignment]  # one ticket that is refused once
    world.begun.add(start.once)
    run = await world.run(start)
    assert [one.name for one in run.failed] == ["file action 1"]
    assert [one.ticket for one in await world.items()] == [None, "OPS-44"]

    await run.settle()
    await world.work()
    assert [one.ticket for one in await world.items()] == ["OPS-45", "OPS-44"]
    assert ("OPS-45", "OPS-43") in world.tracker.links


async def test_an_action_that_waits_is_left_to_its_flow_by_the_next_filing(world: World) -> None:
    await world.over()
    await world.written()
    await world.postmortems.record.actions.add(1, "one", owner=None, due=None)
    waiting = Pending(
        flow_key="postmortem:1:1",
        step="file action 1",
        reason="Jira did not answer",
        attempt=1,
        tries=8,
        next_try_at=world.now,
        final=False,
        outcome=None,
        at=world.now,
    )
    await world.postmortems.record.pendings.put(waiting)

    assert await world.postmortems.filing.to_file(1) == []


async def test_sent_again_while_it_is_being_filed_the_second_filing_follows_the_first(world: World) -> None:
    await world.over()
    await world.act(presses.submitted, world.ask(private={"incident": "INC-1"}))
    await world.act(
        presses.actions_sent, world.ask(BOB, values={"what_n1": "Later thought"}, private={"incident": "INC-1"})
    )
    await world.act(presses.submitted, world.ask(BOB, private={"incident": "INC-1"}))
    assert [one.once for one in world.starts()] == ["postmortem:1:1"]

    await world.work()
    assert {"postmortem:1:1", "postmortem:1:2"} <= world.begun
    assert sorted(world.tracker.made) == ["daywatch-inc-1", "daywatch-inc-1-a1"]
    assert (await world.row()).busy is None


@pytest.mark.parametrize(
    ("what", "words"),
    [({}, "Filing the postmortem of INC-1. The"), ({"what_n1": "Alert earlier"}, "of INC-1 with 1 action. The")],
    ids=["none", "one"],
)
async def test_actions_are_counted_where_there_are_any(world: World, what: dict[str, str], words: str) -> None:
    await world.over()
    await world.act(presses.actions_sent, world.ask(values=what, private={"incident": "INC-1"}))
    view = view_in(await world.act(presses.submitted, world.ask(private={"incident": "INC-1"})))
    assert words in str(fit_view(view))


async def test_edited_after_filing_the_ticket_reads_as_it_stands_here(world: World) -> None:
    await world.over()
    await world.written(ALARM)
    assert world.tracker.texts == []  # filed with its text: nothing to replace

    opened = await world.act(presses.write, world.ask(key="INC-1"))
    assert "Filed as OPS-43. Filing it again replaces the ticket's text." in shown(view_in(opened))
    values = {"title": "Payments failed", "summary": "The pool was too small.", "impact": ""}
    await world.act(presses.what_sent, world.ask(BOB, values=values, private={"incident": "INC-1"}))
    await world.act(presses.submitted, world.ask(BOB, private={"incident": "INC-1"}))
    await world.work()

    ((ticket, text),) = world.tracker.texts
    assert (ticket, "The pool was too small." in text) == ("OPS-43", True)
    assert world.tracker.changes == [("OPS-43", {"summary": "Postmortem INC-1: Payments failed"})]
    assert len(world.tracker.made) == 2


async def test_a_text_that_the_tracker_does_not_take_keeps_nothing_else_back(world: World) -> None:
    await world.over()
    await world.written(ALARM)
    world.tracker.down["rewrite"] = [Unavailable("Jira did not answer")]
    values = {"what": "Drill it", "owner": BOB.id}
    await world.act(item_presses.added, world.ask(BOB, values=values, private={"incident": "INC-1"}))
    run = (await world.work())[0]

    assert [one.ticket for one in await world.items()] == ["OPS-44", "OPS-45"]
    assert world.tracker.texts == []
    await run.settle()
    assert "Drill it" in world.tracker.texts[0][1]


async def test_an_action_added_afterwards_gets_a_ticket_of_its_own(world: World) -> None:
    await world.over()
    await world.written(ALARM)
    await world.act(
        item_presses.added,
        world.ask(BOB, values={"what": "Drill it", "owner": BOB.id}, private={"incident": "INC-1"}),
    )
    await world.work()

    assert [(one.what, one.ticket) for one in await world.items()] == [(ALARM[0], "OPS-44"), ("Drill it", "OPS-45")]
    assert len(world.tracker.made) == 3


async def test_an_action_done_before_its_ticket_came_moves_the_ticket(world: World) -> None:
    await world.over()
    world.tracker.down["file"] = []
    await world.act(presses.actions_sent, world.ask(values={"what_n1": "Quick one"}, private={"incident": "INC-1"}))
    await world.act(presses.submitted, world.ask(private={"incident": "INC-1"}))
    (item,) = await world.items()
    await world.act(item_presses.done, world.ask(key=str(item.id)))
    await world.work()

    (item,) = await world.items()
    assert (item.done, item.ticket, item.moving) == (True, "OPS-44", False)
    assert world.tracker.moves == [("OPS-44", True)]


async def test_a_private_incident_stays_here_unless_somebody_ticks_it(world: World) -> None:
    await world.over(private=True)
    await world.written()
    assert world.tracker.made == {}
    assert (await world.row()).state is Stage.SAVED

    await world.act(presses.submitted, world.ask(values={"where": ("share",)}, private={"incident": "INC-1"}))
    await world.work()
    assert list(world.tracker.made) == ["daywatch-inc-1"]


async def test_a_practice_is_never_filed(world: World) -> None:
    await world.over(practice=True)
    await world.written()

    assert world.tracker.made == {}


async def test_an_incident_that_goes_on_is_not_filed_but_what_was_typed_stays(world: World) -> None:
    await world.over(status=State.MONITORING, resolved_at=None, ended_at=None)
    memory = {"incident": "INC-1"}
    await world.act(presses.why_sent, world.ask(values={"factors": "Two of them"}, private=memory))
    acts = await world.act(presses.submitted, world.ask(private=memory))

    assert "still monitoring" in shown(view_in(acts))
    assert world.starts() == []
    assert (await world.row()).text("factors") == "Two of them"


async def test_a_rate_limit_is_waited_out(world: World) -> None:
    world.tracker.down["file"] = [RateLimited("slow down", retry_after=3)]
    await world.over()
    await world.written()

    assert (await world.row()).ticket == "OPS-43"


async def test_a_deleted_ticket_is_told_and_filed_anew_when_sent_again(world: World) -> None:
    from bot.features.postmortems import events  # noqa: PLC0415 - for this one test

    await world.over()
    await world.written()
    await world.act(events.ticket_changed, world.news("OPS-43", TicketState.NEW, deleted=True))
    drawn = await drawing.filed(world.postmortems, "1")
    assert drawn is not None
    assert "OPS-43 was deleted in the tracker" in str(drawn.message.to_dict())
    assert await world.postmortems.record.rows.ticket_of(1) is None

    world.tracker.made.clear()
    await world.written()
    row = await world.row()
    assert (row.state, row.gone) == (Stage.FILED, False)
    assert list(world.tracker.made) == ["daywatch-inc-1"]


async def test_the_filed_message_is_one_that_slack_takes(world: World) -> None:
    await world.over(title=TEXTS["long"])
    await world.written(*[(f"{TEXTS['emoji']}{number}", ANN.id, date(2026, 12, 4)) for number in range(9)])
    drawn = await drawing.filed(world.postmortems, "1")
    assert drawn is not None

    shape = fit(drawn.message)
    assert problems(shape) == []
    assert "and 4 more" in str(shape)
