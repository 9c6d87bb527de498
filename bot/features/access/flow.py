"""Collecting who may do what: asked and written down in one step, so that no name stands in a flow's journal."""

from bot.durable.ports import Recorder
from bot.durable.run import Run
from bot.features.access.service import Reviews


async def collect(run: Run, reviews: Reviews, recorder: Recorder) -> None:
    await run.step("collect", _collect, reviews, recorder)


async def _collect(reviews: Reviews, recorder: Recorder) -> None:
    found = await reviews.ask()
    await recorder.record(lambda: reviews.keep(found))
