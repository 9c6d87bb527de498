"""The rows of the actions page as they were sent, and what becomes of them when others were at the page too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.acts import Ask
from bot.features.postmortems.merging import Changed, mark, unpacked
from bot.slack.blocks import clean, cut
from bot.store.action_items import ActionItem

MOST_ACTIONS: Final = 10
MOST_WHAT: Final = 150
Items = Mapping[int, ActionItem]
"""The postmortem's items as they stand now, by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One row of the actions page. `item` is None for a new one; `at` is the row's name in the form."""

    at: str
    item: int | None
    what: str
    owner: str | None
    due: str


def text_in(ask: Ask, name: str, most: int) -> str:
    """What was typed into a field, without what no database stores and no reader sees."""
    return cut(clean(ask.value(name), lines=True).strip(), most)


def typed_rows(ask: Ask) -> list[Typed]:
    """The rows of the actions page as they were sent: `what_k7` is item 7, `what_n2` the second new one."""
    names = [name.removeprefix("what_") for name in ask.values if name.startswith("what_")][: 2 * MOST_ACTIONS]
    return [
        Typed(
            at=name,
            item=int(name[1:]) if name[:1] == "k" and name[1:].isdigit() else None,
            what=text_in(ask, f"what_{name}", MOST_WHAT),
            owner=ask.value(f"owner_{name}") or None,
            due=ask.value(f"due_{name}"),
        )
        for name in names
    ]


def merged(row: Typed, there: Items, ask: Ask) -> Typed:
    """The row as it is to be saved. What somebody else changed meanwhile stays, unless it was changed here too."""
    if row.item is None:
        return _repeated(row, there, ask)
    item = there.get(row.item)
    shown = unpacked(ask.private.get("shown")).get(row.at, [None, None, None])
    if item is None:
        # Dropped meanwhile. What was changed in it is somebody's words, so it is there again.
        kept = row.what if shown[0] is not None and mark(row.what) != shown[0] else ""
        gone = replace(row, item=None, what=kept, owner=row.owner if kept else None, due=row.due if kept else "")
        return _repeated(gone, there, ask)
    due = item.due.isoformat() if item.due else ""
    changes = [
        Changed.of(mine, theirs, was)
        for mine, theirs, was in zip((row.what, row.owner, row.due), (item.what, item.owner, due), shown, strict=True)
    ]
    what, owner, due_ = (one.mine for one in changes)
    if item.filed or item.done:
        return row
    if changes[0].mine and changes[0].theirs:
        # Both worded it anew: two items, of which one can be dropped.
        if row.what:
            return _repeated(replace(row, item=None), there, ask)
        return replace(row, what=item.what, owner=item.owner, due=due)
    return replace(
        row,
        what=row.what if what else item.what,
        owner=row.owner if owner else item.owner,
        due=row.due if due_ else due,
    )


def _repeated(row: Typed, there: Items, ask: Ask) -> Typed:
    """A new row that is sent once more, since the answer to the first time was lost, is the item it became."""
    known = unpacked(ask.private.get("shown"))
    same = (one for one in there.values() if one.what == row.what and not one.done and f"k{one.id}" not in known)
    found = next(same, None) if row.what else None
    return row if found is None else replace(row, item=found.id)


def left_out(row: Typed, there: Items, ask: Ask) -> str | None:
    """Filed by somebody else while it was changed here: it has its own buttons now, and the words can be copied."""
    item = there.get(row.item or 0)
    shown = unpacked(ask.private.get("shown")).get(row.at)
    if item is None or not item.filed or shown is None or not row.what:
        return None
    if mark(row.what) != shown[0]:
        return f"It was filed as {item.ticket} meanwhile. Change it there; left out: “{cut(row.what, 120)}”"
    if [mark(row.owner), mark(row.due)] != list(shown[1:]):
        return f"“{cut(item.what, 80)}” was filed as {item.ticket} meanwhile. Its owner and date change under Actions."
    return None
