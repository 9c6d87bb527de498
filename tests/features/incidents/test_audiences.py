"""Updates beyond Slack: a mirror gets what stakeholders read, a status page what an operator wrote for customers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.acts import Act, Next, Open, Start, Wrong
from bot.domain.capabilities import Broadcast, Capability, Connections
from bot.domain.errors import Unavailable, VendorError
from bot.domain.person import Person
from bot.domain.publication import Publication
from bot.features.incidents import commands, flow, forms, presses, submitted
from bot.features.incidents.around import what_failed
from bot.features.incidents.audiences import Audiences
from tests.fakes.names import BOB, KIM
from tests.fakes.run import PlainRun
from tests.features.incidents.test_people import declared
from tests.features.incidents.world import World, of, said

FORM = {"incident": "INC-1", "text": "db-7 lost its disk", "status": "identified", "stakeholders": True}
FOR_CUSTOMERS = {"public": "Some payments fail.", "public_title": "Payments fail"}


@dataclass(slots=True)
class Room(Broadcast):
    title: str = "Microsoft Teams"
    public: bool = False
    told: list[Publication] = field(default_factory=list)
    trouble: list[VendorError] = field(default_factory=list)

    async def publish(self, news: Publication) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.told.append(news)


@dataclass(slots=True)
class Plugged(Connections):
    systems: Sequence[Broadcast] = ()

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.systems if isinstance(one, capability)]


@dataclass(slots=True)
class Stage:
    world: World
    teams: Room
    page: Room
    plugged: Plugged

    async def ran(self, acts: Iterable[Act]) -> PlainRun:
        (start,) = [one for one in of(Start, tuple(acts)) if one.flow == "incident.publish"]
        run = PlainRun(start.once)
        given: dict[str, Any] = dict(start.given)
        await flow.publish(run, self.world.response, self.plugged, **given)
        return run


@pytest.fixture
async def stage(world: World) -> Stage:
    teams, page = Room(), Room("Statuspage", public=True)
    plugged = Plugged((page, teams))
    audiences = Audiences(connections=plugged, slack_url="https://acme.slack.com/")
    response = world.response
    world.response = replace(
        response,
        audiences=audiences,
        words=replace(response.words, audiences=audiences),
        incidents=replace(response.incidents, audiences=audiences),
    )
    return Stage(world, teams, page, plugged)


async def test_a_new_incident_is_announced_with_a_link_and_only_to_mirrors(stage: Stage) -> None:
    await declared(stage.world)
    run = await stage.ran(stage.world.acts)
    (news,) = stage.teams.told
    assert (news.incident, news.words, news.severity) == ("INC-1", "", "SEV1")
    assert news.link == "https://acme.slack.com/archives/C0INC1"
    assert (run.rounds, stage.page.told) == ([("publish in Microsoft Teams",)], [])


async def test_nobody_outside_hears_of_a_private_incident(stage: Stage) -> None:
    await declared(stage.world, private=True)
    await stage.world.ask(submitted.update_posted, KIM, private=FORM | FOR_CUSTOMERS)
    assert [one for one in of(Start, tuple(stage.world.acts)) if one.flow == "incident.publish"] == []


async def test_stakeholders_words_are_mirrored_and_what_is_for_the_channel_stays_there(stage: Stage) -> None:
    await declared(stage.world)
    await stage.ran(await stage.world.ask(submitted.update_posted, private=FORM))
    assert [(one.words, one.status) for one in stage.teams.told] == [("db-7 lost its disk", "identified")]
    acts = await stage.world.ask(submitted.update_posted, private=FORM | {"stakeholders": False})
    assert [one for one in of(Start, acts) if one.flow == "incident.publish"] == []
    assert stage.page.told == []


async def test_customers_read_their_own_words_and_none_of_ours(stage: Stage) -> None:
    await declared(stage.world)
    acts = await stage.world.ask(submitted.update_posted, KIM, private=FORM | FOR_CUSTOMERS)
    run = await stage.ran(acts)
    assert run.rounds == [("publish in Microsoft Teams", "publish in Statuspage")]
    (news,) = stage.page.told
    assert (news.title, news.words, news.status) == ("Payments fail", "Some payments fail.", "identified")
    assert (news.incident, news.rank, news.link) == ("INC-1", 0, "")
    assert "db-7" not in str(news)
    (noted,) = await stage.world.moments(await stage.world.newest(), "public")
    assert noted.words == "Public update by Kim: Payments fail\nSome payments fail."


async def test_an_audience_that_fails_is_named_and_the_others_stand(stage: Stage) -> None:
    await declared(stage.world)
    stage.page.trouble = [Unavailable("Statuspage did not answer")]
    run = await stage.ran(await stage.world.ask(submitted.update_posted, KIM, private=FORM | FOR_CUSTOMERS))
    assert [(one.name, one.reason) for one in run.failed] == [("publish in Statuspage", "Statuspage did not answer")]
    assert what_failed(run.failed[0].name) == "Statuspage was not told of it"
    assert len(stage.teams.told) == 1


async def test_what_is_not_connected_any_more_is_named(stage: Stage) -> None:
    await declared(stage.world)
    acts = await stage.world.ask(submitted.update_posted, private=FORM)
    stage.plugged.systems = ()
    run = await stage.ran(acts)
    assert [one.reason for one in run.failed] == ["Microsoft Teams is not connected any more"]


async def test_an_older_update_that_was_held_up_does_not_come_after_a_newer_one(stage: Stage) -> None:
    await declared(stage.world)
    old = await stage.world.ask(submitted.update_posted, KIM, private=FORM | {"stakeholders": False} | FOR_CUSTOMERS)
    stage.world.clock.on(minutes=5)
    newer = FORM | FOR_CUSTOMERS | {"public": "It works again.", "stakeholders": False}
    await stage.ran(await stage.world.ask(submitted.update_posted, KIM, private=newer))
    await stage.ran(old)
    assert [one.words for one in stage.page.told] == ["It works again."]


async def test_the_page_is_offered_where_there_is_one_and_brings_fields_of_its_own(stage: Stage) -> None:
    incident = await declared(stage.world)
    (composer,) = of(Open, await stage.world.ask(presses.update_form, key=incident.name))
    assert "Status page (public)" in str(composer.view.to_dict())
    assert "Microsoft Teams" in str(composer.view.to_dict())
    assert "Only what customers may know" not in str(composer.view.to_dict())
    ticked = {"text": "x", "audience": ("channel", "public")}
    (changed,) = of(Next, await stage.world.ask(presses.audience_changed, private={"incident": "INC-1"}, values=ticked))
    assert "Only what customers may know" in str(changed.view.to_dict())
    (again,) = of(Next, await stage.world.ask(submitted.update_written, private={"incident": "INC-1"}, values=ticked))
    assert (again.push, again.view.callback_id) == (False, forms.UPDATE_FORM)
    stage.plugged.systems = (stage.teams,)
    (composer,) = of(Open, await stage.world.ask(presses.update_form, key=incident.name))
    assert "Status page" not in str(composer.view.to_dict())


async def test_an_operator_sees_once_more_what_customers_will_read(stage: Stage) -> None:
    await declared(stage.world)
    values = {"text": "db-7", "status": "identified", "next": "15", "audience": ("channel", "public"), **FOR_CUSTOMERS}
    (preview,) = of(
        Next, await stage.world.ask(submitted.update_written, KIM, private={"incident": "INC-1"}, values=values)
    )
    assert preview.push
    assert {name: preview.view.memory[name] for name in FOR_CUSTOMERS} == FOR_CUSTOMERS
    shown = str(preview.view.to_dict())
    assert "Statuspage" in shown
    assert "It cannot be unsent" in shown


@pytest.mark.parametrize(
    ("who", "changes", "field_name"),
    [
        (BOB, {}, "audience"),
        (KIM, {"public": " "}, "public"),
        (KIM, {"public": '"' * 1000, "text": '"' * 1000}, "public"),
    ],
)
async def test_what_keeps_words_from_customers_is_said_at_its_field(
    stage: Stage, who: Person, changes: dict[str, str], field_name: str
) -> None:
    await declared(stage.world)
    values = {"text": "x", "status": "identified", "audience": ("public",), **FOR_CUSTOMERS, **changes}
    acts = await stage.world.ask(submitted.update_written, who, private={"incident": "INC-1"}, values=values)
    (wrong,) = of(Wrong, acts)
    assert list(wrong.fields) == [field_name]


async def test_the_end_is_told_where_it_was_ticked_and_by_an_operator_to_customers(stage: Stage) -> None:
    incident = await declared(stage.world)
    (form,) = of(Open, await stage.world.ask(presses.resolve_form, key=incident.name))
    assert "Close it on the status page" in str(form.view.to_dict())
    values = {"fixed": "db-7 replaced", "then": ("tell", "public")}
    (wrong,) = of(Wrong, await stage.world.ask(submitted.resolved, BOB, private={"incident": "INC-1"}, values=values))
    assert list(wrong.fields) == ["then"]
    acts = await stage.world.ask(submitted.resolved, KIM, private={"incident": "INC-1"}, values=values)
    await stage.ran(acts)
    assert [(one.words, one.status) for one in stage.page.told] == [("This incident has been resolved.", "resolved")]
    assert [one.words for one in stage.teams.told] == ["Resolved. db-7 replaced"]
    await stage.world.ask(presses.reopen, KIM, key=incident.name)
    await stage.ran(acts)
    assert (len(stage.page.told), len(stage.teams.told)) == (1, 1)


async def test_a_typed_end_is_mirrored_too(stage: Stage) -> None:
    await declared(stage.world)
    await stage.ran(await stage.world.ask(commands.resolve, channel="C0INC1", text="rolled back"))
    assert ([one.words for one in stage.teams.told], stage.page.told) == (["Resolved. rolled back"], [])


async def test_a_made_up_form_of_somebody_who_is_no_operator_posts_nothing(stage: Stage) -> None:
    incident = await declared(stage.world)
    acts = await stage.world.ask(submitted.update_posted, BOB, private=FORM | FOR_CUSTOMERS)
    assert "needs the role operator" in said(acts)
    assert of(Start, acts) == []
    assert (await stage.world.again(incident)).last_update is None
