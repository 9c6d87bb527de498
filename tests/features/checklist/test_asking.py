"""A line never goes missing: whatever a system does, its check is answered, in time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.check import Answer, Evidence, Item, Status
from bot.domain.errors import NotAuthorised, NotInstalled, Unavailable
from bot.domain.oncall import OnCall
from bot.domain.plan import ChecklistRules, Team
from bot.features.checklist import asking
from bot.features.checklist.asking import OWN_MISTAKE
from bot.integrations import Wiring
from bot.integrations.http import Outside
from tests.features.checklist.world import Pager, System, World, answer, never


async def answers(world: World) -> dict[str, Answer]:
    asked = await world.checklist.asking.ask(await world.routine())
    return {one.check.name: one.answer for one in asked.results if one.check.system != "daywatch"}


async def test_what_has_answered_stands_whatever_its_neighbours_do(world: World) -> None:
    world.system.answers = {
        "velero.schedules": answer(Status.OK, "12 schedules ran"),
        "jenkins.jobs": Unavailable("Jenkins did not answer (503)"),
        "jira.issues": NotAuthorised("Jira refused the token. Renew JIRA_API_TOKEN."),
        "trivy.images": ZeroDivisionError("oops"),
    }
    found = await answers(world)
    assert {name: (one.status, one.reason) for name, one in found.items()} == {
        "velero.schedules": (Status.OK, None),
        "jenkins.jobs": (Status.UNKNOWN, "Jenkins did not answer (503)"),
        "jira.issues": (Status.UNKNOWN, "Jira refused the token. Renew JIRA_API_TOKEN."),
        "trivy.images": (Status.UNKNOWN, OWN_MISTAKE),
    }


async def test_a_system_that_does_not_answer_is_unknown_and_says_how_long_we_waited(world: World) -> None:
    world.system.patience = 0.05
    world.system.answers = {"pagerduty.incidents": never, "velero.schedules": answer(Status.OK)}
    found = await answers(world)
    assert found["pagerduty.incidents"].reason == "no answer in 0.05 s"
    assert found["velero.schedules"].status is Status.OK


async def test_a_time_out_of_the_systems_own_is_not_told_as_ours(world: World) -> None:
    world.system.answers = {"velero.schedules": TimeoutError()}
    assert (await answers(world))["velero.schedules"].reason == "no answer in time"


async def test_the_whole_round_takes_as_long_as_its_slowest_check_and_not_their_sum(world: World) -> None:
    async def slow() -> Answer:
        await asyncio.sleep(0.1)
        return answer(Status.OK)

    world.system.answers = {f"jenkins.job{number}": slow for number in range(100)}
    began = time.monotonic()
    found = await answers(world)
    assert len(found) == 100
    assert time.monotonic() - began < 5.0  # their sum is ten seconds


async def test_an_impatient_round_ends_whatever_patience_a_check_claims(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LONGEST", 0.05)
    world.system.patience = 3600.0
    world.system.answers = {"jira.issues": never}
    assert (await answers(world))["jira.issues"].reason == "no answer in 0.05 s"


async def test_a_check_that_cannot_be_stopped_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = asyncio.Event()

    async def stubborn() -> Answer:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        return answer(Status.OK)

    monkeypatch.setattr(asking, "LONGEST", 0.05)
    monkeypatch.setattr(asking, "GRACE", 0.05)
    world.system.answers = {"jira.issues": stubborn, "velero.schedules": answer(Status.OK)}
    found = await answers(world)
    assert (found["jira.issues"].status, found["jira.issues"].reason) == (Status.UNKNOWN, "no answer in 0.05 s")
    assert found["velero.schedules"].status is Status.OK
    released.set()
    await asyncio.sleep(0.01)


async def test_a_check_that_was_cancelled_from_within_has_its_line(world: World) -> None:
    world.system.answers = {"jira.issues": asyncio.CancelledError(), "velero.schedules": answer(Status.OK)}
    found = await answers(world)
    assert found["jira.issues"].reason == OWN_MISTAKE
    assert found["velero.schedules"].status is Status.OK


async def test_a_system_that_cannot_even_say_what_it_checks_has_a_line_that_says_so(world: World) -> None:
    class Broken(System):
        def checks(self) -> list[object]:  # type: ignore[override]  # what a broken adapter does
            raise RuntimeError

    world.connected.adapters.append(Broken())
    assert (await answers(world))["broken.checks"].reason == OWN_MISTAKE


async def test_an_adapter_that_answers_something_else_is_not_taken_for_ok(world: World) -> None:
    async def nothing() -> Answer:
        return None  # type: ignore[return-value]  # what a broken adapter does

    world.system.answers = {"velero.schedules": nothing}
    assert (await answers(world))["velero.schedules"].reason == OWN_MISTAKE


async def test_a_date_that_no_other_zone_could_hold_is_none(world: World) -> None:
    odd = [
        Evidence(key=str(year), title="odd", status=Status.FAIL, since=datetime(year, 1, 1, tzinfo=UTC))
        for year in (1, 2026, 9999)
    ]
    world.system.answers = {"velero.schedules": replace(answer(Status.FAIL), evidence=odd)}
    found = (await answers(world))["velero.schedules"]
    assert [one.since and one.since.year for one in found.evidence] == [None, 2026, None]


async def test_a_part_that_a_system_says_it_does_not_have_is_absent(world: World) -> None:
    world.system.answers = {
        "velero.schedules": NotInstalled("Kubernetes has no schedules.velero.io installed"),
        "jenkins.jobs": answer(Status.OK),
    }
    asked = await world.checklist.asking.ask(await world.routine())
    assert {one.check.name for one in asked.results if one.absent} == {"velero.schedules"}


async def test_who_watches_is_told_of_each_answer(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK), "velero.restores": answer(Status.OK)}
    seen: list[tuple[int, int]] = []
    await world.checklist.asking.ask(await world.routine(), told=lambda done, of, _check: seen.append((done, of)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


async def test_what_the_team_hides_is_not_asked(world: World) -> None:
    world.system.answers = {
        "velero.schedules": answer(Status.OK),
        "velero.restores": answer(Status.OK),
        "jenkins.jobs": answer(Status.OK),
        "trivy.images": answer(Status.OK),
    }
    world.system.items = {"jenkins.jobs": Item.PIPELINES, "trivy.images": Item.SECURITY}
    world.hide("velero.restores", "jenkins", "security")
    assert set(await answers(world)) == {"velero.schedules"}


async def test_with_nothing_connected_every_item_is_by_hand(world: World) -> None:
    asked = await world.checklist.asking.ask(await world.routine())
    assert asked.results == []


async def test_who_is_on_call_is_asked_of_the_pager_for_the_teams_services(world: World) -> None:
    on_call = [
        OnCall(name="Ann P", email="ann@example.com", level=1, service_ref="PSVC001", service_name="checkout"),
        OnCall(name="Bob P", email="bob@example.com", level=2, service_ref="PSVC001", service_name="checkout"),
        OnCall(name="Zoe", email=None, level=1, service_ref="PSVC999", service_name="other"),
    ]
    world.connected.adapters.append(Pager(on_call))
    asked = await world.checklist.asking.ask(await world.routine())
    assert (asked.on_call.names, asked.on_call.asked) == ((("Ann P", "U024BE7LH"),), True)


async def test_several_pagers_are_asked_at_once(world: World) -> None:
    together = asyncio.Barrier(2)  # opens only when both ask

    class Slow(Pager):
        async def on_call(self) -> Sequence[OnCall]:
            await together.wait()
            return [OnCall(name="Ann P", email=None, level=1, service_ref="PSVC001", service_name="checkout")]

    world.connected.adapters += [Slow(), Slow()]
    async with asyncio.timeout(5):
        asked = await world.checklist.asking.ask(await world.routine())
    assert [name for name, _ in asked.on_call.names] == ["Ann P"]
    assert asked.on_call.trouble is None


async def test_a_pager_that_is_down_leaves_the_digest_whole_and_says_so(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    world.connected.adapters.append(Pager(trouble=Unavailable("PagerDuty did not answer (503)")))
    asked = await world.checklist.asking.ask(await world.routine())
    assert asked.on_call.trouble == "PagerDuty did not answer (503)"
    assert len(asked.results) == 3


async def test_each_team_is_judged_by_its_own_thresholds_over_those_of_all(world: World) -> None:
    every = {"prometheus.targets": {"warn": 2.0, "fail": 5.0}}
    own = ChecklistRules(hide=("velero",), thresholds={"prometheus.targets": {"fail": 9.0}, "jira.open": {"warn": 3.0}})
    before = world.plans[0]
    teams = (Team(name="platform", checklist=own), Team(name="shop"))
    world.plans[0] = before.model_copy(update={"teams": teams, "checklist": ChecklistRules(thresholds=every)})
    wiring = Wiring(outside=Outside(), thresholds=every)

    async def judged() -> Answer:
        await asyncio.sleep(0)  # the other team's round runs meanwhile
        wanted = [("prometheus.targets", "warn"), ("prometheus.targets", "fail"), ("jira.open", "warn")]
        return answer(Status.OK, " ".join(f"{wiring.limit(check, name, 1):g}" for check, name in wanted))

    world.system.answers = {"prometheus.targets": judged, "velero.schedules": judged}
    ask = world.checklist.asking.ask
    rounds = await asyncio.gather(ask(await world.routine("platform")), ask(await world.routine("shop")))
    told = [
        {one.check.name: one.answer.summary for one in asked.results if one.check.system != "daywatch"}
        for asked in rounds
    ]
    assert told == [
        {"prometheus.targets": "2 9 3"},
        {"prometheus.targets": "2 5 1", "velero.schedules": "2 5 1"},
    ]
    # Outside a round, what holds for all.
    assert wiring.limit("prometheus.targets", "fail", 1) == 5
