"""Alerts of low urgency: one quiet message each, which a person may make more of."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from bot.acts import Acts, Ask, Happened, Next, Post, Reply
from bot.domain.alert import Change, Urgency
from bot.domain.errors import TooEarly
from bot.domain.plan import IncidentRules, Plan
from bot.features.alerts import presses, views
from bot.features.alerts.events import draw_triage, runbook_found
from bot.features.alerts.service import Alerts
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Json
from bot.store.alerts import Place
from bot.store.deliveries import Delivery
from tests.fakes.names import ANN, BOB
from tests.features.incidents.world import BEGAN, PLAN, World, cleared, fired, flows, news, of, surfaces
from tests.slack.hostile import TEXTS

MINUTE = timedelta(minutes=1)
LOW: Final[dict[str, Any]] = {"urgency": Urgency.LOW}


async def ask(world: World, handler: object, person: object = BOB, **asked: object) -> Acts:
    given = {"person": person, "at": BEGAN, "once": f"slack:{next(world.numbers)}", "key": "alert:1"} | asked
    return await world.commit(lambda: handler(world.alerts, Ask(**given)))  # type: ignore[arg-type,operator] # a handler


async def drawn(alerts: Alerts, number: int = 1) -> Json:
    found = await draw_triage(alerts, str(number))
    assert found is not None
    assert found.channel == "#alerts"
    shape = fit(found.message, key=f"alert.triage:{number}")
    assert problems(shape) == []
    return shape


async def test_low_urgency_waits_in_triage_and_opens_nothing(world: World) -> None:
    acts = await world.hear(fired(**LOW))
    assert (surfaces(acts), await world.all()) == (["alert.triage:1"], [])
    shape = str(await drawn(world.alerts))
    assert "low urgency" in shape
    assert "Nobody has this yet" in shape
    assert "joins an incident on *checkout*" in shape


async def test_an_alert_of_which_no_urgency_is_known_opens(world: World) -> None:
    await world.hear(fired(urgency=None))
    (incident,) = await world.all()
    assert incident.severity == "sev2"
    assert (await world.alert()).reason == "unknown urgency opens an incident (no rule matched)"


async def test_repeats_raise_the_count_in_place(world: World) -> None:
    for minutes in range(4):
        await world.hear(fired(occurred_at=BEGAN + minutes * MINUTE, **LOW))
    assert "4 times since" in str(await drawn(world.alerts))
    await world.hear(fired(occurred_at=BEGAN + 3 * MINUTE, **LOW))
    assert "4 times since" in str(await drawn(world.alerts)), "the same news again counts nothing"


async def test_a_cleared_one_is_one_line_without_buttons(world: World) -> None:
    await world.hear(fired(**LOW))
    acts = await world.hear(cleared(BEGAN + 5 * MINUTE, **LOW))
    assert surfaces(acts) == ["alert.triage:1"]
    shape = await drawn(world.alerts)
    assert [block["type"] for block in shape["blocks"]] == ["context"]


async def test_a_person_makes_an_incident_of_it_and_belongs_to_it(world: World) -> None:
    await world.hear(fired(**LOW))
    acts = await ask(world, presses.declare)
    (incident,) = await world.all()
    assert (incident.declared_by, incident.touched, incident.severity) == (BOB.id, True, "sev4")
    assert "incident.open" in flows(acts)
    assert "alert.triage:1" in surfaces(acts)
    assert "Part of INC-1 now" in str(await drawn(world.alerts))
    again = await ask(world, presses.declare)
    assert [act.message.text for act in of(Reply, again)] == ["This moved on: it is part of INC-1."]
    assert len(await world.all()) == 1


async def test_two_who_declare_at_once_make_one_incident(world: World) -> None:
    await world.hear(fired(**LOW))
    async with world.store.transaction():
        first = await presses.declare(world.alerts, Ask(person=ANN, at=BEGAN, once="1", key="alert:1"))
        second = await presses.declare(world.alerts, Ask(person=BOB, at=BEGAN, once="2", key="alert:1"))

    async def both() -> Acts:
        return (*of(Happened, first), *of(Happened, second))

    await world.commit(both)
    assert len(await world.all()) == 1


async def test_declaring_what_joins_an_open_incident_invites_the_person(world: World) -> None:
    await world.hear(fired(**LOW))
    await world.hear(fired(id="Q2", service_ref=None, service_name="search"))
    async with world.store.transaction():
        await world.response.record.rows.change(1, BEGAN, service="checkout")
    acts = await ask(world, presses.declare)
    assert flows(acts) == ["incident.invite"]


async def test_an_acknowledgement_is_told_to_the_pager_and_taken_once(world: World) -> None:
    await world.hear(fired(**LOW))
    assert flows(await ask(world, presses.acknowledge)) == ["alert.acknowledge"]
    again = await ask(world, presses.acknowledge, ANN)
    assert [act.message.text for act in of(Reply, again)] == ["Bob has it already."]
    assert "Bob has it since" in str(await drawn(world.alerts))


async def test_what_is_over_or_unknown_is_said_to_be(world: World) -> None:
    await world.hear(fired(**LOW), cleared(BEGAN + MINUTE, **LOW))
    for handler in (presses.declare, presses.acknowledge, presses.snooze):
        (reply,) = of(Reply, await ask(world, handler))
        assert reply.message.text == "This moved on: it cleared."
        (reply,) = of(Reply, await ask(world, handler, key="alert:99"))
        assert "do not know that alert" in reply.message.text


async def test_a_snooze_quiets_it_for_an_hour(world: World) -> None:
    await world.hear(fired(**LOW))
    await ask(world, presses.snooze)
    assert (await world.alert()).quiet_until == BEGAN + 60 * MINUTE
    assert "quiet until" in str(await drawn(world.alerts))


async def test_not_a_problem_quiets_its_next_episodes_too(world: World) -> None:
    episode = {"source": "alertmanager", "fingerprint": "alertmanager:f1", "id": "f1", **LOW}
    await world.hear(fired(episode="1", **episode))
    (form,) = of(Next, await ask(world, presses.dismiss_form))
    assert problems(fit_view(form.view)) == []
    await ask(world, presses.dismissed, private=form.view.memory, values={"span": "480"}, key="")
    later = BEGAN + 30 * MINUTE
    acts = await world.hear(fired(episode="2", occurred_at=later, **episode))
    assert surfaces(acts) == []
    assert (await world.alert(2)).quiet_until == BEGAN + 480 * MINUTE
    world.clock.on(hours=9)
    acts = await world.hear(fired(episode="3", occurred_at=BEGAN + 540 * MINUTE, **episode))
    assert surfaces(acts) == ["alert.triage:3"]


async def test_quiet_or_not_high_urgency_opens(world: World) -> None:
    await world.hear(fired(**LOW))
    await ask(world, presses.snooze)
    await world.hear(news(Change.REPRIORITISED, BEGAN + MINUTE, urgency=Urgency.HIGH, priority="P1"))
    (incident,) = await world.all()
    assert incident.severity == "sev1"


async def test_why_names_the_rule(world: World) -> None:
    await world.hear(fired(**LOW))
    (reply,) = of(Reply, await ask(world, presses.why))
    assert reply.message.text == "Why you see this: low urgency goes to triage (no rule matched)."


def ruled(*rules: dict[str, object]) -> Plan:
    return PLAN.model_copy(update={"incidents": IncidentRules.model_validate({"routing": rules, "triage": "#alerts"})})


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"when": {"source": "pagerduty", "urgency": "high"}, "do": "ignore"}, Place.IGNORED),
        ({"when": {"title": "5XX"}, "do": "triage"}, Place.TRIAGE),
        ({"when": {"service": "checkout", "severity": "sev2"}, "do": "triage"}, Place.TRIAGE),
        ({"when": {"labels": {"env": "prod"}}, "do": "ignore"}, Place.IGNORED),
        ({"when": {"labels": {"env": "test"}}, "do": "ignore"}, Place.INCIDENT),
        ({"when": {"source": "grafana"}, "do": "ignore"}, Place.INCIDENT),
        ({"do": "triage"}, Place.TRIAGE),
    ],
)
async def test_the_first_rule_that_matches_decides(world: World, rule: dict[str, object], place: Place) -> None:
    world.plan[0] = ruled(rule, {"do": "open"})
    await world.hear(fired(labels={"env": "prod"}))
    assert (await world.alert()).place is place


async def test_an_ignored_alert_is_remembered_with_the_reason_and_shown_nowhere(world: World) -> None:
    world.plan[0] = ruled({"when": {"title": "5xx"}, "do": "ignore"})
    assert await world.hear(fired()) == ()
    assert (await world.alert()).reason == "rule 1 of incidents.routing (title 5xx → ignore)"
    assert await draw_triage(world.alerts, "1") is None
    assert await draw_triage(world.alerts, "77") is None
    assert await draw_triage(world.alerts, "x") is None


async def test_low_urgency_joins_the_open_incident_of_its_service(world: World) -> None:
    await world.hear(fired(), fired(id="Q2", occurred_at=BEGAN + MINUTE, **LOW))
    assert (await world.alert(2)).incident == 1


# The adapters let no half characters in (tests/integrations/test_foreign.py).
WRITTEN: Final = {name: text for name, text in TEXTS.items() if name != "half characters"}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
async def test_whatever_an_alert_says_is_shown_as_text(world: World, text: str) -> None:
    hostile = {"title": text, "service_ref": None, "service_name": text, "url": text, "number": text, **LOW}
    await world.hear(fired(**hostile))
    shape = str(await drawn(world.alerts))
    found = await world.alert()
    over = replace(found, cleared_at=BEGAN, acknowledged_by=text, acknowledged_at=BEGAN)
    for row in (over, replace(over, cleared_at=None), replace(over, cleared_at=None, quiet_until=BEGAN + MINUTE)):
        message = views.triage(row, joins_until=BEGAN + MINUTE, incident=None, now=BEGAN)
        assert problems(fit(message)) == []
    assert problems(fit(views.why(replace(found, reason=text)))) == []
    assert problems(fit_view(views.dismiss(found))) == []
    assert "'<!channel>" not in shape.replace("'text': '<!channel>", "")


async def test_news_of_an_alert_nobody_knows_is_heard_as_its_first(world: World) -> None:
    await world.hear(news(Change.ACKNOWLEDGED, BEGAN))
    (incident,) = await world.all()
    assert incident.acknowledged_by == "Carol"
    assert await world.hear() == ()


async def test_a_note_that_comes_before_its_alert_is_heard_after_it(world: World) -> None:
    note = news(Change.NOTED, BEGAN + MINUTE, id="Q9", words="only a note")
    with pytest.raises(TooEarly):
        await world.hear(note)
    early = Delivery(source="pagerduty", object_key="Q9", delivery_key="d1", body=b"", received_at=BEGAN)
    await world.alerts.deliveries.keep([early])
    async with world.store.transaction():
        await world.alerts.deliveries.set_aside(1, BEGAN)
    assert await world.alerts.deliveries.due(BEGAN, limit=9) == []
    await world.hear(fired(id="Q9"))
    assert [one.delivery_key for one in await world.alerts.deliveries.due(BEGAN, limit=9)] == ["d1"]


async def test_posts_are_asked_for_only_where_something_stands(world: World) -> None:
    acts = await world.hear(fired())
    assert not [act.key for act in of(Post, acts) if act.key.startswith("alert.triage")]


async def test_the_page_that_fits_stands_in_the_menu(world: World) -> None:
    acts = await world.hear(fired(**LOW))
    assert [act.given for act in of(Happened, acts) if act.event == "alert.waiting"] == [{"alert": 1}]
    assert "Runbook" not in str(await drawn(world.alerts))
    given = {"alert": 1, "runbook": {"slug": "disk-full", "title": "Disk full"}}
    await world.commit(lambda: runbook_found(world.alerts, given))
    (row,) = [block for block in (await drawn(world.alerts))["blocks"] if block["type"] == "actions"]
    menu = row["elements"][-1]
    assert [(one["text"]["text"], one["value"]) for one in menu["options"]] == [
        ("Runbook: Disk full", "runbook:alert:1"),
        ("Not a problem", "dismiss:alert:1"),
        ("Why this message?", "why:alert:1"),
    ]


@pytest.mark.parametrize("text", TEXTS)
async def test_whatever_a_page_is_called_slack_takes_the_menu(world: World, text: str) -> None:
    await world.hear(fired(**LOW))
    given = {"alert": 1, "runbook": {"slug": "disk-full", "title": text}}
    await world.commit(lambda: runbook_found(world.alerts, given))
    assert "Runbook" in str(await drawn(world.alerts))


async def test_a_page_found_for_an_alert_that_is_not_there_is_nothing(world: World) -> None:
    given = {"alert": 77, "runbook": {"slug": "disk-full", "title": "Disk full"}}
    assert await world.commit(lambda: runbook_found(world.alerts, given)) == ()


async def test_what_is_kept_quiet_looks_for_no_page(world: World) -> None:
    episode = {"source": "alertmanager", "fingerprint": "alertmanager:f1", "id": "f1", **LOW}
    await world.hear(fired(episode="1", **episode))
    await ask(world, presses.snooze)
    acts = await world.hear(fired(episode="2", occurred_at=BEGAN + 30 * MINUTE, **episode))
    assert [act for act in of(Happened, acts) if act.event == "alert.waiting"] == []
