"""The messages around an incident: updates, nudges, tasks, roles given, what a vendor did not do. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, RichTextElement

from bot.domain.incident import Incident, State
from bot.domain.timeline import Moment
from bot.features.incidents.record import card_key
from bot.features.incidents.views import LATER, NOT_NEEDED, RESOLVE, TIMELINE, UPDATE, Seen
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    checkboxes,
    confirm,
    context,
    date,
    ended,
    foreign,
    line,
    marks,
    option,
    quote,
    rich,
    section,
    short_name,
    user,
)
from bot.slack.message import Message, Surface
from bot.store.pending import Pending
from bot.store.tasks import Task

TICK: Final = "incidents.tick.v1"
ADD_TASK: Final = "incidents.add_task.v1"
RETRY: Final = "pending.retry.v1"
WITHOUT: Final = "pending.without.v1"
TAKE: Final = "incidents.tasks_of.v1"
SHOWN_TASKS = 10


def update(seen: Seen, text: str, who: str) -> Message:
    """A status update in the incident's channel."""
    mark = marks.INCIDENT[seen.incident.status]
    return Message(
        f"{seen.incident.name} {seen.incident.status}: {text}",
        blocks=(
            rich(line(f"{mark.sign} ", bold(f"Update · {seen.incident.status}"), f" · {who}")),
            rich(quote(foreign(text, 1000, lines=True))),
        ),
        surface=Surface.ANNOUNCEMENT,
    )


def nudge(incident: Incident, addressees: Sequence[str], due: datetime, now: datetime) -> Message:
    """An update is due: a new message, since somebody is needed."""
    last = (
        (" The last one was at ", date(incident.last_update_at, now), ".")
        if incident.last_update_at
        else (" There was none yet.",)
    )
    people = [part for one in addressees[:10] for part in (user(one), " ")]
    return Message(
        f"{incident.name}: update due",
        blocks=(
            rich(line("⏰ ", *people, f"the update for {incident.name} is due since ", date(due, now), ".", *last)),
            actions(
                button("Write update", UPDATE, incident.name, style="primary"),
                button("In 15 min", LATER, incident.name),
                button("Not needed", NOT_NEEDED, incident.name),
            ),
        ),
        surface=Surface.NUDGE,
    )


def nudge_over(incident: Incident, now: datetime, *, by: str) -> Message:
    """The nudge once it is answered."""
    if incident.last_update_at is not None and not incident.nudged:
        words: tuple[str | RichTextElement, ...] = (
            foreign(by, 40),
            f" posted an update for {incident.name}, ",
            date(incident.last_update_at, now),
        )
    else:
        words = (f"The reminder for {incident.name} was answered.",)
    return Message(
        f"{incident.name}: reminder answered",
        blocks=(rich(line(*words)),),
        surface=Surface.NUDGE,
    )


def nudge_passed_on(incident: Incident) -> Message:
    """The first nudge once everybody was asked."""
    words = f"Nobody answered, so all responders of {incident.name} were asked for the update."
    return Message(f"{incident.name}: everybody was asked", blocks=(rich(line(words)),), surface=Surface.NUDGE)


def cleared(incident: Incident) -> Message:
    """All alerts cleared on an incident that people work on: the lead is asked."""
    who = (user(incident.lead), " ") if incident.lead else ()
    if not incident.open:
        return Message(
            f"{incident.name} is {incident.status}",
            blocks=(rich(line(f"✅ All alerts cleared. {incident.name} is {incident.status}.")),),
            surface=Surface.NUDGE,
        )
    return Message(
        f"{incident.name}: all alerts cleared",
        blocks=(
            rich(line("✅ ", *who, f"all alerts of {incident.name} cleared. Is it over?")),
            actions(button("Resolve", RESOLVE, incident.name, style="primary")),
        ),
        surface=Surface.NUDGE,
    )


def role_given(incident: Incident, duty: str, holder: str) -> Message:
    return Message(
        f"{incident.name}: {duty} given",
        blocks=(rich(line(user(holder), f" is {duty} of {incident.name}.")),),
        surface=Surface.NUDGE,
    )


def merged(incident: Incident, into: Incident) -> Message:
    """The closing line in the channel that goes quiet."""
    where = f" in #{into.channel_name}" if into.channel_name and not into.private else ""
    title = "a private incident" if into.private else into.title
    return Message(
        f"{incident.name} goes on in {into.name}",
        blocks=(rich(line(f"🔀 {incident.name} goes on as {into.name}{where}: ", foreign(title, 80))),),
        surface=Surface.NUDGE,
    )


def channel_gone(incident: Incident) -> Message:
    """The incident is open, but its channel is archived, or the bot was taken out of it."""
    how = "was archived" if incident.gone == "archived" else "no longer has the bot in it"
    title = "a private incident" if incident.private else incident.title
    return Message(
        f"{incident.name}: its channel {how}",
        blocks=(
            rich(
                line(f"⚠️ {incident.name} ", foreign(title, 80, bold=True), f" is open, but its channel {how}."),
                line("Invite the bot there again, or resolve it: ", bold("/incident list"), "."),
            ),
        ),
        surface=Surface.NUDGE,
    )


