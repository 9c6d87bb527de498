"""What the door itself says, only to the person who asked: not allowed, not understood, too slow, broken, help."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from slack_sdk.models.blocks import Block, ButtonElement, RichTextSectionElement

from bot.domain.person import Person, Role
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    clean,
    code,
    cut,
    foreign,
    line,
    listed,
    option,
    plain,
    rich,
    section,
    words,
)
from bot.slack.blocks.marks import NOT_ALLOWED
from bot.slack.command import Command, Here
from bot.slack.message import Cut, Message, Surface, View, whole
from bot.slack.typed import HELP, Typed

AGAIN: Final = "slack.again.v1"
"""A button that carries a typed command as its value, so that a fresh click brings a fresh trigger."""
ASK_THEM: Final = "slack.ask_them.v1"
DO_IT: Final = "slack.do_it.v1"
RETRY: Final = "slack.retry.v1"
"""Buttons that carry a whole ask (`kept.py`): as a request to others, done by one of them, done once more."""
_OFFER: Final = "slack.offer"
ALL_HELP: Final = "slack.help.v1"
SHOWN_HELP: Final = 6


def _note(sign: str, words_: str, offer: ButtonElement | None = None) -> Message:
    text = f"{sign} {words_}".strip()
    below = (actions(offer, block_id=_OFFER),) if offer else ()
    return Message(text, blocks=(section(plain(text, 300)), *below))


def refused(needs: Role, person: Person, able: Sequence[Person], *, what: str = "", ask: str | None = None) -> Message:
    """Who may, what you are, and a button that asks them to do it. `ask` is what was asked, kept for that button."""
    who = listed([one.name for one in able]) if able else "nobody yet (an admin sets `permissions`)"
    return _note(
        NOT_ALLOWED.sign,
        f"{cut(clean(what), 60) or 'This'} needs the role {needs.word}; you are {person.role.word}. "
        f"People with it: {who}.",
        button("Ask them", ASK_THEM, ask) if able and ask else None,
    )


def guests(lead: str | None) -> Message:
    """For people from outside: whom to ask, and no list of people."""
    return _note(NOT_ALLOWED.sign, f"Guests can read here. Ask {f'{lead} (lead)' if lead else 'whoever invited you'}.")


def refused_form(message: Message, title: str = "Not done") -> View:
    """The same words in place of a form that cannot be taken."""
    return View(title=title, close="Close", blocks=(section(plain(message.text, 300)), *_offers(message)))


def _offers(message: Message) -> Sequence[Block]:
    """What a note offers may be pressed in a modal, too."""
    return [block for block in whole(message.blocks) if block.block_id == _OFFER]


def told(message: Message) -> View:
    """An answer in a modal, where there is no other place for it."""
    return View(title="Daywatch", close="Close", blocks=(section(plain(message.text, 300)), *_offers(message)))


def not_taken(ask: str | None = None) -> Message:
    return _note("", "Not taken: our store is busy. Nothing was changed. Try again.", _retry(ask))


def too_slow(ask: str | None = None) -> Message:
    words_ = "That took too long, so it was given up. Nothing was changed. Try again in a minute."
    return _note("", words_, _retry(ask))


def broke(ref: str, ask: str | None = None) -> Message:
    words_ = f"Something broke on our side (ref {ref}). Nothing was changed. The ref is in the log."
    return _note("", words_, _retry(ask))


def _retry(ask: str | None) -> ButtonElement | None:
    """A fresh press asks the same once more."""
    return button("Retry", RETRY, ask) if ask else None


def wrong(fields: Mapping[str, str]) -> Message:
    """What a form would say at its fields, where there is no form any more."""
    return _note("", f"Not done: {' '.join(fields.values())}")


def old_button() -> Message:
    return _note("", "This button is from an older version. Use the newest message here, or type /incident.")


def old_form() -> View:
    return refused_form(_note("", "This form is from an older version. Close it and open it again."), "Moved on")


def trigger_expired(command: str | None, action: tuple[str, str] | None) -> Message:
    """A modal came too late; a fresh click brings a fresh trigger."""
    return _again("That took too long to open.", command, action)


def not_opened(command: str | None, action: tuple[str, str] | None, code: str) -> Message:
    """Slack refused a view (its `code`), or did not answer: then it may be there all the same."""
    why = f"Slack refused to open it ({code})." if code else "Slack did not say that it opened."
    return _again(f"{why} Nothing was changed.", command, action)


def _again(text: str, command: str | None, action: tuple[str, str] | None) -> Message:
    press = None
    if command:
        press = button("Open it", AGAIN, command[:2000])
    elif action and action[0]:
        press = button("Open it", action[0], action[1])
    words_ = text if press else f"{text} Please ask for it once more."
    return Message(words_, blocks=(section(words_), *((actions(press),) if press else ())))


def unknown(typed: Typed, person: Person, here: Here = Here.ELSEWHERE) -> Message:
    """A short, friendly answer with the nearest valid form, or help when that was asked for."""
    if typed.text.casefold() in HELP or not typed.text:
        return help_of(typed, person, here)
    if typed.guess and " " in typed.guess:
        return did_you_mean(typed.text, typed.guess, typed.prefix)
    return help_of(typed, person, here, opening=f"I do not know “{typed.text[:60]}”. You can type:")


def did_you_mean(text: str, command: str, prefix: str) -> Message:
    """The nearest command that we know, as a button that does it."""
    nearest = as_typed(command, prefix)
    return Message(
        f"Did you mean {nearest}?",
        blocks=(
            section(f"I do not know {code(text, 60)}. Did you mean {code(nearest, 60)}?"),
            actions(button(cut_to(nearest), AGAIN, command[:2000])),
        ),
    )


def as_typed(path: str, prefix: str) -> str:
    """A command's path as this workspace types it: with the prefix of the settings."""
    return f"/{prefix}{path.removeprefix('/')}"


