"""Table 4: the work that must survive a restart, and the messages that are kept up to date. Names are for ever."""

from typing import Final

from bot.durable.flow import Flow
from bot.features.access import flow as access_flow
from bot.features.access import surfaces as access
from bot.features.access.service import Reviews
from bot.features.alerts import events as alerts
from bot.features.alerts import flow as alert_flow
from bot.features.alerts.service import Alerts
from bot.features.changes import flow as change_flow
from bot.features.changes import marking as change_marking
from bot.features.checklist import flow as checklist_flow
from bot.features.checklist.seeing import Seeing as ChecklistSeeing
from bot.features.incidents import drill_views, graphs, marking, paging, registry
from bot.features.incidents import flow as incidents
from bot.features.incidents.drills import Drills
from bot.features.incidents.graphs import Graphs
from bot.features.incidents.seeing import Seeing
from bot.features.oncall import flow as oncall_flow
from bot.features.oncall import surfaces as oncall
from bot.features.oncall.service import Duties
from bot.features.operations import flow as operation_flow
from bot.features.operations import requests
from bot.features.operations.requests import Requests
from bot.features.postmortems import drawing as postmortem_drawing
from bot.features.postmortems import flow as postmortem_flow
from bot.features.postmortems.service import Postmortems
from bot.features.runbooks import surfaces as runbooks
from bot.features.runbooks.service import Runbooks
from bot.rows import Surface

FLOWS: Final = (
    Flow(name="incident.open", function=incidents.open_channel, at_once=4),
    Flow(name="incident.topic", function=incidents.set_topic),
    Flow(name="incident.invite", function=incidents.invite),
    Flow(name="incident.bookmark", function=incidents.bookmark),
    Flow(name="incident.keep_message", function=incidents.keep_message),
    Flow(name="incident.marked", function=incidents.marked),
    Flow(name="incident.catch_up", function=incidents.catch_up),
    Flow(name="incident.merged", function=incidents.merged),
    Flow(name="incident.broadcast", function=incidents.broadcast),
    Flow(name="incident.publish", function=incidents.publish, step_seconds=60.0),
    Flow(name="incident.archive", function=incidents.archive),
    Flow(name="incident.page", function=paging.page),
    Flow(name="incident.mark", function=marking.mark),
    Flow(name="incident.graphs", function=graphs.draw, at_once=1, step_seconds=240.0),
    Flow(name="incident.register", function=registry.open_record, step_seconds=60.0),
    Flow(name="incident.follow_record", function=registry.follow_record, step_seconds=60.0),
    Flow(name="alert.acknowledge", function=paging.tell_acknowledged, step_seconds=60.0),
    Flow(name="alert.resolve", function=paging.tell_resolved, step_seconds=60.0),
    Flow(name="alert.note", function=paging.tell_update),
    Flow(name="alert.silence", function=alert_flow.silence),
    Flow(name="alert.end_silence", function=alert_flow.end_silence),
    Flow(name="alert.catch_up", function=alert_flow.catch_up, step_seconds=60.0),
    Flow(name="change.mark", function=change_marking.mark),
    Flow(name="change.look", function=change_flow.look, step_seconds=120.0),
    Flow(name="oncall.page", function=oncall_flow.page),
    # Before a ticket is made it is looked for: a dozen calls, and a tracker may take seconds for each.
    Flow(name="postmortem.file", function=postmortem_flow.file, step_seconds=60.0),
    Flow(name="postmortem.link", function=postmortem_flow.link),
    Flow(name="action.move", function=postmortem_flow.move),
    Flow(name="action.change", function=postmortem_flow.change),
    Flow(name="postmortem.sync", function=postmortem_flow.sync, step_seconds=60.0),
    Flow(name="checklist.digest", function=checklist_flow.digest, step_seconds=60.0),
    Flow(name="checklist.chart", function=checklist_flow.chart, at_once=1, step_seconds=90.0),
    Flow(name="checklist.refresh", function=checklist_flow.refresh, step_seconds=60.0),
    Flow(name="access.collect", function=access_flow.collect, step_seconds=120.0),
    Flow(name="home.draw", function=operation_flow.draw),
)

SURFACES: Final = (
    Surface("incident.card", Seeing, Seeing.card, lane=1, pinned=True),
    Surface("incident.news", Seeing, Seeing.news, lane=1),
    Surface("incident.update", Seeing, Seeing.update, lane=1),
    Surface("incident.copy", Seeing, Seeing.copy, lane=2),
    Surface("incident.nudge", Seeing, Seeing.nudge, lane=2),
    Surface("incident.cleared", Seeing, Seeing.cleared, lane=1),
    Surface("incident.role", Seeing, Seeing.role, lane=1),
    Surface("incident.tasks", Seeing, Seeing.task_list, lane=2),
    Surface("incident.graphs", Graphs, Graphs.shown, lane=2),
    Surface("incident.moved", Seeing, Seeing.moved, lane=1),
    Surface("incident.gone", Seeing, Seeing.gone, lane=1),
    Surface("incident.catch_up", Seeing, Seeing.catch_up, lane=2),
    Surface("incident.drill", Drills, drill_views.draw, lane=1),
    Surface("pending", Seeing, Seeing.pending, lane=1),
    Surface("alert.triage", Alerts, alerts.draw_triage, lane=1),
    Surface("runbook.run", Runbooks, runbooks.run, lane=2),
    Surface("runbook.wrong", Runbooks, runbooks.wrong, lane=2),
    Surface("oncall.page", Duties, oncall.page, lane=1),
    Surface("postmortem.prompt", Postmortems, postmortem_drawing.prompt, lane=1),
    Surface("postmortem.prompt_dm", Postmortems, postmortem_drawing.prompt_dm, lane=1),
    Surface("postmortem.nudge", Postmortems, postmortem_drawing.nudge, lane=2),
    Surface("postmortem.filed", Postmortems, postmortem_drawing.filed, lane=1),
    Surface("postmortem.actions_due", Postmortems, postmortem_drawing.actions_due, lane=2),
    Surface("access.review", Reviews, access.review, lane=2),
    Surface("request", Requests, requests.draw, lane=1),
    Surface("checklist.digest", ChecklistSeeing, ChecklistSeeing.digest, lane=2),
    Surface("checklist.table", ChecklistSeeing, ChecklistSeeing.table, lane=2),
    Surface("checklist.details", ChecklistSeeing, ChecklistSeeing.details, lane=2),
)
