"""What people type and see: today's checklist fresh for one, the right team, history, settings."""

from datetime import timedelta
from typing import Any

import pytest

from bot.acts import Acts, Next, Reply, Wrong
from bot.domain.check import Item, Status
from bot.domain.digest import DigestState
from bot.domain.plan import Plan
from bot.features.checklist import commands, presses, settings
from bot.slack.fit import fit, fit_view
from bot.slack.flatten import words_of
from bot.slack.limits import problems
from bot.slack.message import Message, View
from bot.store.audit import Audit
from tests.features.checklist.world import World, answer, finding
from tests.store import an_incident

FAILS = {"velero.schedules": answer(Status.FAIL, "shop is late", finding("shop"))}
TWO_TEAMS = Plan.model_validate(
    {"teams": [{"name": "platform", "channel": "C0PLATFORM"}, {"name": "find", "channel": "#find-ops"}]}
)


def message(acts: Acts) -> Message:
    (reply,) = [act for act in acts if isinstance(act, Reply)]
    return reply.message


def view(acts: Acts) -> View:
    (shown,) = [act for act in acts if isinstance(act, Next)]
    return shown.view


def text_of(shown: Message | View) -> str:
    shape = fit(shown) if isinstance(shown, Message) else fit_view(shown)
    assert problems(shape) == []
    return "\n".join(words_of(block) for block in shape.get("blocks", ()))


async def test_checklist_answers_todays_digest_asked_just_now(world: World) -> None:
    world.system.answers = dict(FAILS)
    digest = await world.posted()
    world.system.answers = {"velero.schedules": answer(Status.WARN, "shop runs at last")}
    fresh = message(await commands.now(world.checklist, world.ask()))
    assert "shop runs at last" in text_of(fresh)
    assert (await world.digest(digest.id)).item(Item.BACKUPS).status is Status.FAIL, "the channel's stays as it was"
    assert f"'value': '{digest.name}:backups'" in str(fit(fresh)), "its buttons act on today's digest"


async def test_before_the_morning_digest_its_buttons_have_something_to_act_on(world: World) -> None:
    world.system.answers = dict(FAILS)
    world.clock.pass_(hours=-2)
    fresh = message(await commands.now(world.checklist, world.ask()))
    digest = await world.checklist.record.latest("platform")
    assert digest is not None
    assert (digest.state, f"{digest.name}:backups" in str(fit(fresh))) == (DigestState.FRESH, True)


async def test_refresh_on_the_only_you_message_asks_again_and_takes_its_place(world: World) -> None:
    world.system.answers = dict(FAILS)
    digest = await world.posted()
    world.system.answers = {"velero.schedules": answer(Status.WARN, "nearly")}
    (reply,) = await presses.look_again(world.checklist, world.ask(digest.name, on_message=False))
    assert isinstance(reply, Reply)
    assert reply.replace
    assert "nearly" in text_of(reply.message)


