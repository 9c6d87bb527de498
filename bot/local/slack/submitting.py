"""Submitting and closing modals: what Slack's client checks first, and what it does with the app's answer."""

import re
from typing import Any, Final

from bot.local.slack import acting, fields, modals, shapes
from bot.local.slack.acting import NotPossible
from bot.local.slack.errors import SlackError
from bot.local.slack.pressing import Came, interaction, own_view
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, User, View

_NEEDED: Final = "Please complete this required field."
_TROUBLE: Final = "We had some trouble connecting. Try again?"


async def submit(slack: Slack, user: str, view_id: str, values: Json) -> Came:
    """Fill a modal in and press its submit button. `values`: {block_id: value} (or {block_id: {action_id: value}})."""
    who = acting.person(slack, user)
    view = own_view(slack, who, view_id)
    if view.shape["type"] != "modal" or not view.shape.get("submit"):
        raise NotPossible("this view has nothing to submit")
    fill_in(view, values)
    errors = _client_errors(view)
    if errors:
        return Came(taken=False, error="not_filled_in", errors=errors)
    trigger_id = slack.triggers.give(who.id, view.id)
    payload = {
        **interaction(slack, "view_submission", who, trigger_id),
        "view": shapes.view(view, slack.world),
        "response_urls": _response_urls(slack, who, view),
    }
    answer = await slack.delivery.ask("interactive", payload)
    if not answer.taken:
        return Came(taken=False, error=_TROUBLE, trigger_id=trigger_id)
    return _obey(slack, who, view, answer.body or {}, trigger_id)


def fill_in(view: View, values: Json) -> None:
    """Put what a person typed or picked into the view, or raise `NotPossible`."""
    known = {block["block_id"]: (block, element) for block, element in fields.elements(view.shape["blocks"])}
    for block_id, given in values.items():
        if block_id not in known:
            raise NotPossible(f"there is no field {block_id!r}")
        _, element = known[block_id]
        action_id = element["action_id"]
        wrapped = isinstance(given, dict) and set(given) == {action_id}
        try:
            value = fields.chosen(element, given[action_id] if wrapped else given)
        except ValueError as error:
            raise NotPossible(f"{block_id}: {error}") from error
        view.state.setdefault(block_id, {})[action_id] = fields.held(element, value)


def _client_errors(view: View) -> dict[str, str]:
    """What the client itself would not let pass."""
    errors = {}
    for block in view.shape["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        holder = view.state[block["block_id"]][element["action_id"]]
        value = holder[fields.VALUE_OF[element["type"]][0]]
        wrong = _NEEDED if not value and not block.get("optional") else _wrong(element, value) if value else ""
        if wrong:
            errors[block["block_id"]] = wrong
    return errors


def _wrong(element: Json, value: Any) -> str:  # noqa: PLR0911 - one question after the other reads best
    kind = element["type"]
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if len(value) < least:
            return f"Must be at least {least} characters."
        return f"Must be at most {most} characters." if len(value) > most else ""
    if kind == "email_text_input":
        return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Please enter a valid email address."
    if kind == "url_text_input":
        return "" if re.fullmatch(r"https?://\S+", value) else "Please enter a valid URL."
    if kind == "number_input":
        return _wrong_number(element, value)
    most_chosen = element.get("max_selected_items")
    if most_chosen and isinstance(value, list) and len(value) > most_chosen:
        return f"Select at most {most_chosen}."
    return ""


def _wrong_number(element: Json, value: str) -> str:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a number."
    if "min_value" in element and float(value) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(value) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return ""


def _response_urls(slack: Slack, who: User, view: View) -> list[Json]:
    urls = []
    for block, element in fields.elements(view.shape["blocks"]):
        if element.get("response_url_enabled"):
            held = view.state[block["block_id"]][element["action_id"]]
            channel = held.get(fields.VALUE_OF[element["type"]][0])
            if channel:
                url = slack.response_urls.give(who.id, channel)
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append({**ids, "channel_id": channel, "response_url": url})
    return urls


def _obey(slack: Slack, who: User, view: View, body: Json, trigger_id: str) -> Came:
    """Do what the ack says; what Slack would not take shows as trouble to the person."""
    try:
        errors = _act_on(slack, who, view, body)
    except SlackError as error:
        return Came(taken=False, error=error.code, ack=body, trigger_id=trigger_id)
    return Came(taken=True, ack=body, trigger_id=trigger_id, errors=errors)


def _act_on(slack: Slack, who: User, view: View, body: Json) -> dict[str, str]:
    match body.get("response_action"):
        case None:
            if slack.world.stacks.get(who.id, [""])[-1] == view.id:
                modals.pop(slack, who.id)
        case "clear":
            modals.clear(slack, who.id)
        case "update":
            modals.replace(slack, view, modals.judged(body.get("view"), "modal"))
        case "push":
            modals.push(slack, who.id, modals.judged(body.get("view"), "modal"))
        case "errors":
            return _shown_errors(view, body)
        case _:
            raise SlackError("invalid_response_action")
    return {}


def _shown_errors(view: View, body: Json) -> dict[str, str]:
    """Only keys that name input blocks show anything; the view stays open all the same."""
    inputs = {block["block_id"] for block in view.shape["blocks"] if block["type"] == "input"}
    given = body.get("errors") or {}
    return {name: str(words) for name, words in given.items() if name in inputs}


async def close(slack: Slack, user: str, view_id: str, *, everything: bool = False) -> Came:
    """Close a modal (or the whole stack); the app is told when it asked for that."""
    who = acting.person(slack, user)
    view = own_view(slack, who, view_id)
    everything = everything or bool(view.shape.get("clear_on_close"))
    if everything:
        modals.clear(slack, who.id)
    else:
        modals.pop(slack, who.id)
    if not view.shape.get("notify_on_close"):
        return Came(taken=True)
    payload = {
        **interaction(slack, "view_closed", who, ""),
        "view": shapes.view(view, slack.world),
        "is_cleared": everything,
    }
    del payload["trigger_id"]
    answer = await slack.delivery.ask("interactive", payload)
    return Came(taken=answer.taken, ack=answer.body)
