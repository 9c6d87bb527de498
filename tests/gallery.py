"""The bot's own surfaces with sample data, for the local workspace's gallery: drawn by its views, within its limits.

`python -m tests.gallery` writes them anew; a test fails when they are stale.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from bot.acts import Ask, Next
from bot.commands import COMMANDS
from bot.domain.alert import AlertState, Urgency
from bot.domain.change import ChangeKind, Result
from bot.domain.check import Item, Status
from bot.domain.digest import HandKind, OnDuty
from bot.domain.flag import Flag, FlagState
from bot.domain.incident import State
from bot.domain.oncall import OnCall
from bot.domain.person import Role
from bot.domain.suspicion import Changed, Silent, suspects
from bot.domain.ticket import Ticket, TicketState
from bot.domain.timeline import Moment
from bot.features.access import presses as access_presses
from bot.features.access import surfaces as access_surfaces
from bot.features.alerts import views as alerts
from bot.features.changes import views as changes
from bot.features.checklist import evidence
from bot.features.checklist import forms as checklist_forms
from bot.features.checklist.today import PlannedChange, Today
from bot.features.flags import views as flags
from bot.features.flags.service import Seen
from bot.features.incidents import around, drill_views, forms, lists, tickets
from bot.features.incidents import views as incidents
from bot.features.incidents.drill_scripts import scenarios
from bot.features.incidents.drills import Times
from bot.features.incidents.forms import Draft
from bot.features.oncall import views as oncall
from bot.features.oncall.cover import Cover, Shift
from bot.features.oncall.roster import Roster, Told
from bot.features.operations import home_views, request_views
from bot.features.operations.home_views import OnDuty as OwnDuty
from bot.features.operations.home_views import ToDo
from bot.features.postmortems import drawing, events, presses
from bot.features.runbooks import running
from bot.features.runbooks import views as runbooks
from bot.features.runbooks.search import Found, Hit
from bot.slack import notes
from bot.slack.command import Command, Here
from bot.slack.fit import fit, fit_view
from bot.slack.kept import Kind, keep, kept
from bot.slack.message import Message, View
from bot.slack.typed import match
from bot.store.alerts import AlertRow, Place
from bot.store.pending import Pending
from bot.store.requests import Request
from bot.store.runbook_runs import Tick
from bot.store.tasks import Task
from tests.changes import changed, recorded
from tests.fakes.names import ANN, BOB, GIL, KIM, Staff
from tests.features.access import conftest as access_reviews
from tests.features.checklist import test_views as mornings
from tests.features.incidents.test_views import CHECKOUT, NOW, row, seen
from tests.features.incidents.world import BEGAN, PLAN
from tests.features.oncall.conftest import MONDAY, duty
from tests.features.oncall.conftest import NOW as WATCH
from tests.features.operations import test_home as homes
from tests.features.operations.conftest import NOW as HOMES
from tests.features.postmortems.world import world_of
from tests.features.runbooks import test_views as books
from tests.features.runbooks.pages import TODAY, page
from tests.store import opened

FILE: Final = Path(__file__).parent.parent / "bot" / "local" / "page" / "gallery" / "20-the-bot.json"
OPEN: Final = replace(CHECKOUT, responders=(ANN.id, BOB.id))
_IDS: Final = {ANN.id: "U0ANN0001", "C0INC142": "C0INCIDENT", "C0INC0141": "C0INCIDENT"}
"""People and channels of the tests, as the local workspace knows them."""

NAMES: Final = Staff()
ASKED: Final = (
    keep(
        Ask(person=GIL, at=NOW, once="1", text="rolled back to 2.14.0", channel="C0INC142", origin="/incident resolve"),
        Kind.TYPED,
        "/incident resolve",
        Role.RESPONDER,
    )
    or ""
)
WITH_ALERTS: Final = (row(1), row(2, title="Checkout: p95 latency 8.4 s"))
ENDED: Final = replace(
    OPEN,
    status=State.RESOLVED,
    resolved_at=BEGAN + timedelta(minutes=84),
    resolved_by="Ann",
    lead=ANN.id,
    told="Rolled back to 2.14.0. Payments work again.",
    told_at=BEGAN + timedelta(minutes=84),
)
IDENTIFIED: Final = replace(
    OPEN,
    status=State.IDENTIFIED,
    acknowledged_at=BEGAN + timedelta(minutes=4),
    acknowledged_by="Bob",
    lead=ANN.id,
    impact="About 12 % of payments fail.",
    last_update="About 12 % of payments fail. We are rolling back.",
    last_update_at=BEGAN + timedelta(minutes=19),
    told="About 12 % of payments fail. We are rolling back.",
    told_at=BEGAN + timedelta(minutes=19),
    followers=("U0SAM0001",),
)
FAILED: Final = Pending(
    flow_key="incident:142:page",
    step="page",
    reason="PagerDuty did not answer (503)",
    attempt=3,
    tries=8,
    next_try_at=NOW + timedelta(minutes=2),
    final=False,
    outcome=None,
    at=NOW,
)
MOMENTS: Final = [
    Moment(at=BEGAN, kind="opened", words="pagerduty: Checkout: 5xx at 12 %", key=True),
    Moment(at=BEGAN + timedelta(minutes=4), kind="acknowledged", words="Bob acknowledged", key=True),
    Moment(at=BEGAN + timedelta(minutes=9), kind="role", words="Ann is lead", key=True),
    Moment(at=BEGAN + timedelta(minutes=19), kind="status", words="Ann set the status to identified", key=True),
    Moment(at=BEGAN + timedelta(minutes=21), kind="message", words="Kim: The pool ran dry", key=True),
]

Shown = tuple[str, Message | View]


def _shown(incident: Any = OPEN, rows: Any = WITH_ALERTS, **more: Any) -> incidents.Seen:
    return seen(incident, rows, names=NAMES.name, **more)


def _mornings() -> Iterator[Shown]:
    noon = mornings.NOW + timedelta(hours=5, minutes=30)
    today = Today(incidents=[mornings.an_incident()], changes=[PlannedChange(at=noon, title="checkout 2.15.0 canary")])
    taken = (mornings.hand(HandKind.CLAIM),)
    usual, backups = mornings.USUAL, mornings.USUAL.item(Item.BACKUPS)
    green = mornings.a_digest(*[mornings.a_line(item, Status.OK) for item in Item])
    came = mornings.NOW + timedelta(minutes=34)
    late = replace(usual, late=True, posted_at=came, checked_at=came)
    yield "Digest", mornings.drawn(usual, today)
    yield "Digest, one row claimed", mornings.drawn(replace(usual, hands=taken), today)
    yield "Digest, all green", mornings.drawn(green)
    yield "Digest, late", mornings.drawn(late, today)
    yield "Digest, nothing connected", mornings.drawn(mornings.a_digest(on_call=OnDuty(), compared=None))
    yield "Digest: the table in its thread", evidence.thread_table(usual, mornings.TELLER, under="checklist.digest:812")
    yield "Details", evidence.details(usual, backups, mornings.TELLER, glyphs="backups     ✓✓✓✓✓✗✗✓✓✓✓✓✗✗")
    yield "All checks", evidence.all_checks(usual, mornings.TELLER)
    yield "Done", checklist_forms.done("dg-812:backups", Item.BACKUPS)
    yield "Snooze", checklist_forms.snooze("dg-812:backups", Item.BACKUPS)


def _cards() -> Iterator[Shown]:
    storm = [row(n, labels={"job": "api" if n < 21 else "search" if n < 33 else f"other-{n % 2}"}) for n in range(37)]
    looking = replace(CHECKOUT, runbook=None, responders=())
    yield "Incident card", incidents.card(_shown())
    yield "Incident card, just opened", incidents.card(_shown(looking, rows=WITH_ALERTS[:1]))
    flag = recorded(2, 185, title="flag new-cart on", places=("new-cart",), version=None)
    near = [recorded(1, 13, title="deploy"), flag]
    yield "Incident card, changed before", incidents.card(_shown(changed=changed(*near)))
    silent = changed(silent=[Silent(name="Argo CD", tells="deployments")])
    yield "Incident card, a system is silent about changes", incidents.card(_shown(changed=silent))
    yield (
        "Incident card, identified",
        incidents.card(_shown(IDENTIFIED, ticket=("OPS-42", "https://acme.example/OPS-42"))),
    )
    yield "Incident card in a storm", incidents.card(_shown(rows=storm))
    yield "Incident card, a vendor fails", incidents.card(_shown(pending=[":repeat: the page: see the thread"]))
    yield "Incident card, resolved", incidents.card(_shown(ENDED, rows=[row(1, state=AlertState.RESOLVED)]))
    yield "Incident card of a practice", incidents.card(_shown(replace(CHECKOUT, practice=True, responders=())))
    yield "Announcement", incidents.announcement(_shown(IDENTIFIED))
    yield "Announcement, over", incidents.announcement(_shown(ENDED))


def _around() -> Iterator[Shown]:
    tasks = [
        Task(id=1, title="Ask the payment provider", owner=KIM.id, due_at=None, done_at=None, done_by=None),
        Task(id=2, title="Look at the pool", owner=None, due_at=None, done_at=NOW, done_by=BOB.id),
    ]
    yield "Update", around.update(_shown(IDENTIFIED), "About 12 % of payments fail. We are rolling back.", "Ann")
    yield "Nudge", around.nudge(IDENTIFIED, [ANN.id], NOW, NOW)
    yield "Nudge, answered", around.nudge_over(IDENTIFIED, NOW, by="Ann")
    yield "All alerts cleared", around.cleared(IDENTIFIED)
    yield "Changes", changes.listed(_suspicious(), NOW, incident="INC-142")
    yield "Tickets found (only you)", tickets.results("payment timeout", _found(), IDENTIFIED)
    yield "Tasks", around.tasks(IDENTIFIED, tasks, ["Kim", ""])
    yield "Late joiner (only you)", around.catch_up(_shown(IDENTIFIED), MOMENTS)
    yield "A vendor fails", around.pending(FAILED, NOW, None)
    yield "A vendor refuses", around.pending(replace(FAILED, final=True, reason="the key is not valid"), NOW, None)
    yield "A vendor is back", around.pending(replace(FAILED, outcome="done"), NOW, None)
    yield "Merged", around.merged(CHECKOUT, replace(CHECKOUT, id=141, channel="C0INC0141"))
    yield "The channel is gone", around.channel_gone(replace(IDENTIFIED, gone="archived"))
    yield "Ready (only you)", lists.ready(CHECKOUT)
    found = [IDENTIFIED, replace(ENDED, id=141, severity="sev3", title="Search is slow")]
    yield "Incidents", lists.overview(found, PLAN, NAMES.name, NOW, older="ended:141")
    yield "Timeline", lists.timeline(IDENTIFIED, MOMENTS, total=5, offset=0, key_only=True, now=NOW)
    drill = replace(ENDED, practice=True, title="The database runs out of disk")
    times = Times(incident=drill, **_minutes(1, 2, 5, 12))
    earlier = [replace(times, incident=replace(drill, id=137), **_minutes(3, 3, 9, 31))]
    yield "A practice is over", drill_views.over(times, earlier, scenarios()["disk"], NOW)


def _suspicious() -> Changed:
    near = recorded(1, 4, title="deploy", version="v2.14.1", result=Result.FAILED)
    found = [
        near,
        recorded(2, 50, title="deploy", version="v2.14.0", by="Ann"),
        recorded(3, 185, title="flag new-cart on", places=("new-cart",), version=None),
        recorded(4, 20, title="Release workflow", kind=ChangeKind.PIPELINE, environment=None, by="Bob"),
        recorded(5, -8, title="deploy", version="v2.14.0", by="Bob"),
    ]
    network = recorded(6, 30, service=None, title="apply", places=("network",), environment=None, version=None)
    told = changed(*found)
    elsewhere = suspects([network], service="checkout", began=BEGAN, within=told.within)
    return replace(told, elsewhere=elsewhere, others=1, silent=[Silent(name="LaunchDarkly", tells="flags")])


def _minutes(*lengths: int) -> dict[str, timedelta]:
    names = ("acknowledged", "lead", "update", "mitigated")
    return {name: timedelta(minutes=length) for name, length in zip(names, lengths, strict=True)}


def _forms() -> Iterator[Shown]:
    draft = Draft(title="Checkout: 5xx at 12 %", service="checkout", severity="sev2")
    will = "Will create a channel, invite whoever is on call, and announce in #incidents."
    text, audience = "About 12 % of payments fail. We are rolling back.", ("channel", "stakeholders")
    yield "Declare", forms.declare(PLAN, draft, will=will, alike=[replace(CHECKOUT, id=141)], now=NOW)
    yield "Declare, sent", forms.opening("INC-142")
    yield "Update composer", forms.update(IDENTIFIED, PLAN, NOW, audience="#incidents and 14 followers", text="")
    yield (
        "Update preview",
        forms.preview(IDENTIFIED, text=text, status="identified", audience=audience, minutes=30, where="#incidents"),
    )
    pages = ("Statuspage",)
    chosen = ("channel", "public")
    customers = ("Statuspage", "Payments fail", "Some payments fail. We are working on it.")
    yield (
        "Update composer, public",
        forms.update(IDENTIFIED, PLAN, NOW, audience="#incidents", pages=pages, chosen=chosen),
    )
    yield (
        "Update preview, public",
        forms.preview(
            IDENTIFIED,
            text=text,
            status="identified",
            audience=chosen,
            minutes=30,
            where="#incidents",
            public=customers,
        ),
    )
    yield "Resolve", forms.resolve(IDENTIFIED, PLAN, NOW, firing=2)
    yield "Severity", forms.severity(IDENTIFIED, PLAN)
    yield "Roles", forms.roles(IDENTIFIED)
    yield "Page someone", forms.page(IDENTIFIED, NAMES.name)
    yield "Merge", forms.merge(CHECKOUT, [replace(CHECKOUT, id=141, title="slow payment page")])
    yield "Note", forms.note(IDENTIFIED, "")
    yield "Task", forms.task(IDENTIFIED)
    yield "A form of something that ended", forms.ended(ENDED, "What I had typed")


async def _access() -> list[Shown]:
    """The message that everybody sees, the list at its first and at its next time, and the form."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as store:
            place = access_reviews.Place(store=store)
            await place.collect()
            drawn = await access_surfaces.review(place.reviews, "2026-11")
            assert drawn is not None
            first = await place.do(access_presses.show)
            form = await place.do(access_presses.remove_form, key=f"{await place.entry('guest-7')}:0")
            await place.do(access_presses.keep_page, key="0")
            decided = await place.do(access_presses.show, person=ANN)
            views = [act.view for acts in (first, form, decided) for act in acts if isinstance(act, Next)]
    titles = ("Access review, the list", "Access review, to be taken away", "Access review, decided upon")
    return [("Access review, due", drawn.message), *zip(titles, views, strict=True)]


