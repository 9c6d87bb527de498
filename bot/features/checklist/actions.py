"""The controls of a checklist: each names its digest and item, so that an old button acts on nothing else."""

from typing import Final

from slack_sdk.models.blocks import ButtonElement, OverflowMenuElement

from bot.domain.check import Item, Status
from bot.domain.digest import Digest, ItemDay
from bot.slack.blocks import Block, actions, button, overflow

CLAIM: Final = "checklist.claim.v1"
RELEASE: Final = "checklist.release.v1"
RELEASE_ANYWAY: Final = "checklist.release_anyway.v1"
DONE: Final = "checklist.done.v1"
SNOOZE: Final = "checklist.snooze.v1"
DETAILS: Final = "checklist.details.v1"
AGAIN: Final = "checklist.again.v1"
ITEM_MENU: Final = "checklist.item.v1"
NOW: Final = "checklist.now.v1"
RUN: Final = "checklist.run.v1"
LOOK_AGAIN: Final = "checklist.look_again.v1"
ALL: Final = "checklist.all.v1"
MENU: Final = "checklist.menu.v1"
CONNECTED: Final = "daywatch.status.v1"


def key_of(digest: Digest, item: Item) -> str:
    return f"{digest.name}:{item.value}"


def item_of(key: str) -> tuple[int, Item | None] | None:
    """`dg-812:backups` → 812 and the item; None for what is not such a key."""
    name, _, item = key.partition(":")
    number = name.removeprefix("dg-")
    if not name.startswith("dg-") or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return int(number), Item(item) if item in {one.value for one in Item} else None


def controls(digest: Digest, row: ItemDay) -> Block:
    """Claim (or Release), Done, Snooze, Details."""
    return actions(_claim(digest, row), *_hands(digest, row), _button(digest, row, "Details", DETAILS, "Details of {}"))


def controls_inside(digest: Digest, row: ItemDay) -> Block:
    """In the details modal: the same, and asking again."""
    again = () if row.by_hand else (_button(digest, row, "Check again", AGAIN, "Check {} again"),)
    hands = () if row.status is Status.OK else (_claim(digest, row), *_hands(digest, row))
    return actions(*again, *hands)


def menu(digest: Digest, row: ItemDay) -> OverflowMenuElement:
    """The short form of the same."""
    first = {"release": "Release"} if row.claim else {"claim": "Claim"}
    verbs = first | {"done": "Done", "snooze": "Snooze", "details": "Details"}
    return overflow(ITEM_MENU, key_of(digest, row.item), verbs)


def done_button(digest: Digest, row: ItemDay) -> ButtonElement:
    return _button(digest, row, "Done", DONE, "Mark {} as handled")


def details_button(digest: Digest, row: ItemDay) -> ButtonElement:
    return _button(digest, row, "Details", DETAILS, "Details of {}")


def closing(digest: Digest, *, private: bool) -> Block:
    """Below everything: ask again (a private message for its reader alone), see all, and what is needed seldom."""
    return actions(
        button("Refresh", LOOK_AGAIN if private else RUN, digest.name),
        button("All checks", ALL, digest.name),
        overflow(MENU, digest.name, {"history": "History", "settings": "Settings", "help": "Help"}),
    )


def _claim(digest: Digest, row: ItemDay) -> ButtonElement:
    if row.claim is not None:
        return _button(digest, row, "Release", RELEASE, "Release {}")
    return _button(digest, row, "Claim", CLAIM, "Claim {}")


def _hands(digest: Digest, row: ItemDay) -> tuple[ButtonElement, ButtonElement]:
    return done_button(digest, row), _button(digest, row, "Snooze", SNOOZE, "Snooze {}")


def _button(digest: Digest, row: ItemDay, verb: str, action: str, label: str) -> ButtonElement:
    return button(verb, action, key_of(digest, row.item), label=label.format(row.item.heading))