def tasks(incident: Incident, shown: Sequence[Task], names: Sequence[str]) -> Message:
    """One thread message with checkboxes; each tick goes to the timeline."""
    opened = sum(task.done_at is None for task in shown)
    text = f"{incident.name}: {opened} of {len(shown)} tasks open"
    head = rich(line(bold(f"Tasks of {incident.name}"), f" · {len(shown) - opened} of {len(shown)} done"))
    blocks: list[Block] = [head]
    visible = shown[:SHOWN_TASKS]
    if visible:
        options = [
            option(str(task.id), task.title[:75], f"{name}" if name else None)
            for task, name in zip(visible, names, strict=False)
        ]
        ticked = [str(task.id) for task in visible if task.done_at is not None]
        box = checkboxes(options, action_id=TICK, initial=ticked)
        blocks.append(actions(box, block_id=f"tasks:{incident.id}"))
    if len(shown) > SHOWN_TASKS:
        blocks.append(context(and_more(len(shown) - SHOWN_TASKS)))
    blocks.append(actions(button("Add task", ADD_TASK, incident.name)))
    return Message(text, blocks=blocks, surface=Surface.TASKS, thread_of=card_key(incident.id))


_STEPS = {
    "create": "Slack did not open the channel",
    "card": "The card could not be posted",
    "invite": "The responders were not invited",
    "topic": "Slack did not set the topic",
    "announce": "The announcement could not be posted",
    "bookmark": "Slack did not add a bookmark",
    "pin": "Slack did not pin the card",
    "ready": "Whoever waits for the channel was not told",
    "page": "The page was not sent",
    "acknowledge": "The pager was not told of the acknowledgement",
    "resolve": "The pager was not told that it is resolved",
    "note": "The pager was not given the update",
    "register": "The record is not open yet",
    "record in step": "The record does not show the newest state yet",
    "silence": "The alert is not silenced yet",
    "end silence": "The silence is not ended yet",
    "file ticket": "The ticket is not filed yet",
    "move ticket": "The ticket was not moved",
    "rewrite ticket": "The ticket does not have the newest text yet",
    "change ticket": "The ticket does not show the new date or owner yet",
    "relate tickets": "The tickets are not linked yet",
    "point back": "The ticket does not link back to the channel yet",
}


_FILE_ACTION = "file action "
_PUBLISH = "publish in "


def what_failed(step: str) -> str:
    """A step in the words of somebody who waits for it."""
    if step.startswith(_FILE_ACTION):
        return f"Action item {step.removeprefix(_FILE_ACTION)} has no ticket yet"
    if step.startswith("tell "):
        return "A follower was not told of the update"
    if step.startswith(_PUBLISH):
        return f"{step.removeprefix(_PUBLISH)} was not told of it"
    return _STEPS.get(step.rstrip(" 0123456789"), step.capitalize())


def pending(one: Pending, now: datetime, thread_of: str | None, about: str = "") -> Message:
    """A vendor that failed: nothing is lost, what happens next, and what a person can do.

    `about` names the incident where the message does not stand in its channel.
    """
    what = f"{about}: {what_failed(one.step)}" if about else what_failed(one.step)
    value = f"{one.flow_key}|{one.step}"[:2000]
    if one.outcome == "done":
        head = rich(line(f"✅ {what} at first; it worked at ", date(one.at, now), "."))
        return Message(f"{what} at first; it worked.", blocks=(head,), surface=Surface.NUDGE, thread_of=thread_of)
    if one.outcome is not None:
        how = "Done without it" if one.outcome == "without" else "Given up"
        head = rich(line(f"❌ {what}. {how}: ", foreign(one.reason, 140)))
        return Message(f"{what}.", blocks=(head,), surface=Surface.NUDGE, thread_of=thread_of)
    if one.asked_again:
        reason = foreign(ended(one.reason, 140), 150)
        head = rich(line(f"⏳ {what}: ", reason, " Trying again since ", date(one.at, now), "."))
    elif one.final or one.next_try_at is None:
        head = rich(line(f"❌ {what}: ", foreign(ended(one.reason, 140), 150), " Not tried again by itself."))
    else:
        tries = f", try {one.attempt + 1}" + (f" of {one.tries}" if one.tries else "")
        head = rich(
            line(f"🔁 {what}: ", foreign(ended(one.reason, 140), 150), " Nothing was lost. Trying again at "),
            line(date(one.next_try_at, now), f"{tries}."),
        )
    skip = confirm("Do without?", f"*{short_name(what, 200)}*, and it will stay so.", "Do without", "Keep trying")
    return Message(
        f"{what}: {one.reason}",
        blocks=(
            head,
            actions(button("Retry now", RETRY, value), button("Do without", WITHOUT, value, confirm=skip)),
        ),
        surface=Surface.NUDGE,
        thread_of=thread_of,
    )


def catch_up(seen: Seen, moments: Sequence[Moment]) -> Message:
    """An incident in 30 seconds, for somebody who joins late."""
    incident, now = seen.incident, seen.now
    lead = seen.names(incident.lead) if incident.lead else "nobody"
    status = incident.status if incident.status is not State.RESOLVED else "resolved"
    key = [line(date(one.at, now), " ", foreign(one.words, 120)) for one in moments[-5:]]
    return Message(
        f"{incident.name} in 30 seconds",
        blocks=(
            section(f"*{incident.name} in 30 seconds* · {seen.severity.name} · {status} · lead {short_name(lead, 40)}"),
            rich(
                line(bold("Impact: "), foreign(incident.last_update or incident.impact or "not written yet", 200)),
                *([bullets(*key)] if key else []),
            ),
            actions(button("Timeline", TIMELINE, incident.name), button("Take a task", TAKE, incident.name)),
        ),
        surface=Surface.NOTE,
    )
