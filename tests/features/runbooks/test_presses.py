"""Reading a page, working through it in an incident, and saying that it is wrong."""

from pathlib import Path

from bot.acts import Acts, Happened, Next, Open, Post, Reply, Wrong
from bot.domain.incident import State
from bot.features.runbooks import presses, surfaces, views
from bot.features.runbooks.boxes import Boxes
from bot.features.runbooks.service import Runbooks
from bot.store.database import Store
from tests.fakes.names import ANN, BOB
from tests.features.runbooks import pages
from tests.features.runbooks.asking import asked, read, the
from tests.features.runbooks.conftest import NOW
from tests.store import an_alert, an_incident

CARD = "INC-1:long-walk"


async def words_on_timeline(runbooks: Runbooks) -> list[str]:
    moments, _ = await runbooks.timeline.page(1, limit=100)
    return [one.words for one in moments]


async def drawn(runbooks: Runbooks, key: str) -> str:
    """The message as it would be posted now."""
    name, _, rest = key.partition(":")
    found = await {"runbook.run": surfaces.run, "runbook.wrong": surfaces.wrong}[name](runbooks, rest)
    assert found is not None
    return f"{found.channel} {read(found.message)}"


async def begun(runbooks: Runbooks, store: Store, key: str = CARD) -> Acts:
    await an_incident(store, NOW)
    async with store.transaction():
        return await presses.run_it(runbooks, asked(key=key, channel="C0INC142"))


# Reading.


async def test_the_page_of_an_alert_in_triage_opens(runbooks: Runbooks, store: Store) -> None:
    row = await an_alert(store, await an_incident(store, NOW), NOW)
    page = {"slug": "long-walk", "title": "A long walk"}
    await runbooks.alerts.change(row.id, runbook=page)
    shown = the(await presses.open_for_alert(runbooks, asked(key=f"alert:{row.id}")), Reply)
    opened = the(await presses.open_page(runbooks, asked(key="long-walk")), Reply)
    assert shown == opened

    await runbooks.alerts.change(row.id, runbook=page | {"slug": "no-more"})
    for key in (f"alert:{row.id}", "alert:77", "alert:x"):
        gone = the(await presses.open_for_alert(runbooks, asked(key=key)), Reply)
        assert gone.message.text != shown.message.text


async def test_all_steps_on_the_card_opens_the_page_for_one_person(runbooks: Runbooks) -> None:
    reply = the(await presses.open_page(runbooks, asked(key="INC-1:checkout-errors", on_message=True)), Reply)
    assert not reply.everybody
    shown = read(reply.message)
    assert "Open the provider's status page." in shown
    assert all(verb in shown for verb in ("Post here", "Run it", "It is wrong"))


async def test_outside_of_an_incident_there_is_nothing_to_run(runbooks: Runbooks) -> None:
    shown = read(await presses.open_page(runbooks, asked(key="checkout-errors")))
    assert "Run it" not in shown
    assert "Next part" not in shown


async def test_a_long_page_goes_on_with_the_next_part_and_nothing_is_left_out(runbooks: Runbooks, shelf: Path) -> None:
    body = "\n".join(f"## Part {number}\n\n{'Look here. ' * 300}\n" for number in range(6))
    (shelf / "thick.md").write_text(pages.text(body=body, title="Thick"))
    runbooks.librarian.library.refresh()
    first = read(await presses.open_page(runbooks, asked(key="thick")))
    assert '"thick|1"' in first
    last = read(await presses.turn_page(runbooks, asked(key="thick|2")))
    assert "part 3 of 3" in last
    assert "Next part" not in last
    page = runbooks.librarian.page("thick")
    assert page is not None
    assert "".join(views.parts_of(page)) == page.body


async def test_in_a_modal_a_page_goes_on_top_and_turns_in_place(runbooks: Runbooks) -> None:
    opened = the(await presses.open_page(runbooks, asked(key="checkout-errors", view_id="V1", channel="")), Next)
    assert opened.push
    shown = read(opened.view)
    assert "kubectl get pods" in shown
    assert "```" not in shown
    turned = the(await presses.turn_page(runbooks, asked(key="checkout-errors|9", view_id="V1")), Next)
    assert not turned.push


async def test_post_here_shows_it_to_everybody(runbooks: Runbooks) -> None:
    reply = the(await presses.post_here(runbooks, asked(key="disk-full")), Reply)
    assert reply.everybody
    assert "Post here" not in read(reply.message)


async def test_a_page_that_was_taken_away_says_so_where_it_was_pressed(runbooks: Runbooks) -> None:
    for press in (presses.open_page, presses.turn_page, presses.post_here, presses.run_it, presses.wrong_form):
        assert "no runbook called gone" in read(await press(runbooks, asked(key="INC-1:gone")))
        assert "no runbook called gone" in read(await press(runbooks, asked(key="gone", view_id="V1")))
        assert "no runbook called" in read(await press(runbooks, asked(key="<!channel> ../../etc")))


