"""The modals about runbooks: a search and its answer, a page, saying that one is wrong, writing one. Pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Final

from slack_sdk.models.blocks import RichTextElement

from bot.domain.plan import Team
from bot.domain.runbook import Runbook
from bot.features.runbooks.markdown import Line, lines, links
from bot.features.runbooks.markdown import plain as without_marks
from bot.features.runbooks.page_ref import PageRef
from bot.features.runbooks.parts import parts
from bot.features.runbooks.search import Found
from bot.features.runbooks.views import BACK, PART, RUN, WRONG, found_blocks, page_head
from bot.slack.blocks import (
    actions,
    button,
    clean,
    context,
    field,
    foreign,
    line,
    link,
    preformatted,
    rich,
    safe_url,
    section,
    short_name,
    typed,
)
from bot.slack.message import Surface, View

SEARCH_FORM: Final = "runbooks.search_form.v1"
WRONG_FORM: Final = "runbooks.wrong_form.v1"
_PART: Final = 2_800  # a code block in a modal takes 3,000 characters
_COLUMNS: Final = 400  # commands are shown whole; the phone breaks their lines


def search(incident: str = "", words: str = "") -> View:
    return View(
        title="Search runbooks",
        callback_id=SEARCH_FORM,
        submit="Search",
        blocks=(
            field(
                "words",
                "What do you see?",
                typed(most=100, initial=words or None, placeholder="checkout 5xx, disk full", focus=True),
                hint="An alert's name, a service, or a few words.",
            ),
        ),
        memory={"incident": incident},
    )


def results(words: str, found: Found, today: date, incident: str) -> View:
    blocks = found_blocks(words, found, today, incident)
    return View(title="Runbooks", close="Close", blocks=blocks, surface=Surface.RUNBOOKS)


def page(runbook: Runbook, ref: PageRef, today: date) -> View:
    """A page in a modal, which draws no Markdown: headings bold, commands in blocks of their own."""
    every = parts(runbook, _PART)
    at = min(ref.part, len(every) - 1)
    here, whole = replace(ref, part=at), replace(ref, part=0)
    turns = []
    if at:
        turns.append(button("Earlier part", BACK, str(replace(here, part=at - 1))))
    if at + 1 < len(every):
        turns.append(button("Next part", PART, str(replace(here, part=at + 1))))
    if ref.incident and runbook.steps:
        turns.append(button("Run it", RUN, str(whole), label=f"Run {runbook.title} in {ref.incident}"))
    turns.append(button("It is wrong", WRONG, str(whole), label=f"{runbook.title} is wrong"))
    return View(
        title="Runbook",
        close="Close",
        blocks=(page_head(runbook, today, at, len(every)), rich(*_drawn(every[at])), actions(*turns)),
        surface=Surface.PAGE,
    )


def _drawn(markdown: str) -> Iterator[RichTextElement]:
    for fence, run in groupby(lines(markdown), key=lambda one: one.fence is not None):
        if fence:
            yield from _code(list(run))
        elif prose := _prose(run):
            yield line(*prose)


def _code(block: Sequence[Line]) -> Iterator[RichTextElement]:
    """Code blocks that touch are one run of lines; each begins with the line that opens it."""
    rows: list[str] = []
    for one in (*block, Line(text="", opens=True)):
        if one.opens:
            inside = rows[1:-1] if len(rows) > 1 and not rows[-1].strip("`~ \t") else rows[1:]
            if inside:
                yield preformatted(*inside, columns=_COLUMNS)
            rows = []
        rows.append(one.text.rstrip("\n"))


def _prose(rows: Iterator[Line]) -> Sequence[str | RichTextElement]:
    """The words without Markdown's marks; the address of each link behind its line; one empty line for many."""
    parts: list[str | RichTextElement] = []
    for one in rows:
        if one.text.strip():
            text = one.heading if one.level else without_marks(one.text)
            parts += [*(["\n"] if parts else []), foreign(text, 2_800, bold=bool(one.level))]
            for url in links(one.text):
                if safe_url(url):
                    parts += [" ", link(url, url, 60)]
        elif parts and parts[-1] != "\n":
            parts.append("\n")
    return parts[:-1] if parts and parts[-1] == "\n" else parts


def wrong(runbook: Runbook, ref: PageRef, team: Team) -> View:
    """Opened from memory; the words go to whoever keeps the page."""
    return View(
        title="It is wrong",
        callback_id=WRONG_FORM,
        submit="Tell its owners",
        blocks=(
            section(f"*{short_name(runbook.title)}* · owner {short_name(runbook.owner, 60)}"),
            field(
                "words",
                "What is wrong, and what would be right?",
                typed(most=1000, multiline=True, placeholder="Step 3 names a dashboard that is gone."),
                hint=f"Goes to {team.channel}.",
            ),
        ),
        memory={"page": str(ref)},
    )


def told(runbook: Runbook, team: Team) -> View:
    where = short_name(team.channel, 80)
    return done(
        "It is wrong", f"Told {short_name(team.name, 60)} in {where}: *{short_name(runbook.title)}* needs work."
    )


def write(title: str, owner: str, today: date) -> View:
    """How a page comes to be: a file with these lines, which people copy."""
    named = clean(title).replace('"', "'")[:80] or "What is broken"
    rows = (
        "---",
        f'title: "{named}"',
        "services: []",
        "match:",
        "  - alertname: TheAlertsName",
        f'owner: "{clean(owner)[:60]}"',
        f"last_reviewed: {today.isoformat()}",
        "---",
        "",
        "## Symptoms",
        "",
        "- What people see.",
        "",
        "## First five minutes",
        "",
        "1. The first thing to look at.",
    )
    return View(
        title="Write a runbook",
        close="Close",
        blocks=(
            section("Put a Markdown file into the runbook folder. It is found within seconds. Begin with:"),
            rich(preformatted(*rows, columns=100)),
            context("The numbered steps under *First five minutes* stand on the incident's card."),
        ),
    )


def done(title: str, words: str) -> View:
    """`words` are ours, with foreign names made short."""
    return View(title=title, close="Close", blocks=(section(words),))
