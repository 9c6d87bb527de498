"""The eight surfaces of the design, drawn with our own vocabulary."""

from datetime import UTC, datetime
from typing import Final

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, InputBlock, Option

from bot.slack.blocks import (
    SHORT_DAY,
    actions,
    alert,
    bold,
    bullets,
    button,
    channel_mrkdwn,
    checkboxes,
    code,
    confirm,
    context,
    date,
    date_mrkdwn,
    divider,
    emoji,
    field,
    foreign,
    header,
    line,
    link,
    link_mrkdwn,
    marks,
    numbered,
    option,
    overflow,
    pick_user,
    plan,
    rich,
    section,
    select,
    task,
    typed,
    user_mrkdwn,
)
from bot.slack.message import Message, Surface, View, home

ITEM: Final = "Validate backups"
DAY: Final = "{date_short_pretty} {time}"


def at(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def digest() -> Message:
    def row(verb: str, action: str, label: str) -> ButtonElement:
        return button(verb, f"checklist.{action}.v1", "dg-812:backups", label=label)

    controls: ActionsBlock = actions(
        row("Claim", "claim", f"Claim {ITEM}"),
        row("Done", "done", f"Mark {ITEM} as handled"),
        row("Snooze", "snooze", f"Snooze {ITEM}"),
        row("Details", "details", f"Details of {ITEM}"),
    )
    verbs = {"claim": "Claim", "done": "Done", "snooze": "Snooze", "details": "Details"}
    posted = date_mrkdwn(at(1795419000), style=DAY)
    return Message(
        "platform: 5 of 9 need you. Worst: Validate backups, fail, new.",
        surface=Surface.DIGEST,
        blocks=(
            header("5 of 9 need you · platform"),
            context(f"{posted} · 26 checks in 1.9 s · on call {user_mrkdwn('U024BE7LH')}"),
            rich(
                marks.FAIL.element,
                " ",
                bold(ITEM),
                " · fail · ",
                bold("new"),
                "\nshop: last good backup 31 h ago (every 24 h), since ",
                date(at(1795307400), style=SHORT_DAY),
                "\nand 1 more",
            ),
            controls,
            section(
                f"{marks.BY_HAND.mrkdwn} *Apply critical patches* · by hand\n"
                "No system connected. Do it, then mark it done.",
                overflow("checklist.item.v1", "dg-812:patches", verbs),
            ),
            section(
                f"{marks.OK.mrkdwn} *Ok (4)* · dashboards, pipelines, incidents, drift\n"
                f"{marks.FIXED.mrkdwn} *Fixed since Friday (1)* · drift"
            ),
            divider(),
            rich(
                line(bold("Today")),
                bullets(
                    line(
                        "Changes: ",
                        date(at(1795438800)),
                        " checkout 2.15.0 canary, ",
                        date(at(1795467600)),
                        " database patch",
                    ),
                    line(
                        "Open incidents: ", link("https://acme.slack.com/archives/C0INC141", "INC-141 SEV3 slow search")
                    ),
                    "Action items overdue: 2, oldest 12 days",
                ),
            ),
            actions(
                button("Refresh", "checklist.run.v1", "dg-812"),
                button("All checks", "checklist.all.v1", "dg-812"),
                overflow("checklist.menu.v1", "dg-812", {"history": "History", "settings": "Settings", "help": "Help"}),
            ),
        ),
    )


def incident_card() -> Message:
    verbs = {
        "severity": "Severity",
        "roles": "Roles",
        "tasks": "Tasks",
        "page": "Page someone",
        "merge": "Merge or link",
    }
    since = date_mrkdwn(at(1795399920))
    due = date_mrkdwn(at(1795401720))
    on_call = f"{user_mrkdwn('U024BE7LH')}, {user_mrkdwn('U0BOB0001')}"
    ticket = link_mrkdwn("https://acme.atlassian.net/browse/OPS-42", "OPS-42")
    dashboard = link_mrkdwn("https://grafana.example.com/d/abc", "Dashboard")
    return Message(
        "SEV1 INC-142 Checkout: 5xx at 12 %. Investigating, no lead yet.",
        surface=Surface.CARD,
        event_type="daywatch_incident",
        metadata={"incident": "INC-142", "part": "card"},
        blocks=(
            header(f"{marks.severity(1).sign} SEV1 · Checkout: 5xx at 12 %"),
            section(
                f"INC-142 · {marks.INVESTIGATING.mrkdwn} *investigating* since {since}\n"
                f"*Lead* nobody yet   *On call* {on_call}\n*Next update* due {due}"
            ),
            rich(bold("Impact "), "not written yet"),
            actions(
                button("Acknowledge", "incidents.acknowledge.v1", "INC-142", style="primary"),
                button("Take lead", "incidents.lead.v1", "INC-142"),
                button("Post update", "incidents.update.v1", "INC-142"),
                button("Resolve", "incidents.resolve.v1", "INC-142"),
                overflow("incidents.menu.v1", "INC-142", verbs),
            ),
            rich(
                line(bold("Firing (2)")),
                bullets(
                    line(
                        link("https://acme.pagerduty.com/incidents/Q1ABC", "PD #812 Checkout errors"),
                        " since ",
                        date(at(1795399860)),
                    ),
                    line(
                        link("https://alerts.example.com/#/a1", "CheckoutLatencyHigh"), " since ", date(at(1795399920))
                    ),
                ),
            ),
            rich(
                line(bold("Changed before it began")),
                bullets(
                    line(
                        date(at(1795399080)),
                        " deploy checkout v2.14.1 by Kim, 13 min before ",
                        link("https://git.example.com/compare/a...b", "diff"),
                    )
                ),
            ),
            rich(
                line(
                    bold("Runbook "),
                    link("https://runbooks.example.com/checkout-5xx", "Checkout 5xx"),
                    " · matches the alert name · reviewed 12 Oct",
                ),
                numbered(
                    foreign("Is the payment provider up? Open its status page."),
                    foreign("Compare error rate by version on the dashboard."),
                    foreign("If only the new version fails, roll back."),
                ),
            ),
            actions(
                button("All 7 steps", "runbooks.steps.v1", "INC-142:checkout-5xx"),
                button("Timeline", "incidents.timeline.v1", "INC-142"),
                button("Roll back", "deployments.rollback.v1", "checkout:2.14.1", label="Roll back checkout to 2.14.0"),
            ),
            context(
                f"Tasks 0 of 2 · Timeline 6 · Ticket {ticket} · {dashboard}",
                f"{marks.PINNED.mrkdwn} on any message puts it on the timeline · {code('/incident help')}",
            ),
        ),
    )


def declare() -> View:
    severities: list[Option] = [
        option("sev1", "SEV1 critical", "Customers cannot use the product"),
        option("sev2", "SEV2 major", "An important part is broken or very slow"),
        option("sev3", "SEV3 minor", "Some people are affected, or there is a way round"),
        option("sev4", "SEV4 low", "Nobody outside notices yet"),
    ]
    services = [option("checkout", "checkout"), option("search", "search")]
    alike = f"{marks.INVESTIGATING.mrkdwn} *INC-141* on checkout is open since {date_mrkdwn(at(1795398600))}: "
    return View(
        callback_id="incidents.declare.v1",
        title="Declare an incident",
        submit="Declare",
        memory={"from": "C0OPS0001"},
        blocks=(
            field(
                "title",
                "What is wrong?",
                typed(most=120, placeholder="Checkout: 5xx at 12 %"),
                hint="A guess is fine. You can change everything later.",
            ),
            field(
                "service",
                "Service",
                select(services, action_id="incidents.service.v1", initial="checkout", placeholder="Not sure"),
                optional=True,
                dispatch=True,
            ),
            field(
                "severity",
                "Severity",
                select(severities, action_id="incidents.severity.v1", initial="sev2"),
                dispatch=True,
            ),
            field("seen", "What do people see?", typed(most=1000, multiline=True), optional=True),
            field(
                "how",
                "Also",
                checkboxes(
                    [option("page:INC-142", "Page whoever is on call"), option("private", "Private channel")],
                    initial=["page:INC-142"],
                ),
                optional=True,
            ),
            section(
                alike + code("slow payment page"),
                button("Join it instead", "incidents.join.v1", "INC-141"),
                block_id="looks_like",
            ),
            context(
                "Will create a channel, invite and page *Ann* (checkout, first) and *Bob* (second), "
                f"and announce in {channel_mrkdwn('C0INCIDENT')}.",
                block_id="will",
            ),
        ),
    )


def update_composer() -> View:
    statuses = [option(word, word.title()) for word in ("investigating", "identified", "monitoring")]
    audiences = [
        option("channel", "Incident channel", "Always"),
        option("stakeholders", "#incidents and 14 followers", "Plain words, no host names"),
        option("public", "Status page (public)", "Needs the operator role"),
    ]
    periods = [option(str(minutes), f"{minutes} minutes") for minutes in (15, 30, 60)]
    return View(
        callback_id="incidents.update.v1",
        title="Update INC-142",
        submit="Preview",
        memory={"incident": "INC-142"},
        surface=Surface.COMPOSER,
        blocks=(
            alert("Last update 31 min ago: We are looking into failed payments.", "info"),
            field("status", "Status now", select(statuses, initial="identified")),
            field(
                "text",
                "What do we know, what do we do next?",
                typed(
                    most=1000,
                    multiline=True,
                    placeholder="About 12 % of payments fail. We are rolling back; 10 minutes.",
                ),
            ),
            field(
                "audience",
                "Who reads it",
                checkboxes(audiences, action_id="incidents.audience.v1", initial=["channel", "stakeholders"]),
                dispatch=True,
            ),
            field("next", "Next update in", select([*periods, option("0", "No reminder")], initial="30")),
        ),
    )


def triage() -> Message:
    key = "alert:pagerduty:Q2DEF"
    menu = {"runbook": "Runbook: disk full", "dismiss": "Not a problem", "why": "Why this message?"}
    return Message(
        "search: disk 81 % full on search-3 (low urgency, seen 4 times)",
        surface=Surface.TRIAGE,
        blocks=(
            rich(
                emoji("bell"),
                " ",
                bold("search"),
                " · low urgency · 4 times since ",
                date(at(1795416000)),
                "\ndisk 81 % full on search-3 ",
                link("https://acme.pagerduty.com/incidents/Q2DEF", "PD #813"),
            ),
            actions(
                button("Declare", "alerts.declare.v1", key),
                button("Acknowledge", "alerts.acknowledge.v1", key),
                button("Snooze", "alerts.snooze.v1", key),
                overflow("alerts.menu.v1", key, menu),
            ),
            context(
                f"Nobody has this yet · joins an incident on *search* if one opens before {date_mrkdwn(at(1795417800))}"
            ),
        ),
    )


def deploy_review() -> View:
    changes = link_mrkdwn("https://git.example.com/compare/2.14.0...2.15.0", "see the changes")
    last = date_mrkdwn(at(1795401060), style=DAY)
    reason: InputBlock = field(
        "reason",
        "Why now? (needed in a freeze)",
        typed(most=300),
        hint="Is written to the record and shown in the channel.",
    )
    return View(
        callback_id="deployments.confirm.v1",
        title="Deploy checkout?",
        submit="Ask for approval",
        close="Back",
        memory={"plan": "dep-77"},
        surface=Surface.DEPLOY_REVIEW,
        blocks=(
            section(
                f"*checkout* {code('2.14.0')} → {code('2.15.0')} · production · canary 20 %, 60 %, 100 %\n"
                f"9 commits by 3 people, {changes}"
            ),
            alert("Freeze: Black Friday, until Mon 30 Nov 08:00 CET, covers checkout.", "error"),
            alert("INC-142 (SEV1, checkout) was resolved 4 h ago; its postmortem is open.", "warning"),
            alert("SLO availability 99.9 %: 18 % of the budget is left.", "warning"),
            alert("Unknown: Argo CD did not say whether another sync is running. Treat it as a risk."),
            context(f"Last deploy: 2.14.0, {last} by Kim (rolled back from 2.14.1)"),
            reason,
            field("approver", "Second person", pick_user(), hint="An operator who is not you. They get a button."),
        ),
    )


def deploy_message() -> Message:
    argo = link_mrkdwn("https://argo.example.com/applications/checkout", "Argo CD")
    really = confirm(
        "Abort 2.15.0?",
        "All traffic goes back to 2.14.0 within about a minute. "
        "The new version stays in Git until it is reverted there.",
        "Abort",
        "Keep going",
        danger=True,
    )
    return Message(
        "checkout 2.15.0 in production: canary at 20 %, waiting for you",
        surface=Surface.DEPLOY,
        blocks=(
            header(f"{marks.WAITING.sign} checkout 2.15.0 · canary 20 %"),
            section(
                f"*Production, waiting for you* since {date_mrkdwn(at(1795439040))} · step 2 of 5\n"
                "Errors 0.08 % (stable 0.07 %) · p95 212 ms (stable 209 ms)\nAsked by Kim, approved by Ann"
            ),
            plan(
                "Canary, step 2 of 5",
                [
                    task("s1", "20 % of traffic", "complete", rich("2 of 10 pods, 4 min")),
                    task("s2", "Pause: a person looks", "in_progress"),
                    task("s3", "60 % of traffic", "pending"),
                    task("s4", "Wait 10 min and compare errors", "pending"),
                    task("s5", "100 % of traffic", "pending"),
                ],
                block_id="dep-77.plan",
            ),
            actions(
                button("Promote to 60 %", "deployments.promote.v1", "dep-77:2", style="primary"),
                button("Pause", "deployments.pause.v1", "dep-77"),
                button("Abort", "deployments.abort.v1", "dep-77", style="danger", confirm=really),
            ),
            context(f"Halts by itself if errors pass 1 % or the SLO burns 14 times too fast · {argo}"),
        ),
    )


def app_home() -> View:
    on_call_until, due = date_mrkdwn(at(1795453200)), date_mrkdwn(at(1795421520))
    sev1, looking = marks.severity(1).mrkdwn, marks.INVESTIGATING.mrkdwn
    return home(
        section(
            f"{marks.ON_CALL.mrkdwn} *You are on call* for checkout until {on_call_until}, then Bob.",
            button("Who is on call", "oncall.show.v1", "all"),
        ),
        actions(
            button("Declare", "incidents.open_declare.v1", "home"),
            button("Checklist", "checklist.now.v1", "home"),
            button("Runbooks", "runbooks.search.v1", "home"),
            button("Deploy", "deployments.open.v1", "home"),
        ),
        header("Your incidents (1)"),
        section(
            f"{sev1} *SEV1 INC-142* {channel_mrkdwn('C0INC142')} · {looking} investigating · you lead · "
            f"update due {due}",
            button("Post update", "incidents.update.v1", "INC-142"),
        ),
        header("On your list (3)"),
        rich(
            bullets(
                line(emoji("x"), " Validate backups, claimed ", date(at(1795419660))),
                "Task INC-142: ask the payment provider",
                line(
                    "Action item, ",
                    bold("3 days late"),
                    ": alarm on certificate expiry ",
                    link("https://acme.atlassian.net/browse/OPS-77", "OPS-77"),
                ),
            )
        ),
        header("Today"),
        rich(
            bullets(
                line(date(at(1795438800)), " checkout 2.15.0 canary (Kim)"),
                line(date(at(1795467600)), " database patch (Ann)"),
            )
        ),
        context(f"As of {date_mrkdwn(at(1795420800))} · 12 systems connected, 1 not answering: PagerDuty"),
        actions(
            button("Refresh", "home.refresh.v1", "me"),
            button("Connected", "daywatch.status.v1", "me"),
            button("Settings", "home.settings.v1", "me"),
        ),
    )
