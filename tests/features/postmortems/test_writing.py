"""Writing: four pages, each saved when it is sent; prefilled, friendly, and safe with two people at it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.timeline import Moment
from bot.features.postmortems import commands, events, forms, presses, preview, sheet
from bot.features.postmortems.merging import mark, packed
from bot.slack.fit import fit_view
from bot.slack.limits import problems
from bot.slack.message import View
from tests.features.postmortems.world import ANN, BEGAN, BOB, GIL, SAM, World, shown, view_in, wrong_in
from tests.slack.hostile import TEXTS

MEMORY = {"incident": "INC-1"}
PAGES = {"what": presses.what_sent, "why": presses.why_sent, "actions": presses.actions_sent}


def initial(view: View, name: str) -> Any:
    block = next(one for one in view.to_dict()["blocks"] if one.get("block_id") == name)
    element = block["element"]
    return element.get("initial_value") or element.get("initial_user") or element.get("initial_date")


def hint_of(view: View, name: str) -> str:
    block = next(one for one in view.to_dict()["blocks"] if one.get("block_id") == name)
    return str(block.get("hint", {}).get("text", ""))


def memory_of(view: View) -> dict[str, Any]:
    return dict(view.memory)


async def test_the_first_page_is_prefilled_and_says_so(world: World) -> None:
    await world.over()
    view = view_in(await world.act(presses.write, world.ask(key="INC-1")))

    assert initial(view, "title") == "Checkout: 5xx at 12 %"
    assert initial(view, "impact") == "About 12 % of payments failed."
    assert "03:31 UTC Ann set the status to identified" in initial(view, "summary")
    assert hint_of(view, "summary") == "From the timeline"
    assert hint_of(view, "impact") == "From the timeline"


async def test_what_people_changed_is_no_longer_marked(world: World) -> None:
    await world.over()
    await world.act(presses.what_sent, world.ask(values={"title": "Mine", "summary": "Mine"}, private=MEMORY))
    view = view_in(await world.act(presses.write, world.ask(key="INC-1")))

    assert (initial(view, "title"), initial(view, "summary"), initial(view, "impact")) == ("Mine", "Mine", None)
    assert "From the timeline" not in hint_of(view, "summary")


async def test_save_and_next_walks_all_four_pages_and_keeps_each(world: World) -> None:
    await world.over()
    why = view_in(
        await world.act(
            presses.what_sent, world.ask(values={"title": "T", "summary": "S", "impact": "I"}, private=MEMORY)
        )
    )
    assert why.callback_id == forms.WHY_FORM
    assert "What fixed it: rolled back to 2.14.0" in initial(why, "helped")
    todo = view_in(
        await world.act(
            presses.why_sent, world.ask(values={"factors": "F", "helped": "H", "slowed": "L"}, private=MEMORY)
        )
    )
    assert todo.callback_id == forms.ACTIONS_FORM
    values = {"what_n1": "Do it", "owner_n1": ANN.id, "due_n1": "2026-12-04"}
    last = view_in(await world.act(presses.actions_sent, world.ask(values=values, private=MEMORY)))

    assert last.callback_id == preview.PREVIEW_FORM
    for words in ("'T'", "'S'", "'I'", "'F'", "'H'", "'L'", "Do it", "Ann · due 4 Dec"):
        assert words in shown(last)
    row = await world.row()
    assert [row.text(name) for name in ("title", "summary", "impact", "factors", "helped", "slowed")] == list("TSIFHL")
    assert [row.saved(page) is not None for page in PAGES] == [True, True, True]


async def test_going_back_saves_too(world: World) -> None:
    await world.over()
    ask = world.ask(values={"factors": "Half a thought"}, private=MEMORY, key="INC-1", origin=sheet.BACKS["what"])
    view = view_in(await world.act(presses.back, ask))

    assert view.callback_id == forms.WHAT_FORM
    assert (await world.row()).text("factors") == "Half a thought"


async def test_a_page_that_cannot_be_left_says_why_and_keeps_what_is_typed(world: World) -> None:
    await world.over()
    back: dict[str, Any] = {"private": MEMORY, "key": "INC-1"}
    values: dict[str, Any] = {"what_n1": "", "owner_n1": ANN.id, "what_n2": "x", "due_n2": "2020-01-01"}
    view = view_in(await world.act(presses.back, world.ask(values=values, origin=sheet.BACKS["why"], **back)))
    assert "Not saved yet. Say what is to be done. Use a date after today." in shown(view)
    assert (initial(view, "owner_n1"), initial(view, "what_n2")) == (ANN.id, "x")

    await world.act(presses.why_sent, world.ask(BOB, values={"factors": "a" * 2900}, private=MEMORY))
    back["private"] = MEMORY | {"shown": packed({"factors": [mark("")]})}
    values = {"factors": "b" * 2000, "helped": "The page"}
    view = view_in(await world.act(presses.back, world.ask(values=values, origin=sheet.BACKS["what"], **back)))
    assert view.callback_id == forms.WHY_FORM
    assert "Both do not fit: shorten yours to 98 characters." in shown(view)
    assert (initial(view, "factors"), initial(view, "helped")) == ("b" * 2000, "The page")


async def test_a_title_is_needed(world: World) -> None:
    await world.over()

    assert wrong_in(await world.act(presses.what_sent, world.ask(values={"title": " "}, private=MEMORY)))


@pytest.mark.parametrize("words", ["It was human error.", "They should have known", "a CARELESS deploy"])
async def test_blaming_words_bring_a_question_and_are_saved_all_the_same(world: World, words: str) -> None:
    await world.over()
    after = view_in(await world.act(presses.why_sent, world.ask(values={"factors": words}, private=MEMORY)))
    assert after.callback_id == forms.ACTIONS_FORM
    assert (await world.row()).text("factors") == words
    assert "?" in shown(after)

    ask = world.ask(values={}, private=MEMORY, key="INC-1", origin=sheet.BACKS["why"])
    again = view_in(await world.act(presses.back, ask))
    assert hint_of(again, "factors").startswith("“")
    assert hint_of(again, "factors").endswith("?")


async def at_once(world: World, anns: dict[str, Any], bobs: dict[str, Any], page: str = "what") -> list[Any]:
    """Both open the page; Ann sends it first. What Bob gets."""
    opened = {"what": presses.write, "why": presses.what_sent, "actions": presses.why_sent}[page]
    values = {"title": "Checkout"} if page == "why" else {}
    first, second = [
        view_in(await world.act(opened, world.ask(who, key="INC-1", values=values, private=MEMORY)))
        for who in (ANN, BOB)
    ]
    world.now += timedelta(minutes=1)
    await world.act(PAGES[page], world.ask(ANN, values=typed_in(first, anns), private=memory_of(first)))
    world.now += timedelta(minutes=1)
    return await world.act(PAGES[page], world.ask(BOB, values=typed_in(second, bobs), private=memory_of(second)))


def typed_in(view: View, changes: dict[str, Any]) -> dict[str, Any]:
    """All that a form sends: what stood in its fields, and what was changed."""
    names = [one["block_id"] for one in view.to_dict()["blocks"] if one["type"] == "input"]
    return {name: initial(view, name) for name in names} | changes


async def test_two_people_who_change_different_fields_of_a_page_keep_both(world: World) -> None:
    await world.over()
    await world.act(presses.what_sent, world.ask(values={"title": "T", "summary": "S", "impact": "I"}, private=MEMORY))
    after = await at_once(world, {"summary": "Ann's"}, {"impact": "Bob's"})

    assert "Ann saved this page too while you wrote. Nothing was lost." in shown(view_in(after))
    row = await world.row()
    assert [row.text(name) for name in ("title", "summary", "impact")] == ["T", "Ann's", "Bob's"]


async def test_where_two_people_changed_the_same_both_texts_are_kept_and_it_is_told(world: World) -> None:
    await world.over()
    await world.act(presses.what_sent, world.ask(values={"title": "T", "summary": "S", "impact": "I"}, private=MEMORY))
    after = await at_once(world, {"title": "Ann's", "summary": "By Ann"}, {"title": "Bob's", "summary": "By Bob"})

    told = shown(view_in(after))
    assert "Both texts are kept: make one of them. The title was “Ann's”." in told
    row = await world.row()
    assert (row.text("title"), row.text("summary"), row.text("impact")) == ("Bob's", "By Ann\n\nBy Bob", "I")


async def test_two_texts_that_do_not_fit_together_are_an_error_under_the_field(world: World) -> None:
    await world.over()
    after = await at_once(world, {"factors": "a" * 2900}, {"factors": "b" * 2000}, "why")
    assert wrong_in(after) == {
        "factors": "Somebody wrote here meanwhile. Both do not fit: shorten yours to 98 characters"
    }
    assert (await world.row()).text("factors") == "a" * 2900


async def test_actions_that_two_people_change_lose_nothing(world: World) -> None:
    await world.over()
    values: dict[str, Any] = {"what_n1": "one", "what_n2": "two", "what_n3": "three", "what_n4": "four"}
    await world.act(presses.actions_sent, world.ask(values=values, private=MEMORY))
    one, two, three, four = [item.id for item in await world.items()]
    anns = {f"what_k{one}": "one by Ann", f"owner_k{two}": ANN.id, f"what_k{three}": "", f"what_k{four}": "four by Ann"}
    bobs = {f"due_k{one}": "2026-12-04", f"what_k{three}": "three by Bob", f"what_k{four}": "four by Bob"}
    await at_once(world, anns, bobs, "actions")

    assert sorted((item.what, item.owner, str(item.due)) for item in await world.items()) == [
        ("four by Ann", None, "None"),
        ("four by Bob", None, "None"),
        ("one by Ann", None, "2026-12-04"),
        ("three by Bob", None, "None"),
        ("two", ANN.id, "None"),
    ]


async def test_what_was_typed_into_an_action_that_was_filed_meanwhile_is_told(world: World) -> None:
    await world.over()
    await world.act(presses.actions_sent, world.ask(values={"what_n1": "one"}, private=MEMORY))
    (item,) = await world.items()
    view = view_in(await world.act(presses.why_sent, world.ask(BOB, values={}, private=MEMORY)))
    await world.act(presses.submitted, world.ask(ANN, private=MEMORY))
    await world.work()
    for change, told in (
        ({f"what_k{item.id}": "one, better"}, "left out: “one, better”"),
        ({f"owner_k{item.id}": BOB.id}, "under Actions"),
    ):
        sent = world.ask(BOB, values=typed_in(view, change), private=memory_of(view))
        assert told in shown(view_in(await world.act(presses.actions_sent, sent)))

    assert [(one.what, one.owner) for one in await world.items()] == [("one", None)]


async def test_a_page_of_actions_that_is_sent_twice_adds_them_once(world: World) -> None:
    await world.over()
    view = view_in(await world.act(presses.why_sent, world.ask(values={}, private=MEMORY)))
    values = {"what_n1": "Only once", "due_n1": "2026-12-04"}
    for _ in range(2):
        await world.act(presses.actions_sent, world.ask(values=values, private=memory_of(view)))

    assert [item.what for item in await world.items()] == ["Only once"]
    await world.act(presses.submitted, world.ask(ANN, private=MEMORY))
    await world.work()
    await world.act(presses.actions_sent, world.ask(values=values, private=memory_of(view)))
    assert [item.what for item in await world.items()] == ["Only once"]


async def test_one_more_row_does_not_forget_what_was_shown(world: World) -> None:
    await world.over()
    await world.act(presses.actions_sent, world.ask(values={"what_n1": "one"}, private=MEMORY))
    (item,) = await world.items()
    view = view_in(await world.act(presses.why_sent, world.ask(BOB, values={}, private=MEMORY)))
    await world.act(presses.actions_sent, world.ask(ANN, values={f"what_k{item.id}": "by Ann"}, private=MEMORY))
    more = world.ask(BOB, key="INC-1", values=typed_in(view, {}), private=memory_of(view))
    view = view_in(await world.act(presses.another, more))
    await world.act(presses.actions_sent, world.ask(BOB, values=typed_in(view, {}), private=memory_of(view)))

    assert [one.what for one in await world.items()] == ["by Ann"]


async def test_other_pages_of_two_people_do_not_touch_each_other(world: World) -> None:
    await world.over()
    await world.act(presses.what_sent, world.ask(ANN, values={"title": "Ann's"}, private=MEMORY))
    after = await world.act(presses.why_sent, world.ask(BOB, values={"factors": "Bob's"}, private=MEMORY))

    assert "while you wrote" not in shown(view_in(after))
    row = await world.row()
    assert (row.text("title"), row.text("factors")) == ("Ann's", "Bob's")


async def test_another_row_keeps_what_is_typed_and_ends_at_ten(world: World) -> None:
    await world.over()
    values: dict[str, Any] = {"what_n1": "first", "owner_n1": ANN.id, "due_n1": None}
    view = view_in(await world.act(presses.another, world.ask(values=values, private=MEMORY, key="INC-1")))
    assert (initial(view, "what_n1"), initial(view, "owner_n1"), initial(view, "what_n2")) == ("first", ANN.id, None)

    values = {f"what_n{number}": "x" for number in range(1, 10)}
    view = view_in(await world.act(presses.another, world.ask(values=values, private=MEMORY, key="INC-1")))
    assert initial(view, "what_n10") is None
    assert "Add another" not in shown(view)
    assert problems(fit_view(view)) == []


async def test_actions_are_changed_dropped_and_checked(world: World) -> None:
    await world.over()
    values: dict[str, Any] = {"what_n1": "one", "what_n2": "two", "due_n2": "2026-12-04"}
    await world.act(presses.actions_sent, world.ask(values=values, private=MEMORY))
    one, two = await world.items()
    changed = {f"what_k{one.id}": "", f"what_k{two.id}": "two!", f"due_k{two.id}": "2026-12-05", "what_n1": ""}
    await world.act(presses.actions_sent, world.ask(values=changed, private=MEMORY))
    assert [(item.what, str(item.due)) for item in await world.items()] == [("two!", "2026-12-05")]

    bad = {
        "what_n1": "",
        "owner_n1": ANN.id,
        "what_n2": "x",
        "due_n2": "2020-01-01",
        "what_n3": "y",
        "owner_n3": GIL.id,
    }
    assert wrong_in(await world.act(presses.actions_sent, world.ask(values=bad, private=MEMORY))) == {
        "what_n1": "Say what is to be done",
        "due_n2": "Use a date after today",
        "owner_n3": "Choose a full member of this workspace",
    }
    many = {f"what_n{number}": "x" for number in range(1, 12)}
    assert "At most 10" in str(wrong_in(await world.act(presses.actions_sent, world.ask(values=many, private=MEMORY))))


async def test_actions_that_two_people_add_all_stay(world: World) -> None:
    await world.over()
    await world.act(presses.actions_sent, world.ask(ANN, values={"what_n1": "Ann's"}, private=MEMORY))
    await world.act(presses.actions_sent, world.ask(BOB, values={"what_n1": "Bob's"}, private=MEMORY))

    assert [(one.number, one.what) for one in await world.items()] == [(1, "Ann's"), (2, "Bob's")]


async def test_filed_actions_are_told_and_not_rewritten(world: World) -> None:
    await world.over()
    await world.written(("Filed one", ANN.id, None))
    (item,) = await world.items()
    await world.act(presses.actions_sent, world.ask(values={f"what_k{item.id}": ""}, private=MEMORY))
    view = view_in(await world.act(presses.why_sent, world.ask(values={}, private=MEMORY)))

    assert [one.what for one in await world.items()] == ["Filed one"]
    assert "Filed one" in shown(view)
    assert f"what_k{item.id}" not in shown(view)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_all_pages_hold_whatever_is_typed(world: World, text: str) -> None:
    await world.over()
    values = dict.fromkeys(("summary", "impact", "factors", "helped", "slowed"), text) | {"title": f"x{text}"}
    actions = {f"what_n{number}": f"{number}{text}" for number in range(1, 10)}
    views = [view_in(await world.act(PAGES["what"], world.ask(values=values, private=MEMORY)))]
    views.append(view_in(await world.act(PAGES["why"], world.ask(values=values, private=MEMORY))))
    views.append(view_in(await world.act(PAGES["actions"], world.ask(values=actions, private=MEMORY))))
    views += [
        view_in(await world.act(one, world.ask(key="INC-1", private=MEMORY))) for one in (presses.write, presses.read)
    ]

    for view in views:
        assert problems(fit_view(view)) == []


async def test_a_thousand_moments_fit_into_the_first_page_and_the_body(world: World) -> None:
    incident = await world.over()
    for number in range(1000):
        words = f"{number} {TEXTS['long'][:300]}"
        moment = Moment(at=BEGAN + timedelta(seconds=number), kind="note", words=words, key=True)
        await world.postmortems.record.timeline.add(incident.id, moment)
    view = view_in(await world.act(presses.write, world.ask(key="INC-1")))
    shape = fit_view(view)
    assert problems(shape) == []
    assert len(initial(view, "summary")) <= 3000
    assert "1,004 moments" in str(shape)

    await world.written()
    assert len(world.tracker.drafts[0].body) < 120_000


async def test_a_merged_incident_is_written_up_with_the_other(world: World) -> None:
    await world.over(title="The one that stayed")
    await world.over(title="The merged one", merged_into=1, channel="C0OTHER")
    view = view_in(await world.act(commands.postmortem, world.ask(channel="C0OTHER")))

    assert memory_of(view)["incident"] == "INC-1"


async def test_a_private_one_opens_only_for_those_who_were_there(world: World) -> None:
    await world.over(private=True, responders=[BOB.id])
    outside = await world.act(presses.write, world.ask(SAM, key="INC-1"))
    assert "do not know that incident" in shown(view_in(outside))
    assert "Checkout" not in shown(view_in(outside))
    refused = await world.act(presses.what_sent, world.ask(SAM, values={"title": "x"}, private=MEMORY))
    assert "do not know that incident" in shown(view_in(refused))

    await world.hear(events.incident_resolved, incident=1, resolves=1, postmortem=True, by=None)
    for person, channel in ((ANN, ""), (BOB, ""), (SAM, "C0INC142")):
        view = view_in(await world.act(presses.write, world.ask(person, key="INC-1", channel=channel)))
        assert view.callback_id == forms.WHAT_FORM
