"""*Silence*: asked for with a time and a reason, made at the source once, shown where the alert stands, and ended."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.acts import Acts, Ask, Next, Post, Reply, Start, Wrong
from bot.domain.alert import Urgency
from bot.domain.capabilities import Silencer
from bot.domain.errors import NotFound, Refused, Unavailable, VendorError
from bot.domain.person import Author
from bot.domain.silence import SilenceState
from bot.features.alerts import flow, silence_presses
from bot.features.alerts.events import draw_triage
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Json
from tests.fakes.names import ANN, BOB
from tests.fakes.run import PlainRun
from tests.features.incidents.world import BEGAN, World, cleared, drawn, fired, flows, of, said
from tests.slack.hostile import TEXTS

HOUR: Final = timedelta(hours=1)
DISK: Final[dict[str, Any]] = {
    "source": "alertmanager",
    "id": "f1",
    "episode": "1",
    "title": "Disk full",
    "labels": {"alertname": "DiskFull", "host": "a"},
    "urgency": Urgency.LOW,
}


@dataclass(slots=True)
class Muffler(Silencer):
    """An Alertmanager that writes down what it was asked; `down` are the errors that come first."""

    made: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    down: list[VendorError] = field(default_factory=list)

    @property
    def source(self) -> str:
        return "alertmanager"

    async def silence(
        self, fingerprint: str, labels: Mapping[str, str], until: datetime, by: Author, reason: str, *, once: str
    ) -> str:
        if self.down:
            raise self.down.pop(0)
        self.made[once] = (fingerprint, dict(labels), until, by.name, reason)
        return f"s{len(self.made)}"

    async def end_silence(self, silence: str) -> None:
        if self.down:
            raise self.down.pop(0)
        self.ended.append(silence)


async def ask(world: World, handler: object, person: object = BOB, **asked: object) -> Acts:
    given = {"person": person, "at": BEGAN, "once": f"slack:{next(world.numbers)}", "key": "alert:1"} | asked
    return await world.commit(lambda: handler(world.silencing, Ask(**given)))  # type: ignore[arg-type,operator] # a handler


async def submit(world: World, person: object = BOB, **values: str) -> Acts:
    filled = {"span": "4h", "reason": "disk swap"} | values
    return await ask(world, silence_presses.submitted, person, key="", private={"alert": "alert:1"}, values=filled)


async def walk(world: World, acts: Acts, *, tries: int = 1) -> PlainRun:
    """What was started, through to its end, and what it recorded committed."""
    (start,) = of(Start, acts)
    run = PlainRun(start.once, tries=tries)
    functions: dict[str, Callable[..., Awaitable[None]]] = {
        "alert.silence": flow.silence,
        "alert.end_silence": flow.end_silence,
    }
    async with world.store.transaction():
        await functions[start.flow](run, world.silencing, world.plugged, **start.given)
    told = [act for act in run.acts if act is not None]
    await world.commit(lambda: _these(told))
    return run


async def _these(acts: list[Any]) -> Acts:
    return acts


async def triage(world: World) -> Json:
    found = await draw_triage(world.alerts, "1")
    assert found is not None
    shape = fit(found.message)
    assert problems(shape) == []
    return shape


def offered(shape: Json) -> list[str]:
    rows = [block for block in shape["blocks"] if block["type"] == "actions"]
    controls = [one for row in rows for one in row["elements"]]
    menus = [option["text"]["text"] for one in controls if one["type"] == "overflow" for option in one["options"]]
    return [one["text"]["text"] for one in controls if one["type"] == "button"] + menus


async def quiet(world: World) -> Muffler:
    """An alert in triage that Bob has silenced for four hours."""
    world.plugged.systems = [muffler := Muffler()]
    await world.hear(fired(**DISK))
    await walk(world, await submit(world))
    return muffler


async def test_it_is_offered_only_where_something_can_do_it(world: World) -> None:
    await world.hear(fired(**DISK))
    assert "Silence" not in offered(await triage(world))
    assert "can be silenced" in said(await ask(world, silence_presses.form))
    world.plugged.systems = [Muffler()]
    assert "Silence" in offered(await triage(world))


async def test_the_form_asks_for_how_long_and_why(world: World) -> None:
    world.plugged.systems = [Muffler()]
    await world.hear(fired(**DISK))
    (form,) = of(Next, await ask(world, silence_presses.form))
    assert problems(fit_view(form.view)) == []
    assert form.view.memory == {"alert": "alert:1"}
    text = said([form])
    for words in ("1 hour", "4 hours", "Until tomorrow, 08:30", "Until the date below", "Why?", "for everybody"):
        assert words in text


async def test_it_is_made_by_the_alert_s_labels_in_the_person_s_name_and_shown(world: World) -> None:
    muffler = await quiet(world)
    (made,) = muffler.made.values()
    assert made == ("f1", DISK["labels"], BEGAN + 4 * HOUR, f"Bob ({BOB.id})", "disk swap")
    shape = await triage(world)
    assert ":no_bell: silenced until" in str(shape)
    assert "by Bob: disk swap" in str(shape)
    assert "End silence" in offered(shape)
    assert "Silence" not in offered(shape)
    silence = (await world.alert()).silence
    assert silence is not None
    assert (silence.id, silence.state) == ("s1", SilenceState.STANDS)
    written = await world.alerts.audit.of("alertmanager:f1:1")
    assert [(row["what"], row["who"], row["result"]) for row in written] == [
        ("alert.silence", BOB.id, "asked"),
        ("alert.silence", BOB.id, "done"),
    ]


@pytest.mark.parametrize(
    ("values", "until"),
    [
        ({"span": "1h"}, BEGAN + HOUR),
        ({"span": "morning"}, datetime(2026, 11, 24, 7, 30, tzinfo=UTC)),
        ({"span": "date", "day": "2026-11-30"}, datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),
    ],
)
async def test_it_ends_after_hours_or_in_the_team_s_morning(
    world: World, values: dict[str, str], until: datetime
) -> None:
    world.plugged.systems = [Muffler()]
    berlin = world.plan[0].teams[0].model_copy(update={"timezone": "Europe/Berlin"})
    world.plan[0] = world.plan[0].model_copy(update={"teams": (berlin,)})
    await world.hear(fired(**DISK))
    await submit(world, **values)
    silence = (await world.alert()).silence
    assert silence is not None
    assert silence.until == until


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"reason": "  "}, "reason"),
        ({"span": "date"}, "day"),
        ({"span": "date", "day": "2026-11-22"}, "day"),
        ({"span": "date", "day": "2027-01-30"}, "day"),
        ({"span": "for ever", "day": ""}, "day"),
    ],
)
async def test_without_a_reason_or_a_sound_date_nothing_is_done(
    world: World, values: dict[str, str], wrong: str
) -> None:
    world.plugged.systems = [Muffler()]
    await world.hear(fired(**DISK))
    acts = await submit(world, **values)
    assert [list(act.fields) for act in of(Wrong, acts)] == [[wrong]]
    assert (flows(acts), (await world.alert()).silence) == ([], None)


async def test_of_two_people_the_first_wins(world: World) -> None:
    muffler = await quiet(world)
    acts = await submit(world, ANN, reason="me too")
    assert "Bob silenced it already, until" in said(acts)
    assert "me too" in said(acts), "what was typed can be copied"
    assert (flows(acts), len(muffler.made)) == ([], 1)


async def test_what_is_over_cannot_be_silenced(world: World) -> None:
    world.plugged.systems = [Muffler()]
    await world.hear(fired(**DISK), cleared(BEGAN + HOUR, **DISK))
    assert "That alert is over" in said(await submit(world))
    world.plugged.systems = []
    await world.hear(fired(**DISK | {"episode": "2"}))
    values = {"alert": "alert:2"}
    assert "does not let us silence" in said(await submit(world, **values))
    assert "over" in said(await submit(world, alert="alert:77"))


async def test_one_that_hides_others_or_that_nobody_takes_is_not_made_and_says_why(world: World) -> None:
    world.plugged.systems = [muffler := Muffler(down=[NotFound("Alertmanager does not have this alert any more")])]
    await world.hear(fired(**DISK))
    await walk(world, await submit(world))
    assert ":x: not silenced: Alertmanager does not have this alert any more" in str(await triage(world))
    assert "Silence" in offered(await triage(world)), "it may be tried again"
    world.clock.on(minutes=1)
    muffler.down = [Refused("Alertmanager would silence 2 other alerts too; do it there")]
    run = await walk(world, await submit(world))
    assert [one.reason for one in run.failed] == ["Alertmanager would silence 2 other alerts too; do it there"]
    assert "not silenced: done without it" in str(await triage(world))
    assert muffler.made == {}


async def test_of_two_sources_the_one_that_has_the_alert_takes_it(world: World) -> None:
    other = Muffler(down=[NotFound("not here")])
    world.plugged.systems = [other, muffler := Muffler()]
    await world.hear(fired(**DISK))
    await walk(world, await submit(world))
    assert (len(other.made), len(muffler.made)) == (0, 1)


async def test_a_source_that_was_down_past_the_end_makes_none(world: World) -> None:
    world.plugged.systems = [muffler := Muffler()]
    await world.hear(fired(**DISK))
    acts = await submit(world, span="1h")
    assert "silencing until" in str(await triage(world))
    world.clock.on(hours=2)
    await walk(world, acts)
    assert muffler.made == {}
    assert "its time was over" in str(await triage(world))


async def test_a_source_that_is_down_is_asked_again_under_the_same_name(world: World) -> None:
    world.plugged.systems = [muffler := Muffler(down=[Unavailable("no answer in 10 s")])]
    await world.hear(fired(**DISK))
    await walk(world, await submit(world), tries=2)
    assert list(muffler.made) == [f"silence 1-{int(BEGAN.timestamp() * 1000)}"]


async def test_it_is_ended_by_whoever_wants_to_hear_of_it_again(world: World) -> None:
    muffler = await quiet(world)
    acts = await ask(world, silence_presses.end, ANN)
    assert "ending the silence" in str(await triage(world))
    assert "being ended already" in said(await ask(world, silence_presses.end))
    await walk(world, acts)
    assert muffler.ended == ["s1"]
    shape = await triage(world)
    assert "silence" not in str(shape["blocks"][-1])
    assert "Silence" in offered(shape)
    assert "over already" in said(await ask(world, silence_presses.end))
    assert [row["what"] for row in await world.alerts.audit.of("alertmanager:f1:1")][2:] == ["alert.end_silence"] * 2


async def test_one_that_cannot_be_ended_stands_on(world: World) -> None:
    muffler = await quiet(world)
    muffler.down = [Refused("no")]
    await walk(world, await ask(world, silence_presses.end))
    assert "silenced until" in str(await triage(world))
    await walk(world, await ask(world, silence_presses.end))
    assert muffler.ended == ["s1"]


async def test_one_that_runs_out_is_shown_as_over_once(world: World) -> None:
    await quiet(world)
    assert await world.commit(lambda: world.silencing.over(world.clock())) == ()
    world.clock.on(hours=4, seconds=1)
    assert "silenced" not in str(await triage(world))
    await world.commit(lambda: world.silencing.over(world.clock()))
    silence = (await world.alert()).silence
    assert silence is not None
    assert silence.state is SilenceState.OVER
    assert await world.commit(lambda: world.silencing.over(world.clock())) == ()


async def test_an_incident_s_card_offers_it_and_its_timeline_tells_of_it(world: World) -> None:
    world.plugged.systems = [muffler := Muffler()]
    incident = await world.opened(**DISK | {"urgency": Urgency.HIGH})
    await world.hear(fired(**DISK | {"id": "f2", "title": "Disk slow", "urgency": Urgency.HIGH}))
    assert "Silence" in offered(await drawn(world, "incident.card:1"))
    (form,) = of(Next, await ask(world, silence_presses.form, key="INC-1"))
    assert problems(fit_view(form.view)) == []
    assert form.view.memory == {"alert": "alert:1", "incident": "INC-1"}
    assert "Disk slow" in said([form])
    acts = await submit(world, alert="alert:2")
    assert "incident.card:1" in [act.key for act in of(Post, acts)]
    (start,) = of(Start, acts)
    assert start.once.startswith("incident:1:silence:2-"), "people are told in its channel when it does not work"
    await walk(world, acts)
    assert [made[0] for made in muffler.made.values()] == ["f2"]
    shape = await drawn(world, "incident.card:1")
    (quiet_,) = [block for block in shape["blocks"] if "silenced until" in str(block)]
    assert "*Disk slow* silenced until" in quiet_["text"]["text"]
    assert (quiet_["accessory"]["text"]["text"], quiet_["accessory"]["value"]) == ("End silence", "INC-1:alert:2")
    await walk(world, await ask(world, silence_presses.end, ANN, key="INC-1:alert:2"))
    words = [one.words for one in await world.moments(incident, "alert") if "silence" in one.words]
    assert words == [
        "Bob silenced “Disk slow” in Alertmanager until Mon 23 Nov 07:12 UTC: disk swap",
        "Ann ended the silence of “Disk slow”",
    ]


async def test_a_private_incident_s_alerts_are_told_to_nobody_else(world: World) -> None:
    world.plugged.systems = [Muffler()]
    incident = await world.opened(**DISK | {"urgency": Urgency.HIGH})
    async with world.store.transaction():
        await world.response.record.rows.change(1, BEGAN, private=True)
    away = await ask(world, silence_presses.form, key="INC-1", channel="C0OTHER")
    assert "Disk full" not in said(away)
    assert "Disk full" in said(await ask(world, silence_presses.form, key="INC-1", channel=incident.channel))


@pytest.mark.parametrize("text", [text for name, text in TEXTS.items() if name != "half characters"])
async def test_whatever_alert_and_reason_say_slack_takes_it(world: World, text: str) -> None:
    world.plugged.systems = [Muffler()]
    await world.hear(fired(**DISK | {"title": text}))
    (form,) = of(Next, await ask(world, silence_presses.form))
    assert problems(fit_view(form.view)) == []
    acts = await submit(world, reason=text[:200] or "why")
    if of(Start, acts):
        await walk(world, acts)
    await triage(world)
    assert of(Reply, acts) == []
