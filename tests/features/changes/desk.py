"""The record, the looks and the incidents of one test, wired as the tables wire them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.acts import Acts, Ask, Happened, Post, Reply
from bot.domain.capabilities import ChangeLog
from bot.domain.change import Change, ChangeReported
from bot.domain.incident import Incident
from bot.domain.person import Person
from bot.features.changes import events
from bot.features.changes.around import Around
from bot.features.changes.commands import Asking
from bot.features.changes.looking import Log, Looking
from bot.features.changes.service import Changes
from bot.features.incidents import changing
from bot.features.incidents import views as incident_views
from bot.features.incidents.changing import Changing
from bot.features.incidents.drill_scripts import scenarios, scripted_changes
from bot.slack.fit import fit
from bot.slack.flatten import words_of
from bot.slack.limits import problems
from bot.slack.message import Message
from bot.store.changes import ChangeRows
from tests.changes import MINUTE
from tests.fakes.names import ANN
from tests.features.incidents.test_views import seen
from tests.features.incidents.world import World, of


@dataclass(slots=True)
class Deployer(ChangeLog):
    """A system that answers as it is told to, and writes down since when it was asked."""

    source: str = "argocd"
    says: list[Change] = field(default_factory=list)
    trouble: Exception | None = None
    asked: list[datetime] = field(default_factory=list)
    slow: float = 0.0

    async def changed(self, since: datetime) -> Sequence[Change]:
        self.asked.append(since)
        await asyncio.sleep(self.slow)
        if self.trouble:
            raise self.trouble
        return list(self.says)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The record, the looks and the incidents, wired as the tables wire them. It is a `Recorder`."""

    world: World
    systems: dict[str, Deployer] = field(default_factory=dict)
    acts: list[Any] = field(default_factory=list)
    rows: ChangeRows = field(init=False)
    changes: Changes = field(init=False)
    looking: Looking = field(init=False)
    around: Around = field(init=False)
    changing: Changing = field(init=False)
    asking: Asking = field(init=False)

    def __post_init__(self) -> None:
        world, record = self.world, self.world.response.record
        self.rows = ChangeRows(world.store)
        self.changes = Changes(rows=self.rows, incidents=record.rows, plan=record.plan)
        self.around = Around(rows=self.rows, logs=self.logs, plan=record.plan, clock=world.clock)
        self.looking = Looking(
            changes=self.changes,
            rows=self.rows,
            logs=self.logs,
            clock=world.clock,
            first=lambda: timedelta(hours=6),
            patience=0.2,
        )
        self.changing = Changing(record=record, rows=self.rows, plan=record.plan)
        played = scenarios()["payments"]
        self.asking = Asking(
            around=self.around, incidents=record.rows, scripted=lambda one: scripted_changes(played, one)
        )

    def logs(self) -> list[Log]:
        return [Log(name=name, tells="deployments", system=one) for name, one in self.systems.items()]

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        acts: Any = await self.world.commit(doing)  # type: ignore[arg-type] # acts, as every act gives them
        self.acts += acts
        for act in of(Happened, acts):
            self.acts += await self.hear(act)

    async def hear(self, news: Happened) -> Acts:
        if news.event == "change.told":
            return await self.world.commit(lambda: changing.change_told(self.changing, news.given))
        if news.event == "change.looked":
            return await self.world.commit(lambda: changing.changes_looked(self.changing, news.given))
        if news.event == "incident.opened":
            told = await self.world.commit(lambda: changing.incident_opened(self.changing, news.given))
            return (*told, *(await self.world.commit(lambda: events.incident_opened(self.looking, news.given))))
        return ()

    async def tell(self, *told: ChangeReported) -> list[str]:
        """Webhooks; answers what has to be redrawn."""
        self.acts.clear()
        for one in told:
            await self.record(lambda one=one: events.reported(self.changes, one))  # type: ignore[misc]
        return [act.key for act in of(Post, self.acts)]

    async def look(self, before: datetime | None = None) -> list[str]:
        self.acts.clear()
        await self.looking.look(self, before or self.world.clock() + MINUTE)
        return [act.key for act in of(Post, self.acts)]

    async def opened(self, **values: Any) -> Incident:
        before = len(self.world.acts)
        incident = await self.world.opened(**values)
        for act in of(Happened, self.world.acts[before:]):
            self.acts += await self.hear(act)
        return incident

    async def card(self, incident: Incident) -> str:
        """What the card says of changes."""
        again = await self.world.again(incident)
        return card_says(again, await self.around.card(again))

    async def asked(self, handler: Any, person: Person = ANN, **values: Any) -> Reply:
        ask = Ask(person=person, at=self.world.clock(), once="1", **values)
        (reply,) = await handler(self.asking, ask)
        assert isinstance(reply, Reply)
        return reply


def card_says(incident: Incident, changed: Any) -> str:
    drawn = incident_views.card(seen(incident, changed=changed))
    shape = fit(drawn, key="k")
    assert problems(shape) == []
    blocks = [words_of(block) for block in shape["blocks"]]
    return next((plain(one) for one in blocks if "Changed before it began" in one), "")


def plain(words: str) -> str:
    """As it is read: no-break spaces, dates and links as what they show."""
    return re.sub(r"<[^<>|]*\|([^<>]*)>", r"\1", words.replace("\u00a0", " "))


def read(message: Message) -> str:
    shape = fit(message, key="k")
    assert problems(shape) == []
    return plain("\n".join(words_of(block) for block in shape.get("blocks", [])) or message.text)
