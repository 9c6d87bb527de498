"""The last page of the postmortem's modal: the whole of it as it will stand; also to be read only. Pure functions."""

from typing import Final

from slack_sdk.models.blocks import Block, RichTextSectionElement

from bot.features.postmortems.blameless import hint
from bot.features.postmortems.draft import MOST_TITLE, durations
from bot.features.postmortems.sheet import BACKS, Sheet, page_of
from bot.features.postmortems.views import CONNECT, day
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    checkboxes,
    context,
    count,
    cut,
    field,
    foreign,
    line,
    option,
    plain,
    rich,
    section,
    span,
    spelled,
)
from bot.slack.message import Cut, Surface, View
from bot.store.action_items import ActionItem

PREVIEW_FORM: Final = "postmortems.preview.v1"
SHARE: Final = "share"


def preview(sheet: Sheet) -> View:
    """Page 4 of 4: as it will stand."""
    private = sheet.known.incident.private
    blocks: list[Block | Cut] = [*_whole(sheet), actions(button("Back", BACKS["actions"], sheet.name))]
    if private and sheet.connected:
        box = checkboxes([option(SHARE, "File it in the ticket tracker", "Others can read it there")])
        blocks.append(field("where", "Private incident", box, optional=True))
    elif not sheet.connected:
        blocks.append(context(CONNECT.replace(", then *Edit*", "") + " Until then it is saved here."))
    files = sheet.leaves or (private and sheet.connected)
    return page_of(sheet, "preview", "Preview (4 of 4)", PREVIEW_FORM, blocks, "File" if files else "Save")


def read(sheet: Sheet) -> View:
    """The same, to be read only."""
    return View(
        title=f"Postmortem {sheet.name}"[:24],
        close="Close",
        blocks=tuple(_whole(sheet)),
        surface=Surface.POSTMORTEM,
        memory={"incident": sheet.name},
    )


_CHAPTERS: Final = (
    ("summary", "What happened"),
    ("impact", "Impact"),
    ("factors", "Contributing factors"),
    ("helped", "What helped"),
    ("slowed", "What slowed us"),
)


def _whole(sheet: Sheet) -> list[Block | Cut]:
    known = sheet.known
    times = [f"{what} {span(length)}" for what, length in durations(known.incident, known.moments)]
    parts: list[Block | Cut] = [
        rich(line(bold(f"{sheet.name} "), foreign(sheet.fields["title"], MOST_TITLE, bold=True))),
        context(" · ".join([f"Began {spelled(known.incident.opened_at, sheet.now)}", *times])),
    ]
    for name, title in _CHAPTERS:
        text = sheet.fields[name] or "Not written."
        parts.append(section(f"*{title}*"))
        parts.append(Cut(2, [section(plain(text, 1200))], [section(plain(text, 600))], [section(plain(text, 200))]))
        asked = hint(text)
        if asked:
            parts.append(context(plain(asked, 200)))
    parts.append(section(f"*Actions* ({len(sheet.items)})"))
    if sheet.items:
        rows = [_action_line(one, sheet) for one in sheet.items]
        few = [*rows[:5], line(and_more(len(rows) - 5))] if len(rows) > 5 else rows
        parts.append(Cut(1, [rich(bullets(*rows[:20]))], [rich(bullets(*few))]))
    parts.append(context(f"With it go {known.counted}, with times and people by role."))
    return parts


def _action_line(one: ActionItem, sheet: Sheet) -> RichTextSectionElement:
    owner = sheet.names(one.owner) if one.owner else "no owner yet"
    due = f" · due {day(one.due, sheet.today)}" if one.due else ""
    ticket = f" · {one.ticket}" if one.filed else ""
    return line(f"{'☑' if one.done else '☐'} ", foreign(one.what, 150), f" · {owner}{due}{ticket}")


def sent(sheet: Sheet, *, tracked: bool) -> View:
    where = f"#{sheet.known.incident.channel_name}" if sheet.known.incident.channel_name else "the channel"
    items = f" with {count(len(sheet.items), 'action')}" if sheet.items else ""
    words = (
        f"⏳ Filing the postmortem of {sheet.name}{items}. The ticket will appear in {cut(where, 60)}."
        if tracked
        else f"The postmortem of {sheet.name} is saved{items}. It can be read in {cut(where, 60)}."
    )
    return View(title="Postmortem", close="Close", blocks=(section(plain(words, 300)),))
