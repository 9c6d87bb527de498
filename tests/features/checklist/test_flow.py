"""The digest's way out: asked, posted, its table in the thread; refreshed in place, telling how far it is."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from bot.acts import Acts, Post, Reply, Start
from bot.domain.capabilities import Chat
from bot.domain.check import Answer, Item, Status
from bot.domain.digest import DigestState
from bot.domain.errors import Unavailable
from bot.features.checklist import commands, flow, presses
from bot.features.checklist.record import details_key
from tests.fakes.run import PlainRun
from tests.features.checklist.world import World, answer, finding


@dataclass(slots=True)
class Shown:
    """Only shows; what it was asked to show is kept."""

    keys: list[str] = field(default_factory=list)
    trouble: Exception | None = None

    @property
    def chat(self) -> Chat:
        return cast("Chat", self)  # the flow of a digest only shows

    async def show(self, key: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.keys.append(key)


async def begun(world: World) -> int:
    routine = await world.routine()
    await world.desk.record(lambda: world.checklist.record.begin(routine))
    return await world.checklist.record.open_today(routine)


async def test_the_morning_asks_once_posts_once_and_puts_the_table_into_the_thread(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    number, run, chat = await begun(world), PlainRun(), Shown()
    await flow.digest(run, world.checklist, chat.chat, world.desk, number)
    assert run.steps == ["ask", "post", "posted", "table"]
    assert chat.keys == [f"checklist.digest:{number}", f"checklist.table:{number}"]
    digest = await world.digest(number)
    assert (digest.state, digest.posted_at, len(digest.lines)) == (DigestState.POSTED, world.clock(), 3)


async def test_while_it_is_being_asked_there_is_nothing_to_draw(world: World) -> None:
    number = await begun(world)
    assert await world.checklist.seeing.digest(str(number)) is None


async def test_without_any_check_there_is_no_table(world: World) -> None:
    number = await begun(world)
    await flow.digest(PlainRun(), world.checklist, Shown().chat, world.desk, number)
    assert await world.checklist.seeing.table(str(number)) is None
    drawn = await world.checklist.seeing.digest(str(number))
    assert drawn is not None
    assert drawn.channel == "#platform-ops"


async def test_a_digest_that_slack_does_not_take_is_not_called_posted(world: World) -> None:
    number = await begun(world)
    chat = Shown(trouble=Unavailable("Slack did not answer"))
    with pytest.raises(Exception, match="post"):
        await flow.digest(PlainRun(), world.checklist, chat.chat, world.desk, number)
    assert (await world.digest(number)).posted_at is None


async def test_a_forgotten_digest_is_asked_nothing(world: World) -> None:
    await flow.refresh(PlainRun(), world.checklist, world.desk, 999)
    assert world.desk.acts == []


def started(acts: Acts) -> list[str]:
    return [act.flow for act in acts if isinstance(act, Start)]


async def test_run_asks_the_channels_message_again_in_place_and_a_second_press_is_told_so(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    digest = await world.posted()
    acts = await world.done(presses.run, world.ask(digest.name))
    assert started(acts) == ["checklist.refresh"]
    assert Post(f"checklist.digest:{digest.id}") in acts
    drawn = await world.checklist.seeing.digest(str(digest.id))
    assert drawn is not None
    assert "checking, 0 of 3" in str(drawn.message.to_dict())
    (told,) = await world.done(presses.run, world.ask(digest.name))
    assert isinstance(told, Reply)
    assert told.message.text == "⏳ Checking already: 0 of 3 answered."


async def test_a_refresh_tells_how_far_it_is_and_then_shows_the_new_truth(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TELL_EVERY", 0.01)
    go_on = asyncio.Event()

    async def slow() -> Answer:
        await go_on.wait()
        return answer(Status.OK)

    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    digest = await world.posted()
    world.desk.acts.clear()
    world.system.answers = {"velero.schedules": slow}
    going = asyncio.create_task(flow.refresh(PlainRun(), world.checklist, world.desk, digest.id))
    async with asyncio.timeout(5):
        while True:
            progress = (await world.digest(digest.id)).progress
            if progress is not None and (progress.done, progress.of) == (2, 3):
                break
            await asyncio.sleep(0.01)
        go_on.set()
        await going
    now = await world.digest(digest.id)
    assert (now.progress, now.item(Item.BACKUPS).status) == (None, Status.OK)
    assert world.desk.acts[-2:] == [Post(f"checklist.digest:{digest.id}"), Post(f"checklist.table:{digest.id}")]


async def test_a_refresh_that_died_does_not_keep_the_next_one_away(world: World) -> None:
    digest = await world.posted()
    await world.done(presses.run, world.ask(digest.name))
    world.clock.pass_(minutes=3)
    drawn = await world.checklist.seeing.digest(str(digest.id))
    assert drawn is not None
    assert "checking" not in str(drawn.message.to_dict())
    assert started(await world.done(presses.run, world.ask(digest.name))) == ["checklist.refresh"]


async def test_yesterdays_message_is_history_and_is_not_asked_again(world: World) -> None:
    digest = await world.posted()
    await world.days_later(1)
    (told,) = await world.done(presses.run, world.ask(digest.name))
    assert isinstance(told, Reply)
    assert told.message.text.startswith("This moved on: it is the checklist of Mon 23 Nov.")


async def test_run_without_a_digest_today_posts_one_now(world: World) -> None:
    acts = await world.done(commands.run, world.ask())
    assert started(acts) == ["checklist.digest"]
    (again, *rest) = await world.done(commands.run, world.ask())
    assert isinstance(again, Reply)
    assert (again.message.text, rest) == ("⏳ Today's digest is on its way.", [])


async def test_details_that_stand_in_the_thread_are_redrawn_by_a_refresh(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    digest = await world.posted()
    await presses.details(world.checklist, world.ask(f"{digest.name}:backups"))
    key = details_key(digest.id, Item.BACKUPS)
    assert Post(key) in world.desk.acts
    await world.checklist.record.messages.want(key)
    world.desk.acts.clear()
    await flow.refresh(PlainRun(), world.checklist, world.desk, digest.id)
    assert Post(key) in world.desk.acts


async def test_details_of_what_was_only_looked_at_stay_out_of_the_channel(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    looked = await world.checklist.fresh(await world.routine())
    world.desk.acts.clear()
    await presses.details(world.checklist, world.ask(f"{looked.name}:backups"))
    await world.done(presses.claim, world.ask(f"{looked.name}:backups"))
    assert world.desk.acts == []
    assert await world.checklist.seeing.digest(str(looked.id)) is None
