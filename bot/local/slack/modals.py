"""Modals and App Homes: judging a view, and the stack of at most three that a person has open."""

from typing import Any, Final

from bot.local.slack.blockkit.blocks import Surface, as_kept, with_ids
from bot.local.slack.blockkit.views import too_large, view_problems
from bot.local.slack.errors import SlackError, invalid_arguments
from bot.local.slack.fields import first_values
from bot.local.slack.ids import fresh_id, fresh_token
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, View

DEEPEST: Final = 3


def judged(view: Any, surface: Surface) -> Json:
    """A view Slack would take, its blocks given ids; otherwise Slack's error."""
    if view is None:
        raise invalid_arguments("missing required field: view")
    if too_large(view):
        raise SlackError("view_too_large")
    messages = view_problems(view, surface)
    if messages:
        raise invalid_arguments(*messages)
    return {**as_kept({**view, "blocks": None}), "blocks": with_ids(view["blocks"], fresh_token(4))}


def _made(slack: Slack, shape: Json, user: str, below: View | None = None) -> View:
    external_id = str(shape.get("external_id") or "")
    _check_external_id(slack, external_id)
    view_id = fresh_id("V")
    return View(
        id=view_id,
        user=user,
        shape=shape,
        hash=_hash(slack),
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else "",
        external_id=external_id,
        state=first_values(shape["blocks"]),
    )


def _hash(slack: Slack) -> str:
    return f"{int(slack.world.now())}.{fresh_token(8)}"


def _check_external_id(slack: Slack, external_id: str, mine: str = "") -> None:
    if external_id and any(each.external_id == external_id and each.id != mine for each in slack.world.views.values()):
        raise SlackError("duplicate_external_id")


def open_stack(slack: Slack, user: str, shape: Json) -> View:
    """Open a modal; it takes the place of any stack the person had."""
    clear(slack, user)
    view = _made(slack, shape, user)
    slack.world.views[view.id] = view
    slack.world.stacks[user] = [view.id]
    slack.world.changed()
    return view


def push(slack: Slack, user: str, shape: Json) -> View:
    stack = slack.world.stacks.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= DEEPEST:
        raise SlackError("push_limit_reached")
    view = _made(slack, shape, user, below=slack.world.views[stack[-1]])
    slack.world.views[view.id] = view
    stack.append(view.id)
    slack.world.changed()
    return view


def replace(slack: Slack, view: View, shape: Json) -> View:
    """Draw a view anew. What people typed stays where block and action ids stay the same."""
    external_id = str(shape.get("external_id") or "")
    _check_external_id(slack, external_id, mine=view.id)
    typed = view.state
    view.shape, view.external_id, view.hash = shape, external_id, _hash(slack)
    fresh = first_values(shape["blocks"])
    for block_id, actions in fresh.items():
        for action_id, value in actions.items():
            old = typed.get(block_id, {}).get(action_id)
            if old is not None and old.get("type") == value.get("type"):
                actions[action_id] = old
    view.state = fresh
    if view.shape["type"] == "home":
        slack.world.keep_home(view)
    slack.world.changed()
    return view


def pop(slack: Slack, user: str) -> None:
    """Close the topmost modal; the one below shows again."""
    stack = slack.world.stacks.get(user, [])
    if stack:
        slack.world.views.pop(stack.pop(), None)
    if not stack:
        slack.world.stacks.pop(user, None)
    slack.world.changed()


def clear(slack: Slack, user: str) -> None:
    """Close all modals of a person."""
    for view_id in slack.world.stacks.pop(user, []):
        slack.world.views.pop(view_id, None)
    slack.world.changed()


def publish_home(slack: Slack, user: str, shape: Json) -> View:
    known = slack.world.homes.get(user)
    if known is not None:
        return replace(slack, known, shape)
    view = _made(slack, shape, user)
    slack.world.keep_home(view)
    return view