def cut_to(text: str, limit: int = 24) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def help_of(typed: Typed, person: Person, here: Here = Here.ELSEWHERE, *, opening: str = "") -> Message:
    """The six things you may do now, an example each; behind a button all that there are."""
    root = as_typed(typed.path, typed.prefix)
    if not typed.known:
        return _note("", f"{root} is not a command of ours.")
    now = [row for row in typed.known if _may(row, person) and here in row.fits][:SHOWN_HELP]
    rest = len(typed.known) - len(now)
    shown = [bullets(*(_sample(row, typed, here) for row in now))] if now else []
    text = opening or (f"What you can do with {root} now" if now else f"Nothing with {root} is yours to do here.")
    return Message(
        f"Help for {root}",
        blocks=(
            rich(line(foreign(text, 120, bold=True)), *shown),
            *([actions(button(and_more(rest), ALL_HELP, typed.path, label=f"All of {root}"))] if rest else []),
        ),
    )


def all_help(typed: Typed, person: Person) -> View:
    """Every verb of a command with all that it takes: yours first, then what needs another role."""
    mine = [row for row in typed.known if _may(row, person)]
    others = [row for row in typed.known if row not in mine]
    blocks: list[Block | Cut] = [rich(bullets(*(_form(row, typed) for row in mine)))] if mine else []
    if others:
        told = "Guests can read here." if person.guest else "These need another role:"
        blocks.append(rich(line(bold(told)), bullets(*(_form(row, typed, needs=not person.guest) for row in others))))
    return View(title=cut_to(as_typed(typed.path, typed.prefix)), close="Close", blocks=blocks, surface=Surface.MODAL)


def _may(row: Command[Any], person: Person) -> bool:
    return row.guests if person.guest else person.role >= row.who


def _sample(row: Command[Any], typed: Typed, here: Here) -> RichTextSectionElement:
    """In an incident's channel a command without words is about that incident."""
    sample = row.path if not row.verb and here is not Here.ELSEWHERE else row.sample
    return line(words(as_typed(sample, typed.prefix), mono=True), words(f"  {row.does}"))


def _form(row: Command[Any], typed: Typed, *, needs: bool = False) -> RichTextSectionElement:
    tail = f" ({row.who.word})" if needs else ""
    return line(words(as_typed(row.form, typed.prefix), mono=True), words(f"  {row.does}{tail}"))


def suggestion(text: str, value: str) -> dict[str, Any]:
    """One entry of a select's suggestions, as Slack reads it."""
    return dict(option(value, text).to_dict())
