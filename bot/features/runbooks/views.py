"""How runbooks look in Slack: what was found, a page part by part, what is stale, what is wrong. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement

from bot.domain.runbook import Runbook, RunbookMatch
from bot.features.runbooks.page_ref import PageRef
from bot.features.runbooks.parts import LIMIT, parts
from bot.features.runbooks.search import Found
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    button,
    clean,
    code,
    context,
    count,
    foreign,
    line,
    markdown,
    rich,
    section,
    short_name,
    table,
)
from bot.slack.limits import size_of
from bot.slack.message import Cut, Message, Surface

OPEN: Final = "runbooks.open.v1"
STEPS: Final = "runbooks.steps.v1"
PART: Final = "runbooks.part.v1"
BACK: Final = "runbooks.back.v1"
POST: Final = "runbooks.post.v1"
RUN: Final = "runbooks.run.v1"
WRONG: Final = "runbooks.wrong.v1"
SEARCH: Final = "runbooks.search.v1"
WRITE: Final = "runbooks.write.v1"

MOST_SHOWN: Final = 5
_MARKED: Final = re.compile(r"[*_~]")
STALE_ROWS: Final = 20
_JSON_ROOM: Final = 10_500  # what a part may take of a message's JSON; quotes and line ends count double there
_SMALLER: Final = (LIMIT, 6_000, 4_500)


def reviewed(page: Runbook, today: date) -> str:
    """`reviewed 12 Oct`, or that nobody has looked for a year; for rich text, where foreign words are safe."""
    if page.is_stale(today):
        return f"⏳ stale: reviewed {page.months_since_review(today)} months ago, owner {clean(page.owner)}"
    return f"reviewed {day(page.last_reviewed, today)}"


def day(when: date, today: date) -> str:
    return f"{when.day} {when:%b}" if when.year == today.year else f"{when.day} {when:%b %Y}"


# What was found.


def results(words: str, found: Found, today: date, incident: str = "") -> Message:
    """Up to five pages, or the nearest titles and a way to write the page that is missing."""
    text = f"{count(len(found.hits), 'runbook')} for “{clean(words)[:80]}”"
    if not found.hits:
        text = f"No runbook for “{clean(words)[:80]}”"
    return Message(text, blocks=found_blocks(words, found, today, incident), surface=Surface.RUNBOOKS)


def found_blocks(words: str, found: Found, today: date, incident: str = "") -> Sequence[Block | Cut]:
    if not found.hits:
        return _nothing(words, found.nearest, today, incident)
    meant = (" · searched for “", foreign(found.meant, 80), "”") if found.meant else ()
    head = rich(line(bold(count(len(found.hits), "runbook")), " for “", foreign(words, 80), "”", *meant))
    return head, *(_row(hit.runbook, hit.why, today, incident) for hit in found.hits[:MOST_SHOWN])


def _nothing(words: str, nearest: Sequence[Runbook], today: date, incident: str) -> Sequence[Block | Cut]:
    if not nearest:
        head = rich(line("There is no runbook yet. A page is a Markdown file; the first steps stand on the card."))
    else:
        head = rich(line("No runbook for “", foreign(words, 80), "”. The nearest titles:"))
    write = button("Write one", WRITE, clean(words)[:80] or "new")
    return head, *(_row(page, "", today, incident) for page in nearest[:3]), actions(write)


def best(name: str, matches: Sequence[RunbookMatch], today: date) -> Message:
    """`/runbook` in an incident's channel: the pages for what is firing, each with its reason."""
    head = rich(line(bold(count(len(matches), "runbook")), f" {'fits' if len(matches) == 1 else 'fit'} {name}"))
    rows = [_row(one.runbook, one.reason, today, name) for one in matches[:MOST_SHOWN]]
    more = [context(and_more(len(matches) - MOST_SHOWN))] if len(matches) > MOST_SHOWN else []
    tail = actions(button("Search", SEARCH, name))
    verb = "fits" if len(matches) == 1 else "fit"
    text = f"{count(len(matches), 'runbook')} {verb} {name}"
    return Message(text, blocks=(head, *rows, *more, tail), surface=Surface.RUNBOOKS)


