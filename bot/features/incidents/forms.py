"""The modals of an incident: declare, update, resolve, severity, roles, page, merge, note, task. Pure functions."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.incident import Incident, State
from bot.domain.plan import Plan
from bot.features.incidents.audiences import OVER
from bot.slack.blocks import (
    alert,
    button,
    channel_mrkdwn,
    checkboxes,
    code,
    context,
    date_mrkdwn,
    field,
    option,
    pick_moment,
    pick_user,
    plain,
    search_select,
    section,
    select,
    short_name,
    spelled,
    typed,
)
from bot.slack.message import Surface, View

DECLARE: Final = "incidents.declare.v1"
SERVICE: Final = "incidents.service.v1"
SERVICE_SEARCH: Final = "incidents.service_search.v1"
SEVERITY_PICK: Final = "incidents.severity.v1"
JOIN_INSTEAD: Final = "incidents.join.v1"
AUDIENCE: Final = "incidents.audience.v1"
UPDATE_FORM: Final = "incidents.update_form.v1"
PREVIEW_FORM: Final = "incidents.preview_form.v1"
RESOLVE_FORM: Final = "incidents.resolve_form.v1"
SEVERITY_FORM: Final = "incidents.severity_form.v1"
ROLES_FORM: Final = "incidents.roles_form.v1"
PAGE_FORM: Final = "incidents.page_form.v1"
MERGE_FORM: Final = "incidents.merge_form.v1"
NOTE_FORM: Final = "incidents.note_form.v1"
TASK_FORM: Final = "incidents.task_form.v1"
MOST_OPTIONS: Final = 100
PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the declare form so far."""

    title: str = ""
    service: str | None = None
    severity: str | None = None
    link: str = ""
    channel: str = ""
    alert: int | None = None


def declare(plan: Plan, draft: Draft, *, will: str, alike: Sequence[Incident], now: datetime) -> View:
    """The declare form, made from memory. `will` says who gets invited and where it is announced."""
    severities = [option(one.key, f"{one.name} {one.word}", one.meaning or None) for one in plan.severities]
    chosen = draft.severity or plan.severities[min(1, len(plan.severities) - 1)].key
    blocks: list[Block] = [
        field(
            "title",
            "What is wrong?",
            typed(most=120, initial=draft.title[:120] or None, placeholder="Checkout: 5xx at 12 %"),
            hint="A guess is fine. You can change everything later.",
        )
    ]
    service = _service(plan, draft.service)
    if service is not None:
        blocks.append(service)
    blocks += [
        field("severity", "Severity", select(severities, action_id=SEVERITY_PICK, initial=chosen), dispatch=True),
        field("seen", "What do people see?", typed(most=1000, multiline=True), optional=True),
        field(
            "how",
            "Also",
            checkboxes([option("page", "Page whoever is on call"), option("private", "Private channel")]),
            optional=True,
        ),
    ]
    blocks += [_alike(one, now) for one in alike[:2]]
    blocks.append(context(will, block_id="will"))
    memory = {"from": draft.channel, "link": draft.link[:500]}
    return View(
        title="Declare an incident",
        callback_id=DECLARE,
        submit="Declare",
        blocks=blocks,
        memory=memory | ({"alert": draft.alert} if draft.alert else {}),
    )


def _service(plan: Plan, chosen: str | None) -> Block | None:
    if not plan.services:
        return None
    options = [option(one.name, one.name) for one in plan.services]
    if len(options) > MOST_OPTIONS:
        element = search_select(SERVICE_SEARCH, initial=option(chosen, chosen) if chosen else None)
        return field("service", "Service", element, optional=True, dispatch=True)
    element_ = select(options, action_id=SERVICE, initial=chosen, placeholder="Not sure")
    return field("service", "Service", element_, optional=True, dispatch=True)


def _alike(one: Incident, now: datetime) -> Block:
    where = f" on {short_name(one.service, 40)}" if one.service else ""
    since = date_mrkdwn(one.opened_at, now)
    text = f":mag: *{one.name}*{where} is open since {since}: {code(one.title, 80)}"
    return section(text, button("Join it instead", JOIN_INSTEAD, one.name), block_id=f"looks_like_{one.id}")


def opening(name: str) -> View:
    words = f":hourglass_flowing_sand: Opening {name}. You get a link when the channel is ready."
    return View(title="Opening", close="Close", blocks=(section(words),))


def joining(channel: str) -> View:
    return done("Join", f":hourglass_flowing_sand: Inviting you to {channel_mrkdwn(channel)}.")


