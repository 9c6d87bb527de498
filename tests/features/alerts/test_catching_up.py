"""A lost notice is made up for by asking, and only by what a source says for certain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from bot.acts import Acts
from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Standing, Urgency
from bot.domain.capabilities import AlertLookup
from bot.domain.errors import NotAuthorised, VendorError
from bot.features.alerts.catching_up import SURELY_GONE, CatchingUp
from bot.store.alerts import Place
from bot.store.deliveries import Delivery
from tests.features.incidents.world import BEGAN, CAROL, World, cleared, fired, flows, news

MINUTE: Final = timedelta(minutes=1)
DISK: Final[dict[str, Any]] = {"source": "alertmanager", "id": "f1", "episode": "1", "title": "Disk full"}


@dataclass(slots=True)
class Source(AlertLookup):
    """A source that answers as it is told to, and writes down what it was asked about."""

    source: str = "pagerduty"
    says: list[AlertChanged] = field(default_factory=list)
    lists: set[str] | None = None
    """What is on its list, where it has one."""
    trouble: VendorError | None = None
    asked: list[str] = field(default_factory=list)

    async def look(self, alerts: Sequence[Alert]) -> Standing:
        self.asked += [one.id for one in alerts]
        if self.trouble:
            raise self.trouble
        if self.lists is None:
            return Standing(news=self.says)
        keys = {one.id: one.key for one in alerts}
        return Standing(
            news=self.says,
            fires={key for id_, key in keys.items() if id_ in self.lists},
            gone={key for id_, key in keys.items() if id_ not in self.lists},
        )


def catching_up(world: World, *sources: object) -> CatchingUp:
    world.plugged.systems = list(sources)
    return CatchingUp(alerts=world.alerts, connections=world.plugged, clock=world.clock)


async def look(world: World, *sources: object) -> Acts:
    """One look, as the flow does it."""
    ours = catching_up(world, *sources)
    told: list[Any] = []
    for one in await ours.ask():
        told += await world.commit(lambda one=one: ours.heard(one))  # type: ignore[misc] # a lambda's default
    return tuple(told)


def said(change: Change, at: int = 3, **values: Any) -> AlertChanged:
    state = AlertState.RESOLVED if change is Change.RESOLVED else AlertState.FIRING
    return news(change, BEGAN + at * MINUTE, CAROL, state=state, **values)


async def test_it_is_asked_for_only_when_an_old_enough_alert_fires(world: World) -> None:
    ours = catching_up(world, Source())
    assert await ours.due(world.clock()) == ()
    await world.hear(fired(), fired(id="Q2", source="elsewhere"))
    world.clock.on(minutes=1)
    assert await ours.due(world.clock()) == (), "its notice may be on its way"
    world.clock.on(minutes=2)
    (start,) = await ours.due(world.clock())
    assert await ours.due(world.clock()) == (start,), "the same few minutes, the same look"
    world.clock.on(minutes=5)
    assert await ours.due(world.clock()) != (start,)
    await world.hear(cleared(world.clock()))
    world.clock.on(minutes=5)
    assert await ours.due(world.clock()) == ()
    assert await ours.ask() == []


async def test_what_was_resolved_there_is_resolved_here_as_by_its_notice(world: World) -> None:
    incident = await world.opened()
    world.clock.on(minutes=5)
    acts = await look(world, Source(says=[said(Change.RESOLVED)]))
    row = await world.alert()
    assert (row.alert.state, row.cleared_at) == (AlertState.RESOLVED, BEGAN + 3 * MINUTE)
    by_look = [(one.kind, one.words, one.at) for one in await world.moments(incident)]
    assert "Carol" in str(by_look)
    assert "alert.resolve" not in flows(acts), "what a source told is not told to it"
    # The notice, if it comes after all, says nothing new.
    await world.hear(said(Change.RESOLVED))
    assert [(one.kind, one.words, one.at) for one in await world.moments(incident)] == by_look


async def test_an_acknowledgement_is_made_up_for_once(world: World) -> None:
    incident = await world.opened()
    world.clock.on(minutes=5)
    source = Source(says=[said(Change.ACKNOWLEDGED)])
    acts = await look(world, source)
    assert (await world.again(incident)).acknowledged_by == "Carol"
    assert "alert.acknowledge" not in flows(acts)
    world.clock.on(minutes=5)
    assert await look(world, source) == ()
    assert source.asked == ["PGR0VU2", "PGR0VU2"]


async def test_how_it_stands_now_is_never_older_than_what_is_known(world: World) -> None:
    await world.opened()
    await world.hear(news(Change.REPRIORITISED, BEGAN + 4 * MINUTE, urgency=Urgency.HIGH))
    world.clock.on(minutes=10)
    await look(world, Source(says=[said(Change.RESOLVED, 3)]))
    assert (await world.alert()).cleared_at == BEGAN + 4 * MINUTE


async def test_news_that_came_while_it_was_asked_stands(world: World) -> None:
    await world.opened()
    world.clock.on(minutes=5)
    ours = catching_up(world, Source(says=[said(Change.RESOLVED)]))
    (answer,) = await ours.ask()
    await world.hear(said(Change.RESOLVED), news(Change.REOPENED, BEGAN + 5 * MINUTE))
    assert await world.commit(lambda: ours.heard(answer)) == ()
    assert (await world.alert()).firing


async def test_notices_that_wait_to_be_read_go_first(world: World) -> None:
    await world.opened()
    waiting = Delivery(source="pagerduty", object_key="Q", delivery_key="d1", body=b"", received_at=BEGAN)
    await world.alerts.deliveries.keep([waiting])
    world.clock.on(minutes=5)
    source = Source(says=[said(Change.RESOLVED)])
    assert await look(world, source) == ()
    async with world.store.transaction():
        await world.alerts.deliveries.done(1, world.clock())
    await look(world, source)
    assert not (await world.alert()).firing


async def test_nothing_is_opened_and_nothing_else_is_touched(world: World) -> None:
    await world.hear(fired(urgency=Urgency.LOW), cleared(BEGAN + MINUTE, id="Q2", urgency=Urgency.LOW))
    world.clock.on(minutes=5)
    strangers = [said(Change.RESOLVED, id="Q9"), said(Change.ACKNOWLEDGED, id="Q2")]
    assert await look(world, Source(says=strangers)) == ()
    assert await world.all() == []
    assert await world.alerts.rows.get(3) is None
    assert (await world.alert(2)).acknowledged_at is None


async def test_a_source_that_does_not_answer_clears_nothing_and_stops_no_other(world: World) -> None:
    await world.hear(fired(), fired(**DISK))
    world.clock.on(minutes=5)
    down = Source(trouble=NotAuthorised("PagerDuty refused: the key is not valid"), says=[said(Change.RESOLVED)])
    disk = said(Change.RESOLVED, **DISK)
    await look(world, down, Source("alertmanager", says=[disk]))
    assert ((await world.alert(1)).firing, (await world.alert(2)).firing) == (True, False)


async def test_what_an_ignored_alert_does_is_not_asked(world: World) -> None:
    await world.hear(fired())
    async with world.store.transaction():
        await world.alerts.rows.change(1, place=Place.IGNORED)
    world.clock.on(minutes=5)
    source = Source()
    await look(world, source)
    assert source.asked == []


# Sources that only list what fires: what is missing there may be over, or out of sight.


async def test_what_was_never_on_its_list_is_not_over_because_it_is_not(world: World) -> None:
    await world.hear(fired(**DISK))
    for _ in range(5):
        world.clock.on(minutes=15)
        await look(world, Source("alertmanager", lists=set()))
    assert (await world.alert()).firing


async def test_what_has_left_its_list_for_long_is_over_since_it_was_missed(world: World) -> None:
    incident = await world.opened(**DISK)
    world.clock.on(minutes=5)
    await look(world, Source("alertmanager", lists={"f1"}))
    missed = world.clock.on(minutes=5)
    empty = Source("alertmanager", lists=set())
    await look(world, empty)
    world.clock.now = missed + SURELY_GONE - timedelta(seconds=1)
    await look(world, empty)
    assert (await world.alert()).firing, "a server that has just started lists nothing"
    world.clock.on(seconds=1)
    await look(world, empty)
    row = await world.alert()
    assert (row.firing, row.cleared_at) == (False, missed)
    assert "Cleared: Disk full" in [one.words for one in await world.moments(incident, "alert")]


async def test_what_is_back_on_the_list_or_sends_a_repeat_is_not_missed(world: World) -> None:
    await world.hear(fired(**DISK))
    there, empty = Source("alertmanager", lists={"f1"}), Source("alertmanager", lists=set())
    for source in (there, empty, there, empty):
        world.clock.on(minutes=9)
        await look(world, source)
    await world.hear(fired(**DISK))
    assert (await world.alert()).missed_at is None
    world.clock.on(minutes=9)
    await look(world, empty)
    world.clock.on(minutes=9)
    await look(world, empty)
    assert (await world.alert()).firing


async def test_of_two_servers_one_that_has_it_or_is_down_is_enough(world: World) -> None:
    await world.hear(fired(**DISK))
    there, empty = Source("alertmanager", lists={"f1"}), Source("alertmanager", lists=set())
    down = Source("alertmanager", trouble=VendorError("down"))
    for pair in ((there, empty), (empty, there), (empty, down), (down, empty), (there, empty)):
        world.clock.on(minutes=15)
        await look(world, *pair)
    assert (await world.alert()).firing
    world.clock.on(minutes=15)
    await look(world, empty, empty)
    world.clock.on(minutes=15)
    await look(world, empty, empty)
    assert not (await world.alert()).firing
