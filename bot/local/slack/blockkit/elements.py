"""Everything that can be pressed, picked or typed into, and the rules of each."""

from typing import Any, Final

from bot.local.slack.blockkit.grammar import (
    Check,
    Findings,
    Shape,
    address,
    at_least_one,
    at_most_one,
    flag,
    many,
    matching,
    number,
    one_of,
    text,
    thing,
)
from bot.local.slack.blockkit.pieces import (
    BOX_OPTION,
    CONFIRM,
    MENU_OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    URL_MOST,
    first_choice_is_an_option,
    options_differ,
    plain,
)

_ID: Final = text(255)
_DATE: Final = matching(r"\d{4}-\d\d-\d\d", "must be a date in the format YYYY-MM-DD")
_TIME: Final = matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a time in the format HH:mm")
_USER_IDS: Final = many(text(32), 100)
_BASE: Final[dict[str, Check]] = {"action_id": _ID, "confirm": CONFIRM, "focus_on_load": flag}
_HINTED: Final[dict[str, Check]] = {**_BASE, "placeholder": plain(150)}
_MULTI: Final[dict[str, Check]] = {**_HINTED, "max_selected_items": number(1, 100)}
_DISPATCH: Final = thing(Shape(may={"trigger_actions_on": many(one_of("on_enter_pressed", "on_character_entered"), 2)}))


def _text_input(**more: Check) -> Shape:
    may = {"action_id": _ID, "placeholder": plain(150), "focus_on_load": flag, "dispatch_action_config": _DISPATCH}
    return Shape(may={**may, **more}, extra=(_lengths_fit,))


def _lengths_fit(found: Findings, pointer: str, value: Any) -> None:
    least, most, first = value.get("min_length"), value.get("max_length"), value.get("initial_value")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        found.note(f"{pointer}/max_length", "must be greater than or equal to min_length")
    if isinstance(most, int) and isinstance(first, str) and len(first) > most:
        found.note(f"{pointer}/initial_value", f"must be less than {most + 1} characters")


def _static(*, several: bool) -> Shape:
    chosen: dict[str, Check] = (
        {"initial_options": many(MENU_OPTION, 100)} if several else {"initial_option": MENU_OPTION}
    )
    base = _MULTI if several else _HINTED
    lists: dict[str, Check] = {"options": many(MENU_OPTION, 100), "option_groups": many(OPTION_GROUP, 100)}
    rules = (
        at_least_one("options", "option_groups"),
        at_most_one("options", "option_groups"),
        first_choice_is_an_option,
        options_differ,
    )
    return Shape(may={**base, **lists, **chosen}, extra=rules)


_FILTER: Final = thing(
    Shape(
        may={
            "include": many(one_of("im", "mpim", "private", "public"), 4),
            "exclude_external_shared_channels": flag,
            "exclude_bot_users": flag,
        }
    )
)

