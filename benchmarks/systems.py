"""A digest with every integration on, each behind a scripted server that takes its time for each answer.

Limits (architecture, budgets): at most 1.3 × the slowest of them, asked alone; one that hangs costs only its own rows.
`python benchmarks/systems.py [seconds an answer]`
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.checking import checklist_of
from bot.domain.check import Status
from bot.domain.digest import Digest
from bot.domain.plan import Plan
from bot.features.checklist.service import Checklist
from bot.integrations import Connected, System, Wiring, card
from bot.integrations.http import Outside
from bot.slack.people import People
from bot.store.database import Store
from bot.store.migrate import upgrade_now
from tests.integrations.contract.script import NAMES, script
from tests.integrations.contract.server import Canned, Request, serving
from tests.integrations.moment import still

LIMIT = 1.3
PLAN = Plan.model_validate({"teams": [{"name": "platform", "channel": "#platform-ops"}]})
HANGS = "grafana"


class _Desk:
    async def record(self, doing: object) -> None:  # noqa: ARG002 - its protocol
        raise AssertionError("a look writes nothing down")


async def _nobody(*_: object, **__: object) -> dict[str, object]:
    return {}


def _never(_: Request) -> Canned:
    return Canned(ending="silence")


async def _system(stack: AsyncExitStack, outside: Outside, name: str, seconds: float, *, hangs: bool) -> System | None:
    """One integration, connected to its scripted server."""
    one, scripted = card(name), script(name)
    if one.connect is None or not scripted.speaks_http:
        return None
    address = await stack.enter_async_context(serving(_never if hangs else scripted.replying(), after=seconds))
    settings = scripted.settings(address)
    adapter = one.connect(settings, Wiring(outside=outside))
    return System(integration=one, settings=settings, instance=None, adapter=adapter)


def _checklist(store: Store, systems: Sequence[System]) -> Checklist:
    return checklist_of(
        store,
        plan=lambda: PLAN,
        connected=Connected(systems),
        names_=People(_nobody, lambda: PLAN.permissions, "T0BENCH"),
        recorder=_Desk(),
        clock=lambda: datetime.now(UTC),
    )


async def _made(store: Store, systems: Sequence[System]) -> tuple[Digest, float]:
    checklist = _checklist(store, systems)
    routine = (await checklist.record.routines.all())[0]
    began = time.monotonic()
    digest = await checklist.look(routine)
    return digest, time.monotonic() - began


async def _all(stack: AsyncExitStack, seconds: float, *, hanging: bool) -> Sequence[System]:
    outside = Outside(now=still)
    stack.push_async_callback(outside.aclose)
    found = [await _system(stack, outside, name, seconds, hangs=hanging and name == HANGS) for name in NAMES]
    return [one for one in found if one is not None]


async def _measured(store: Store, seconds: float) -> bool:
    async with AsyncExitStack() as stack:
        systems = await _all(stack, seconds, hanging=False)
        await _made(store, systems)  # connections and statements are made at their first use
        alone = {one.integration.name: (await _made(store, [one]))[1] for one in systems}
        digest, took = await _made(store, systems)
    slowest = max(alone, key=lambda name: alone[name])
    ratio = took / alone[slowest]
    print(f"{len(systems)} systems, {len(digest.lines)} checks, {seconds:g} s an answer: {sum(alone.values()):.1f} s")
    print(f"all of them: {took:.2f} s, {ratio:.2f} × the slowest ({slowest}, {alone[slowest]:.2f} s; limit {LIMIT})")
    unknown = sorted({one.name for one in digest.lines if one.status is Status.UNKNOWN})
    print(f"unknown: {', '.join(unknown) or 'none'}")
    return ratio <= LIMIT


async def _one_hangs(store: Store, seconds: float) -> bool:
    async with AsyncExitStack() as stack:
        systems = await _all(stack, seconds, hanging=True)
        digest, took = await _made(store, systems)
        _, alone = await _made(store, [one for one in systems if one.integration.name == HANGS])
    rows = {one.name.partition(".")[0] for one in digest.lines if (one.reason or "").find("no answer") >= 0}
    print(f"{HANGS} hangs: {took:.2f} s, {took / alone:.2f} × its patience ({alone:.2f} s; limit {LIMIT})")
    print(f"rows without an answer because of it: those of {', '.join(sorted(rows)) or 'nobody'}")
    return took <= LIMIT * alone and rows == {HANGS}


async def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'daywatch.db'}"
        upgrade_now(url)
        store = Store(url)
        try:
            good = await _measured(store, seconds)
            good &= await _one_hangs(store, seconds)
        finally:
            await store.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
