"""The messages about runbooks that are kept up to date, drawn from stored state."""

from bot.features.runbooks import running
from bot.features.runbooks.service import Runbooks
from bot.slack.drawn import Drawn


async def run(runbooks: Runbooks, key: str) -> Drawn | None:
    """`<run>`: the steps in the thread of the incident's card."""
    one = await runbooks.runs.get(int(key)) if key.isdigit() else None
    incident = await runbooks.incidents.get(one.incident) if one else None
    if one is None or incident is None or incident.channel is None or incident.gone:
        return None
    now = runbooks.now_at(runbooks.plan().team_of(incident.service))
    return Drawn(channel=incident.channel, message=running.run(one, incident, runbooks.names, now))


async def wrong(runbooks: Runbooks, key: str) -> Drawn | None:
    """`<report>`: in the channel of the team that keeps the page."""
    report = await runbooks.reports.get(int(key)) if key.isdigit() else None
    if report is None:
        return None
    page = runbooks.librarian.page(report.slug)
    team = runbooks.owners(report.owner, page.services if page else ())
    incident = await runbooks.incidents.get(report.incident) if report.incident else None
    now = runbooks.now_at(team)
    return Drawn(channel=team.channel, message=running.wrong(report, incident, runbooks.names, now))
