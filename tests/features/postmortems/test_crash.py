"""The filing, cut off before each entry of its journal and taken up again: one ticket each, whatever was lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import Unavailable
from bot.durable.gate import Gate
from bot.durable.patience import Patience
from bot.durable.recorded_run import RecordedRun, Surroundings
from bot.features.postmortems import flow, presses
from bot.store.postmortems import Stage
from tests.durable.desk import RememberingDesk
from tests.durable.paper_journal import PaperJournal, PowerCut
from tests.features.postmortems.world import World, world_of
from tests.store import opened

MEMORY = {"incident": "INC-1"}


async def filing(world: World, journal: PaperJournal, desk: RememberingDesk) -> None:
    around = Surroundings(
        desk=desk,
        recorder=world,
        gate=Gate(),
        clock=lambda: datetime.fromtimestamp(journal.time, UTC),
        patience=Patience(desk=(0, 0)),
    )
    run = RecordedRun("postmortem:1:1", journal=journal, around=around, step_seconds=5.0)
    await flow.file(run, world.postmortems, world.connections, world, incident=1, filing=1)
    await run.settle()


async def sent(world: World) -> None:
    await world.over()
    await world.act(presses.actions_sent, world.ask(values={"what_n1": "one", "what_n2": "two"}, private=MEMORY))
    await world.act(presses.submitted, world.ask(private=MEMORY))
    world.begun.add("postmortem:1:1")


@pytest.mark.parametrize("cut", range(12))
async def test_cut_off_before_any_entry_it_ends_the_same(tmp_path: Path, cut: int) -> None:
    async with opened(tmp_path) as store:
        world, desk, journal = world_of(store), RememberingDesk(), PaperJournal()
        await sent(world)
        world.tracker.down["file"] = [Unavailable("Jira did not answer")]
        journal.cut_before = cut
        try:
            await filing(world, journal, desk)
        except PowerCut:
            await filing(world, journal.replayed(), desk)
        await world.work()

        assert sorted(world.tracker.made) == ["daywatch-inc-1", "daywatch-inc-1-a1", "daywatch-inc-1-a2"]
        assert len(world.tracker.links) == 2
        assert ((await world.row()).state, (await world.row()).busy) == (Stage.FILED, None)
        assert all(one.filed for one in await world.items())
        assert (await world.words()).count("Postmortem filed as OPS-43") == 1


async def test_a_tracker_that_is_down_for_long_gets_it_when_it_is_back(world: World) -> None:
    desk, journal = RememberingDesk(), PaperJournal()
    await sent(world)
    world.tracker.down["file"] = [Unavailable("Jira did not answer (503)")] * 40
    await filing(world, journal, desk)

    assert {one.step for one in desk.notes} == {"file ticket"}
    assert not any(one.final for one in desk.notes)
    assert ("file ticket", "done") in desk.settled_steps
    assert (await world.row()).ticket == "OPS-43"


async def test_retry_now_is_heard_and_without_keeps_it_here(world: World) -> None:
    desk, journal = RememberingDesk(), PaperJournal()
    await sent(world)
    world.tracker.down["file"] = [Unavailable("Jira did not answer (503)")] * 1000
    journal.words = [(journal.time + 20, {"step": "file ticket", "do": "without"})]
    await filing(world, journal, desk)

    row = await world.row()
    assert (row.state, row.ticket, row.busy) == (Stage.SAVED, None, None)
    assert ("file ticket", "without") in desk.settled_steps