# Working through it.


async def test_running_a_page_puts_its_steps_into_the_incidents_thread(runbooks: Runbooks, store: Store) -> None:
    acts = await begun(runbooks, store)
    assert Post("runbook.run:1") in acts
    shown = await drawn(runbooks, "runbook.run:1")
    assert shown.startswith("C0INC142 ")
    assert "0 of 23 steps done" in shown
    assert "10. Look at place 10." in shown
    assert "11. Look at place 11." not in shown
    assert await words_on_timeline(runbooks) == ["Ann started the runbook Long walk"]
    (audited,) = await runbooks.audit.of("INC-1")
    assert (audited["who"], audited["what"]) == (ANN.id, "runbook.run")


async def test_a_person_who_starts_one_has_acted(runbooks: Runbooks, store: Store) -> None:
    await begun(runbooks, store)
    found = await runbooks.incidents.get(1)
    assert found is not None
    assert found.touched


async def test_a_second_start_finds_the_first(runbooks: Runbooks, store: Store) -> None:
    await begun(runbooks, store)
    async with store.transaction():
        acts = await presses.run_it(runbooks, asked(key=CARD, person=BOB, once="slack:2"))
    assert "Ann started it, 04:12 CET" in read(acts)
    assert len(await words_on_timeline(runbooks)) == 1


async def test_a_tick_carries_name_and_time_and_is_news(runbooks: Runbooks, store: Store) -> None:
    await begun(runbooks, store)
    ask = asked(person=BOB, block="run:1:0:0", picked=("1",), once="slack:2")
    async with store.transaction():
        acts = await presses.ticked(runbooks, ask)
    news = the(acts, Happened)
    assert (news.event, news.given["incident"], news.given["step"], news.given["done"]) == (
        "runbook.ticked",
        1,
        2,
        True,
    )
    shown = await drawn(runbooks, "runbook.run:1")
    assert "Bob, 04:12 CET" in shown
    assert "1 of 23 steps done" in shown
    assert '"block_id": "run:1:0:2"' in shown
    assert (await words_on_timeline(runbooks))[-1] == "Step 2 done: Look at place 2. (Bob, Long walk)"


async def test_two_people_who_tick_at_once_undo_nothing(runbooks: Runbooks, store: Store) -> None:
    """Both saw empty boxes; the second one's payload does not know of the first one's tick."""
    await begun(runbooks, store)
    async with store.transaction():
        await presses.ticked(runbooks, asked(block="run:1:0:0", picked=("0",), once="slack:2"))
        await presses.ticked(runbooks, asked(person=BOB, block="run:1:0:0", picked=("1",), once="slack:3"))
    run = await runbooks.runs.get(1)
    assert run is not None
    assert {place: tick.who for place, tick in run.ticks.items()} == {0: ANN.id, 1: BOB.id}


async def test_a_box_can_be_cleared_again(runbooks: Runbooks, store: Store) -> None:
    await begun(runbooks, store)
    async with store.transaction():
        await presses.ticked(runbooks, asked(block="run:1:0:0", picked=("0",), once="slack:2"))
        acts = await presses.ticked(runbooks, asked(block="run:1:0:1", picked=(), once="slack:3"))
    assert the(acts, Happened).given["done"] is False
    assert "0 of 23 steps done" in await drawn(runbooks, "runbook.run:1")
    assert (await words_on_timeline(runbooks))[-1].startswith("Step 1 open again")


async def test_later_steps_are_a_page_further_and_ticks_find_their_place(runbooks: Runbooks, store: Store) -> None:
    await begun(runbooks, store)
    async with store.transaction():
        await presses.turn_steps(runbooks, asked(key="1:2"))
    shown = await drawn(runbooks, "runbook.run:1")
    assert "Steps 21 to 23 of 23" in shown
    assert "Earlier steps" in shown
    assert "Later steps" not in shown
    async with store.transaction():
        await presses.ticked(runbooks, asked(block="run:1:2:0", picked=("22",), once="slack:2"))
    run = await runbooks.runs.get(1)
    assert run is not None
    assert list(run.ticks) == [22]


async def test_the_steps_stay_as_they_were_when_it_began(runbooks: Runbooks, store: Store, shelf: Path) -> None:
    await begun(runbooks, store, "INC-1:checkout-errors")
    (shelf / "checkout-errors.md").unlink()
    runbooks.librarian.library.refresh()
    assert "2. Compare error rates by version." in await drawn(runbooks, "runbook.run:1")


