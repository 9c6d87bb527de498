"""The digest in a terminal: the answer on stdout, how far the asking is on stderr."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from bot.domain.check import Check, Status
from bot.domain.digest import Digest, ItemDay
from bot.domain.finding import Line
from bot.features.checklist import wording
from bot.features.checklist.asking import CheckSeen, Told
from bot.features.checklist.wording import Teller
from bot.slack.blocks import EVIDENCE, and_more, clean, count, cut, measure

COLOURS: Final = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red", Status.UNKNOWN: "magenta"}
FINDINGS: Final = 5


@contextmanager
def progress(console: Console) -> Iterator[Told]:
    """Tells on a terminal how many checks have answered; silent where nobody watches. `console` is stderr's."""
    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[last]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("checking", total=None, last="")

        def told(done: int, of: int, check: Check | None) -> None:
            bar.update(task, completed=done, total=of, last=check.name if check else "")

        yield told


def render(digest: Digest, teller: Teller, console: Console) -> None:
    """Every item with its checks; what needs somebody first."""
    there = (digest.checked_at or digest.due_at).astimezone(teller.now.tzinfo)
    head = Text.assemble((clean(digest.team), "bold"), f" · {there:%a} {there.day} {there:%b %H:%M %Z}")
    if digest.lines:
        head.append(f" · {count(len(digest.lines), 'check')} in {measure(digest.duration, 's')}")
    if digest.on_call.names:
        head.append(f" · on call {', '.join(clean(name) for name, _ in digest.on_call.names)}")
    elif digest.on_call.trouble:
        head.append(f" · on call unknown: {cut(clean(digest.on_call.trouble), 80)}")
    console.print(head, soft_wrap=True)
    console.print(Text(_verdict(digest), style="bold"), soft_wrap=True)
    rest = [row for row in digest.items if not row.needs]
    for row in (*digest.needing, *rest):
        console.print()
        _render_item(row, teller, console)


def _verdict(digest: Digest) -> str:
    if digest.all_ok:
        return f"All {count(len(digest.lines), 'check')} ok."
    if digest.nothing_known:
        return "Nothing could be checked."
    if digest.nothing_connected:
        return "Every item is by hand so far. Connect a system and they check themselves."
    return f"{wording.needs_you(digest)}."


def _render_item(row: ItemDay, teller: Teller, console: Console) -> None:
    mark = wording.mark(row)
    style = COLOURS[row.status] if row.status else "cyan"
    word, rest = wording.news_words(row)
    console.print(
        Text.assemble(
            f"{mark.sign} ",
            (row.item.heading, "bold"),
            " · ",
            (mark.word, style),
            _news(word, rest),
            clean(wording.hand_plain(row, teller)),
        ),
        soft_wrap=True,
    )
    for line in (*row.bad_lines, *(one for one in row.lines if not one.bad)):
        _render_line(line, teller, console)


def _news(word: str, rest: str) -> Text:
    return Text.assemble(" · ", (word, "bold"), rest) if word else Text("")


def _render_line(line: Line, teller: Teller, console: Console) -> None:
    name = f"{line.name} ({line.instance})" if line.instance else line.name
    said = teller.silence(line) + teller.last_seen(line.known) if line.status is Status.UNKNOWN else line.summary
    told = Text.assemble(
        "   ", (f"{line.status:<8}", COLOURS[line.status]), clean(name), "  ", cut(clean(said), EVIDENCE)
    )
    console.print(told, soft_wrap=True)
    bad = [one for one in line.findings if one.bad]
    for one in bad[:FINDINGS]:
        since = f", since {_short(one.since, teller)}" if one.since else ""
        detail = f": {clean(one.detail)}" if one.detail else ""
        console.print(Text(f"            - {cut(clean(one.title) + detail, EVIDENCE)}{since}"), soft_wrap=True)
    if len(bad) > FINDINGS:
        console.print(Text(f"            {and_more(len(bad) - FINDINGS)}"), soft_wrap=True)


def _short(when: datetime, teller: Teller) -> str:
    there = when.astimezone(teller.now.tzinfo)
    return f"{there:%H:%M}" if there.date() == teller.now.date() else f"{there.day} {there:%b %H:%M}"


def render_checks(seen: Sequence[CheckSeen], teller: Teller, console: Console) -> None:
    """Which checks are on, what they ask, when they last answered."""
    if not seen:
        console.print("No check is on: nothing is connected. `daywatch doctor` tells what can be.", soft_wrap=True)
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("check", "item", "asks", "last answer"):
        drawn.add_column(title, overflow="fold")
    for one in seen:
        name = f"{one.check.name} ({one.check.instance})" if one.check.instance else one.check.name
        answer = Text("never", style="dim")
        if one.answered_at is not None and one.status is not None:
            answer = Text(f"{one.status} {_short(one.answered_at, teller)}", style=COLOURS[one.status])
        drawn.add_row(Text(clean(name)), one.check.item.value, Text(clean(one.check.question)), answer)
    console.print(drawn)
