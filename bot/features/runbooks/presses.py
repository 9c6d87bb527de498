"""What a person presses, ticks or submits about runbooks."""

from dataclasses import replace

from bot.acts import Acts, Ask, Next, Open, Post, Reply, Wrong
from bot.domain.incident import number_of
from bot.domain.runbook import Runbook
from bot.features.runbooks import forms, running, views
from bot.features.runbooks.boxes import Boxes
from bot.features.runbooks.page_ref import PageRef
from bot.features.runbooks.service import Runbooks
from bot.slack.blocks import plain, section, spelled
from bot.slack.message import Message, View


def _said(ask: Ask, words: str) -> Acts:
    """An answer where it was pressed: in the modal, else only for the person who pressed."""
    if ask.view_id:
        return (Next(View(title="Runbooks", close="Close", blocks=(section(plain(words, 300)),))),)
    return (Reply(Message(words)),)


def _found(runbooks: Runbooks, key: str) -> tuple[PageRef, Runbook] | None:
    ref = PageRef.of(key)
    page = runbooks.librarian.page(ref.slug) if ref else None
    return (ref, page) if ref and page else None


def _gone(ask: Ask) -> Acts:
    ref = PageRef.of(ask.key or str(ask.private.get("page", "")))
    return _said(ask, views.gone(ref.slug if ref else "that").text)


# Reading.


async def open_page(runbooks: Runbooks, ask: Ask) -> Acts:
    """*Open*, and *All 7 steps* of an incident's card. In a modal it goes on top of what was found."""
    found = _found(runbooks, ask.key)
    if found is None:
        return _gone(ask)
    ref, page = found
    if ask.view_id:
        return (Next(forms.page(page, ref, runbooks.today()), push=True),)
    return (Reply(views.page(page, ref, runbooks.today())),)


async def open_for_alert(runbooks: Runbooks, ask: Ask) -> Acts:
    """*Runbook: …* in the menu of an alert in triage."""
    number = ask.key.rpartition(":")[2]
    row = await runbooks.alerts.get(int(number)) if number.isdigit() and len(number) < 16 else None
    slug = row.runbook["slug"] if row and row.runbook else ""
    return await open_page(runbooks, replace(ask, key=slug))


async def turn_page(runbooks: Runbooks, ask: Ask) -> Acts:
    """*Next part* and *Earlier part*. A modal turns in place."""
    found = _found(runbooks, ask.key)
    if found is None:
        return _gone(ask)
    ref, page = found
    if ask.view_id:
        return (Next(forms.page(page, ref, runbooks.today())),)
    return (Reply(views.page(page, ref, runbooks.today())),)


async def post_here(runbooks: Runbooks, ask: Ask) -> Acts:
    """The part that somebody reads, for everybody in the channel."""
    found = _found(runbooks, ask.key)
    if found is None:
        return _gone(ask)
    ref, page = found
    return (Reply(views.page(page, ref, runbooks.today(), public=True), everybody=True),)


# Working through it.


async def run_it(runbooks: Runbooks, ask: Ask) -> Acts:
    """The steps as checkboxes, in the thread of the incident's card; once for each page."""
    found = _found(runbooks, ask.key)
    if found is None:
        return _gone(ask)
    ref, page = found
    incident = await runbooks.held(ref.incident)
    if incident is None:
        return _said(ask, "Running a page needs an incident. Open the page in an incident's channel.")
    if not incident.open:
        return _said(ask, f"This moved on: {incident.name} is {incident.status}.")
    if incident.channel is None:
        return _said(ask, f"The channel of {incident.name} is not ready. Press again in a moment.")
    if not page.steps:
        return _said(ask, f"{page.title} has no steps to tick. Read it with Open.")
    run, fresh, acts = await runbooks.start(ask, incident, page)
    if fresh or run is None:
        words = f"Started {page.title}: its steps are in the thread of {incident.name}'s card."
    else:
        at = spelled(run.at, runbooks.now_at(runbooks.plan().team_of(incident.service)))
        words = f"{runbooks.names.name(run.who)} started it, {at}. It is in the thread of {incident.name}'s card."
    return (*_said(ask, words), *acts)


async def ticked(runbooks: Runbooks, ask: Ask) -> Acts:
    """A box was ticked or cleared."""
    seen = Boxes.of(ask.block)
    run = await runbooks.runs.get(seen.run) if seen else None
    incident = await runbooks.incidents.get_locked(run.incident) if run else None
    if seen is None or run is None or incident is None:
        return _said(ask, "That list of steps is not known any more. Open the page and run it again.")
    if not running.takes_notes(incident):
        words = f"This moved on: {incident.name} is {incident.status}."
        return (*_said(ask, words), Post(f"runbook.run:{run.id}"))
    return await runbooks.tick(ask, run, incident, seen)


async def turn_steps(runbooks: Runbooks, ask: Ask) -> Acts:
    """The next or the last ten steps, for everybody: the message is one."""
    number, _, page = ask.key.partition(":")
    run = await runbooks.runs.get(int(number)) if number.isdigit() else None
    if run is None or not page.isdigit():
        return _said(ask, "That list of steps is not known any more. Open the page and run it again.")
    await runbooks.runs.turn(run.id, min(int(page), max(0, len(run.steps) - 1)))
    return (Post(f"runbook.run:{run.id}"),)


# Modals from memory.


async def search_form(runbooks: Runbooks, ask: Ask) -> Acts:
    """*Runbooks* on the Home tab, *Search* below the best pages of an incident (then the key is its name)."""
    number = number_of(ask.key)
    return (Open(forms.search(f"INC-{number}" if number else "")),)


async def searched(runbooks: Runbooks, ask: Ask) -> Acts:
    words = ask.value("words")[:100]
    if not words:
        return (Wrong({"words": "Type a few words: an alert's name, a service, what you see"}),)
    try:
        found = await runbooks.librarian.search(words, runbooks.today())
    except TimeoutError:
        return (Wrong({"words": "The search did not answer in time. Try again"}),)
    number = number_of(str(ask.private.get("incident", "")))
    return (Next(forms.results(words, found, runbooks.today(), f"INC-{number}" if number else "")),)


async def write_form(runbooks: Runbooks, ask: Ask) -> Acts:
    title = "" if ask.key == "new" else ask.key
    return (Open(forms.write(title, runbooks.plan().teams[0].name, runbooks.today())),)


async def wrong_form(runbooks: Runbooks, ask: Ask) -> Acts:
    found = _found(runbooks, ask.key)
    if found is None:
        return _gone(ask)
    ref, page = found
    return (Open(forms.wrong(page, replace(ref, part=0), runbooks.owners(page.owner, page.services))),)


async def said_wrong(runbooks: Runbooks, ask: Ask) -> Acts:
    """Its owners hear of it in their channel, and the incident it was opened for remembers."""
    words = ask.value("words")
    found = _found(runbooks, str(ask.private.get("page", "")))
    if found is None:
        return _gone(replace(ask, view_id=ask.view_id or "form"))
    if not words:
        return (Wrong({"words": "Say what is wrong, so that somebody can put it right"}),)
    ref, page = found
    acts = await runbooks.report(ask, page, words[:1000], await runbooks.held(ref.incident))
    return (Next(forms.told(page, runbooks.owners(page.owner, page.services))), *acts)