def _found() -> list[tickets.Told]:
    def one(number: int, state: TicketState, status: str, summary: str) -> Ticket:
        url = f"https://acme.atlassian.net/browse/OPS-{number}"
        return Ticket(key=f"OPS-{number}", url=url, state=state, status=status, summary=summary)

    found = (
        one(61, TicketState.IN_PROGRESS, "In Progress", "Payments time out after 30 s"),
        one(58, TicketState.DONE, "Done", "A larger pool for the payment provider"),
    )
    return [
        tickets.Told(kept_in="Jira", tickets=found),
        tickets.Told(kept_in="ServiceNow"),
    ]


def _flags() -> Iterator[Shown]:
    states = (
        FlagState(environment="production", on=True, production=True, detail="flexibleRollout"),
        FlagState(environment="development", on=True, production=False),
    )
    usual = Flag(source="unleash", project="shop", key="new-checkout", title="new-checkout", states=states)
    found = (
        replace(usual, key="stop-payments", kind="kill-switch", kill_switch=True),
        replace(usual, key="old-search", stale="marked stale"),
        replace(usual, url="https://flags.example.com/new-checkout", kind="release", owner="ann@example.com"),
    )
    seen = Seen(flags=found, troubles=("LaunchDarkly refused: the credential is not valid (any more).",), asked=2)
    yield "Feature flags", flags.listed(seen, found, "")
    yield "One feature flag", flags.shown(found[-1], replace(seen, troubles=()))


