"""A postmortem while it is being written: what a page of the modal shows, and what its writer is told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from slack_sdk.models.blocks import Block

from bot.features.postmortems.draft import PAGES, Known, prefilled
from bot.features.postmortems.merging import mark, marks_of, packed
from bot.features.postmortems.views import Names
from bot.slack.blocks import (
    alert,
)
from bot.slack.message import Cut, Surface, View
from bot.store.action_items import ActionItem
from bot.store.postmortems import Postmortem, Stage

NEXT: Final = "Save and next"
BACKS: Final = {page: f"postmortems.back_{page}.v1" for page in ("what", "why", "actions")}
"""Back to a page: a control each, so that its value is the incident alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A postmortem as it is being written: what is known, what is saved, and what its writer is to be told."""

    known: Known
    row: Postmortem | None
    fields: Mapping[str, str]
    items: Sequence[ActionItem]
    names: Names
    now: datetime
    today: date
    leaves: bool
    connected: bool
    overtaken: str | None = None
    told: str | None = None
    """Why the page could not be left."""
    hints: Sequence[str] = ()
    held: Mapping[str, object] | None = None
    """The memory of a form that is shown once more as it was typed: what was shown in it at first still counts."""

    @property
    def name(self) -> str:
        return self.known.incident.name

    @property
    def drafts(self) -> list[ActionItem]:
        """Those that can still be written: the others have tickets, and buttons of their own."""
        return [one for one in self.items if not one.filed and not one.done]

    def marked(self, name: str) -> bool:
        """Whether a field holds what data gave, untouched by people."""
        text = self.fields[name]
        return bool(text) and text == prefilled(self.known)[name]


def page_of(
    sheet: Sheet, page: str, title: str, callback: str, blocks: Sequence[Block | Cut], submit: str = NEXT
) -> View:
    saved = sheet.row.saved(page) if sheet.row else None
    fresh = {"seen": saved[1] if saved else "", "shown": _shown(sheet, page)}
    return View(
        title=title,
        callback_id=callback,
        submit=submit,
        blocks=(*_told(sheet), *blocks),
        memory={
            "incident": sheet.name,
            "channel": sheet.known.incident.channel or "",
            **(fresh if sheet.held is None else {name: str(sheet.held.get(name) or "") for name in fresh}),
        },
        surface=Surface.POSTMORTEM,
    )


def _shown(sheet: Sheet, page: str) -> str:
    """By which it can be told later what somebody changed, and what somebody else changed meanwhile."""
    if page == "actions":
        return packed({f"k{one.id}": marks_of(one) for one in sheet.drafts})
    return packed({name: [mark(sheet.fields[name])] for name in PAGES.get(page, ())})


def _told(sheet: Sheet) -> list[Block | Cut]:
    """What the writer should know before going on."""
    told: list[Block | Cut] = []
    if sheet.told:
        told.append(alert(f"Not saved yet. {sheet.told}", "error"))
    if sheet.overtaken:
        told.append(alert(sheet.overtaken, "warning"))
    told += [alert(f"Saved. {one}", "info") for one in sheet.hints[:3]]
    row = sheet.row
    if row is not None and row.state is Stage.WAIVED:
        told.append(alert(f"It was said not to be needed: {row.waived_reason or ''}", "info"))
    elif row is not None and row.ticket and not row.gone:
        told.append(alert(f"Filed as {row.ticket}. Filing it again replaces the ticket's text.", "info"))
    return told
