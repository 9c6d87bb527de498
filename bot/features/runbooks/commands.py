"""What a person types about runbooks."""

from bot.acts import Acts, Ask, Open, Reply
from bot.domain.incident import Incident
from bot.features.runbooks import forms, views
from bot.features.runbooks.page_ref import PageRef
from bot.features.runbooks.service import Runbooks
from bot.slack.message import Message


async def runbook(runbooks: Runbooks, ask: Ask) -> Acts:
    """`/runbook <words>` searches; without words the best pages for this channel's incident, else a search form."""
    incident = await _here(runbooks, ask)
    if ask.text:
        return await _search(runbooks, ask, incident)
    if incident is None:
        return (Open(forms.search()),)
    try:
        fitting = await runbooks.fitting(incident)
    except TimeoutError:
        return (Reply(views.searching()),)
    if not fitting:
        return (Open(forms.search(incident.name)),)
    return (Reply(views.best(incident.name, fitting, runbooks.today())),)


async def _search(runbooks: Runbooks, ask: Ask, incident: Incident | None) -> Acts:
    try:
        found = await runbooks.librarian.search(ask.text, runbooks.today())
    except TimeoutError:
        return (Reply(views.searching()),)
    name = incident.name if incident is not None else ""
    return (Reply(views.results(ask.text, found, runbooks.today(), name)),)


async def show(runbooks: Runbooks, ask: Ask) -> Acts:
    """`/runbook show <page>`: by the page's name, or by its title."""
    if not ask.text:
        return (Reply(Message("Which page? /runbook show disk-filling, or /runbook <words> to search.")),)
    incident = await _here(runbooks, ask)
    ref = PageRef.of(ask.text.casefold())
    page = runbooks.librarian.page(ref.slug) if ref else None
    if page is None:
        return await _search(runbooks, ask, incident)
    named = PageRef(slug=page.slug, incident=incident.name if incident is not None else "")
    return (Reply(views.page(page, named, runbooks.today())),)


async def stale(runbooks: Runbooks, ask: Ask) -> Acts:
    """`/runbook stale`: what nobody has read for a year, the oldest first."""
    try:
        pages = await runbooks.librarian.stale(runbooks.today())
    except TimeoutError:
        return (Reply(views.searching()),)
    return (Reply(views.stale(pages, runbooks.librarian.count(), runbooks.today())),)


async def _here(runbooks: Runbooks, ask: Ask) -> Incident | None:
    """The open incident whose channel this is."""
    incident = await runbooks.incidents.of_channel(ask.channel) if ask.channel else None
    return incident if incident is not None and incident.open else None
