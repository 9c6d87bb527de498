"""Claimed, released, done by hand, snoozed: who has it, and that no hand turns a check ok."""

from datetime import timedelta

from bot.acts import Acts, Next, Open, Post, Reply, Wrong
from bot.domain.check import Item, Status
from bot.domain.digest import Digest
from bot.domain.errors import Unavailable
from bot.features.checklist import commands, presses
from bot.slack.message import Message
from bot.store.audit import Audit
from tests.fakes.names import ANN, BOB
from tests.features.checklist.world import World, answer, finding

FAILS = {"velero.schedules": answer(Status.FAIL, "shop is late", finding("shop"))}


def said(acts: Acts) -> str:
    (reply,) = [act for act in acts if isinstance(act, Reply)]
    return reply.message.text


def posts(acts: Acts) -> list[str]:
    return [act.key for act in acts if isinstance(act, Post)]


async def failing(world: World) -> tuple[Digest, str]:
    world.system.answers = dict(FAILS)
    digest = await world.posted()
    return digest, f"{digest.name}:backups"


async def test_a_claim_redraws_the_message_and_is_written_down(world: World) -> None:
    digest, key = await failing(world)
    acts = await world.done(presses.claim, world.ask(key))
    row = (await world.digest(digest.id)).item(Item.BACKUPS)
    assert posts(acts) == [f"checklist.digest:{digest.id}"]
    assert row.claim is not None
    assert (row.claim.who, row.needs, row.status) == (ANN.id, True, Status.FAIL)
    (entry,) = await Audit(world.store).of("platform 2026-11-23 backups")
    assert (entry["who"], entry["what"], entry["whence"]) == (ANN.id, "checklist.claim", "C0PLATFORM")


async def test_of_two_who_claim_the_first_wins_and_the_second_is_told_who(world: World) -> None:
    digest, key = await failing(world)
    await world.done(presses.claim, world.ask(key, by=BOB))
    world.clock.pass_(seconds=4)
    acts = await world.done(presses.claim, world.ask(key, by=ANN))
    assert said(acts) == "Bob claimed this 4 s ago."
    claim = (await world.digest(digest.id)).item(Item.BACKUPS).claim
    assert claim is not None
    assert claim.who == BOB.id


async def test_ones_own_claim_is_released_at_once_somebody_elses_after_a_question(world: World) -> None:
    digest, key = await failing(world)
    await world.done(presses.claim, world.ask(key, by=BOB))
    question = await world.done(presses.release, world.ask(key, by=ANN))
    assert said(question) == "Bob has this. Release it?"
    assert (await world.digest(digest.id)).item(Item.BACKUPS).claim is not None
    await world.done(presses.release_anyway, world.ask(key, by=ANN))
    assert (await world.digest(digest.id)).item(Item.BACKUPS).claim is None
    await world.done(presses.claim, world.ask(key, by=BOB))
    await world.done(presses.release, world.ask(key, by=BOB))
    assert (await world.digest(digest.id)).item(Item.BACKUPS).claim is None


async def test_done_needs_words_on_a_failing_check_and_never_turns_it_ok(world: World) -> None:
    digest, key = await failing(world)
    (form,) = await presses.done_form(world.checklist, world.ask(key))
    assert isinstance(form, Open)
    form_ask = world.ask(private=form.view.memory, values={"words": None})
    (wrong,) = await world.done(presses.done, form_ask)
    assert wrong == Wrong({"words": "Say what you did: the check says fail"})
    await world.done(presses.done, world.ask(private=form.view.memory, values={"words": "restored it"}))
    row = (await world.digest(digest.id)).item(Item.BACKUPS)
    assert row.done is not None
    assert (row.done.words, row.status, row.handled, row.needs) == ("restored it", Status.FAIL, True, False)


async def test_handled_but_still_failing_when_asked_later_needs_somebody_again(world: World) -> None:
    digest, _ = await failing(world)
    await world.done(commands.done, world.ask(text="backups restored it"))
    world.clock.pass_(minutes=30)
    fresh = await world.checklist.ask_again(digest, Item.BACKUPS)
    assert fresh.item(Item.BACKUPS).needs
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    fresh = await world.checklist.ask_again(digest, Item.BACKUPS)
    assert fresh.item(Item.BACKUPS).status is Status.OK