async def test_an_incident_that_is_over_takes_no_ticks(runbooks: Runbooks, store: Store) -> None:
    await begun(runbooks, store)
    async with store.transaction():
        await runbooks.incidents.change(1, NOW, status=State.CLOSED)
        acts = await presses.ticked(runbooks, asked(block="run:1:0:0", picked=("0",), once="slack:2"))
    assert "INC-1 is closed" in read([act for act in acts if isinstance(act, Reply)])
    shown = await drawn(runbooks, "runbook.run:1")
    assert "checkboxes" not in shown
    assert "☐" in shown


async def test_running_needs_an_open_incident_with_a_channel(runbooks: Runbooks, store: Store) -> None:
    assert "needs an incident" in read(await presses.run_it(runbooks, asked(key="long-walk")))
    await an_incident(store, NOW, channel=None)
    assert "not ready" in read(await presses.run_it(runbooks, asked(key=CARD)))
    await runbooks.incidents.change(1, NOW, status=State.RESOLVED, channel="C0INC142")
    assert "INC-1 is resolved" in read(await presses.run_it(runbooks, asked(key=CARD)))


async def test_a_made_up_block_is_no_list_of_steps(runbooks: Runbooks) -> None:
    for block in (
        "",
        "run",
        "run:1",
        "run:x:0:0",
        "run:1:0:zz",
        "tasks:INC-1",
        "run:1:0:0:0",
        "run:²:0:0",
        f"run:{'9' * 40}:0:0",
    ):
        assert Boxes.of(block) is None
    assert "not known any more" in read(await presses.ticked(runbooks, asked(block="run:77:0:0", picked=("0",))))
    assert "not known any more" in read(await presses.turn_steps(runbooks, asked(key="77:1")))


# It is wrong.


async def test_saying_that_a_page_is_wrong_tells_its_owners_in_their_channel(runbooks: Runbooks, store: Store) -> None:
    await an_incident(store, NOW)
    form = the(await presses.wrong_form(runbooks, asked(key="INC-1:checkout-errors")), Open).view
    assert "#platform-ops" in read(form)
    ask = asked(private=form.memory, values={"words": "Step 2 names a dashboard that is gone. <!channel>"}, channel="")
    async with store.transaction():
        acts = await presses.said_wrong(runbooks, ask)
    assert "Told platform" in read([act for act in acts if isinstance(act, Next)])
    assert Post("runbook.wrong:1") in acts
    shown = await drawn(runbooks, "runbook.wrong:1")
    assert shown.startswith("#platform-ops ")
    assert "in INC-1" in shown
    assert '"mrkdwn"' not in shown, "their words stand where nothing is parsed"
    assert "dashboard that is gone" in (await words_on_timeline(runbooks))[-1]
    (audited,) = await runbooks.audit.of("checkout-errors")
    assert audited["what"] == "runbook.wrong"


async def test_a_private_incident_is_not_named_to_the_owners(runbooks: Runbooks, store: Store) -> None:
    await an_incident(store, NOW, private=True)
    ask = asked(private={"page": "INC-1:disk-full"}, values={"words": "No such disk"})
    async with store.transaction():
        await presses.said_wrong(runbooks, ask)
    assert "INC-1" not in await drawn(runbooks, "runbook.wrong:1")


async def test_an_empty_form_says_what_it_wants(runbooks: Runbooks) -> None:
    acts = await presses.said_wrong(runbooks, asked(private={"page": "disk-full"}, values={"words": " "}))
    assert "words" in the(acts, Wrong).fields
    acts = await presses.said_wrong(runbooks, asked(private={"page": "gone"}, values={"words": "x"}))
    assert "no runbook called gone" in read(acts)


# The forms.


async def test_the_search_form_answers_with_what_it_found(runbooks: Runbooks) -> None:
    form = the(await presses.search_form(runbooks, asked(key="home", channel="")), Open).view
    assert form.memory == {"incident": ""}
    ask = asked(values={"words": "disk"}, private={"incident": "INC-1"}, channel="")
    shown = read(await presses.searched(runbooks, ask))
    assert "INC-1:disk-full" in shown
    assert "words" in the(await presses.searched(runbooks, asked(values={"words": ""})), Wrong).fields


async def test_writing_one_begins_with_lines_that_the_library_accepts(runbooks: Runbooks, shelf: Path) -> None:
    view = the(await presses.write_form(runbooks, asked(key='The "moon" fell')), Open).view
    (code,) = [
        element["elements"][0]["text"]
        for block in view.to_dict()["blocks"]
        if block["type"] == "rich_text"
        for element in block["elements"]
    ]
    (shelf / "moon.md").write_text(code)
    runbooks.librarian.library.refresh()
    page = runbooks.librarian.page("moon")
    assert page is not None, runbooks.librarian.library.problems
    assert (page.title, page.owner, page.steps) == ("The 'moon' fell", "platform", ("The first thing to look at.",))