def _triage(**more: Any) -> AlertRow:
    one = row(813, title="disk 81 % full on search-3", urgency=Urgency.LOW, number="813")
    return replace(one, service="search", incident=None, count=4, severity="sev4", **{"place": Place.TRIAGE} | more)


def _alerts() -> Iterator[Shown]:
    until = BEGAN + timedelta(minutes=30)
    over = replace(_triage().alert, state=AlertState.RESOLVED)
    cleared = _triage(alert=over, cleared_at=BEGAN + timedelta(minutes=35))
    yield "Triage", alerts.triage(_triage(), joins_until=until, incident=None, now=NOW)
    yield "Triage, over", alerts.triage(cleared, joins_until=None, incident=None, now=NOW)
    yield "Triage, joined", alerts.triage(_triage(place=Place.INCIDENT), joins_until=None, incident="INC-142", now=NOW)
    yield "Not a problem", alerts.dismiss(_triage())
    yield "Why this message?", alerts.why(_triage(reason="low urgency goes to triage (no rule matched)"))


def _answers() -> Iterator[Shown]:
    old = page("old-one", title="Old one", reviewed="2025-08-01")
    hits = tuple(Hit(runbook=one, why="Payments fail.", stale=one is old) for one in (page(), old))
    tick = Tick(who=KIM.id, at=books.NOW)
    yield "Runbooks found", runbooks.results("checkout 5xx", Found(hits=hits), TODAY, "INC-142")
    yield "No runbook found", runbooks.results("printer", Found(hits=(), nearest=(page(),)), TODAY)
    yield "A runbook", runbooks.page(page(), books.REF, TODAY)
    yield "A runbook being run", running.run(books.a_run(page().steps, s0=tick), books.INCIDENT, NAMES, books.NOW)
    cover = Cover(
        key="s:checkout",
        name="checkout",
        ref="PSVC001",
        source="pagerduty",
        first=(Shift(who=duty("Kim"), until=MONDAY),),
        following=(duty("Bob"),),
    )
    roster = Roster(covers=[cover], told=[Told(source="pagerduty", at=WATCH)], unset=["search"])
    yield "Who is on call", oncall.overview(roster, lambda one: NAMES.by_email(one.email or ""), WATCH, pages=True)
    yield from _denials()
    yield "An old button (only you)", notes.old_button()
    yield "Not taken (only you)", notes.not_taken(ASKED)
    yield "Our own mistake (only you)", notes.broke("7F3A", ASKED)
    typed = [one for one in COMMANDS if isinstance(one, Command)]
    yield "Did you mean? (only you)", notes.unknown(match(typed, "/incident", "timelin", ""), BOB)
    asked = match(typed, "/incident", "help", "")
    yield "Help (only you)", notes.help_of(asked, BOB)
    yield "Help in an incident's channel (only you)", notes.help_of(asked, BOB, Here.OPEN)
    yield "All help", notes.all_help(asked, BOB)
    own = OnCall(name="Bob", email=BOB.email, level=1, service_ref=None, service_name="checkout", until=HOMES)
    todo = (
        ToDo(kind="claim", words="Validate backups", at=HOMES, status=Status.FAIL),
        ToDo(kind="task", words="ask the payment provider", of="INC-142"),
        ToDo(
            kind="action", words="alarm on certificate expiry", late=3, ticket="OPS-77", url="https://a.example/OPS-77"
        ),
    )
    yield "App Home", home_views.home(homes.seen(duty=OwnDuty(mine=(own,)), list=todo, incidents=[IDENTIFIED]))
    yield "App Home, nothing waits", home_views.home(homes.seen())


