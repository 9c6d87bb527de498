"""A look at what was changed, at every system that keeps a log of it."""

from datetime import datetime

from bot.durable.ports import Recorder
from bot.durable.run import Run
from bot.features.changes.looking import Looking


async def look(run: Run, looking: Looking, recorder: Recorder, before: str) -> None:
    """One that does not answer is written down as such, and asked again a few minutes later."""
    await run.step("look at changes", _look, looking, recorder, before)


async def _look(looking: Looking, recorder: Recorder, before: str) -> None:
    await looking.look(recorder, datetime.fromisoformat(before))
