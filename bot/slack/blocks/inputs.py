"""What a person fills in: fields of a modal. A field's `block_id` is its name."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from slack_sdk.models.blocks import (
    ChannelSelectElement,
    CheckboxesElement,
    ConversationFilter,
    ConversationSelectElement,
    DatePickerElement,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
    TimePickerElement,
    UrlInputElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.block_elements import EmailInputElement

from bot.slack.blocks.text import clean, cut, plain

VALUE: Final = "v"
"""The action id of a field that nobody listens to while it is being filled in."""

_CHOICES: Final = 100
_BOXES: Final = 10
_TYPED: Final = 3000


def field(
    name: str,
    label: str,
    element: InputInteractiveElement,
    *,
    hint: str | None = None,
    optional: bool = False,
    dispatch: bool = False,
) -> InputBlock:
    """One field. `dispatch` tells us of each choice at once, for a modal that redraws a line."""
    return InputBlock(
        block_id=name,
        label=plain(label),
        element=element,
        hint=plain(hint) if hint else None,
        optional=optional or None,
        dispatch_action=dispatch or None,
    )


def _placeholder(text: str | None) -> PlainTextObject | None:
    return plain(text, 150) if text else None


def typed(
    *,
    action_id: str = VALUE,
    most: int | None = None,
    least: int | None = None,
    multiline: bool = False,
    initial: str | None = None,
    placeholder: str | None = None,
    focus: bool = False,
) -> PlainTextInputElement:
    """A text field; `most` characters, 3,000 being Slack's own limit."""
    limit = min(most or _TYPED, _TYPED)
    return PlainTextInputElement(
        action_id=action_id,
        max_length=limit if most else None,
        min_length=least,
        multiline=multiline or None,
        initial_value=cut(clean(initial, lines=multiline), limit) or None if initial else None,
        placeholder=_placeholder(placeholder),
        focus_on_load=focus or None,
    )


def _checked(options: Iterable[Option], most: int, what: str) -> list[Option]:
    every = list(options)
    if not 1 <= len(every) <= most:
        raise ValueError(f"{what} has 1 to {most} options, not {len(every)}")
    return every


def _chosen(options: Sequence[Option], values: Iterable[str]) -> list[Option] | None:
    # The chosen option must equal one of the options in every word, so it is that very one.
    wanted = set(values)
    return [option for option in options if option.value in wanted] or None


def select(
    options: Iterable[Option],
    *,
    action_id: str = VALUE,
    initial: str | None = None,
    placeholder: str | None = None,
) -> StaticSelectElement:
    """Choose one of at most 100; `initial` is a value. More than 100: `search_select`."""
    every = _checked(options, _CHOICES, "a select")
    chosen = _chosen(every, [initial] if initial else [])
    return StaticSelectElement(
        action_id=action_id,
        options=every,
        initial_option=chosen[0] if chosen else None,
        placeholder=_placeholder(placeholder),
    )


def multi_select(
    options: Iterable[Option],
    *,
    action_id: str = VALUE,
    initial: Iterable[str] = (),
    placeholder: str | None = None,
    most: int | None = None,
) -> StaticMultiSelectElement:
    every = _checked(options, _CHOICES, "a select")
    return StaticMultiSelectElement(
        action_id=action_id,
        options=every,
        initial_options=_chosen(every, initial),
        placeholder=_placeholder(placeholder),
        max_selected_items=most,
    )


def search_select(
    action_id: str, *, initial: Option | None = None, placeholder: str | None = None, after: int = 0
) -> ExternalDataSelectElement:
    """Choose one by typing; the options are asked from us, `after` so many letters."""
    return ExternalDataSelectElement(
        action_id=action_id, initial_option=initial, placeholder=_placeholder(placeholder), min_query_length=after
    )


def checkboxes(options: Iterable[Option], *, action_id: str = VALUE, initial: Iterable[str] = ()) -> CheckboxesElement:
    every = _checked(options, _BOXES, "a group of checkboxes")
    return CheckboxesElement(action_id=action_id, options=every, initial_options=_chosen(every, initial))


def radio(options: Iterable[Option], *, action_id: str = VALUE, initial: str | None = None) -> RadioButtonsElement:
    every = _checked(options, _BOXES, "a group of radio buttons")
    chosen = _chosen(every, [initial] if initial else [])
    return RadioButtonsElement(action_id=action_id, options=every, initial_option=chosen[0] if chosen else None)


def pick_user(
    *, action_id: str = VALUE, initial: str | None = None, placeholder: str | None = None
) -> UserSelectElement:
    return UserSelectElement(action_id=action_id, initial_user=initial, placeholder=_placeholder(placeholder))


def pick_users(
    *, action_id: str = VALUE, initial: Sequence[str] = (), placeholder: str | None = None, most: int | None = None
) -> UserMultiSelectElement:
    return UserMultiSelectElement(
        action_id=action_id,
        initial_users=list(initial) or None,
        placeholder=_placeholder(placeholder),
        max_selected_items=most,
    )


def pick_channel(
    *, action_id: str = VALUE, initial: str | None = None, placeholder: str | None = None
) -> ChannelSelectElement:
    """A public channel."""
    return ChannelSelectElement(action_id=action_id, initial_channel=initial, placeholder=_placeholder(placeholder))


def pick_conversation(
    *, action_id: str = VALUE, initial: str | None = None, placeholder: str | None = None
) -> ConversationSelectElement:
    """A channel, private ones of the person included; no direct messages."""
    return ConversationSelectElement(
        action_id=action_id,
        initial_conversation=initial,
        placeholder=_placeholder(placeholder),
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )


def pick_day(
    *, action_id: str = VALUE, initial: str | None = None, placeholder: str | None = None
) -> DatePickerElement:
    """`initial` is written `2026-11-23`."""
    return DatePickerElement(action_id=action_id, initial_date=initial, placeholder=_placeholder(placeholder))


def pick_clock(
    *, action_id: str = VALUE, initial: str | None = None, zone: str | None = None, placeholder: str | None = None
) -> TimePickerElement:
    """`initial` is written `08:30`; `zone` is shown beside it."""
    return TimePickerElement(
        action_id=action_id, initial_time=initial, timezone=zone, placeholder=_placeholder(placeholder)
    )


def pick_moment(*, action_id: str = VALUE, initial: datetime | None = None) -> DateTimePickerElement:
    """A day and a time in the person's own zone; comes back in seconds of UTC."""
    return DateTimePickerElement(
        action_id=action_id,
        initial_date_time=int(initial.astimezone(UTC).timestamp()) if initial else None,
    )


def number(
    *,
    action_id: str = VALUE,
    decimal: bool = False,
    least: float | None = None,
    most: float | None = None,
    initial: float | None = None,
    placeholder: str | None = None,
) -> NumberInputElement:
    return NumberInputElement(
        action_id=action_id,
        is_decimal_allowed=decimal,
        # Slack takes these as strings.
        min_value=None if least is None else f"{least:g}",
        max_value=None if most is None else f"{most:g}",
        initial_value=None if initial is None else f"{initial:g}",
        placeholder=_placeholder(placeholder),
    )


def web_address(
    *, action_id: str = VALUE, initial: str | None = None, placeholder: str | None = None
) -> UrlInputElement:
    return UrlInputElement(action_id=action_id, initial_value=initial, placeholder=_placeholder(placeholder))


def email_address(
    *, action_id: str = VALUE, initial: str | None = None, placeholder: str | None = None
) -> EmailInputElement:
    return EmailInputElement(action_id=action_id, initial_value=initial, placeholder=_placeholder(placeholder))
