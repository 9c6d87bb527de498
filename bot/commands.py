"""Table 1: what a person can type, press or submit, and who may. Help, manifest and the docs page are made from it."""

from typing import Final

from bot.domain.person import Role
from bot.features.access import presses as access
from bot.features.access import views as access_views
from bot.features.access.service import Reviews
from bot.features.alerts import presses as alerts
from bot.features.alerts import silence_forms, silence_presses
from bot.features.alerts import views as alert_views
from bot.features.alerts.service import Alerts
from bot.features.alerts.silencing import Silencing
from bot.features.changes import commands as changes
from bot.features.changes import views as change_views
from bot.features.changes.commands import Asking
from bot.features.checklist import actions as checklist_actions
from bot.features.checklist import commands as checklist
from bot.features.checklist import forms as checklist_forms
from bot.features.checklist import presses as checklist_presses
from bot.features.checklist import settings as checklist_settings
from bot.features.checklist import settings_form as checklist_settings_form
from bot.features.checklist.service import Checklist
from bot.features.flags import commands as flags
from bot.features.flags.service import FlagLists
from bot.features.incidents import around, forms, lists, presses, registry, submitted, tickets, views
from bot.features.incidents import commands as incidents
from bot.features.incidents.drills import Drills
from bot.features.incidents.errors import Errors
from bot.features.incidents.registry import Registering
from bot.features.incidents.response import Response
from bot.features.incidents.tickets import Tickets
from bot.features.oncall import commands as oncall
from bot.features.oncall import views as oncall_views
from bot.features.oncall.service import Duties
from bot.features.operations import commands as operations
from bot.features.operations import requests
from bot.features.operations import views as operation_views
from bot.features.operations.requests import Requests
from bot.features.operations.service import Operations
from bot.features.postmortems import commands as postmortems
from bot.features.postmortems import forms as postmortem_forms
from bot.features.postmortems import item_presses as action_items
from bot.features.postmortems import presses as postmortem_presses
from bot.features.postmortems import preview as postmortem_preview
from bot.features.postmortems import reminder as action_reminder
from bot.features.postmortems import sheet as postmortem_sheet
from bot.features.postmortems import small as postmortem_small
from bot.features.postmortems import views as postmortem_views
from bot.features.postmortems.service import Postmortems
from bot.features.runbooks import commands as runbooks
from bot.features.runbooks import forms as runbook_forms
from bot.features.runbooks import presses as runbook_presses
from bot.features.runbooks import running as runbook_running
from bot.features.runbooks import views as runbook_views
from bot.features.runbooks.service import Runbooks
from bot.slack import notes
from bot.slack.command import Button, Command, Entry, Form, Here, How, Menu, Options, Shortcut

