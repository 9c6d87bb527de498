"""`/postmortem` and its lists: this channel's, a named one, one to pick; who sees what."""

from bot.domain.incident import State
from bot.features.postmortems import commands, events, forms, presses
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from tests.features.postmortems.world import SAM, World, shown, view_in
from tests.slack.hostile import TEXTS


async def test_in_the_incidents_channel_its_own_is_opened(world: World) -> None:
    await world.over()
    view = view_in(await world.act(commands.postmortem, world.ask(channel="C0INC142")))

    assert (view.callback_id, view.memory["incident"]) == (forms.WHAT_FORM, "INC-1")


async def test_a_named_one_is_opened_from_anywhere(world: World) -> None:
    await world.over()
    for typed in ("INC-1", "inc1", "#1", "1"):
        view = view_in(await world.act(commands.postmortem, world.ask(text=typed, channel="C0OTHER")))
        assert view.memory["incident"] == "INC-1"


async def test_an_unknown_one_says_what_to_do(world: World) -> None:
    for typed in ("INC-99", "nonsense", "9" * 40):
        view = view_in(await world.act(commands.postmortem, world.ask(text=typed)))
        assert "/postmortem list" in shown(view)


async def test_elsewhere_those_that_are_over_and_unwritten_are_offered(world: World) -> None:
    for number, text in enumerate(TEXTS.values()):
        if "\ud83d" not in text:
            await world.over(title=f"{number} {text}", channel=f"C{number}")
    await world.over(title="Still on", status=State.IDENTIFIED, channel="C0ON")
    await world.over(title="Secret", private=True, channel="C0S")
    await world.written(number=1)
    view = view_in(await world.act(commands.postmortem, world.ask(SAM, channel="C0OTHER")))

    assert problems(fit_view(view)) == []
    assert "Still on" not in shown(view)
    assert "Secret" not in shown(view)
    assert "'INC-1'" not in shown(view)
    assert "'INC-2'" not in shown(view)  # only the newest ten
    assert shown(view).count("postmortems.write.v1") == 10


async def test_with_nothing_to_write_it_says_when_there_will_be(world: World) -> None:
    view = view_in(await world.act(commands.postmortem, world.ask(channel="C0OTHER")))

    assert "written up" in shown(view)


async def test_the_list_has_what_waits_first(world: World) -> None:
    await world.over(title="Waits")
    await world.hear(events.incident_resolved, incident=1, resolves=1, postmortem=True, by=None)
    await world.over(title="Is done", channel="C2")
    await world.written(number=2)
    await world.over(title="Not needed", channel="C3")
    await world.act(presses.waived, world.ask(values={"reason": "Known"}, private={"incident": "INC-3"}))
    (reply,) = await world.act(commands.listed, world.ask(SAM))
    shape = fit(reply.message)

    assert problems(shape) == []
    text = str(shape)
    assert text.index("Waits") < text.index("Not needed") < text.index("Is done")
    assert "Write INC-1" in text


async def test_empty_lists_say_what_they_are_for(world: World) -> None:
    for handler in (commands.listed, commands.actions):
        (reply,) = await world.act(handler, world.ask(SAM))
        assert problems(fit(reply.message)) == []
        assert "postmortem" in str(reply.message.to_dict())
