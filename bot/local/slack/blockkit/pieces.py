"""The pieces every block is made of: text objects, options, confirms."""

import html
import re
from typing import Any, Final

from bot.local.slack.blockkit.grammar import Check, Findings, Shape, flag, many, one_of, text, thing

URL_MOST: Final = 3000


def plain(most: int) -> Check:
    return _text_object(most, "plain_text")


def any_text(most: int) -> Check:
    return _text_object(most, "plain_text", "mrkdwn")


def _text_object(most: int, *kinds: str) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, dict):
            if len(kinds) > 1:
                found.note(pointer, "failed to match all allowed schemas")
            found.note(pointer, "must provide an object")
            return
        kind = value.get("type")
        if kind not in kinds:
            found.note(f"{pointer}/type", f"must be one of: {', '.join(kinds)}")
            return
        allowed = {"emoji": flag} if kind == "plain_text" else {"verbatim": flag}
        shape = Shape(needed={"type": one_of(*kinds), "text": text(most)}, may=allowed)
        thing(shape)(found, pointer, _as_counted(value))

    return check


def _as_counted(value: dict[str, Any]) -> dict[str, Any]:
    # Lengths count after Slack's escaping; mrkdwn comes escaped, plain_text is escaped on arrival.
    words = value.get("text")
    if value.get("type") == "plain_text" and isinstance(words, str):
        return {**value, "text": html.escape(words, quote=False)}
    return value


def escaped_once(words: str) -> str:
    """A bare ampersand escaped, what is escaped already left alone."""
    return re.sub(r"&(?!amp;|lt;|gt;)", "&amp;", words)


CONFIRM: Final = thing(
    Shape(
        needed={"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
        may={"style": one_of("primary", "danger")},
    )
)


def option(*, words: Check, with_url: bool = False) -> Check:
    may: dict[str, Check] = {"description": any_text(75)}
    if with_url:
        may["url"] = text(URL_MOST)
    return thing(Shape(needed={"text": words, "value": text(150)}, may=may))


MENU_OPTION: Final = option(words=plain(75))
BOX_OPTION: Final = option(words=any_text(75))
OVERFLOW_OPTION: Final = option(words=plain(75), with_url=True)
OPTION_GROUP: Final = thing(Shape(needed={"label": plain(75), "options": many(MENU_OPTION, 100)}))


def first_choice_is_an_option(found: Findings, pointer: str, value: Any) -> None:
    """`initial_option(s)` must equal one of the options in every part."""
    options = _all_options(value)
    if options is None:
        return
    single = value.get("initial_option")
    chosen = [("initial_option", single)] if single is not None else []
    several = value.get("initial_options")
    if isinstance(several, list):
        if not several:
            found.note(f"{pointer}/initial_options", "no fewer than 1 items allowed")
        chosen += [(f"initial_options/{index}", each) for index, each in enumerate(several)]
    for name, each in chosen:
        if _told(each) not in [_told(option) for option in options]:
            found.note(f"{pointer}/{name}", "must match an option in `options` or `option_groups`")


def _told(option: Any) -> Any:
    """An option as Slack compares it: emoji are on in plain text unless turned off."""
    words = option.get("text") if isinstance(option, dict) else None
    if isinstance(words, dict) and words.get("type") == "plain_text":
        return {**option, "text": {"emoji": True, **words}}
    return option


def _all_options(value: dict[str, Any]) -> list[Any] | None:
    options = value.get("options")
    if isinstance(options, list):
        return options
    groups = value.get("option_groups")
    if isinstance(groups, list):
        return [each for group in groups if isinstance(group, dict) for each in group.get("options") or []]
    return None


def options_differ(found: Findings, pointer: str, value: Any) -> None:
    """Two options with one value could not be told apart when they come back."""
    options = _all_options(value) or []
    values = [each.get("value") for each in options if isinstance(each, dict)]
    seen: set[Any] = set()
    for each in values:
        if isinstance(each, str) and each in seen:
            found.note(f"{pointer}/options", f"option values must be unique: {each}")
        if isinstance(each, str):
            seen.add(each)
