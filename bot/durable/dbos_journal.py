"""The journal as the engine below keeps it; called only inside a flow."""

from collections.abc import Awaitable, Callable
from typing import Any

from dbos import DBOS

from bot.durable.journal import Doing
from bot.durable.plain import Json

TOPIC = "words"
"""Everything that is sent to a flow comes on one topic; the run sorts it."""


class DbosJournal:
    def reserve(self, name: str) -> Callable[[Doing], Awaitable[Json]]:
        reserved = DBOS.reserve_step()

        async def enter(doing: Doing) -> Json:
            async def entry() -> Json:  # the engine tells steps from plain functions by their being `async def`
                return await doing()

            return await reserved.run_async({"name": name}, entry)

        return enter

    async def receive(self, seconds: float) -> Json:
        heard: Any = await DBOS.recv_async(TOPIC, timeout_seconds=seconds)  # whatever was sent
        return heard  # type: ignore[no-any-return]  # `Engine.tell` sends plain JSON only

    async def sleep(self, seconds: float) -> None:
        await DBOS.sleep_async(seconds)
