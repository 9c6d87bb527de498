"""The list of suspects: the order with its reasons, for those who may see it."""

from datetime import timedelta

from bot.domain.change import Result
from bot.domain.errors import Unavailable
from bot.features.changes import commands
from bot.features.incidents import views as incident_views
from bot.slack.fit import fit
from bot.slack.limits import problems
from tests.changes import BEGAN, change, reported, running
from tests.features.changes.desk import Deployer, Desk, read
from tests.features.incidents.test_views import seen
from tests.features.incidents.world import PLAN


async def test_the_list_gives_the_reason_for_its_order(desk: Desk) -> None:
    await desk.tell(
        reported(change(4, result=Result.FAILED, version="v3")),
        reported(change(50, version="v2")),
        reported(change(3000, version="v1")),
        reported(change(30, places=("network",), environment=None, by=None, version=None)),
        reported(change(20, places=("search",))),
    )
    incident = await desk.opened()
    desk.world.clock.on(minutes=6)
    await desk.tell(reported(running(-5, id="back", version="v2")))
    reply = await desk.asked(commands.changes, channel=incident.channel)
    assert reply.everybody
    text = read(reply.message)
    said = [
        f"2 changes to checkout in 6 h before {incident.name} began",
        "sync checkout v3 in production by Kim\nfailed 4 min before, same service, someone rolled it back, production",
        "sync checkout v2 in production by Kim\n50 min before, same service, production",
        "Since it began",
        "sync checkout v2 in production by Kim, running",
        "Elsewhere (2)",
        "sync search v2.14.1 in production by Kim · search\n20 min before, production",
        "sync network\n30 min before, no service of its own",
        "Most suspicious first",
    ]
    places = [text.find(one) for one in said]
    assert -1 not in places, (text, said[places.index(-1)])
    assert places == sorted(places)


async def test_elsewhere_it_is_asked_for_a_service_or_for_all(desk: Desk) -> None:
    await desk.tell(reported(change(4)), reported(change(3, places=("search",))))
    reply = await desk.asked(commands.changes, text="Checkout", channel="C0OPS")
    assert not reply.everybody
    assert "1 change to checkout in 6 h until now" in read(reply.message)
    assert "2 changes in 6 h until now" in read((await desk.asked(commands.changes, channel="C0OPS")).message)
    reply = await desk.asked(commands.changes, text="shop", channel="C0OPS")
    assert "There are: checkout, search" in read(reply.message)


async def test_a_private_incident_is_nobody_else_s_business(desk: Desk) -> None:
    await desk.tell(reported(change()))
    incident = await desk.opened()
    await desk.world.response.record.change(incident, private=True)
    reply = await desk.asked(commands.show, key=incident.name, channel="C0OPS")
    assert "I do not know that incident" in reply.message.text
    reply = await desk.asked(commands.show, key=incident.name, channel=incident.channel)
    assert "1 change to checkout" in reply.message.text


async def test_a_practice_shows_what_its_script_says_and_nothing_real(desk: Desk) -> None:
    incident = await desk.opened()
    await desk.world.response.record.change(incident, practice=True, origin="drill:payments")
    desk.systems = {"Argo CD": Deployer(says=[change()])}
    practised = await desk.world.again(incident)
    assert await desk.looking.opened(practised) == ()
    assert await desk.tell(reported(change(-3))) == []
    assert await desk.look() == []
    assert await desk.world.moments(incident, "change") == []
    text = read((await desk.asked(commands.show, key=incident.name)).message)
    assert "deploy checkout v2.14.1 by Kim\n13 min before, same service" in text
    assert "sync" not in text


async def test_the_hours_are_a_setting(desk: Desk) -> None:
    await desk.tell(reported(change(100)))
    incident = await desk.opened()
    rules = PLAN.incidents.model_copy(update={"changes_within": timedelta(hours=1)})
    desk.world.plan[0] = PLAN.model_copy(update={"incidents": rules})
    assert (await desk.card(incident)).endswith("No change to checkout in 1 h")


async def test_of_what_was_forgotten_nothing_is_said(desk: Desk) -> None:
    await desk.tell(reported(change()))
    incident = await desk.opened()
    desk.world.clock.on(days=500)
    assert await desk.card(incident) == ""


async def test_hostile_names_stay_letters(desk: Desk) -> None:
    odd = "<!channel> *x* `y` \u202e&amp; <https://evil.example|click>\n" * 20
    desk.systems = {odd: Deployer(trouble=Unavailable("no"))}
    await desk.tell(
        *(reported(change(number, title=odd, by=odd, version=odd, environment=odd)) for number in range(1, 30))
    )
    incident = await desk.opened(occurred_at=BEGAN)
    await desk.tell(*(reported(change(-number, title=odd, by=odd)) for number in range(3, 20)))
    desk.world.clock.on(minutes=5)
    await desk.look()
    await desk.card(incident)
    drawn = fit(incident_views.card(seen(incident, changed=await desk.around.card(incident))), key="k")
    listed = fit((await desk.asked(commands.show, key=incident.name)).message, key="k")
    for shape in (drawn, listed):
        assert problems(shape) == []
        assert "mrkdwn" not in str([block for block in shape["blocks"] if "evil" in str(block)])