def update(
    incident: Incident,
    plan: Plan,
    now: datetime,
    *,
    audience: str,
    text: str = "",
    pages: Sequence[str] = (),
    chosen: Collection[str] | None = None,
) -> View:
    """The update composer. The last text is shown, never copied in.

    `pages` are what customers read, offered where there is one; choosing them brings fields of their own.
    """
    states = [State.INVESTIGATING, State.IDENTIFIED, State.MONITORING]
    now_at = incident.status if incident.status in states else State.INVESTIGATING
    every = plan.severity(incident.severity).update_every
    minutes = int(every.total_seconds() // 60) if every else 0
    choices = [15, 30, 60]
    if minutes and minutes not in choices:
        choices.append(minutes)
    nexts = [option(str(one), f"{one} minutes") for one in sorted(choices)] + [option("0", "No reminder")]
    blocks: list[Block] = []
    if incident.last_update and incident.last_update_at:
        blocks.append(alert(f"Last update {spelled(incident.last_update_at, now)}: {incident.last_update}", "info"))
    audiences = [option("channel", "Incident channel", "Always")]
    if not incident.private:
        audiences.append(option("stakeholders", audience[:75], "Plain words, no host names"))
    public = bool(pages) and not incident.private and not incident.practice
    ticked = [one.value for one in audiences if chosen is None or one.value in chosen]
    if public:
        audiences.append(option(PUBLIC, "Status page (public)", "Needs the operator role"))
        ticked += [PUBLIC] if chosen and PUBLIC in chosen else []
    boxes = checkboxes(audiences, action_id=AUDIENCE, initial=ticked)
    blocks += [
        field("status", "Status now", select([option(one, one.capitalize()) for one in states], initial=now_at)),
        field(
            "text",
            "What do we know, what do we do next?",
            typed(
                most=1000,
                multiline=True,
                initial=text or None,
                placeholder="About 12 % of payments fail. We are rolling back; 10 minutes.",
            ),
        ),
        field("audience", "Who reads it", boxes, dispatch=public),
        *(_for_customers() if PUBLIC in ticked else ()),
        field("next", "Next update in", select(nexts, initial=str(minutes))),
    ]
    return View(
        title=f"Update {incident.name}",
        callback_id=UPDATE_FORM,
        submit="Preview",
        blocks=blocks,
        memory={"incident": incident.name},
        surface=Surface.COMPOSER,
    )


def _for_customers() -> Sequence[Block]:
    hint = "The first update to the page needs one; the page keeps it."
    title = typed(most=100, placeholder="Payments fail")
    return (
        field("public_title", "Title for customers", title, hint=hint, optional=True),
        field("public", "Only what customers may know", typed(most=1000, multiline=True)),
    )


def preview(
    incident: Incident,
    *,
    text: str,
    status: str,
    audience: Sequence[str],
    minutes: int,
    where: str,
    public: tuple[str, str, str] | None = None,
) -> View:
    """The words as they will stand, before anybody gets them. `public`: the page's name, and title and words for it."""
    blocks: list[Block] = [section(f"*Incident channel* · {status}"), section(plain(text, 1000))]
    if "stakeholders" in audience:
        blocks += [section(f"*{short_name(where, 80)}*"), section(plain(text, 1000))]
    if public:
        page, title, words = public
        blocks += [section(f"*{short_name(page, 80)}* · {status} · its own words"), section(plain(words, 1000))]
        blocks += [section(plain(title, 100))] if title else []
        blocks.append(alert("Subscribers get an e-mail. It cannot be unsent.", "warning"))
    if minutes:
        blocks.append(context(f"The next update is due in {minutes} minutes."))
    memory: dict[str, str | int | float | bool] = {
        "incident": incident.name,
        "text": text[:1000],
        "status": status,
        "stakeholders": "stakeholders" in audience,
        "next": minutes,
    }
    if public:
        memory |= {"public": public[2][:1000], "public_title": public[1][:100]}
    return View(
        title="Preview",
        callback_id=PREVIEW_FORM,
        submit="Post update",
        close="Back",
        blocks=blocks,
        memory=memory,
        surface=Surface.COMPOSER,
    )


def resolve(incident: Incident, plan: Plan, now: datetime, *, firing: int, pages: Sequence[str] = ()) -> View:
    blocks: list[Block] = []
    if firing:
        count = "1 alert still fires" if firing == 1 else f"{firing} alerts still fire"
        blocks.append(alert(f"{count}. Resolve anyway?", "error"))
    then = [
        option("pager", "Resolve its alerts in the pager"),
        option("tell", "Tell the announcement channel"),
        option("postmortem", "Write a postmortem"),
    ]
    ticked = ["pager", "tell"] + (["postmortem"] if plan.severity(incident.severity).postmortem else [])
    if pages and not incident.private:
        words = f"Subscribers read: {OVER}"
        then.append(option(PUBLIC, "Close it on the status page (public)", words))
    if incident.practice:
        then, ticked = [option("postmortem", "Write a postmortem", "It stays here: a practice gets no ticket")], []
    blocks += [
        field("fixed", "What fixed it?", typed(most=1000, multiline=True)),
        field(
            "impact",
            "Impact",
            typed(most=1000, multiline=True, initial=incident.impact or None),
            optional=True,
            hint="What people saw, and how many.",
        ),
        field("ended", "Ended at", pick_moment(initial=now), optional=True),
        field("then", "Then", checkboxes(then, initial=ticked), optional=True),
    ]
    return View(
        title=f"Resolve {incident.name}",
        callback_id=RESOLVE_FORM,
        submit="Resolve",
        blocks=blocks,
        memory={"incident": incident.name},
    )


def severity(incident: Incident, plan: Plan) -> View:
    options = [option(one.key, f"{one.name} {one.word}", one.meaning or None) for one in plan.severities]
    followers = len(incident.followers)
    tells = (
        f"{followers} follower{'s read' if followers > 1 else ' reads'} it"
        if followers
        else "the announcement shows it"
    )
    return View(
        title=f"Severity of {incident.name}",
        callback_id=SEVERITY_FORM,
        submit="Change",
        blocks=(
            field("severity", "Severity", select(options, initial=incident.severity)),
            field("reason", "Why", typed(most=300), optional=True, hint="Needed to lower it."),
            alert(f"Raising it is told at once: {tells}.", "info"),
        ),
        memory={"incident": incident.name},
    )


def roles(incident: Incident) -> View:
    return View(
        title=f"Roles of {incident.name}",
        callback_id=ROLES_FORM,
        submit="Save",
        blocks=(
            field("lead", "Lead", pick_user(initial=incident.lead), optional=True, hint="Decides, delegates."),
            field("communications", "Communications", pick_user(initial=incident.communications), optional=True),
            field("scribe", "Scribe", pick_user(initial=incident.scribe), optional=True),
        ),
        memory={"incident": incident.name},
    )


def page(incident: Incident, names: Callable[[str | None], str]) -> View:
    on_call = ", ".join(names(one) for one in incident.responders[:3]) or "whoever is on call"
    return View(
        title=f"Page for {incident.name}",
        callback_id=PAGE_FORM,
        submit="Page",
        blocks=(
            field("who", "Whom", pick_user(), optional=True, hint=f"Empty: {on_call}."),
            field("message", "Why are they needed?", typed(most=500, multiline=True, initial=incident.title[:500])),
            alert("This is practice: nobody is called.", "info")
            if incident.practice
            else alert("This calls people, now. It cannot be taken back.", "warning"),
        ),
        memory={"incident": incident.name},
    )


def merge(incident: Incident, others: Sequence[Incident]) -> View:
    options = [option(one.name, f"{one.name} {one.title}"[:75]) for one in others[:MOST_OPTIONS]]
    if not options:
        return View(
            title=f"Merge {incident.name}",
            close="Close",
            blocks=(section("No other incident is open. To link a page, type `/incident link <address>`."),),
        )
    channel = f"#{incident.channel_name}" if incident.channel_name else "This channel"
    return View(
        title=f"Merge {incident.name}",
        callback_id=MERGE_FORM,
        submit="Merge",
        blocks=(
            field("into", "Goes on in", select(options)),
            alert(f"{channel} goes quiet, and its last line points to the other. It cannot be undone.", "warning"),
        ),
        memory={"incident": incident.name},
    )


def note(incident: Incident, words: str = "") -> View:
    return View(
        title=f"Note on {incident.name}",
        callback_id=NOTE_FORM,
        submit="Add note",
        blocks=(field("words", "What happened?", typed(most=1000, multiline=True, initial=words or None)),),
        memory={"incident": incident.name},
    )


def task(incident: Incident) -> View:
    return View(
        title=f"Task in {incident.name}",
        callback_id=TASK_FORM,
        submit="Add",
        blocks=(
            field("title", "What is to be done?", typed(most=150)),
            field("owner", "Who", pick_user(), optional=True),
        ),
        memory={"incident": incident.name},
    )


def ended(incident: Incident, kept: str = "") -> View:
    """A form of an incident that moved on meanwhile; what was typed is shown so that it can be copied."""
    words = f"{incident.name} is {incident.status}"
    words += f", resolved by {short_name(incident.resolved_by, 40)}." if incident.resolved_by else "."
    blocks: list[Block] = [section(words)]
    if kept:
        blocks += [context("What you typed, to copy:"), section(plain(kept, 1000))]
    return View(title="Moved on", close="Close", clear_on_close=True, blocks=blocks)


def done(title: str, words: str) -> View:
    """The end of a form: closing it leaves nothing under it that could be sent once more."""
    return View(title=title, close="Close", clear_on_close=True, blocks=(section(words),))
