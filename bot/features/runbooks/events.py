"""What runbooks do when news comes: an incident's card wants a page, and so does an alert in triage."""

from collections.abc import Mapping
from typing import Any

from bot.acts import Acts, Happened
from bot.features.runbooks.service import Runbooks

Given = Mapping[str, Any]  # plain JSON of a domain event


async def incident_opened(runbooks: Runbooks, given: Given) -> Acts:
    """The best page for what fires, or that none fits: either way the card stops saying "looking".

    A library that does not answer in time raises, and the news is heard again.
    """
    incident = await runbooks.incidents.get(int(given["incident"]))
    if incident is None:
        return ()
    found = await runbooks.for_card(incident)
    return (Happened("incident.runbook_found", {"incident": incident.id, "runbook": dict(found)}),)


async def alert_waiting(runbooks: Runbooks, given: Given) -> Acts:
    found = await runbooks.for_alert(int(given["alert"]))
    return (Happened("alert.runbook_found", {"alert": int(given["alert"]), "runbook": dict(found)}),) if found else ()
