"""Table 2: what we do when a vendor calls, when something happens in Slack, when a feature has news for another."""

from typing import Final

from bot.domain.alert import AlertChanged
from bot.domain.change import ChangeReported
from bot.domain.ticket import RecordMoved, TicketChanged
from bot.features.alerts import events as alerts
from bot.features.alerts.service import Alerts
from bot.features.changes import events as changes
from bot.features.changes.looking import Looking
from bot.features.changes.service import Changes
from bot.features.incidents import changing, graphs, marking, registry
from bot.features.incidents import events as incidents
from bot.features.incidents.changing import Changing
from bot.features.incidents.drills import Drills
from bot.features.incidents.graphs import Graphs
from bot.features.incidents.marking import Marking
from bot.features.incidents.registry import Registering
from bot.features.incidents.response import Response
from bot.features.operations import events as operation_events
from bot.features.operations.service import Operations
from bot.features.postmortems import events as postmortem_events
from bot.features.postmortems.service import Postmortems
from bot.features.runbooks import events as runbooks
from bot.features.runbooks.service import Runbooks
from bot.rows import Event, Heard

EVENTS: Final = (
    Heard(AlertChanged, Alerts, alerts.changed),
    Heard(ChangeReported, Changes, changes.reported),
    # News of ours.
    Event("alert.fired", Response, incidents.alert_fired),
    Event("alert.raised", Response, incidents.alert_raised),
    Event("alert.moved", Response, incidents.alert_moved),
    Event("alert.silenced", Response, incidents.alert_silenced),
    Event("alert.placed", Alerts, alerts.placed),
    Event("alert.joined", Alerts, alerts.placed),
    Event("incident.runbook_found", Response, incidents.runbook_found),
    Event("change.told", Changing, changing.change_told),
    Event("change.looked", Changing, changing.changes_looked),
    Event("incident.opened", Changing, changing.incident_opened),
    Event("incident.opened", Looking, changes.incident_opened),
    Event("incident.opened", Runbooks, runbooks.incident_opened),
    Event("incident.opened", Graphs, graphs.opened),
    Event("incident.opened", Marking, marking.moved),
    Event("alert.waiting", Runbooks, runbooks.alert_waiting),
    Event("alert.runbook_found", Alerts, alerts.runbook_found),
    Event("runbook.ticked", Response, incidents.ticket_moved),
    Event("postmortem.filed", Response, incidents.ticket_moved),
    Event("postmortem.done", Response, incidents.postmortem_done),
    Event("postmortem.moved", Response, incidents.ticket_moved),
    # Slack's events.
    Event("slack:member_joined_channel", Response, incidents.member_joined),
    Event("slack:reaction_added", Response, incidents.reaction_added),
    Event("slack:pin_added", Response, incidents.pin_added),
    Event("slack:message.message_changed", Response, incidents.message_edited),
    Event("slack:message.message_deleted", Response, incidents.message_edited),
    Event("slack:channel_rename", Response, incidents.channel_renamed),
    Event("slack:group_rename", Response, incidents.channel_renamed),
    Event("slack:channel_archive", Response, incidents.channel_archived),
    Event("slack:group_archive", Response, incidents.channel_archived),
    Event("slack:channel_deleted", Response, incidents.channel_archived),
    Event("slack:group_deleted", Response, incidents.channel_archived),
    Event("slack:channel_left", Response, incidents.bot_removed),
    Event("slack:group_left", Response, incidents.bot_removed),
    Event("slack:channel_joined", Response, incidents.bot_back),
    Event("slack:channel_unarchive", Response, incidents.bot_back),
    Event("slack:group_unarchive", Response, incidents.bot_back),
    Heard(RecordMoved, Registering, registry.record_moved),
    Heard(TicketChanged, Postmortems, postmortem_events.ticket_changed),
    Event("incident.resolved", Drills, incidents.drill_ended),
    Event("incident.resolved", Registering, registry.moved),
    Event("incident.reopened", Registering, registry.moved),
    Event("incident.resolved", Marking, marking.moved),
    Event("incident.reopened", Marking, marking.moved),
    Event("incident.merged", Marking, marking.moved),
    Event("incident.resolved", Postmortems, postmortem_events.incident_resolved),
    Event("incident.reopened", Postmortems, postmortem_events.incident_reopened),
    Event("slack:app_home_opened", Operations, operation_events.home_opened),
    Event("incident.opened", Operations, operation_events.incident_changed),
    Event("incident.resolved", Operations, operation_events.incident_changed),
    Event("incident.reopened", Operations, operation_events.incident_changed),
)
