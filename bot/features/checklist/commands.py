"""What a person types about the checklist: read, ask the service, answer."""

from bot.acts import Act, Acts, Ask, Open, Reply
from bot.domain.check import Item
from bot.domain.digest import Digest, DigestState
from bot.features.checklist import forms, history
from bot.features.checklist.actions import key_of
from bot.features.checklist.days import local_day
from bot.features.checklist.hands import Not, needs_words, until_day
from bot.features.checklist.routine import Routine
from bot.features.checklist.service import Checklist
from bot.slack.message import Message
from bot.slack.notes import did_you_mean
from bot.slack.typed import near


async def now(checklist: Checklist, ask: Ask) -> Acts:
    """`/checklist`: today's digest, asked just now, only for the one who wants to know."""
    routine, rest = await checklist.aimed(ask)
    if routine is None or rest:
        return which_team(checklist, "/checklist", rest)
    fresh = await checklist.fresh(routine)
    return (Reply(await checklist.seeing.message(fresh, private=True)),)


async def run(checklist: Checklist, ask: Ask) -> Acts:
    """`/checklist run`: the channel's message asks again in place; without one today, it comes now."""
    routine, rest = await checklist.aimed(ask)
    if routine is None or rest:
        return which_team(checklist, "/checklist run", rest)
    record = checklist.record
    today = await record.of_day(routine.team, local_day(routine, record.clock()))
    if today is None or today.state is DigestState.FRESH:
        words = f"⏳ Checking. The digest comes in {_channel(routine)}."
        return (Reply(Message(words)), *(await begin(checklist, ask, routine)))
    return await refresh(checklist, ask, today, tell=True)


async def begin(checklist: Checklist, ask: Ask, routine: Routine) -> Acts:
    acts = await checklist.record.begin(routine)
    number = await checklist.record.open_today(routine)
    digest = await checklist.record.get(number)
    if digest is not None:
        await checklist.record.did(ask, "checklist.run", digest)
    return acts


async def refresh(checklist: Checklist, ask: Ask, digest: Digest, *, tell: bool) -> Acts:
    """`tell` when the message that shows the progress is not where it was asked."""
    record = checklist.record
    if digest.posted_at is None:
        return (Reply(Message("⏳ Today's digest is on its way.")),)
    if record.refreshing(digest) and digest.progress is not None:
        return (Reply(Message(f"⏳ Checking already: {digest.progress.done} of {digest.progress.of} answered.")),)
    routine = await record.routines.of(digest.team)
    acts = await record.refresh(digest, ask.once, checks=len(checklist.asking.checks(routine)))
    await record.did(ask, "checklist.run", digest)
    told: list[Act] = [Reply(Message(f"⏳ Checking. The digest in {_channel(routine)} is redrawn."))] if tell else []
    return (*told, *acts)


def _channel(routine: Routine) -> str:
    return routine.channel if routine.channel.startswith("#") else f"the channel of {routine.team}"


async def claim(checklist: Checklist, ask: Ask) -> Acts:
    """`/checklist claim backups`."""
    found = await _named(checklist, ask, "claim")
    if not isinstance(found, tuple):
        return (found,)
    digest, item, _ = found
    done = await checklist.hands.claim(ask, digest, item)
    if isinstance(done, Not):
        return (Reply(Message(done.why)),)
    return (Reply(Message(f"You have {item.heading}.")), *done)


async def done(checklist: Checklist, ask: Ask) -> Acts:
    """`/checklist done backups restored the bucket`; without words where some are needed, the form."""
    found = await _named(checklist, ask, "done")
    if not isinstance(found, tuple):
        return (found,)
    digest, item, words = found
    if not words and needs_words(digest.item(item)):
        return (Open(forms.done(key_of(digest, item), item)),)
    did = await checklist.hands.done(ask, digest, item, words[:500])
    if isinstance(did, Not):
        return (Reply(Message(did.why)),)
    return (Reply(Message(f"Noted: you handled {item.heading}.")), *did)


async def snooze(checklist: Checklist, ask: Ask) -> Acts:
    """`/checklist snooze backups monday waiting for the new disk`; without a reason, the form."""
    found = await _named(checklist, ask, "snooze")
    if not isinstance(found, tuple):
        return (found,)
    digest, item, rest = found
    until, _, reason = rest.partition(" ")
    routine = await checklist.record.routines.of(digest.team)
    day = until_day(until, "", local_day(routine, checklist.record.clock()))
    if day is None or not reason.strip():
        given = rest if day is None else ""
        return (Open(forms.snooze(key_of(digest, item), item, until=until.casefold(), reason=given)),)
    did = await checklist.hands.snooze(ask, digest, item, day, reason.strip()[:200])
    if isinstance(did, Not):
        return (Reply(Message(did.why)),)
    return (Reply(Message(f"{item.heading} is snoozed until {day:%a} {day.day} {day:%b}.")), *did)


async def show_history(checklist: Checklist, ask: Ask) -> Acts:
    """`/checklist history`: two weeks, a letter a day."""
    routine, rest = await checklist.aimed(ask)
    if routine is None or rest:
        return which_team(checklist, "/checklist history", rest)
    return (Reply(await history_of(checklist, routine)),)


async def history_of(checklist: Checklist, routine: Routine) -> Message:
    day = local_day(routine, checklist.record.clock())
    seen = await checklist.seeing.history(routine.team, day)
    items = [item for item in Item if item.value not in routine.hidden]
    return history.overview(routine.team, items, seen, history.in_time_until(routine.at))


def which_team(checklist: Checklist, command: str, typed: str = "") -> Acts:
    """`typed` are words that name no team."""
    teams = [team.name for team in checklist.record.plan().teams]
    return (Reply(forms.which_team(teams, command, typed)),)


def item_in(text: str) -> tuple[Item | None, str]:
    """The item that the first word names: its key, the beginning of it, or a word of its heading; and the rest."""
    word, _, rest = text.strip().partition(" ")
    wanted = word.casefold()
    if not wanted:
        return None, ""
    if wanted in {item.value for item in Item}:
        return Item(wanted), rest.strip()
    near = [item for item in Item if item.value.startswith(wanted)]
    near = near or [item for item in Item if wanted in item.heading.casefold().split()]
    return (near[0], rest.strip()) if len(near) == 1 else (None, text.strip())


async def _named(checklist: Checklist, ask: Ask, verb: str) -> tuple[Digest, Item, str] | Reply:
    """The team's newest digest and the item that was typed."""
    routine, text = await checklist.aimed(ask)
    if routine is None:
        return Reply(forms.which_team([team.name for team in checklist.record.plan().teams], f"/checklist {verb}"))
    digest = await checklist.record.latest(routine.team)
    if digest is None:
        return Reply(Message("No checklist has been made yet. Type /checklist to make one."))
    item, rest = item_in(text)
    shown = [one.item.value for one in digest.items]
    if item is None and (guess := near((text.split() or [""])[0], shown)):
        meant = " ".join((guess, *text.split()[1:]))
        return Reply(did_you_mean(text, f"/checklist {verb} {meant}", checklist.record.plan().slack.command_prefix))
    if item is None or item.value not in shown:
        return Reply(Message(f"Which item? /checklist {verb} and one of: {', '.join(shown)}."))
    return digest, item, rest
