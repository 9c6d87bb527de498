"""Table 3: what happens when the clock strikes. Rows are asked again and again what is due; keys keep it once."""

from typing import Final

from bot.features.access import schedule as access_schedule
from bot.features.access.service import Reviews
from bot.features.alerts import schedule as alert_schedule
from bot.features.alerts.catching_up import LOOK_EVERY, CatchingUp
from bot.features.alerts.silencing import Silencing
from bot.features.changes import schedule as change_schedule
from bot.features.changes.looking import LOOK_EVERY as CHANGES_EVERY
from bot.features.changes.looking import Looking
from bot.features.checklist import schedule as checklist_schedule
from bot.features.checklist.service import Checklist
from bot.features.incidents import schedule as incidents
from bot.features.incidents.drills import Drills
from bot.features.incidents.response import Response
from bot.features.operations import schedule as operation_schedule
from bot.features.operations.service import Operations
from bot.features.postmortems import schedule as postmortem_schedule
from bot.features.postmortems.service import Postmortems
from bot.rows import Due

SCHEDULE: Final = (
    Due("update nudges", Response, incidents.nudges),
    Due("drills", Drills, incidents.drills),
    Due("archive channels", Response, incidents.archive, every=300.0),
    Due("catch up with alerts", CatchingUp, alert_schedule.catch_up, every=LOOK_EVERY),
    Due("look at changes", Looking, change_schedule.look, every=CHANGES_EVERY),
    Due("silences over", Silencing, alert_schedule.silences_over, every=30.0),
    Due("postmortem nudges", Postmortems, postmortem_schedule.nudges, every=60.0),
    Due("close without postmortem", Postmortems, postmortem_schedule.close_quiet, every=300.0),
    Due("action item reminders", Postmortems, postmortem_schedule.reminders, every=60.0),
    Due("look at tickets", Postmortems, postmortem_schedule.look, every=300.0),
    Due("digests", Checklist, checklist_schedule.digests),
    Due("access lists", Reviews, access_schedule.collect, every=60.0),
    Due("settings read again", Operations, operation_schedule.follow_settings),
)
