"""Every command with 100,000 incidents and 1,000,000 timeline rows, beside the same commands with 100 incidents.

Limit (architecture, budgets): within 1.5 × for each. The two stores are asked in turn and their lower quartiles
compared, so that a busy machine slows both alike; what is over is asked again, longer.
`python benchmarks/rows.py [incidents] [times]`
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any, NoReturn

from seeded import OPEN, fill

from bot.acts import Ask
from bot.commands import COMMANDS
from bot.domain.person import Person, Role
from bot.domain.plan import Plan
from bot.features.incidents import presses
from bot.features.incidents.response import Response
from bot.features.operations.service import Operations
from bot.features.postmortems.service import Postmortems
from bot.features.runbooks.librarian import Librarian
from bot.features.runbooks.library import Library
from bot.integrations import Connected
from bot.memory import Memory
from bot.services import Given
from bot.slack.command import Command, How
from bot.slack.people import People
from bot.store.database import Store
from bot.store.migrate import upgrade_now

FEW, MANY, LIMIT = 100, 100_000, 1.5
ANN = Person(id="U0ANN0001", name="Ann", role=Role.ADMIN)
PLAN = Plan.model_validate({"teams": [{"name": "platform", "channel": "#platform-ops"}]})
TYPED = {
    "/incident declare": "Checkout is slow sev2",
    "/incident status": "monitoring",
    "/incident severity": "sev1",
    "/incident role": "lead",
    "/incident update": "We are rolling back",
    "/incident task": "ask the provider",
    "/incident timeline": "",
    "/incident page": "the database does not come back",
    "/incident link": "https://example.com/bridge Bridge",
    "/incident merge": "INC-{other}",
    "/incident resolve": "rolled back",
    "/checklist claim": "backups",
    "/checklist done": "backups restored the bucket",
    "/checklist snooze": "backups monday waiting for the disk",
}
ROOTS = ("/incident", "/checklist", "/postmortem")
Doing = Callable[[], Awaitable[object]]


class _Undone(Exception):
    """Ends an act's transaction without a commit: every turn finds the same state."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What features record with: in a transaction, taken back at the end."""

    store: Store

    async def record(self, doing: Doing) -> None:
        async with self.store.transaction():
            await doing()


async def _nobody(*_: object, **__: object) -> Mapping[str, Any]:
    return {}


def _never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("no command of these asks for it")


def _now() -> datetime:
    return datetime.now(UTC)


def _services(store: Store) -> tuple[Memory, Mapping[type, Any]]:
    memory = Memory.of(store)
    given = Given(
        memory=memory,
        people=People(_nobody, lambda: PLAN.permissions, "T0BENCH"),
        connected=Connected(()),
        plan=lambda: PLAN,
        reload=_never,
        recorder=_Desk(store),
        librarian=Librarian(library=Library.load(Path("runbooks"))),
        publish=_never,
        slack_url="",
        clock=_now,
    )
    return memory, given.services()