async def test_open_incidents_of_ours_are_a_check_and_private_ones_have_no_title(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    await an_incident(world.store, world.clock(), severity="sev4", title="slow search")
    await an_incident(world.store, world.clock(), severity="sev1", title="layoffs", private=True)
    await an_incident(world.store, world.clock(), title="a drill", practice=True)
    await an_incident(world.store, world.clock(), title="of another team", team="find")
    digest = await world.posted()
    line = next(one for one in digest.lines if one.name == "daywatch.incidents")
    assert [(one.title, one.status) for one in line.findings] == [
        ("INC-2 SEV1 a private incident", Status.FAIL),
        ("INC-1 SEV4 slow search", Status.WARN),
    ]
    drawn = await world.checklist.seeing.digest(str(digest.id))
    assert drawn is not None
    assert "layoffs" not in str(drawn.message.to_dict())


async def test_of_several_teams_the_channel_or_the_typed_name_says_which(world: World) -> None:
    world.plans[0] = TWO_TEAMS
    assert (await world.checklist.aimed(world.ask()))[0] == await world.routine("platform")
    assert (await world.checklist.aimed(world.ask(text="find backups"))) == (await world.routine("find"), "backups")
    assert (await world.checklist.aimed(world.ask(channel="C0ELSEWHERE")))[0] is None
    told = message(await commands.now(world.checklist, world.ask(channel="C0ELSEWHERE")))
    assert told.text == "Which team? Type /checklist and one of: platform, find."


async def test_the_channel_in_which_a_teams_digest_stands_is_the_teams(world: World) -> None:
    world.plans[0] = TWO_TEAMS
    routine = await world.routine("find")
    record = world.checklist.record
    await world.desk.record(lambda: record.begin(routine))
    number = await record.open_today(routine)
    await world.desk.record(lambda: record.posted(number))
    key = f"checklist.digest:{number}"
    await record.messages.want(key)
    await record.messages.lease(key, "me", world.clock(), timedelta(seconds=40))
    await record.messages.shown(key, "me", 1, "C0FINDOPS", "1.1")
    assert (await world.checklist.aimed(world.ask(channel="C0FINDOPS")))[0] == routine


async def test_history_tells_two_weeks_and_how_often_the_morning_was_taken(world: World) -> None:
    world.system.answers = dict(FAILS)
    await world.posted()
    await world.done(commands.claim, world.ask(text="backups"))
    world.clock.pass_(days=1)
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    digest = await world.posted()
    for told in (
        await commands.show_history(world.checklist, world.ask()),
        await presses.show_history(world.checklist, world.ask(digest.name)),
    ):
        text = text_of(message(told))
        assert "backups     ––––––––––––✗✓" in text
        assert "taken 1 of 1 day before 09:00" in text


async def test_details_hold_the_evidence_the_two_weeks_and_what_can_be_done(world: World) -> None:
    world.system.answers = dict(FAILS)
    digest = await world.posted()
    shown = view(await presses.details(world.checklist, world.ask(f"{digest.name}:backups")))
    text = text_of(shown)
    assert "fail · shop" in text
    assert "backups     –––––––––––––✗" in text
    controls = fit_view(shown)["blocks"][-1]["elements"]
    assert [one["text"]["text"] for one in controls] == ["Check again", "Claim", "Done", "Snooze"]


async def test_check_again_asks_that_item_and_shows_what_it_found(world: World) -> None:
    world.system.answers = dict(FAILS)
    digest = await world.posted()
    world.system.answers = {"velero.schedules": answer(Status.OK, "12 schedules ran")}
    again = await presses.check_again(world.checklist, world.ask(f"{digest.name}:backups", view_id="V1"))
    assert "12 schedules ran" in text_of(view(again))
    assert (await world.digest(digest.id)).item(Item.BACKUPS).status is Status.OK


async def test_all_checks_and_show_current_fill_the_loading_view(world: World) -> None:
    world.system.answers = dict(FAILS)
    digest = await world.posted()
    assert "shop is late" in text_of(view(await presses.all_checks(world.checklist, world.ask(digest.name))))
    assert "shop is late" in text_of(view(await presses.now(world.checklist, world.ask("home"))))
    gone = view(await presses.all_checks(world.checklist, world.ask("dg-999")))
    assert "do not know that checklist" in text_of(gone)


async def test_help_comes_from_the_command_table(world: World) -> None:
    assert message(await presses.show_help(world.checklist, world.ask("dg-1"))).text == "Help for admin"


# Settings.

SAVED = {
    "channel": "#mornings",
    "at": "09:15",
    "days": ("mon", "wed"),
    "holidays": "FR",
    "items": tuple(item.value for item in Item if item is not Item.DRIFT),
    "chart": ("yes",),
}


async def saved(world: World, **values: object) -> Acts:
    return await world.done(settings.save, world.ask(values=SAVED | values, private={"team": "platform"}))


async def test_an_operator_changes_the_teams_mornings_and_is_told_when_the_next_comes(world: World) -> None:
    told = view(await saved(world))
    routine = await world.routine()
    assert text_of(told) == "The next digest comes Mon 23 Nov 09:15 CET in #mornings."
    assert (routine.channel, f"{routine.at:%H:%M}", routine.days) == ("#mornings", "09:15", ("mon", "wed"))
    assert (routine.holidays, set(routine.hidden)) == ("FR", {"drift"})
    (entry,) = await Audit(world.store).of("platform")
    assert entry["what"] == "checklist.settings channel, at, days, holidays, hidden"


async def test_each_field_tells_where_its_value_comes_from(world: World) -> None:
    digest = await world.posted()
    form = view(await settings.open_form(world.checklist, world.ask(digest.name)))
    hints = {block["block_id"]: block["hint"]["text"] for block in fit_view(form)["blocks"] if "hint" in block}
    assert set(hints.values()) == {"From the file."}
    await saved(world, at="08:30", days=("mon", "tue", "wed", "thu", "fri"), holidays="DE", channel="#mornings")
    form = view(await settings.open_form(world.checklist, world.ask(digest.name)))
    hints = {block["block_id"]: block["hint"]["text"] for block in fit_view(form)["blocks"] if "hint" in block}
    assert (hints["channel"], hints["at"], hints["items"]) == ("Ann, 23 Nov.", "From the file.", "Ann, 23 Nov.")


async def test_back_to_the_file_undoes_it(world: World) -> None:
    before = await world.routine()
    await saved(world)
    await world.done(settings.back_to_file, world.ask("platform", private={"team": "platform"}))
    assert await world.routine() == before


async def test_a_field_that_cannot_be_says_so(world: World) -> None:
    assert await saved(world, channel="mornings please") == (
        Wrong({"channel": "Write a channel such as #platform-ops"}),
    )
    assert await saved(world, at="late") == (Wrong({"at": "Choose a time"}),)
    assert await saved(world, days=()) == (Wrong({"days": "Choose at least one day"}),)
    assert await saved(world, items=()) == (Wrong({"items": "Choose at least one item"}),)
    (wrong,) = await saved(world, holidays="XX")
    assert isinstance(wrong, Wrong)
    assert "XX" in wrong.fields["holidays"]
    assert (await world.routine()).changed == {}


async def test_holidays_can_be_none_and_are_found_by_their_first_letters(world: World) -> None:
    await saved(world, holidays="none")
    assert (await world.routine()).holidays is None
    found = await settings.find_holidays(world.checklist, "de-b")
    assert found[0][1] == "none"
    assert ("DE-BY", "DE-BY") in found
    assert len(await settings.find_holidays(world.checklist, "")) == 100


async def test_a_team_that_left_the_file_cannot_be_changed(world: World) -> None:
    acts = await world.done(settings.save, world.ask(values=SAVED, private={"team": "gone"}))
    assert "not in the settings any more" in text_of(view(acts))


async def test_a_hidden_item_is_in_no_digest(world: World) -> None:
    world.system.answers = dict(FAILS)
    world.system.answers["terraform.drift"] = answer(Status.FAIL, "drifted", finding("ws"))
    world.system.items = {"terraform.drift": Item.DRIFT}
    await saved(world)
    digest = await world.posted()
    assert [row.item for row in digest.items] == [item for item in Item if item is not Item.DRIFT]
    assert "terraform.drift" not in [line.name for line in digest.lines]


@pytest.mark.parametrize("handler", [commands.now, commands.run, commands.show_history])
async def test_words_that_are_no_team_are_told_and_nothing_is_asked(world: World, handler: Any) -> None:
    told = message(await handler(world.checklist, world.ask(text="plattform now")))
    assert told.text.startswith("No team is called “plattform now”. Type /checklist")
    assert told.text.endswith("and one of: platform.")
    assert await world.checklist.record.latest("platform") is None


async def test_an_item_that_is_nearly_spelled_is_asked_back_with_a_button(world: World) -> None:
    world.system.answers = dict(FAILS)
    await world.posted()
    told = message(await world.done(commands.claim, world.ask(text="bakups")))
    assert told.text == "Did you mean /checklist claim backups?"
    told = message(await world.done(commands.snooze, world.ask(text="bakups monday the new disk")))
    press = told.to_dict()["blocks"][1]["elements"][0]
    assert (press["action_id"], press["value"]) == ("slack.again.v1", "/checklist snooze backups monday the new disk")