_PARAMETER: Final = thing(Shape(needed={"name": text(255), "value": text(2000, least=0)}))
_TRIGGER: Final = Shape(needed={"url": address(URL_MOST)}, may={"customizable_input_parameters": many(_PARAMETER, 50)})
BUTTON: Final = Shape(
    needed={"text": plain(75)},
    may={
        "action_id": _ID,
        "url": address(URL_MOST),
        "value": text(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(75),
        "visible_to_user_ids": _USER_IDS,
    },
)
IMAGE: Final = Shape(
    needed={"alt_text": text(2000)},
    may={"image_url": address(URL_MOST), "slack_file": thing(Shape(may={"id": text(64), "url": text(URL_MOST)}))},
    extra=(at_least_one("image_url", "slack_file"), at_most_one("image_url", "slack_file")),
)
OVERFLOW: Final = Shape(
    needed={"options": many(OVERFLOW_OPTION, 5)},
    may={"action_id": _ID, "confirm": CONFIRM},
    extra=(options_differ,),
)
_BOXES: Final = many(BOX_OPTION, 10)
CHECKBOXES: Final = Shape(
    needed={"options": _BOXES},
    may={**_BASE, "initial_options": _BOXES},
    extra=(first_choice_is_an_option, options_differ),
)
RADIO: Final = Shape(
    needed={"options": _BOXES},
    may={**_BASE, "initial_option": BOX_OPTION},
    extra=(first_choice_is_an_option, options_differ),
)

PICKERS: Final[dict[str, Shape]] = {
    "static_select": _static(several=False),
    "multi_static_select": _static(several=True),
    "external_select": Shape(may={**_HINTED, "min_query_length": number(0, 100), "initial_option": MENU_OPTION}),
    "multi_external_select": Shape(
        may={**_MULTI, "min_query_length": number(0, 100), "initial_options": many(MENU_OPTION, 100)}
    ),
    "users_select": Shape(may={**_HINTED, "initial_user": text(32)}),
    "multi_users_select": Shape(may={**_MULTI, "initial_users": _USER_IDS}),
    "conversations_select": Shape(
        may={
            **_HINTED,
            "initial_conversation": text(32),
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": _FILTER,
        }
    ),
    "multi_conversations_select": Shape(
        may={
            **_MULTI,
            "initial_conversations": _USER_IDS,
            "default_to_current_conversation": flag,
            "filter": _FILTER,
        }
    ),
    "channels_select": Shape(may={**_HINTED, "initial_channel": text(32), "response_url_enabled": flag}),
    "multi_channels_select": Shape(may={**_MULTI, "initial_channels": _USER_IDS}),
    "datepicker": Shape(may={**_HINTED, "initial_date": _DATE}),
    "timepicker": Shape(may={**_HINTED, "initial_time": _TIME, "timezone": text(100)}),
    "checkboxes": CHECKBOXES,
    "radio_buttons": RADIO,
}
TYPED: Final[dict[str, Shape]] = {
    "plain_text_input": _text_input(
        initial_value=text(3000), multiline=flag, min_length=number(0, 3000), max_length=number(1, 3000)
    ),
    "email_text_input": _text_input(initial_value=text(3000)),
    "url_text_input": _text_input(initial_value=text(3000)),
    "number_input": Shape(
        needed={"is_decimal_allowed": flag},
        may={
            "action_id": _ID,
            "placeholder": plain(150),
            "focus_on_load": flag,
            "dispatch_action_config": _DISPATCH,
            "initial_value": text(64),
            "min_value": text(64),
            "max_value": text(64),
        },
    ),
}
DATETIME: Final = Shape(may={**_BASE, "initial_date_time": number(1, 9_999_999_999)})
RICH_TEXT_INPUT: Final = Shape(
    may={
        "action_id": _ID,
        "placeholder": plain(150),
        "focus_on_load": flag,
        "dispatch_action_config": _DISPATCH,
        "initial_value": thing(Shape(may={"type": one_of("rich_text"), "elements": many(lambda *_: None, 100)})),
    }
)
FILE_INPUT: Final = Shape(may={"action_id": _ID, "filetypes": many(text(20), 100), "max_files": number(1, 10)})
_FEEDBACK: Final = thing(Shape(needed={"text": plain(75), "value": text(2000)}, may={"accessibility_label": text(75)}))
FEEDBACK_BUTTONS: Final = Shape(
    needed={"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, may={"action_id": _ID}
)
ICON_BUTTON: Final = Shape(
    needed={"icon": text(64), "text": plain(75)},
    may={
        "action_id": _ID,
        "value": text(2000),
        "confirm": CONFIRM,
        "accessibility_label": text(75),
        "visible_to_user_ids": _USER_IDS,
    },
)

_WORKFLOW_BUTTON: Final = Shape(
    needed={"text": plain(75), "workflow": thing(Shape(needed={"trigger": thing(_TRIGGER)}))},
    may={"action_id": _ID, "style": one_of("primary", "danger"), "accessibility_label": text(75), "confirm": CONFIRM},
)
IN_ACTIONS: Final = {
    "button": BUTTON,
    "workflow_button": _WORKFLOW_BUTTON,
    "overflow": OVERFLOW,
    "datetimepicker": DATETIME,
    "rich_text_input": RICH_TEXT_INPUT,
    **PICKERS,
}
IN_SECTION: Final = {
    "button": BUTTON,
    "workflow_button": _WORKFLOW_BUTTON,
    "overflow": OVERFLOW,
    "image": IMAGE,
    **PICKERS,
}
IN_INPUT: Final = {
    **PICKERS,
    **TYPED,
    "datetimepicker": DATETIME,
    "rich_text_input": RICH_TEXT_INPUT,
    "file_input": FILE_INPUT,
}
IN_CONTEXT: Final = {
    "image": IMAGE,
    "plain_text": Shape(needed={"text": text(3000)}, may={"emoji": flag}),
    "mrkdwn": Shape(needed={"text": text(3000)}, may={"verbatim": flag}),
}
IN_CONTEXT_ACTIONS: Final = {"feedback_buttons": FEEDBACK_BUTTONS, "icon_button": ICON_BUTTON}
