"""`/daywatch reload`: a good file is taken over everywhere, a bad one keeps the old settings and says why."""

from bot.acts import Reply
from bot.features.operations import commands, schedule
from bot.features.operations.plans import Plans, Reread
from bot.slack.fit import fit
from bot.slack.limits import problems
from bot.store.settings import SettingRows
from tests.fakes.names import ANN
from tests.features.operations.conftest import NOW, Place, asks

BAD = Reread(path="daywatch.yaml", problems=("daywatch.yaml, line 3: teams.0.chanel: is not a setting",))


async def test_a_good_file_says_what_changed_and_what_waits_for_a_restart(place: Place) -> None:
    place.reading = lambda: Reread(path="daywatch.yaml", changed=("teams", "systems"), later=("systems",))
    (act,) = await commands.reload(place.service(), asks())
    assert isinstance(act, Reply)
    assert "changed: teams, systems. Restart for systems" in act.message.text
    (noted,) = await place.service().audit.of("daywatch.yaml")
    assert (noted["who"], noted["what"], noted["result"]) == (ANN.id, "settings.reload", "done")


async def test_a_bad_file_is_told_with_its_line_and_is_in_the_audit_as_refused(place: Place) -> None:
    place.reading = lambda: BAD
    (act,) = await commands.reload(place.service(), asks())
    assert isinstance(act, Reply)
    shape = fit(act.message)
    assert "line 3" in str(shape["blocks"])
    assert "The old settings stay" in str(shape["blocks"])
    assert problems(shape) == []
    (noted,) = await place.service().audit.of("daywatch.yaml")
    assert noted["result"] == "refused"


async def test_other_replicas_read_the_file_again_too_but_not_twice_and_not_because_of_the_past(place: Place) -> None:
    reads: list[str] = []

    def replica(name: str) -> Plans:
        def read() -> Reread:
            reads.append(name)
            return Reread(path="daywatch.yaml")

        return Plans(read=read, rows=SettingRows(place.store), clock=lambda: NOW)

    here, there = replica("here"), replica("there")
    await there.follow()
    await here.again(ANN.id)
    for each in (here, there, there):
        await each.follow()
    late = replica("late")
    await late.follow()
    assert reads == ["here", "there"]


async def test_a_bad_file_is_not_handed_on_to_other_replicas(place: Place) -> None:
    place.reading = lambda: BAD
    service = place.service()
    await schedule.follow_settings(service, NOW)
    await service.plans.again(ANN.id)
    assert await SettingRows(place.store).get("plan.read_again") == {}


def test_without_a_file_it_tells_how_to_have_one() -> None:
    assert "DAYWATCH_CONFIG" in str(Reread(path=None))
    assert "nothing in it has changed" in str(Reread(path="daywatch.yaml"))