async def test_asking_one_item_again_leaves_the_others_and_what_was_done_about_them(world: World) -> None:
    world.system.answers = {
        "velero.schedules": answer(Status.FAIL, "late", finding("shop")),
        "trivy.images": answer(Status.FAIL, "a hole", finding("CVE-1")),
    }
    world.system.items = {"trivy.images": Item.SECURITY}
    digest = await world.posted()
    await world.done(commands.done, world.ask(text="security patched it"))
    world.clock.pass_(minutes=5)
    fresh = await world.checklist.ask_again(digest, Item.BACKUPS)
    assert fresh.item(Item.SECURITY).handled
    assert len(fresh.lines) == len(digest.lines)


async def test_an_item_by_hand_is_done_without_words(world: World) -> None:
    digest, _ = await failing(world)
    acts = await world.done(commands.done, world.ask(text="patches"))
    row = (await world.digest(digest.id)).item(Item.PATCHES)
    assert said(acts) == "Noted: you handled Apply critical patches."
    assert (row.status, row.handled, row.needs) == (None, True, False)


async def test_nothing_is_to_be_done_about_what_is_ok(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    await world.posted()
    for doing in (commands.claim, commands.done):
        assert "backups is ok" in said(await world.done(doing, world.ask(text="backups")))


async def snoozed(world: World, until: str = "2026-11-27") -> Digest:
    digest, key = await failing(world)
    values = {"until": "date", "day": until, "reason": "the new disk comes on Thursday"}
    assert await world.done(presses.snooze, world.ask(values=values, private={"key": key})) != ()
    return await world.digest(digest.id)


async def test_a_snoozed_item_rests_until_its_day_and_then_comes_back_by_itself(world: World) -> None:
    today = await snoozed(world)
    needs = [today.item(Item.BACKUPS).needs]
    for _ in range(4):
        await world.days_later(1)
        needs.append((await world.posted()).item(Item.BACKUPS).needs)
    assert needs == [False, False, False, False, True]


async def test_a_snoozed_item_comes_back_when_something_new_is_found(world: World) -> None:
    await snoozed(world)
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"), finding("search"))}
    assert (await world.posted()).item(Item.BACKUPS).needs


async def test_a_snoozed_warning_comes_back_when_it_fails(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.WARN, "slow", finding("shop", Status.WARN))}
    await world.posted()
    await world.done(commands.snooze, world.ask(text="backups 2026-12-01 it is slow on Mondays"))
    await world.days_later(1)
    assert not (await world.posted()).item(Item.BACKUPS).needs
    await world.days_later(1)
    world.system.answers = dict(FAILS)
    assert (await world.posted()).item(Item.BACKUPS).needs


async def test_a_snoozed_failure_is_not_woken_by_a_system_that_does_not_answer(world: World) -> None:
    await snoozed(world)
    await world.days_later(1)
    world.system.answers = {"velero.schedules": Unavailable("Velero did not answer (503)")}
    assert not (await world.posted()).item(Item.BACKUPS).needs


async def test_a_snooze_needs_a_day_to_come_and_a_reason(world: World) -> None:
    _, key = await failing(world)

    async def submitted(**values: str) -> Acts:
        return await world.done(presses.snooze, world.ask(values=values, private={"key": key}))

    assert await submitted(until="date", day="2026-11-23", reason="x") == (Wrong({"day": "Use a date after today"}),)
    assert await submitted(until="date", reason="x") == (Wrong({"day": "Choose a date"}),)
    assert await submitted(until="tomorrow") == (Wrong({"reason": "Say why it can wait"}),)
    assert await submitted(until="date", day="2027-11-23", reason="x") == (Wrong({"day": "Use a date within 90 days"}),)


async def test_claiming_a_snoozed_item_ends_the_snooze(world: World) -> None:
    digest = await snoozed(world)
    await world.done(commands.claim, world.ask(text="backups"))
    assert (await world.digest(digest.id)).item(Item.BACKUPS).needs


