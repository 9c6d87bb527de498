"""A digest of many systems that each take their time, and one of them that never answers.

Limits (architecture, budgets): at most 1.3 × the slowest, never the sum; one that hangs costs only its own row.
`python benchmarks/digest.py [systems] [seconds each]`
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.checking import checklist_of
from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.digest import Digest
from bot.domain.plan import Plan
from bot.features.checklist.service import Checklist
from bot.integrations import Category, Connected, Integration, System
from bot.integrations.settings import SystemSettings
from bot.slack.people import People
from bot.store.database import Store
from bot.store.migrate import upgrade_now

LIMIT, PATIENCE, CHECKS = 1.3, 2.0, 3
PLAN = Plan.model_validate({"teams": [{"name": "platform", "channel": "#platform-ops"}]})


@dataclass(frozen=True, slots=True)
class Slow(DailyCheck):
    """A scripted system behind a socket: each question takes it `seconds`, None is for ever."""

    name: str
    port: int
    seconds: float | None

    def checks(self) -> Sequence[Check]:
        items = list(Item)
        return [
            Check(
                name=f"{self.name}.check{number}",
                item=items[number % len(items)],
                question="Is it well?",
                ask=self._ask,
                patience=PATIENCE,
            )
            for number in range(CHECKS)
        ]

    async def _ask(self) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"{self.seconds}\n".encode())
            return Answer(status=Status.OK, summary=(await reader.readline()).decode().strip())
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The other side: waits as long as it was asked to."""
    wait = (await reader.readline()).decode().strip()
    if wait == "None":
        await reader.read()  # until the asker gives up
    else:
        await asyncio.sleep(float(wait))
        writer.write(b"all good\n")
    writer.close()


class _Desk:
    async def record(self, doing: object) -> None:  # noqa: ARG002 - its protocol
        raise AssertionError("a look writes nothing down")


async def _nobody(*_: object, **__: object) -> dict[str, object]:
    return {}


def _checklist(store: Store, port: int, seconds: Sequence[float | None]) -> Checklist:
    card = Integration(name="slow", title="Slow", category=Category.MONITORING, settings=SystemSettings)
    systems = [
        System(integration=card, settings=SystemSettings(), instance=None, adapter=Slow(f"s{number:02}", port, each))
        for number, each in enumerate(seconds)
    ]
    return checklist_of(
        store,
        plan=lambda: PLAN,
        connected=Connected(systems),
        names_=People(_nobody, lambda: PLAN.permissions, "T0BENCH"),
        recorder=_Desk(),
        clock=lambda: datetime.now(UTC),
    )


async def _made(store: Store, port: int, seconds: Sequence[float | None]) -> tuple[Digest, float]:
    checklist = _checklist(store, port, seconds)
    routine = (await checklist.record.routines.all())[0]
    began = time.monotonic()
    digest = await checklist.look(routine)
    return digest, time.monotonic() - began


def _judged(name: str, took: float, slowest: float) -> bool:
    print(f"{name}: {took:.2f} s, {took / slowest:.2f} × the slowest (limit {LIMIT})")
    return took <= LIMIT * slowest


async def main() -> int:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    each = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'daywatch.db'}"
        upgrade_now(url)
        store, server = Store(url), await asyncio.start_server(_answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            await _made(store, port, [0.0])  # statements are compiled at their first use
            digest, took = await _made(store, port, [each] * many)
            theirs = [one for one in digest.lines if one.name.startswith("s")]
            slowest = max(one.duration for one in theirs)  # as seen from here: the machine may be busy
            good = _judged(f"{many} systems, {each:g} s each", took, slowest)
            good &= len(theirs) == many * CHECKS and all(one.status is Status.OK for one in theirs)
            digest, took = await _made(store, port, [each] * (many - 1) + [None])
            good &= _judged(f"one of them hangs, and is given {PATIENCE:g} s", took, PATIENCE)
            unknown = sorted({one.name.partition(".")[0] for one in digest.lines if one.status is Status.UNKNOWN})
            print(f"rows unknown because of it: those of {', '.join(unknown)}")
            good &= unknown == [f"s{many - 1:02}"] and len(digest.lines) == len(theirs) + 1
        finally:
            server.close()
            await store.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
