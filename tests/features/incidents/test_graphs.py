"""What incidents leave on graphs, and the graphs that they show."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.acts import Acts, Start
from bot.domain.alert import Alert, AlertChanged, Change
from bot.domain.capabilities import Marker, PanelPictures, Pictures
from bot.domain.errors import Refused
from bot.domain.incident import Incident, State
from bot.domain.mark import Mark, Panel
from bot.features.incidents import commands, graphs, marking
from bot.features.incidents.graphs import Graphs
from bot.features.incidents.marking import Marking
from bot.features.incidents.record import card_key
from bot.slack.fit import fit
from bot.slack.limits import problems
from tests.fakes.run import PlainRun
from tests.features.incidents.test_errors import Connected
from tests.features.incidents.test_people import declared
from tests.features.incidents.world import World, alert, of


@dataclass(slots=True)
class Curves(Marker, PanelPictures):
    """Remembers its marks by `once`, draws a panel for every alert; `trouble` comes instead of one."""

    name: str = "Grafana"
    marks: dict[str, Mark] = field(default_factory=dict)
    trouble: dict[str, Refused] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        return "grafana"

    async def mark(self, mark: Mark) -> None:
        self.marks[mark.once] = mark

    async def panel(self, alert: Alert) -> Panel | None:
        if alert.title in self.trouble:
            raise self.trouble[alert.title]
        return Panel(png=b"png", title=alert.title, words=f"{alert.title}: the panel") if alert.url else None


@dataclass(slots=True)
class Album(Pictures):
    kept: list[str] = field(default_factory=list)

    async def upload(self, name: str, content: bytes, *, title: str = "", alt: str = "") -> str:
        self.kept.append(alt)
        return f"F0{len(self.kept)}"


async def marked(world: World, ours: Marking, incident: Incident) -> Sequence[Start]:
    """What follows from the incident's news, done."""
    acts = await world.commit(lambda: marking.moved(ours, {"incident": incident.id}))
    for start in of(Start, acts):
        await marking.mark(PlainRun(), ours, **start.given)
    return of(Start, acts)


async def test_an_incident_is_marked_when_it_opens_and_when_it_is_over(world: World) -> None:
    curves = Curves()
    ours, incident = Marking(response=world.response, connections=Connected([curves])), await declared(world)
    await marked(world, ours, incident)
    mark = curves.marks[f"daywatch-inc-{incident.id}"]
    assert mark.title == f"{incident.name} SEV1 checkout is slow sev1"
    assert (mark.since, mark.until, mark.bad) == (incident.opened_at, None, True)
    assert mark.tags == ("incident", "service:checkout")
    world.clock.on(minutes=9)
    await world.ask(commands.resolve, text="rolled back", channel=incident.channel or "")
    (start,) = await marked(world, ours, incident)
    assert start.once.endswith("mark:resolved:1")
    assert curves.marks[mark.once].until == world.clock()


async def test_of_a_private_incident_only_its_number_is_told(world: World) -> None:
    curves = Curves()
    ours = Marking(response=world.response, connections=Connected([curves]))
    incident = await declared(world, "merger talks leaked", private=True)
    await marked(world, ours, incident)
    (mark,) = curves.marks.values()
    assert (mark.title, mark.tags, mark.link) == (incident.name, ("incident",), "")


async def test_a_practice_and_a_bot_without_graphs_mark_nothing(world: World) -> None:
    incident = await declared(world)
    assert await marked(world, Marking(response=world.response, connections=Connected([])), incident) == []
    async with world.store.transaction():
        await world.response.record.change(incident, practice=True)
    curves = Curves()
    assert await marked(world, Marking(response=world.response, connections=Connected([curves])), incident) == []


async def test_two_systems_are_marked_each_by_itself(world: World) -> None:
    one, other = Curves(), Curves("Datadog")
    ours, incident = Marking(response=world.response, connections=Connected([one, other])), await declared(world)
    (start,) = await marked(world, ours, incident)
    assert start.given["titles"] == ["Grafana", "Datadog"]
    assert len(one.marks) == len(other.marks) == 1


async def opened_by(world: World, *titles: str, url: bool = True) -> Incident:
    """An incident with alerts of Grafana's, each with a panel of its own."""
    for number, title in enumerate(titles):
        address = f"https://g.example.com/d/abc?viewPanel={number}" if url else None
        told = replace(
            alert(source="grafana"),
            id=f"g{number}",
            title=title,
            url=address,
            fingerprint=f"g{number}",
            service_name="checkout",
        )
        await world.hear(AlertChanged(alert=told, change=Change.TRIGGERED))
    return await world.newest()


async def drawn(world: World, ours: Graphs, album: Album, incident: Incident) -> Incident:
    acts: Acts = await world.commit(lambda: graphs.opened(ours, {"incident": incident.id}))
    for start in of(Start, acts):
        async with world.store.transaction():
            await graphs.draw(PlainRun(), ours, album, **start.given)
    return await world.again(incident)


async def test_the_panels_of_what_fired_are_shown_in_the_thread_of_the_card(world: World) -> None:
    curves, album = Curves(), Album()
    incident = await opened_by(world, "5xx", "slow")
    ours = Graphs(record=world.response.record, connections=Connected([curves]))
    incident = await drawn(world, ours, album, incident)
    assert [one["words"] for one in incident.graphs] == ["5xx: the panel", "slow: the panel"]
    assert album.kept == ["5xx: the panel", "slow: the panel"], "the picture has its alt text"
    message = graphs.message(incident)
    assert message.thread_of == card_key(incident.id)
    assert problems(fit(message, key="k")) == []
    async with world.store.transaction():
        await world.response.record.change(incident, channel="C0INC1", status=State.INVESTIGATING)
    seen = await ours.shown(str(incident.id))
    assert seen is not None
    assert seen.channel == "C0INC1"


async def test_at_most_three_are_drawn_and_one_that_fails_costs_only_itself(world: World) -> None:
    curves, album = Curves(trouble={"a": Refused("no image renderer")}), Album()
    incident = await opened_by(world, "a", "b", "c", "d", "e")
    ours = Graphs(record=world.response.record, connections=Connected([curves]))
    incident = await drawn(world, ours, album, incident)
    assert [one["words"] for one in incident.graphs] == ["b: the panel", "c: the panel", "d: the panel"]


async def test_without_a_panel_there_is_no_answer_in_the_thread(world: World) -> None:
    curves, album = Curves(), Album()
    incident = await opened_by(world, "a", url=False)
    ours = Graphs(record=world.response.record, connections=Connected([curves]))
    incident = await drawn(world, ours, album, incident)
    assert (incident.graphs, album.kept) == ((), [])
    assert await ours.shown(str(incident.id)) is None