def _denials() -> Iterator[Shown]:
    able = [ANN, BOB, KIM]
    yield "Not allowed (only you)", notes.refused(Role.RESPONDER, GIL, able, what="/incident resolve", ask=ASKED)
    yield "Not allowed, a guest (only you)", notes.guests("Ann")
    wanted = kept(ASKED)
    if wanted is None:
        raise ValueError("a kept ask reads back")
    asked = Request(id=7, once="1", ask=ASKED, channel="C0INC142", thread="", who="U0SAM0001", at=NOW)
    done = replace(asked, taken_by=BOB.id, taken_at=NOW, done=True)
    for title, one in (("Asked to do it", asked), ("Asked and done", done)):
        yield title, request_views.request(one, wanted, asker="Sam", able=able, taken_by="Bob", now=NOW)


async def _postmortems() -> list[Shown]:
    actions = (("Alarm on certificate expiry", ANN.id, date(2026, 12, 4)), ("Raise the pool size", BOB.id, None))
    shown: list[Shown] = []
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as store:
            world = world_of(store)
            await world.over()
            await world.hear(events.incident_resolved, incident=1, resolves=1, postmortem=True, by=None)
            if prompt := await drawing.prompt(world.postmortems, "1"):
                shown.append(("Postmortem prompt", prompt.message))
            memory = {"incident": "INC-1"}
            opening = await world.act(presses.write, world.ask(key="INC-1"))
            told = {"title": "Checkout: 5xx at 12 %", "summary": "A deployment doubled the connections."}
            why = await world.act(presses.what_sent, world.ask(values=told, private=memory))
            what = await world.act(presses.why_sent, world.ask(private=memory))
            preview = await world.act(
                presses.actions_sent, world.ask(values={"what_n1": actions[0][0]}, private=memory)
            )
            titles = ("what happened", "why", "actions", "preview")
            for title, acts in zip(titles, (opening, why, what, preview), strict=True):
                shown += [(f"Postmortem: {title}", view) for act in acts if (view := getattr(act, "view", None))]
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as store:
            world = world_of(store)
            await world.over()
            await world.written(*actions)
            await world.act(events.ticket_changed, world.news("OPS-45", TicketState.DONE))
            if filed := await drawing.filed(world.postmortems, "1"):
                shown.append(("Postmortem filed", filed.message))
    return shown


def surfaces() -> list[Shown]:
    """Every surface, in the order in which people meet them."""
    shown = [*_mornings(), *_cards(), *_around(), *_forms(), *_alerts()]
    return [*shown, *asyncio.run(_postmortems()), *asyncio.run(_access()), *_flags(), *_answers()]


def _sample(title: str, value: Message | View) -> dict[str, Any]:
    if isinstance(value, Message):
        shape = fit(value)
        text = {
            "type": "section",
            "text": {"type": "mrkdwn", "text": shape["text"]},
        }  # as a message without blocks looks
        return {"title": title, "surface": "message", "blocks": shape.get("blocks") or [text]}
    shape = fit_view(value)
    return {"title": title, "surface": shape["type"], "view": shape}


def written() -> str:
    """What stands in the file."""
    text = json.dumps([_sample(*one) for one in surfaces()], ensure_ascii=False, indent=1)
    for ours, theirs in _IDS.items():
        text = text.replace(ours, theirs)
    return f"{text}\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
