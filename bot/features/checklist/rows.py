"""The rows of a digest: the worst in full with buttons, the others short, the rest in one line. Pure functions."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block, RichTextElement

from bot.domain.check import Item, Status
from bot.domain.digest import Digest, ItemDay
from bot.features.checklist import actions, wording
from bot.features.checklist.wording import Teller
from bot.slack.blocks import and_more, bold, button, code, context, count, foreign, marks, rich, section
from bot.slack.message import Cut

FULL: Final = 4
SHORT: Final = 6
SHORT_KEPT: Final = 4
"""Short rows that stay when room is short."""


def of(digest: Digest, teller: Teller) -> Sequence[Block | Cut]:
    """What needs a person, most urgent first; then what a person handled and no check has confirmed."""
    if digest.nothing_connected:
        return _by_hand(digest, teller)
    needing = list(digest.needing)
    handled = [row for row in digest.items if row.handled]
    if digest.nothing_known:
        by_hand = [row for row in (*needing, *handled) if row.by_hand]
        return [_common_cause(digest, teller), *_short_rows(digest, by_hand, teller)]
    full = [row for row in needing if not row.by_hand][:FULL]
    blocks: list[Block | Cut] = []
    for row in full:
        blocks += [_full(row, teller), actions.controls(digest, row)]
    rest = [row for row in (*needing, *handled) if row not in full]
    return [*blocks, *_short_rows(digest, rest, teller)]


def rest(digest: Digest, teller: Teller) -> Sequence[Block]:
    """What is ok, what was fixed, what is snoozed."""
    told = []
    ok = [row.item.value for row in digest.items if row.status is Status.OK]
    if ok:
        told.append(f"{marks.OK.mrkdwn} *Ok ({len(ok)})* · {', '.join(ok)}")
    if digest.fixed:
        told.append(
            f"{marks.FIXED.mrkdwn} *Fixed{fixed_since(digest, teller)} ({len(digest.fixed)})* · {fixed_in(digest)}"
        )
    snoozed = [(row.item.value, row.snooze.until) for row in digest.items if row.snooze and row.snooze.until]
    if snoozed:
        days = {until for _, until in snoozed}
        if len(days) == 1:
            names = ", ".join(name for name, _ in snoozed)
            told.append(f"{marks.SNOOZED.mrkdwn} *Snoozed ({len(snoozed)})* until {teller.until(days.pop())} · {names}")
        else:
            names = ", ".join(f"{name} until {teller.until(until)}" for name, until in snoozed)
            told.append(f"{marks.SNOOZED.mrkdwn} *Snoozed ({len(snoozed)})* · {names}")
    return [section("\n".join(told))] if told else []


def fixed_since(digest: Digest, teller: Teller) -> str:
    return f" since {teller.day(digest.compared)}" if digest.compared else ""


def fixed_in(digest: Digest) -> str:
    return ", ".join(dict.fromkeys(one.item.value for one in digest.fixed))


def _full(row: ItemDay, teller: Teller) -> Block:
    head: list[str | RichTextElement] = [
        wording.mark(row).element,
        " ",
        bold(row.item.heading),
        f" · {row.status}",
        *wording.news_rich(row),
    ]
    return rich(*head, *finding(row, teller), *wording.hand_rich(row, teller), *_others(row))


def finding(row: ItemDay, teller: Teller) -> list[str | RichTextElement]:
    """The worst finding of an item in its own words; for an unknown one who was silent, and what was known last."""
    if row.lead is None:
        return []
    worst_line, lead = row.lead
    if worst_line.status is Status.UNKNOWN:
        return [" · ", foreign(teller.silence(worst_line)), teller.last_seen(worst_line.known)]
    since = teller.since(lead)
    tail: list[str | RichTextElement] = [", since ", since] if since else []
    return ["\n", foreign(teller.said(worst_line)), *tail]


def _others(row: ItemDay) -> list[str]:
    more = len(row.bad_lines) - 1
    return [f"\n{and_more(more)}"] if more > 0 else []


def _short_rows(digest: Digest, rows: Sequence[ItemDay], teller: Teller) -> Sequence[Block | Cut]:
    drawn = [_short(digest, row, teller) for row in rows[:SHORT]]
    kept, tail, beyond = drawn[:SHORT_KEPT], drawn[SHORT_KEPT:], len(rows) - len(drawn)
    blocks: list[Block | Cut] = list(kept)
    if tail:
        blocks.append(Cut(3, [*tail, *_more(beyond)], _more(len(tail) + beyond)))
    return blocks


def _more(number: int) -> list[Block]:
    return [context(f"{and_more(number)} on *All checks*")] if number else []


def _short(digest: Digest, row: ItemDay, teller: Teller) -> Block:
    sign, heading, hand = wording.mark(row).mrkdwn, row.item.heading, wording.hand_mrkdwn(row, teller)
    if row.status is None:
        ask = "" if hand else "\nNo system connected. Do it, then mark it done."
        return section(f"{sign} *{heading}* · by hand{hand}{ask}", actions.menu(digest, row))
    worst_line = row.bad_lines[0]
    words = f"{sign} *{heading}* · {row.status}{wording.news_mrkdwn(row)}{hand}\n{code(teller.said(worst_line), 80)}"
    return section(words, actions.menu(digest, row))


def _by_hand(digest: Digest, teller: Teller) -> Sequence[Block | Cut]:
    """Nothing is connected yet: every item by hand, with its one button."""
    number = "nine" if len(digest.items) == len(Item) else str(len(digest.items))
    words = f"All {number} items are by hand so far. Connect a system and they check themselves."
    blocks: list[Block | Cut] = [section(words, button("What is connected", actions.CONNECTED, "me"))]
    for row in digest.items:
        hand = wording.hand_mrkdwn(row, teller)
        press = None if row.handled else actions.done_button(digest, row)
        blocks.append(section(f"{marks.BY_HAND.mrkdwn} *{row.item.heading}* · by hand{hand}", press))
    return blocks


def _common_cause(digest: Digest, teller: Teller) -> Block:
    """All is unknown: the reason that most checks share, once."""
    reasons = Counter(teller.silence(line) for line in digest.lines).most_common()
    others = len(reasons) - 1
    also = f"\nand {count(others, 'other reason')}: All checks" if others else ""
    every = count(len(digest.lines), "check")
    return rich(marks.UNKNOWN.element, " ", bold(every), " · unknown · ", foreign(reasons[0][0]), also)
