"""People using what the app drew: slash commands, buttons and menus, modals, shortcuts, the App Home."""

import html
from dataclasses import dataclass, field
from typing import Any, Final

from bot.local.slack import acting, fields, shapes
from bot.local.slack.acting import NotPossible
from bot.local.slack.delivery import Answer
from bot.local.slack.errors import SlackError
from bot.local.slack.replies import note, reply
from bot.local.slack.response_urls import ResponseUrl
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message, User, View

_FAILED: Final = {"timeout": "operation_timeout"}
_BUTTONS: Final = frozenset({"button", "icon_button"})
_ECHOED_OF_A_BUTTON: Final = ("text", "icon", "value", "style", "url", "confirm")
_SENT_AT_ONCE: Final = frozenset({"button", "overflow", "icon_button", "feedback_buttons"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of an act: whether the app took it, what it acked, what the person sees of it."""

    taken: bool
    error: str = ""
    ack: Json | None = None
    trigger_id: str = ""
    shown: Message | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def shape(self, slack: Slack) -> Json:
        return {
            "taken": self.taken,
            "error": self.error,
            "ack": self.ack,
            "trigger_id": self.trigger_id,
            "shown": shapes.message(self.shown, slack.world) if self.shown else None,
            "errors": self.errors,
        }


async def command(slack: Slack, user: str, channel: str, name: str, text: str) -> Came:
    """Type a slash command. It also works where the bot is not a member."""
    who, where = acting.person(slack, user), acting.place(slack, channel)
    if who.id not in where.members:
        raise NotPossible(f"{who.name} is not in this channel")
    if not name.startswith("/"):
        raise NotPossible("a command starts with /")
    trigger_id = slack.triggers.give(who.id)
    if name in slack.escaped_commands:
        text = acting.command_text(slack, text)
    payload: Json = {
        "token": "legacy-verification-token",
        "team_id": slack.world.ids.team,
        "team_domain": slack.world.ids.team_domain,
        "channel_id": where.id,
        "channel_name": _shown_name(where),
        "user_id": who.id,
        "user_name": who.name,
        "command": name,
        "text": text,
        "api_app_id": slack.world.ids.app,
        "is_enterprise_install": "false",
        "response_url": slack.response_urls.give(who.id, where.id),
        "trigger_id": trigger_id,
    }
    answer = await slack.delivery.ask("slash_commands", payload)
    back = ResponseUrl(user=who.id, channel=where.id, at=slack.world.now())
    if not answer.taken:
        return _not_taken(slack, back, name, answer, trigger_id)
    shown = _said_in_ack(slack, back, answer.body) if answer.body else None
    return Came(taken=True, ack=answer.body, trigger_id=trigger_id, shown=shown)


def _shown_name(where: Channel) -> str:
    """Names of private places are kept from payloads."""
    return "directmessage" if where.direct else "privategroup" if where.private else where.name


def _not_taken(slack: Slack, to: ResponseUrl, what: str, answer: Answer, trigger_id: str) -> Came:
    """Tell the person that it did not work; Slack tries it no second time."""
    code = _FAILED.get(answer.error, "dispatch_failed")
    shown = note(slack, to.user, to.channel, f"{html.escape(what, quote=False)} failed with the error “{code}”")
    return Came(taken=False, error=code, trigger_id=trigger_id, shown=shown)


def _said_in_ack(slack: Slack, to: ResponseUrl, body: Json) -> Message | None:
    try:
        return reply(slack, to, body)
    except SlackError as error:
        return note(slack, to.user, to.channel, f"The answer was not valid: {error.code}")


def interaction(slack: Slack, kind: str, who: User, trigger_id: str) -> Json:
    ids = slack.world.ids
    return {
        "type": kind,
        "team": {"id": ids.team, "domain": ids.team_domain},
        "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": ids.team},
        "api_app_id": ids.app,
        "token": "legacy-verification-token",
        "trigger_id": trigger_id,
        "enterprise": None,
        "is_enterprise_install": False,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Which element: where it stands, and what was picked in it (or, of buttons that share an id, its value)."""

    action_id: str
    block_id: str = ""
    value: Any = None  # the option, person, date or words, by the element's kind


async def press_in_message(slack: Slack, user: str, channel: str, ts: str, pressed: Pressed) -> Came:
    """Press a button or pick from a menu in a message, an ephemeral one too."""
    who, where = acting.person(slack, user), acting.place(slack, channel)
    message = _visible(slack, who, where, ts)
    block, element = _element(message.blocks or [], pressed)
    _check_visible(element, who)
    values = fields.first_values(message.blocks or [])
    action = _action(slack, block, element, pressed)
    if element["type"] not in _SENT_AT_ONCE:
        values[block["block_id"]][element["action_id"]] = fields.held(element, action.get(_name(element)))
    trigger_id = slack.triggers.give(who.id)
    container: Json = {
        "type": "message",
        "message_ts": ts,
        "channel_id": where.id,
        "is_ephemeral": bool(message.ephemeral_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = {
        **interaction(slack, "block_actions", who, trigger_id),
        "container": container,
        "channel": {"id": where.id, "name": _shown_name(where)},
        "state": {"values": values},
        "response_url": slack.response_urls.give(who.id, where.id, source_ts=ts, thread_ts=message.thread_ts),
        "actions": [action],
    }
    if not message.ephemeral_for:
        payload["message"] = shapes.message(message, slack.world)
    answer = await slack.delivery.ask("interactive", payload)
    if not answer.taken:
        back = ResponseUrl(user=who.id, channel=where.id, at=slack.world.now())
        return _not_taken(slack, back, "That", answer, trigger_id)
    return Came(taken=True, ack=answer.body, trigger_id=trigger_id)


def _visible(slack: Slack, who: User, where: Channel, ts: str) -> Message:
    for each in slack.world.ephemerals:
        if each.ts == ts and each.channel == where.id and each.ephemeral_for == who.id:
            return each
    if who.id not in where.members and (where.private or where.direct or who.guest):
        raise NotPossible(f"{who.name} cannot see this channel")
    return acting.message_at(slack, where, ts)


def _check_visible(element: Json, who: User) -> None:
    only = element.get("visible_to_user_ids")
    if only and who.id not in only:
        raise NotPossible(f"{who.name} does not see this button")


def _element(blocks: list[Json], pressed: Pressed) -> tuple[Json, Json]:
    found = [
        (block, element)
        for block, element in fields.elements(blocks)
        if element["action_id"] == pressed.action_id
        and (element["type"] not in _BUTTONS or pressed.value in {None, element.get("value")})
    ]
    for block, element in found:
        if pressed.block_id in {"", block["block_id"]}:
            return block, element
    if found:  # redrawn since it was looked at: rows that the app left nameless have other names now
        return found[0]
    raise NotPossible(f"there is no element {pressed.action_id!r} here")


def _name(element: Json) -> str:
    return fields.VALUE_OF[element["type"]][0]


def _action(slack: Slack, block: Json, element: Json, pressed: Pressed) -> Json:
    action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    action["action_ts"] = slack.world.stamps.next()
    if element["type"] in _BUTTONS:
        return action | {name: element[name] for name in _ECHOED_OF_A_BUTTON if name in element}
    if element["type"] == "feedback_buttons":
        return action | _feedback(element, str(pressed.value))
    first = fields.VALUE_OF[element["type"]][1]
    action |= {name: element[name] for name in ("placeholder", "confirm", "min_query_length", first) if name in element}
    try:
        action[_name(element)] = fields.chosen(element, pressed.value)
    except ValueError as error:
        raise NotPossible(str(error)) from error
    return action


def _feedback(element: Json, value: str) -> Json:
    for name in ("positive_button", "negative_button"):
        if element[name]["value"] == value:
            return {"text": element[name]["text"], "value": value}
    raise NotPossible(f"there is no button {value!r}")


async def press_in_view(slack: Slack, user: str, view_id: str, pressed: Pressed) -> Came:
    """Press or change something in a modal or on the App Home."""
    who = acting.person(slack, user)
    view = own_view(slack, who, view_id)
    block, element = _element(view.shape["blocks"], pressed)
    _check_visible(element, who)
    action = _action(slack, block, element, pressed)
    if element["type"] not in _SENT_AT_ONCE:
        held = fields.held(element, action[_name(element)])
        view.state.setdefault(block["block_id"], {})[element["action_id"]] = held
        slack.world.changed()
    if block["type"] == "input" and not block.get("dispatch_action"):
        return Came(taken=True)  # a plain input tells nobody until the view is submitted
    trigger_id = slack.triggers.give(who.id, view.id)
    payload = {
        **interaction(slack, "block_actions", who, trigger_id),
        "container": {"type": "view", "view_id": view.id},
        "view": shapes.view(view, slack.world),
        "actions": [action],
    }
    answer = await slack.delivery.ask("interactive", payload)
    error = "" if answer.taken else _FAILED.get(answer.error, "dispatch_failed")
    return Came(taken=answer.taken, error=error, ack=answer.body, trigger_id=trigger_id)


def own_view(slack: Slack, who: User, view_id: str) -> View:
    """The topmost modal of a person (or their Home): nobody reaches the views below."""
    home = slack.world.homes.get(who.id)
    if home is not None and home.id == view_id:
        return home
    stack = slack.world.stacks.get(who.id, [])
    if not stack or stack[-1] != view_id:
        raise NotPossible(f"{who.name} does not have this view in front of them")
    return slack.world.views[view_id]


async def shortcut(slack: Slack, user: str, callback_id: str, channel: str = "", ts: str = "") -> Came:
    """Use a shortcut: of a message when there is one, else a global one."""
    who = acting.person(slack, user)
    trigger_id = slack.triggers.give(who.id)
    kind = "message_action" if ts else "shortcut"
    payload = {**_without(interaction(slack, kind, who, trigger_id), "api_app_id"), "callback_id": callback_id}
    if not ts:
        payload["user"] = _without(payload["user"], "name")
    payload["action_ts"] = slack.world.stamps.next()
    if ts:
        where = acting.place(slack, channel)
        message = _visible(slack, who, where, ts)
        payload |= {
            "message_ts": ts,
            "channel": {"id": where.id, "name": _shown_name(where)},
            "message": shapes.message(message, slack.world),
            "response_url": slack.response_urls.give(who.id, where.id),
        }
    answer = await slack.delivery.ask("interactive", payload)
    error = "" if answer.taken else _FAILED.get(answer.error, "dispatch_failed")
    return Came(taken=answer.taken, error=error, ack=answer.body, trigger_id=trigger_id)


def _without(payload: Json, name: str) -> Json:
    return {each: value for each, value in payload.items() if each != name}


def open_home(slack: Slack, user: str, tab: str = "home") -> Channel:
    """Open the app's Home (or its messages tab); the app hears of it and may publish."""
    who = acting.person(slack, user)
    where = acting.direct(slack, user)
    home = slack.world.homes.get(who.id)
    slack.news.home_opened(who.id, tab, where.id, shapes.view(home, slack.world) if home and tab == "home" else None)
    return where


async def suggest(slack: Slack, user: str, view_id: str, action_id: str, typed: str) -> list[Json]:
    """Type into an external select: the app is asked for options."""
    who = acting.person(slack, user)
    view = own_view(slack, who, view_id)
    block, element = _element(view.shape["blocks"], Pressed(action_id=action_id))
    least = int(element.get("min_query_length", 3))
    if len(typed) < least:
        return []
    payload = {
        **_without(interaction(slack, "block_suggestion", who, ""), "trigger_id"),
        "container": {"type": "view", "view_id": view.id},
        "view": shapes.view(view, slack.world),
        "action_id": action_id,
        "block_id": block["block_id"],
        "value": typed,
    }
    answer = await slack.delivery.ask("interactive", payload)
    body = answer.body or {}
    groups: list[Json] = body.get("option_groups") or []
    return list(body.get("options") or [each for group in groups for each in group["options"]])[:100]
