"""The evidence behind a digest: the table in its thread, an item's details, all checks. Pure functions."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block, RichTextElement, RichTextSectionElement

from bot.domain.check import Item, Status
from bot.domain.digest import Digest, ItemDay, News
from bot.domain.finding import Finding, Line
from bot.features.checklist import actions, rows, wording
from bot.features.checklist.wording import Teller
from bot.slack.blocks import (
    DAY,
    EVIDENCE,
    NOTE,
    and_more,
    bold,
    bullets,
    context,
    count,
    cut,
    date_mrkdwn,
    foreign,
    line,
    link,
    marks,
    preformatted,
    rich,
    section,
    short_name,
    table,
)
from bot.slack.message import Cut, Message, Surface, View

TABLE_ROWS: Final = 40
FINDINGS: Final = 20
CHECKS: Final = 12
ALL_SHOWN: Final = 5
SHORT_EVIDENCE: Final = 60


def thread_table(day: Digest, teller: Teller, *, under: str) -> Message:
    """The digest's first reply: every check, worst first."""
    lines = _worst_first(day.lines)
    title = f"{count(len(lines), 'check')} of {day.team}"
    return Message(
        title,
        blocks=(
            context(f"{count(len(lines), 'check')} · {date_mrkdwn(day.checked_at or day.due_at, style=DAY)}"),
            Cut(
                1,
                [_table(lines, teller, EVIDENCE, TABLE_ROWS)],
                [_table(lines, teller, SHORT_EVIDENCE, TABLE_ROWS)],
                [_table(lines, teller, SHORT_EVIDENCE, TABLE_ROWS // 2)],
            ),
        ),
        surface=Surface.TABLE,
        thread_of=under,
    )


def _worst_first(lines: Sequence[Line]) -> Sequence[Line]:
    order = list(Item)
    return sorted(lines, key=lambda one: (-one.status.rank, order.index(one.item), one.name, one.instance or ""))


def _table(lines: Sequence[Line], teller: Teller, most: int, shown: int) -> Block:
    drawn = [
        (
            marks.STATUS[one.status].label,
            f"{one.name} ({one.instance})" if one.instance else one.name,
            cut(_said(one, teller), most),
            _since(one, teller),
        )
        for one in lines[:shown]
    ]
    if len(lines) > shown:
        drawn.append((and_more(len(lines) - shown), "see All checks", "", ""))
    return table(("status", "check", "evidence", "since"), drawn)


def _said(one: Line, teller: Teller) -> str:
    return teller.silence(one) if one.status is Status.UNKNOWN else one.summary


def _since(one: Line, teller: Teller) -> str:
    moments = [found.since for found in one.troubles if found.since is not None]
    if not moments:
        return ""
    there = min(moments).astimezone(teller.now.tzinfo)
    return f"{there.day} {there:%b} {there:%H:%M}"


def details(day: Digest, row: ItemDay, teller: Teller, *, glyphs: str) -> View:
    """The modal of one item: what was found, what people did, its last two weeks, and what can be done."""
    return View(
        title=row.item.heading,
        close="Close",
        blocks=(
            *_evidence(day, row, teller),
            Cut(
                1,
                [
                    rich(line(bold("Last 14 days")), preformatted(glyphs)),
                    context("✓ ok · ! warn · ✗ fail · ? unknown · – none"),
                ],
            ),
            actions.controls_inside(day, row),
        ),
        memory={"digest": day.name, "item": row.item.value},
        surface=Surface.DETAILS,
    )


def reply(day: Digest, row: ItemDay, teller: Teller, *, under: str) -> Message:
    """The same evidence in the thread, as that item's one reply."""
    number = sum(len(one.troubles) for one in row.lines)
    return Message(
        f"{row.item.heading}: {count(number, 'finding')}",
        blocks=_evidence(day, row, teller),
        surface=Surface.DETAILS,
        thread_of=under,
    )


def _evidence(day: Digest, row: ItemDay, teller: Teller) -> Sequence[Block | Cut]:
    head = f"{wording.mark(row).mrkdwn} *{row.item.heading}* · {row.status or 'by hand'}{wording.news_mrkdwn(row)}"
    blocks: list[Block | Cut] = [
        section(f"{head}{wording.hand_mrkdwn(row, teller)}{wording.snoozed_mrkdwn(row, teller)}")
    ]
    if row.by_hand:
        blocks.append(section("No system connected. Do it, then mark it done."))
    else:
        blocks.append(
            Cut(
                2,
                [rich(*_checks(row, teller, FINDINGS))],
                [rich(*_checks(row, teller, FINDINGS // 2))],
                [rich(*_checks(row, teller, FINDINGS // 4))],
            )
        )
        asked = date_mrkdwn(row.checked_at or day.due_at, teller.now)
        blocks.append(context(f"{count(len(row.lines), 'check')}, asked {asked}"))
    said = [one for one in (row.done, row.snooze_said) if one is not None and one.words]
    if said:
        blocks.append(rich(*(line(f"{teller.name(one.who)}, {one.kind}: ", foreign(one.words, NOTE)) for one in said)))
    over = [one.title for one in day.fixed if one.item is row.item]
    if over:
        fixed = [line(foreign(title, EVIDENCE)) for title in over[:3]]
        fixed += [line(and_more(len(over) - 3))] if len(over) > 3 else []
        title = line(bold(f"{marks.FIXED.sign} Fixed{rows.fixed_since(day, teller)} ({len(over)})"))
        blocks.append(rich(title, bullets(*fixed)))
    return blocks


def _checks(row: ItemDay, teller: Teller, most: int) -> Sequence[RichTextElement]:
    """Each check with its findings, worst first, until `most` findings are told; then how many more there are."""
    ok = [one for one in row.lines if not one.bad]
    told: list[RichTextElement] = []
    left = most
    for one in [*row.bad_lines, *ok][:CHECKS]:
        told.append(_check(one, teller))
        found = sorted(one.findings, key=lambda finding: -finding.status.rank)[:left]
        left -= len(found)
        if found:
            told.append(bullets(*(_finding(finding, row, teller) for finding in found)))
    hidden = sum(len(one.findings) for one in row.lines) - (most - left)
    beyond = max(len(row.lines) - CHECKS, 0)
    more = [f"{and_more(hidden)} findings"] if hidden > 0 else []
    more += [f"{and_more(beyond)} checks"] if beyond else []
    return [*told, *([line(", ".join(more))] if more else [])]


def _check(one: Line, teller: Teller) -> RichTextSectionElement:
    name = f"{one.name} ({one.instance})" if one.instance else one.name
    parts: list[str | RichTextElement] = [marks.STATUS[one.status].element, f" {one.status} · "]
    parts += [link(one.link, name, bold=True), " · ", foreign(_said(one, teller))]
    if one.status is Status.UNKNOWN:
        parts.append(teller.last_seen(one.known))
    return line(*parts)


def _finding(one: Finding, row: ItemDay, teller: Teller) -> RichTextSectionElement:
    parts: list[str | RichTextElement] = [
        marks.STATUS[one.status].element,
        f" {one.status} · ",
        link(one.url, one.title),
    ]
    if one.detail:
        parts += [" · ", foreign(one.detail, EVIDENCE)]
    since = teller.since(one)
    if since is not None and one.bad:
        parts += [", since ", since]
    if one.bad and row.news_of(one) in (News.NEW, News.WORSE):
        parts += [" · ", bold(row.news_of(one).value)]
    return line(*parts)


def all_checks(day: Digest, teller: Teller) -> View:
    """Every item with its checks, the worst of each; an item's *Details* has the rest."""
    blocks: list[Block | Cut] = [
        context(
            f"{short_name(day.team, 60)} · {count(len(day.lines), 'check')} · "
            f"{date_mrkdwn(day.checked_at or day.due_at, style=DAY)}"
        )
    ]
    for row in day.items:
        head = f"{wording.mark(row).mrkdwn} *{row.item.heading}* · {row.status or 'by hand'}{wording.news_mrkdwn(row)}"
        blocks.append(section(head, actions.details_button(day, row)))
        lines = [*row.bad_lines, *(one for one in row.lines if not one.bad)]
        if lines:
            blocks.append(Cut(1, [_listed(lines, teller, ALL_SHOWN)], [_listed(lines, teller, 1)]))
    return View(title="All checks", close="Close", blocks=blocks, memory={"digest": day.name}, surface=Surface.TIMELINE)


def _listed(lines: Sequence[Line], teller: Teller, most: int) -> Block:
    shown = [_check(one, teller) for one in lines[:most]]
    more = [line(and_more(len(lines) - most))] if len(lines) > most else []
    return rich(bullets(*shown, *more))