class Asked:
    """One store, and everything that is asked of it, by name."""

    def __init__(self, file: Path, incidents: int) -> None:
        self._url, self._many, self._numbers = f"sqlite:///{file}", incidents, count(1)
        upgrade_now(self._url)
        self.lines = fill(file, incidents)
        self.store = Store(self._url)
        self.memory, self._services = _services(self.store)

    def things(self) -> Mapping[str, Doing]:
        response, postmortems = self._services[Response], self._services[Postmortems].record
        found: dict[str, Doing] = {row.path: self._typed(row) for row in COMMANDS if _wanted(row)}
        # The same of an old incident, and what runs beside the commands after every commit or every second.
        middle, newest = self._many // 2, self._many
        found |= {
            "timeline of an old incident": lambda: presses.timeline_view(
                response, self._ask(key=f"INC-{middle}:all:0")
            ),
            "timeline, turned": lambda: presses.timeline_view(response, self._ask(key=f"INC-{newest}:all:5")),
            "/incident list, older": lambda: self._old_list(middle),
            "card, drawn": lambda: response.seeing.card(str(newest)),
            "announcement, drawn": lambda: response.seeing.news(str(newest)),
            "board refresh": response.board.refresh,
            "Home": lambda: self._services[Operations].homes.seen(ANN.id),
            "messages behind": lambda: self.memory.messages.behind(_now(), leased_by="bench"),
            "acts waiting": lambda: self.memory.outbox.waiting(_now()),
            "deliveries due": lambda: self.memory.deliveries.due(_now(), limit=50),
            "updates due": lambda: self.memory.incidents.updates_due(_now()),
            "channels to archive": lambda: self.memory.incidents.to_archive(_now() - timedelta(days=7)),
            "whose alert is it": self._joinable,
            "/postmortem, to choose": lambda: postmortems.rows.unwritten(limit=20),
            "postmortems to remind of": lambda: postmortems.rows.waiting(_now() - timedelta(days=2)),
            "postmortems nobody writes": lambda: postmortems.rows.quiet(_now() - timedelta(days=14)),
            "tickets looked after": lambda: postmortems.rows.tracked(limit=100),
            "action items due": lambda: postmortems.actions.due_by(_now().date()),
        }
        return found

    async def _old_list(self, middle: int) -> object:
        row = next(row for row in COMMANDS if isinstance(row, Command) and row.path == "/incident list")
        return await row.run(self._services[Response], self._ask(key=f"ended:{middle}"))

    async def _joinable(self) -> object:
        window = timedelta(minutes=30)
        rows = self.memory.incidents
        return await rows.joinable(service="s7", fingerprint="", at=_now(), window=window) or await rows.joinable(
            service=None, fingerprint="pagerduty:Q7", at=_now(), window=window
        )

    def _typed(self, row: Command[Any]) -> Doing:
        text = TYPED.get(row.path, "").format(other=self._many - 1)
        service = self._services[row.service]

        async def run() -> object:
            # In the channel of an open incident; one that is over for what begins again or is written up.
            number = self._many - OPEN - 5 if row.path in ("/incident reopen", "/postmortem") else self._many
            ask = self._ask(text=text, channel=f"C{number:08d}")
            if row.how is not How.ACT:
                return await row.run(service, ask)
            with contextlib.suppress(_Undone):
                async with self.store.transaction():
                    await row.run(service, ask)
                    raise _Undone
            return None

        return run

    def _ask(self, **more: Any) -> Ask:
        return Ask(person=ANN, at=_now(), once=f"bench:{next(self._numbers)}", **more)


def _wanted(row: object) -> bool:
    return isinstance(row, Command) and row.root in ROOTS


async def _took(doing: Doing) -> float:
    began = time.perf_counter()
    await doing()
    return time.perf_counter() - began


async def _compared(few: Doing, many: Doing, times: int) -> tuple[float, float]:
    """Lower quartiles of the two, asked in turn."""
    took: Sequence[list[float]] = ([], [])
    await few(), await many()  # statements are compiled at their first use
    for _ in range(times):
        took[0].append(await _took(few))
        took[1].append(await _took(many))
    return quantiles(took[0], n=4)[0], quantiles(took[1], n=4)[0]


async def main() -> int:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    over = []
    with tempfile.TemporaryDirectory() as folder:
        small, large = Asked(Path(folder) / "few.db", FEW), Asked(Path(folder) / "many.db", many)
        print(f"{many} incidents with {large.lines} timeline rows, beside {FEW} with {small.lines}, {times} times each")
        for one in (small, large):
            await one.things()["board refresh"]()
        theirs = large.things()
        for name, doing in small.things().items():
            few, beside = await _compared(doing, theirs[name], times)
            if beside > LIMIT * few:
                few, beside = await _compared(doing, theirs[name], times * 3)
            ratio = beside / few
            over += [name] if ratio > LIMIT else []
            mark = "OVER" if ratio > LIMIT else "within"
            print(f"{name:28} {few * 1000:7.2f} → {beside * 1000:7.2f} ms  {ratio:6.2f} × {mark}", flush=True)
        await small.store.close()
        await large.store.close()
    print(f"over {LIMIT} ×: {', '.join(over) or 'nothing'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
