"""Draws a person's App Home."""

from bot.durable.run import Run
from bot.features.operations.service import Operations


async def draw(run: Run, operations: Operations, user: str) -> None:
    await run.step("publish", operations.homes.show, user)