async def test_claims_are_of_their_day(world: World) -> None:
    _, key = await failing(world)
    await world.done(presses.claim, world.ask(key))
    await world.days_later(1)
    assert (await world.posted()).item(Item.BACKUPS).claim is None


async def test_an_old_digests_button_changes_nothing_and_shows_the_way(world: World) -> None:
    old, key = await failing(world)
    await world.days_later(1)
    await world.posted()
    acts = await world.done(presses.claim, world.ask(key))
    assert said(acts) == "This moved on: it is the checklist of Mon 23 Nov."
    assert (await world.digest(old.id)).item(Item.BACKUPS).claim is None
    (told,) = await world.done(presses.done, world.ask(private={"key": key}, values={"words": "restored it"}))
    assert isinstance(told, Next)
    assert "restored it" in str(told.view.to_dict()), "what was typed can be copied"


async def test_a_button_of_a_forgotten_digest_or_a_forged_one_says_so(world: World) -> None:
    for key in ("dg-999:backups", "dg-1:nothing", "dg-:backups", "dg-²:backups", "dg-1;drop:backups", ""):
        assert "do not know that checklist" in said(await world.done(presses.claim, world.ask(key)))


async def test_the_words_typed_name_an_item_by_key_beginning_or_heading(world: World) -> None:
    assert commands.item_in("backups now") == (Item.BACKUPS, "now")
    assert commands.item_in("BACK") == (Item.BACKUPS, "")
    assert commands.item_in("drift detection") == (Item.DRIFT, "detection")
    assert commands.item_in("critical mass") == (Item.PATCHES, "mass")
    assert commands.item_in("d") == (None, "d")
    assert commands.item_in("") == (None, "")


async def test_an_unknown_item_is_answered_with_the_ones_there_are(world: World) -> None:
    await failing(world)
    near = said(await world.done(commands.claim, world.ask(text="backsup")))
    assert near == "Did you mean /checklist claim backups?"
    told = said(await world.done(commands.claim, world.ask(text="coffee")))
    assert told.startswith("Which item? /checklist claim and one of: dashboards, alerting")


async def test_snooze_by_command_without_a_reason_opens_the_form_with_what_was_said(world: World) -> None:
    await failing(world)
    (opened,) = await world.done(commands.snooze, world.ask(text="backups monday"))
    assert isinstance(opened, Open)
    assert "'value': 'monday'" in str(opened.view.to_dict()["blocks"][1]["element"]["initial_option"])


async def test_tomorrow_and_monday_are_the_teams_own(world: World) -> None:
    await failing(world)
    world.clock.pass_(hours=16)  # 00:30 on Tuesday in Berlin, still Monday in UTC
    acts = await world.done(commands.snooze, world.ask(text="backups tomorrow waiting for the disk"))
    assert said(acts) == "Validate backups is snoozed until Wed 25 Nov."


async def test_a_press_on_an_only_you_message_gets_a_word(world: World) -> None:
    digest, key = await failing(world)
    acts = await world.done(presses.claim, world.ask(key, on_message=False))
    assert Reply(Message("You have Validate backups.")) in acts
    assert (await world.digest(digest.id)).item(Item.BACKUPS).claim is not None


async def test_a_press_in_the_details_redraws_them(world: World) -> None:
    _, key = await failing(world)
    acts = await world.done(presses.claim, world.ask(key, on_message=False, view_id="V1"))
    (seen,) = [act for act in acts if isinstance(act, Next)]
    assert "claimed by Ann" in str(seen.view.to_dict())


async def test_somebodys_list_has_what_they_claimed_and_did_not_finish(world: World) -> None:
    digest, _ = await failing(world)
    await world.done(commands.claim, world.ask(text="backups"))
    await world.done(commands.claim, world.ask(text="patches"))
    await world.done(commands.done, world.ask(text="patches"))
    since = digest.day - timedelta(days=1)
    held = await world.checklist.record.claims.of_person(ANN.id, since)
    assert [(team, day, hand.item) for team, day, hand in held] == [("platform", digest.day, Item.BACKUPS)]
    assert await world.checklist.record.claims.of_person(BOB.id, since) == []
