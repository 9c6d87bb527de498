"""What a person presses: buttons, menus, and the question before an act that cannot be taken back."""

from collections.abc import Mapping
from typing import Final, Literal

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
)

from bot.slack.blocks.text import clean, cut, cut_mrkdwn, plain, quiet, safe_url

_LABEL: Final = 75
_VALUE: Final = 75  # one official type file says 150 for options, another 75; under both is safe
_MENU: Final = 5

Style = Literal["primary", "danger"]


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> ConfirmObject:
    """The effect in words, and buttons that name the act ("Abort", "Keep going"). `text` is mrkdwn of ours."""
    return ConfirmObject(
        title=plain(title, 100),
        text=MarkdownTextObject(text=cut_mrkdwn(quiet(text), 300)),
        confirm=plain(yes, 30),
        deny=plain(no, 30),
        style="danger" if danger else None,
    )


def button(
    verb: str,
    action_id: str,
    value: str,
    *,
    style: Style | None = None,
    confirm: ConfirmObject | None = None,
    label: str | None = None,
    url: str | None = None,
) -> ButtonElement:
    """A verb, at most 24 characters (15 in a row of three). `value` is the business key.

    `label` is what a screen reader says when the same verb stands in several rows ("Claim Validate backups").
    """
    return ButtonElement(
        text=plain(verb, 24),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
        accessibility_label=cut(clean(label), _LABEL) if label else None,
        url=safe_url(url),
    )


def option(value: str, text: str, description: str | None = None, url: str | None = None) -> Option:
    if len(value) > _VALUE:
        raise ValueError(f"an option's value may have {_VALUE} characters, this has {len(value)}: {value[:20]}…")
    return Option(
        value=value,
        text=plain(text, _LABEL),
        description=plain(description, _LABEL) if description else None,
        url=safe_url(url),
    )


def overflow(
    action_id: str, key: str, verbs: Mapping[str, str], *, confirm: ConfirmObject | None = None
) -> OverflowMenuElement:
    """The ⋯ menu: verb → words. Each option's value is `<verb>:<business key>`."""
    if not 1 <= len(verbs) <= _MENU:
        raise ValueError(f"a menu has 1 to {_MENU} entries, {action_id} has {len(verbs)}")
    return OverflowMenuElement(
        action_id=action_id,
        options=[option(f"{verb}:{key}", text) for verb, text in verbs.items()],
        confirm=confirm,
    )


def actions(*controls: InteractiveElement, block_id: str | None = None) -> ActionsBlock:
    """A row of controls, the one for now first."""
    if not controls:
        raise ValueError("a row of controls needs at least one")
    return ActionsBlock(elements=list(controls), block_id=block_id)