def _row(page: Runbook, why: str, today: date, incident: str) -> Block | Cut:
    """Title, why, how fresh; the middle line goes first when room is short."""
    ref = PageRef(slug=page.slug, incident=incident)
    press = button("Open", OPEN, str(ref), label=f"Open {page.title}")
    title, fresh = f"*{short_name(page.title)}*", short_name(reviewed(page, today), 100)
    short = section(f"{title}\n{fresh}", press)
    if not why:
        return short
    return Cut(1, [section(f"{title}\n{_words(why)}\n{fresh}", press)], [short])


def _words(why: str) -> str:
    """A line of the page. One with names such as `pg_wal` or a query in it keeps every character, as a code span."""
    words = " ".join(why.replace("`", "").replace("|", " ").split())
    return code(words, 140) if _MARKED.search(words) else short_name(words, 140)


def searching() -> Message:
    return Message("The search did not answer in time. Try again in a moment.")


# A page.


def parts_of(page: Runbook) -> Sequence[str]:
    """The page's parts, each small enough for one message also where much of it counts double."""
    found: Sequence[str] = ()
    for limit in _SMALLER:
        found = parts(page, limit)
        if all(size_of([markdown(part).get_non_null_attributes()]) <= _JSON_ROOM for part in found):
            break
    return found


def page(runbook: Runbook, ref: PageRef, today: date, *, public: bool = False) -> Message:
    """One part of a page. Commands in it are shown, never run."""
    every = parts_of(runbook)
    at = min(ref.part, len(every) - 1)
    here = replace(ref, part=at)
    presses = page_buttons(runbook, here, more=at + 1 < len(every), public=public)
    return Message(
        f"Runbook {runbook.title}, {reviewed(runbook, today)}",
        blocks=(page_head(runbook, today, at, len(every)), markdown(every[at]), actions(*presses)),
        surface=Surface.PAGE,
    )


def page_head(runbook: Runbook, today: date, at: int, total: int) -> Block:
    part = f" · part {at + 1} of {total}" if total > 1 else ""
    title = foreign(runbook.title, 80, bold=True)
    owner = () if runbook.is_stale(today) else (" · owner ", foreign(runbook.owner, 60))
    return rich(line(title, f" · {reviewed(runbook, today)}", *owner, part))


def page_buttons(runbook: Runbook, ref: PageRef, *, more: bool, public: bool) -> Sequence[ButtonElement]:
    """The next part first; *Run it* only where an incident is and the page has steps to tick."""
    whole = replace(ref, part=0)
    shown = [button("Next part", PART, str(replace(ref, part=ref.part + 1)))] if more else []
    if not public:
        shown.append(button("Post here", POST, str(ref), label=f"Post {runbook.title} here"))
    if ref.incident and runbook.steps:
        shown.append(button("Run it", RUN, str(whole), label=f"Run {runbook.title} in {ref.incident}"))
    shown.append(button("It is wrong", WRONG, str(whole), label=f"{runbook.title} is wrong"))
    return shown


def gone(slug: str) -> Message:
    return Message(f"There is no runbook called {clean(slug)[:80]} (any more). /runbook <words> finds others.")


# What nobody has read for a year.


def stale(pages: Sequence[Runbook], total: int, today: date) -> Message:
    """`/runbook stale`: a table, the oldest first."""
    if not total:
        return Message("There is no runbook yet. A page is a Markdown file in the runbook folder.")
    if not pages:
        return Message(f"All {count(total, 'runbook')} were reviewed within a year. A page is stale after 12 months.")
    text = f"{len(pages)} of {count(total, 'runbook')} {'is' if len(pages) == 1 else 'are'} stale"
    left = f", the oldest {STALE_ROWS} first" if len(pages) > STALE_ROWS else ""
    rows = [
        (page.title, f"{page.months_since_review(today)} months ago", page.owner, page.slug)
        for page in pages[:STALE_ROWS]
    ]
    if len(pages) > STALE_ROWS:
        rows.append((and_more(len(pages) - STALE_ROWS), "", "", ""))
    head = section(f"*{text}*{left}. Read one through: `/runbook show <page>`".replace("<page>", "&lt;page&gt;"))
    return Message(
        text,
        blocks=(head, table(("Runbook", "Reviewed", "Owner", "Page"), rows)),
        surface=Surface.TABLE,
    )
