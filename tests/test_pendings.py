"""What a vendor did not do yet is shown when people would wonder, and a hiccup is not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.pendings import PendingDesk
from bot.store.messages import MessageRows
from bot.store.pending import PendingRows
from tests.features.incidents.world import BEGAN, World, world_of
from tests.store import opened

KEY, STEP = "incident:1:acknowledge:1:1", "acknowledge"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as store:
        yield world_of(store)


@pytest.mark.parametrize(("attempt", "seconds", "shown"), [(1, 1, False), (1, 30, True), (2, 1, True), (1, None, True)])
async def test_a_failure_is_shown_when_it_lasts(
    world: World, attempt: int, seconds: int | None, *, shown: bool
) -> None:
    desk = PendingDesk(rows=PendingRows(world.store), performer=world.performer, clock=world.clock)
    next_try = None if seconds is None else BEGAN + timedelta(seconds=seconds)
    await desk.failed(KEY, STEP, "down", attempt=attempt, tries=8, next_try=next_try, final=next_try is None)
    await desk.settled(KEY, STEP, "done")
    wanted = await MessageRows(world.store).place(f"pending:{KEY}|{STEP}")
    assert (wanted is not None) == shown


async def test_with_a_start_what_had_stopped_is_tried_once_more(world: World) -> None:
    desk = PendingDesk(rows=PendingRows(world.store), performer=world.performer, clock=world.clock)
    soon = BEGAN + timedelta(seconds=30)
    await desk.failed(KEY, STEP, "the key is not valid", attempt=1, tries=None, next_try=None, final=True)
    await desk.failed("incident:1:open", "card", "down", attempt=2, tries=8, next_try=soon, final=False)
    await desk.failed("incident:2:open", "card", "refused", attempt=1, tries=8, next_try=None, final=True)
    await desk.settled("incident:2:open", "card", "without")
    await desk.try_again()
    told = [one for one in await world.performer.outbox.waiting(BEGAN) if one.kind == "tell"]
    assert [(one.body["once"], one.body["words"]) for one in told] == [(KEY, {"step": STEP, "do": "retry"})]
