"""The first three pages of the postmortem's modal: what happened, why, actions. Pure functions."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from slack_sdk.models.blocks import Block, InputBlock, RichTextListElement

from bot.features.postmortems.action_rows import MOST_ACTIONS, MOST_WHAT, Typed
from bot.features.postmortems.blameless import hint
from bot.features.postmortems.draft import MOST_TEXT, MOST_TITLE
from bot.features.postmortems.sheet import BACKS, Sheet, page_of
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    field,
    foreign,
    line,
    pick_day,
    pick_user,
    rich,
    span,
    typed,
)
from bot.slack.blocks import date as moment
from bot.slack.message import Cut, View

WHAT_FORM: Final = "postmortems.what.v1"
WHY_FORM: Final = "postmortems.why.v1"
ACTIONS_FORM: Final = "postmortems.actions_page.v1"
ANOTHER: Final = "postmortems.another.v1"
_MARKED: Final = "From the timeline"


def what(sheet: Sheet) -> View:
    """Page 1 of 4."""
    title = typed(most=MOST_TITLE, initial=sheet.fields["title"] or None, placeholder="Checkout: 5xx at 12 %")
    blocks: list[Block | Cut] = [
        field("title", "Title", title, hint=_MARKED if sheet.marked("title") else None),
        _text(sheet, "summary", "What happened?", "What did people see, and what made their choice sensible then?"),
        _text(sheet, "impact", "Impact", "Who felt it, how many, for how long?"),
    ]
    if sheet.known.moments:
        head = line(bold("Timeline "), f"{sheet.known.counted}, {span(sheet.known.lasted)}")
        blocks.append(Cut(1, [rich(head, _moments(sheet, 20))], [rich(head, _moments(sheet, 5))], [rich(head)]))
    return page_of(sheet, "what", "What happened (1 of 4)", WHAT_FORM, blocks)


def why(sheet: Sheet) -> View:
    """Page 2 of 4."""
    blocks: list[Block | Cut] = [
        _text(sheet, "factors", "Contributing factors", "Several, and how they met. Roles instead of names."),
        _text(sheet, "helped", "What helped?", "Which alarm, page, tool or habit made it shorter?"),
        _text(sheet, "slowed", "What slowed us?", "What was hard to see, to find or to do?"),
        actions(button("Back", BACKS["what"], sheet.name)),
    ]
    return page_of(sheet, "why", "Why (2 of 4)", WHY_FORM, blocks)


def todo(sheet: Sheet, rows: Sequence[Typed]) -> View:
    """Page 3 of 4: one part a row; those that have tickets are only told."""
    blocks: list[Block | Cut] = []
    told = [one for one in sheet.items if one.filed or one.done]
    if told:
        lines = [
            line("☑ " if one.done else "☐ ", foreign(one.what, 80), f" · {one.ticket or 'done'}") for one in told[:5]
        ]
        more = [line(and_more(len(told) - 5))] if len(told) > 5 else []
        blocks.append(Cut(1, [rich(bullets(*lines, *more))]))
    for place, row in enumerate(rows, 1):
        blocks += _action_fields(row, place)
    turns = [button("Back", BACKS["why"], sheet.name)]
    if len(rows) < MOST_ACTIONS:
        turns.insert(0, button("Add another", ANOTHER, sheet.name))
    blocks.append(actions(*turns))
    return page_of(sheet, "actions", "Actions (3 of 4)", ACTIONS_FORM, blocks)


def rows_of(sheet: Sheet) -> list[Typed]:
    """The rows of page 3: what is saved, and an empty one."""
    rows = [
        Typed(at=f"k{one.id}", item=one.id, what=one.what, owner=one.owner, due=one.due.isoformat() if one.due else "")
        for one in sheet.drafts
    ]
    return one_more(rows)


def one_more(rows: Sequence[Typed]) -> list[Typed]:
    taken = [int(row.at[1:]) for row in rows if row.item is None and row.at[1:].isdigit()]
    empty = Typed(at=f"n{max(taken, default=0) + 1}", item=None, what="", owner=None, due="")
    return [*rows, empty][:MOST_ACTIONS]


def _text(sheet: Sheet, name: str, label: str, placeholder: str) -> InputBlock:
    """A field with where its words come from, and a friendly question when they look for somebody to blame."""
    asked = hint(sheet.fields[name])
    marked = _MARKED if sheet.marked(name) else None
    return field(
        name,
        label,
        typed(most=MOST_TEXT, multiline=True, initial=sheet.fields[name] or None, placeholder=placeholder),
        hint=" · ".join(one for one in (marked, asked) if one) or None,
        optional=True,
    )


def _moments(sheet: Sheet, most: int) -> RichTextListElement:
    shown = sheet.known.moments[:most]
    rows = [line(moment(one.at, sheet.now), " ", foreign(one.words, 120)) for one in shown]
    left = sheet.known.total - len(shown)
    return bullets(*rows, *([line(and_more(left))] if left > 0 else []))


def _action_fields(row: Typed, place: int) -> list[Block]:
    what_ = typed(most=MOST_WHAT, initial=row.what or None, placeholder="Which guard would have caught this?")
    return [
        field(
            f"what_{row.at}", f"What ({place})", what_, hint="Empty it to drop it." if row.item else None, optional=True
        ),
        field(f"owner_{row.at}", f"Owner ({place})", pick_user(initial=row.owner), optional=True),
        field(f"due_{row.at}", f"Due ({place})", pick_day(initial=_day(row.due)), optional=True),
    ]


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
