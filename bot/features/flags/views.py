"""How feature flags look: the ones to know of first, and one with its environments. Pure functions."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block, RichTextSectionElement

from bot.domain.flag import Flag, FlagState
from bot.features.flags.service import Seen
from bot.slack.blocks import and_more, bullets, clean, count, cut, foreign, line, link, marks, rich, words
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, Message, Surface

ROWS: Final = 12
SHORT: Final = 5
_ENVIRONMENTS: Final = 12


def none_connected() -> Message:
    return Message("No system that keeps feature flags is connected. /daywatch tells what is, and what to do.")


def listed(seen: Seen, found: Sequence[Flag], asked_for: str) -> Message:
    """Those that match, or all: kill switches first, then what could be taken out."""
    blocks: list[Block | Cut] = [rich(line(*_counted(seen, found, asked_for)))]
    blocks += _troubles(seen)
    if found:
        blocks.append(Cut(1, [_rows(found, ROWS)], [_rows(found, SHORT)]))
    return Message(count(len(found), "flag"), blocks=blocks, surface=Surface.OBJECTIVES)


def _counted(seen: Seen, found: Sequence[Flag], asked_for: str) -> list[Part]:
    if not seen.flags:
        return ["No flags could be read."]
    if not found:
        return [f"None of {count(len(seen.flags), 'flag')} fits “", foreign(asked_for, 60), "”."]
    switches = sum(one.kill_switch and one.on_in_production for one in found)
    stale = sum(bool(one.stale) for one in found)
    told = [
        f"{sum(one.on_in_production for one in found)} on in production",
        count(switches, "kill switch on", "kill switches on") if switches else "",
        f"{stale} could be taken out" if stale else "",
    ]
    return [words(count(len(found), "flag"), bold=True), f" · {' · '.join(filter(None, told))}"]


def _troubles(seen: Seen) -> Sequence[Block]:
    rows = [line(marks.UNKNOWN.element, " ", foreign(one, 200)) for one in seen.troubles[:3]]
    return (rich(*rows),) if rows else ()


def _rows(found: Sequence[Flag], most: int) -> Block:
    rows = [_row(one) for one in found[:most]]
    if len(found) > most:
        tail = f"{and_more(len(found) - most)}: /daywatch flags and a word of its name"
        rows.append(line(words(tail, italic=True)))
    return rich(bullets(*rows))


def _row(one: Flag) -> RichTextSectionElement:
    mark = f"{marks.WARN.sign} " if one.kill_switch and one.on_in_production else ""
    state = "on" if one.on_in_production else "off"
    tail: list[Part] = [" · kill switch"] if one.kill_switch else []
    tail += [" · ", foreign(one.stale, 80)] if one.stale else []
    return line(mark, link(one.url, one.key, 60, bold=True), f" {state} · ", foreign(one.project, 40), *tail)


def shown(one: Flag, seen: Seen) -> Message:
    """One flag, by its environments, production first."""
    states = sorted(one.states, key=lambda each: (not each.production, each.environment))
    facts: list[Part] = [foreign(one.project, 40)]
    facts += [" · ", foreign(one.kind, 40)] if one.kind else []
    facts += [" · of ", foreign(one.owner, 60)] if one.owner else []
    facts += [" · ", foreign(one.stale, 80)] if one.stale else []
    rows = [_state(each) for each in states[:_ENVIRONMENTS]]
    if len(states) > _ENVIRONMENTS:
        rows.append(line(words(and_more(len(states) - _ENVIRONMENTS), italic=True)))
    blocks: list[Block | Cut] = [rich(line(link(one.url, one.title or one.key, bold=True)), line(*facts))]
    blocks += [rich(bullets(*rows))] if rows else []
    blocks += _troubles(seen)
    return Message(f"Flag {cut(clean(one.key), 24)}", blocks=blocks, surface=Surface.OBJECTIVES)


def _state(one: FlagState) -> RichTextSectionElement:
    detail: tuple[Part, ...] = (" · ", foreign(one.detail, 80)) if one.detail else ()
    state = words("on" if one.on else "off", bold=one.on)
    told = one.production and not one.environment.lower().startswith("prod")
    return line(foreign(one.environment, 40), ": ", state, *detail, " · production" if told else "")