COMMANDS: Final = (
    Command(
        "/incident",
        Response,
        incidents.incident,
        "Declare, or where this channel's incident stands",
        "[what is wrong] [sev2]",
        who=Role.VIEWER,  # reading where it stands; who declares must be a responder
        how=How.READ,
        guests=True,
        example="checkout is slow sev2",
    ),
    Command(
        "/incident declare",
        Response,
        incidents.declare,
        "Open an incident and its channel at once",
        "<what is wrong> [sev2]",
        who=Role.RESPONDER,
        example="checkout is slow sev2",
        fits=Here.ELSEWHERE | Here.RESOLVED,
    ),
    Command(
        "/incident list",
        Response,
        incidents.overview,
        "Open incidents, newest first",
        who=Role.VIEWER,
        how=How.READ,
        fits=Here.ELSEWHERE | Here.RESOLVED,
    ),
    Command(
        "/incident update",
        Response,
        incidents.update,
        "Post a status update",
        "<words>",
        who=Role.RESPONDER,
        example="12 % of payments fail; rolling back",
        fits=Here.OPEN,
    ),
    Command(
        "/incident status",
        Response,
        incidents.status,
        "Change the status",
        "[monitoring]",
        who=Role.RESPONDER,
        example="monitoring",
        fits=Here.OPEN,
    ),
    Command(
        "/incident role",
        Response,
        incidents.role,
        "Give a role",
        "<lead> [@ann]",
        who=Role.RESPONDER,
        example="lead @ann",
        fits=Here.OPEN,
    ),
    Command(
        "/incident timeline",
        Response,
        incidents.timeline,
        "See it, or add a note",
        "[note]",
        who=Role.RESPONDER,
        example="the pool was full at 03:31",
        fits=Here.OPEN | Here.RESOLVED,
    ),
    Command(
        "/incident resolve",
        Response,
        incidents.resolve,
        "It is over",
        "<what fixed it>",
        who=Role.RESPONDER,
        example="rolled back to 2.14.0",
        fits=Here.OPEN,
    ),
    Command(
        "/incident reopen",
        Response,
        incidents.reopen,
        "It is not over",
        who=Role.RESPONDER,
        fits=Here.RESOLVED,
    ),
    Command(
        "/incident page",
        Response,
        incidents.page,
        "Call somebody",
        "[@bob] <why>",
        who=Role.RESPONDER,
        example="@bob the database does not come back",
        fits=Here.OPEN,
    ),
    Command(
        "/incident severity",
        Response,
        incidents.severity,
        "Change the severity",
        "<sev1> [why]",
        who=Role.RESPONDER,
        example="sev1 payments are down",
        fits=Here.OPEN,
    ),
    Command(
        "/incident task",
        Response,
        incidents.task,
        "Write down what is to be done",
        "<what> [@kim]",
        who=Role.RESPONDER,
        example="ask the payment provider @kim",
        fits=Here.OPEN,
    ),
    Command(
        "/incident link",
        Response,
        incidents.link,
        "Put a link on the card",
        "<address> [title]",
        who=Role.RESPONDER,
        example="https://example.com/bridge Bridge",
        fits=Here.OPEN | Here.RESOLVED,
    ),
    Command(
        "/incident register",
        Registering,
        registry.register,
        "Open a record of it in ServiceNow, and keep it in step",
        "[change]",
        who=Role.RESPONDER,
    ),
    Command(
        "/incident errors",
        Errors,
        incidents.errors,
        "What a service wrote into its logs",
        "[checkout]",
        who=Role.RESPONDER,
        how=How.READ,
        example="checkout",
        fits=Here.OPEN | Here.ELSEWHERE,
    ),
    Command(
        "/incident tickets",
        Tickets,
        tickets.search,
        "Search the tracker, and link what fits",
        "[words]",
        who=Role.RESPONDER,
        how=How.READ,
        example="payment timeout",
    ),
    Command(
        "/incident changes",
        Asking,
        changes.changes,
        "What was changed before it began",
        "[checkout]",
        who=Role.VIEWER,
        how=How.READ,
        fits=Here.OPEN | Here.RESOLVED,
    ),
    Command(
        "/incident merge",
        Response,
        incidents.merge,
        "Go on in another incident",
        "INC-141",
        who=Role.RESPONDER,
        example="INC-141",
        fits=Here.OPEN,
    ),
    Command(
        "/incident drill",
        Drills,
        incidents.drill,
        "Practise: a scripted incident, nothing real is paged",
        "[scenario]",
        who=Role.RESPONDER,
        fits=Here.ELSEWHERE,
    ),
    # The incident's card, announcement and what stands around them.
    Button(views.ACKNOWLEDGE, Response, presses.acknowledge, who=Role.RESPONDER),
    Button(views.LEAD, Response, presses.take_lead, who=Role.RESPONDER),
    Button(views.UPDATE, Response, presses.update_form, who=Role.RESPONDER, how=How.OPEN),
    Button(views.RESOLVE, Response, presses.resolve_form, who=Role.RESPONDER, how=How.OPEN),
    Button(views.REOPEN, Response, presses.reopen, who=Role.RESPONDER),
    Button(views.JOIN, Response, presses.join_channel, who=Role.VIEWER),
    Button(views.FOLLOW, Response, presses.follow, who=Role.VIEWER),
    Button(views.TIMELINE, Response, presses.timeline_view, who=Role.VIEWER, how=How.LOAD),
    Button(views.LATER, Response, presses.later, who=Role.RESPONDER),
    Button(views.NOT_NEEDED, Response, presses.not_needed, who=Role.RESPONDER),
    Button(lists.TURN, Response, presses.timeline_view, who=Role.VIEWER, how=How.LOAD),
    Button(lists.COPY, Response, presses.timeline_copy, who=Role.VIEWER, how=How.LOAD),
    Button(lists.ADD_NOTE, Response, presses.note_form, who=Role.RESPONDER, how=How.OPEN),
    Button(lists.OLDER, Response, incidents.overview, who=Role.VIEWER, how=How.READ),
    Button(tickets.LINK, Tickets, tickets.link_ticket, who=Role.RESPONDER),
    Button(around.ADD_TASK, Response, presses.task_form, who=Role.RESPONDER, how=How.OPEN),
    Button(around.TAKE, Response, presses.task_form, who=Role.RESPONDER, how=How.OPEN),
    Button(around.TICK, Response, presses.ticked, who=Role.RESPONDER),
    Button(around.RETRY, Response, presses.retry, who=Role.RESPONDER),
    Button(around.WITHOUT, Response, presses.without, who=Role.RESPONDER),
    Menu(
        views.MENU,
        {
            "severity": Entry(Response, presses.severity_form, who=Role.RESPONDER, how=How.OPEN),
            "roles": Entry(Response, presses.roles_form, who=Role.RESPONDER, how=How.OPEN),
            "tasks": Entry(Response, presses.task_form, who=Role.RESPONDER, how=How.OPEN),
            "page": Entry(Response, presses.page_form, who=Role.RESPONDER, how=How.OPEN),
            "merge": Entry(Response, presses.merge_form, who=Role.RESPONDER, how=How.OPEN),
        },
    ),
    Button(change_views.SHOW, Asking, changes.show, who=Role.VIEWER, how=How.READ),
    # Its forms.
    Form(forms.DECLARE, Response, incidents.declared, who=Role.RESPONDER),
    Button(forms.SERVICE, Response, presses.declare_changed, who=Role.RESPONDER, how=How.OPEN),
    Button(forms.SERVICE_SEARCH, Response, presses.declare_changed, who=Role.RESPONDER, how=How.OPEN),
    Button(forms.SEVERITY_PICK, Response, presses.declare_changed, who=Role.RESPONDER, how=How.OPEN),
    Button(forms.JOIN_INSTEAD, Response, presses.join_instead, who=Role.RESPONDER),
    Options(forms.SERVICE_SEARCH, Response, presses.find_service),
    Button(forms.AUDIENCE, Response, presses.audience_changed, who=Role.RESPONDER, how=How.OPEN),
    Form(forms.UPDATE_FORM, Response, submitted.update_written, who=Role.RESPONDER, how=How.OPEN),
    Form(forms.PREVIEW_FORM, Response, submitted.update_posted, who=Role.RESPONDER),
    Form(forms.RESOLVE_FORM, Response, submitted.resolved, who=Role.RESPONDER),
    Form(forms.SEVERITY_FORM, Response, submitted.severity_chosen, who=Role.RESPONDER),
    Form(forms.ROLES_FORM, Response, submitted.roles_chosen, who=Role.RESPONDER),
    Form(forms.PAGE_FORM, Response, submitted.page_sent, who=Role.RESPONDER),
    Form(forms.MERGE_FORM, Response, submitted.merged, who=Role.RESPONDER),
    Form(forms.NOTE_FORM, Response, submitted.note_added, who=Role.RESPONDER),
    Form(forms.TASK_FORM, Response, submitted.task_added, who=Role.RESPONDER),
    Shortcut(
        "incidents.declare_from.v1",
        "Declare an incident",
        Response,
        presses.declare_from_message,
        "Opens the declare form with this message's first line",
        who=Role.RESPONDER,
    ),
    # Alerts in triage.
    Button(alert_views.DECLARE, Alerts, alerts.declare, who=Role.RESPONDER),
    Button(alert_views.ACKNOWLEDGE, Alerts, alerts.acknowledge, who=Role.RESPONDER),
    Button(alert_views.SNOOZE, Alerts, alerts.snooze, who=Role.RESPONDER),
    Menu(
        alert_views.MENU,
        {
            "silence": Entry(Silencing, silence_presses.form, who=Role.RESPONDER, how=How.LOAD),
            "dismiss": Entry(Alerts, alerts.dismiss_form, who=Role.RESPONDER, how=How.LOAD),
            "runbook": Entry(Runbooks, runbook_presses.open_for_alert, who=Role.VIEWER, how=How.READ),
            "why": Entry(Alerts, alerts.why, who=Role.VIEWER, how=How.READ),
        },
    ),
    Form(alert_views.DISMISS_FORM, Alerts, alerts.dismissed, who=Role.RESPONDER),
    # Silences, of an alert in triage or in an incident.
    Button(silence_forms.SILENCE, Silencing, silence_presses.form, who=Role.RESPONDER, how=How.LOAD),
    Button(silence_forms.END_SILENCE, Silencing, silence_presses.end, who=Role.RESPONDER),
    Form(silence_forms.SILENCE_FORM, Silencing, silence_presses.submitted, who=Role.RESPONDER),
    # Runbooks.
    Command(
        "/runbook",
        Runbooks,
        runbooks.runbook,
        "Find the page for what is broken",
        "[words]",
        who=Role.VIEWER,
        example="checkout 5xx",
        how=How.READ,
    ),
    Command(
        "/runbook show",
        Runbooks,
        runbooks.show,
        "Open a page",
        "<page>",
        who=Role.VIEWER,
        example="disk-filling",
        how=How.READ,
    ),
    Command("/runbook stale", Runbooks, runbooks.stale, "Pages not reviewed for a year", who=Role.VIEWER, how=How.READ),
    Button(runbook_views.OPEN, Runbooks, runbook_presses.open_page, who=Role.VIEWER, how=How.READ),
    Button(runbook_views.STEPS, Runbooks, runbook_presses.open_page, who=Role.VIEWER, how=How.READ),
    Button(runbook_views.PART, Runbooks, runbook_presses.turn_page, who=Role.VIEWER, how=How.READ),
    Button(runbook_views.BACK, Runbooks, runbook_presses.turn_page, who=Role.VIEWER, how=How.READ),
    Button(runbook_views.POST, Runbooks, runbook_presses.post_here, who=Role.RESPONDER),
    Button(runbook_views.RUN, Runbooks, runbook_presses.run_it, who=Role.RESPONDER),
    Button(runbook_running.TICK, Runbooks, runbook_presses.ticked, who=Role.RESPONDER),
    Button(runbook_running.EARLIER, Runbooks, runbook_presses.turn_steps, who=Role.RESPONDER),
    Button(runbook_running.LATER, Runbooks, runbook_presses.turn_steps, who=Role.RESPONDER),
    Button(runbook_views.SEARCH, Runbooks, runbook_presses.search_form, who=Role.VIEWER, how=How.OPEN),
    Button(runbook_views.WRITE, Runbooks, runbook_presses.write_form, who=Role.VIEWER, how=How.OPEN),
    Button(runbook_views.WRONG, Runbooks, runbook_presses.wrong_form, who=Role.RESPONDER, how=How.OPEN),
    Form(runbook_forms.SEARCH_FORM, Runbooks, runbook_presses.searched, who=Role.VIEWER, how=How.READ),
    Form(runbook_forms.WRONG_FORM, Runbooks, runbook_presses.said_wrong, who=Role.RESPONDER),
    # Who is on call.
    Command(
        "/oncall",
        Duties,
        oncall.oncall,
        "Who is on call now",
        "[service or team]",
        who=Role.VIEWER,
        example="checkout",
        how=How.READ,
    ),
    Command(
        "/oncall page",
        Duties,
        oncall.page_command,
        "Page whoever is on call",
        "[service] [why]",
        who=Role.RESPONDER,
        example="checkout the queue does not drain",
        how=How.OPEN,
    ),
    Button(oncall_views.SHOW, Duties, oncall.show, who=Role.VIEWER, how=How.LOAD),
    Button(oncall_views.PAGE, Duties, oncall.page_form, who=Role.RESPONDER, how=How.OPEN),
    Form(oncall_views.PAGE_FORM, Duties, oncall.page_sent, who=Role.RESPONDER),
    # Postmortems and their action items.
    Command(
        "/postmortem",
        Postmortems,
        postmortems.postmortem,
        "Write it up",
        "[INC-142]",
        who=Role.RESPONDER,
        example="INC-142",
        how=How.LOAD,
    ),
    Command(
        "/postmortem list",
        Postmortems,
        postmortems.listed,
        "Those to write first",
        who=Role.VIEWER,
        how=How.READ,
    ),
    Command(
        "/postmortem actions",
        Postmortems,
        postmortems.actions,
        "Open action items",
        who=Role.VIEWER,
        how=How.READ,
    ),
    Button(postmortem_views.WRITE, Postmortems, postmortem_presses.write, who=Role.RESPONDER, how=How.LOAD),
    Button(postmortem_views.WAIVE, Postmortems, postmortem_presses.waive_form, who=Role.RESPONDER, how=How.OPEN),
    Button(postmortem_views.READ, Postmortems, postmortem_presses.read, who=Role.VIEWER, how=How.LOAD),
    Button(postmortem_views.ADD_ACTION, Postmortems, action_items.add_form, who=Role.RESPONDER, how=How.LOAD),
    Button(postmortem_views.ALL_ACTIONS, Postmortems, postmortems.actions, who=Role.VIEWER, how=How.READ),
    Button(postmortem_views.CHANGE, Postmortems, action_items.change_list, who=Role.VIEWER, how=How.LOAD),
    Form(postmortem_forms.WHAT_FORM, Postmortems, postmortem_presses.what_sent, who=Role.RESPONDER),
    Form(postmortem_forms.WHY_FORM, Postmortems, postmortem_presses.why_sent, who=Role.RESPONDER),
    Form(postmortem_forms.ACTIONS_FORM, Postmortems, postmortem_presses.actions_sent, who=Role.RESPONDER),
    Form(postmortem_preview.PREVIEW_FORM, Postmortems, postmortem_presses.submitted, who=Role.RESPONDER),
    Button(postmortem_forms.ANOTHER, Postmortems, postmortem_presses.another, who=Role.RESPONDER, how=How.LOAD),
    Button(postmortem_sheet.BACKS["what"], Postmortems, postmortem_presses.back, who=Role.RESPONDER),
    Button(postmortem_sheet.BACKS["why"], Postmortems, postmortem_presses.back, who=Role.RESPONDER),
    Button(postmortem_sheet.BACKS["actions"], Postmortems, postmortem_presses.back, who=Role.RESPONDER),
    Form(postmortem_small.WAIVE_FORM, Postmortems, postmortem_presses.waived, who=Role.RESPONDER),
    Form(postmortem_small.ADD_FORM, Postmortems, action_items.added, who=Role.RESPONDER),
    Button(action_reminder.DONE, Postmortems, action_items.done, who=Role.VIEWER),
    Button(action_reminder.NEW_DATE, Postmortems, action_items.date_form, who=Role.VIEWER, how=How.LOAD),
    Button(action_reminder.HAND_OVER, Postmortems, action_items.owner_form, who=Role.VIEWER, how=How.LOAD),
    Menu(
        action_reminder.MENU,
        {
            "done": Entry(Postmortems, action_items.done, who=Role.VIEWER),
            "date": Entry(Postmortems, action_items.date_form, who=Role.VIEWER, how=How.LOAD),
            "owner": Entry(Postmortems, action_items.owner_form, who=Role.VIEWER, how=How.LOAD),
        },
    ),
    Form(postmortem_small.DATE_FORM, Postmortems, action_items.date_chosen, who=Role.VIEWER),
    Form(postmortem_small.OWNER_FORM, Postmortems, action_items.owner_chosen, who=Role.VIEWER),
    # The morning checklist.
    Command(
        "/checklist",
        Checklist,
        checklist.now,
        "Today, asked just now",
        "[team]",
        who=Role.VIEWER,
        how=How.READ,
    ),
    Command("/checklist run", Checklist, checklist.run, "Ask again, for all", "[team]", who=Role.RESPONDER),
    Command(
        "/checklist claim", Checklist, checklist.claim, "Take an item", "<item>", who=Role.RESPONDER, example="backups"
    ),
    Command(
        "/checklist done",
        Checklist,
        checklist.done,
        "Mark an item as handled",
        "<item> [what you did]",
        who=Role.RESPONDER,
        example="backups restored one by hand",
    ),
    Command(
        "/checklist snooze",
        Checklist,
        checklist.snooze,
        "Let an item rest",
        "<item> [monday] [why]",
        who=Role.RESPONDER,
        example="patches monday window is agreed",
    ),
    Command(
        "/checklist history",
        Checklist,
        checklist.show_history,
        "The last two weeks",
        "[team]",
        who=Role.VIEWER,
        how=How.READ,
    ),
    Button(checklist_actions.CLAIM, Checklist, checklist_presses.claim, who=Role.RESPONDER),
    Button(checklist_actions.RELEASE, Checklist, checklist_presses.release, who=Role.RESPONDER),
    Button(checklist_actions.RELEASE_ANYWAY, Checklist, checklist_presses.release_anyway, who=Role.RESPONDER),
    Button(checklist_actions.DONE, Checklist, checklist_presses.done_form, who=Role.RESPONDER, how=How.OPEN),
    Button(checklist_actions.SNOOZE, Checklist, checklist_presses.snooze_form, who=Role.RESPONDER, how=How.OPEN),
    Button(checklist_actions.DETAILS, Checklist, checklist_presses.details, who=Role.VIEWER, how=How.LOAD),
    Button(checklist_actions.AGAIN, Checklist, checklist_presses.check_again, who=Role.RESPONDER, how=How.READ),
    Button(checklist_actions.NOW, Checklist, checklist_presses.now, who=Role.VIEWER, how=How.LOAD),
    Button(checklist_actions.ALL, Checklist, checklist_presses.all_checks, who=Role.VIEWER, how=How.LOAD),
    Button(checklist_actions.RUN, Checklist, checklist_presses.run, who=Role.RESPONDER),
    Button(checklist_actions.LOOK_AGAIN, Checklist, checklist_presses.look_again, who=Role.VIEWER, how=How.READ),
    Button(checklist_settings_form.BACK_TO_FILE, Checklist, checklist_settings.back_to_file, who=Role.OPERATOR),
    Menu(
        checklist_actions.ITEM_MENU,
        {
            "claim": Entry(Checklist, checklist_presses.claim, who=Role.RESPONDER),
            "release": Entry(Checklist, checklist_presses.release, who=Role.RESPONDER),
            "done": Entry(Checklist, checklist_presses.done_form, who=Role.RESPONDER, how=How.OPEN),
            "snooze": Entry(Checklist, checklist_presses.snooze_form, who=Role.RESPONDER, how=How.OPEN),
            "details": Entry(Checklist, checklist_presses.details, who=Role.VIEWER, how=How.LOAD),
        },
    ),
    Menu(
        checklist_actions.MENU,
        {
            "history": Entry(Checklist, checklist_presses.show_history, who=Role.VIEWER, how=How.READ),
            "settings": Entry(Checklist, checklist_settings.open_form, who=Role.OPERATOR, how=How.LOAD),
            "help": Entry(Checklist, checklist_presses.show_help, who=Role.VIEWER, how=How.READ),
        },
    ),
    Form(checklist_forms.DONE_FORM, Checklist, checklist_presses.done, who=Role.RESPONDER),
    Form(checklist_forms.SNOOZE_FORM, Checklist, checklist_presses.snooze, who=Role.RESPONDER),
    Form(checklist_settings_form.SETTINGS_FORM, Checklist, checklist_settings.save, who=Role.OPERATOR),
    Options(checklist_settings_form.HOLIDAYS, Checklist, checklist_settings.find_holidays),
    # Who may do what, looked at once in a while. It names people, so it is for those who also change settings.
    Command("/daywatch access", Reviews, access.show, "Review who may do what", who=Role.OPERATOR, how=How.LOAD),
    Button(access_views.REVIEW, Reviews, access.show, who=Role.OPERATOR, how=How.LOAD),
    Button(access_views.TURN, Reviews, access.show, who=Role.OPERATOR, how=How.LOAD),
    Button(access_views.KEEP, Reviews, access.keep, who=Role.OPERATOR),
    Button(access_views.REMOVE, Reviews, access.remove_form, who=Role.OPERATOR, how=How.READ),
    Button(access_views.UNDO, Reviews, access.undo, who=Role.OPERATOR),
    Button(access_views.KEEP_PAGE, Reviews, access.keep_page, who=Role.OPERATOR),
    Button(access_views.KEEP_SAME, Reviews, access.keep_same, who=Role.OPERATOR),
    Form(access_views.REMOVE_FORM, Reviews, access.remove, who=Role.OPERATOR),
    Form(access_views.SIGN_FORM, Reviews, access.sign, who=Role.OPERATOR),
    Command(
        "/daywatch flags",
        FlagLists,
        flags.flags,
        "Feature flags: what is on in production",
        "[name]",
        who=Role.VIEWER,
        how=How.READ,
        example="new-checkout",
    ),
    # Running it: what is connected, and the Home tab.
    Command("/daywatch", Operations, operations.status, "What is connected", who=Role.VIEWER, how=How.READ),
    Command("/daywatch reload", Operations, operations.reload, "Read the settings file again", who=Role.ADMIN),
    Button(operation_views.CONNECTED, Operations, operations.connected, who=Role.VIEWER, how=How.LOAD),
    Button(operation_views.CHECK_ALL, Operations, operations.check_all, who=Role.VIEWER, how=How.LOAD),
    Button(operation_views.RIGHTS, Operations, operations.rights, who=Role.VIEWER, how=How.OPEN),
    Button(operation_views.REFRESH, Operations, operations.refresh_home, who=Role.VIEWER, how=How.READ),
    Button(notes.ASK_THEM, Requests, requests.ask_them, who=Role.VIEWER),
    Button(operation_views.DECLARE, Response, incidents.declare_form, who=Role.RESPONDER, how=How.OPEN),
)
