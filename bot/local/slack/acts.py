"""What people can do, by name: one JSON object in, one out. The state API and the page share this table."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.local.slack import acting, people, pressing, state, submitting
from bot.local.slack.acting import NotPossible
from bot.local.slack.ids import fresh_token
from bot.local.slack.pressing import Pressed
from bot.local.slack.scopes import NEEDED, missing
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json

Act = Callable[[Slack, Json], Awaitable[Json]]


async def _command(slack: Slack, given: Json) -> Json:
    came = await pressing.command(
        slack, given["user"], given["channel"], given["command"], str(given.get("text") or "")
    )
    return came.shape(slack)


def _pressed(given: Json) -> Pressed:
    return Pressed(
        action_id=given["action_id"],
        block_id=str(given.get("block_id") or ""),
        value=given.get("selected", given.get("value")),
    )


async def _press(slack: Slack, given: Json) -> Json:
    if given.get("view_id"):
        if given.get("values"):  # what else had been typed before this was pressed
            view = pressing.own_view(slack, acting.person(slack, given["user"]), given["view_id"])
            submitting.fill_in(view, given["values"])
        came = await pressing.press_in_view(slack, given["user"], given["view_id"], _pressed(given))
    else:
        came = await pressing.press_in_message(slack, given["user"], given["channel"], given["ts"], _pressed(given))
    return came.shape(slack)


async def _submit(slack: Slack, given: Json) -> Json:
    came = await submitting.submit(slack, given["user"], given["view_id"], given.get("values") or {})
    return came.shape(slack)


async def _close(slack: Slack, given: Json) -> Json:
    came = await submitting.close(slack, given["user"], given["view_id"], everything=bool(given.get("all")))
    return came.shape(slack)


async def _suggest(slack: Slack, given: Json) -> Json:
    typed = str(given.get("value") or "")
    options = await pressing.suggest(slack, given["user"], given["view_id"], given["action_id"], typed)
    return {"options": options}


async def _shortcut(slack: Slack, given: Json) -> Json:
    where, ts = str(given.get("channel") or ""), str(given.get("ts") or "")
    return (await pressing.shortcut(slack, given["user"], given["callback_id"], where, ts)).shape(slack)


async def _say(slack: Slack, given: Json) -> Json:
    thread_ts = str(given.get("thread_ts") or "")
    files = [str(each) for each in given.get("files") or ()]
    said = acting.say(slack, given["user"], given["channel"], str(given.get("text") or ""), thread_ts, files)
    return {"message": state.message(slack, said)}


async def _edit(slack: Slack, given: Json) -> Json:
    edited = acting.edit(slack, given["user"], given["channel"], given["ts"], given["text"])
    return {"message": state.message(slack, edited)}


async def _delete(slack: Slack, given: Json) -> Json:
    acting.delete(slack, given["user"], given["channel"], given["ts"])
    return {}


async def _react(slack: Slack, given: Json) -> Json:
    acting.react(slack, given["user"], given["channel"], given["ts"], given["name"])
    return {}


async def _unreact(slack: Slack, given: Json) -> Json:
    acting.react(slack, given["user"], given["channel"], given["ts"], given["name"], on=False)
    return {}


async def _pin(slack: Slack, given: Json) -> Json:
    acting.pin(slack, given["user"], given["channel"], given["ts"])
    return {}


async def _unpin(slack: Slack, given: Json) -> Json:
    acting.pin(slack, given["user"], given["channel"], given["ts"], on=False)
    return {}


async def _join(slack: Slack, given: Json) -> Json:
    acting.join(slack, given["user"], given["channel"])
    return {}


async def _invite(slack: Slack, given: Json) -> Json:
    invited = given["invited"]
    acting.invite(slack, given["user"], given["channel"], slack.world.ids.bot_user if invited == "bot" else invited)
    return {}


async def _leave(slack: Slack, given: Json) -> Json:
    acting.leave(slack, given["user"], given["channel"])
    return {}


async def _kick_bot(slack: Slack, given: Json) -> Json:
    acting.kick_bot(slack, given["user"], given["channel"])
    return {}


async def _rename(slack: Slack, given: Json) -> Json:
    acting.rename(slack, given["user"], given["channel"], given["name"])
    return {}


async def _archive(slack: Slack, given: Json) -> Json:
    acting.archive(slack, given["user"], given["channel"])
    return {}


async def _unarchive(slack: Slack, given: Json) -> Json:
    acting.archive(slack, given["user"], given["channel"], on=False)
    return {}


async def _private(slack: Slack, given: Json) -> Json:
    acting.make_private(slack, given["user"], given["channel"])
    return {}


async def _home(slack: Slack, given: Json) -> Json:
    where = pressing.open_home(slack, given["user"], str(given.get("tab") or "home"))
    return {"channel": where.id}


async def _direct(slack: Slack, given: Json) -> Json:
    return {"channel": acting.direct(slack, given["user"], str(given.get("person") or "")).id}


async def _disconnect(slack: Slack, given: Json) -> Json:
    return {"connections": await slack.socket.disconnect(str(given.get("reason") or "refresh_requested"))}


async def _lose(slack: Slack, given: Json) -> Json:
    return {"connections": await slack.socket.lose(float(given.get("seconds") or 30))}


async def _scopes(slack: Slack, given: Json) -> Json:
    """Set `scopes`, or `add` and `remove` some; methods that lose theirs answer `missing_scope`."""
    wanted = frozenset(given["scopes"]) if "scopes" in given else slack.scopes
    slack.scopes = (wanted | frozenset(given.get("add") or ())) - frozenset(given.get("remove") or ())
    stopped = [method for method in NEEDED if missing(method, slack.scopes) is not None]
    return {"scopes": sorted(slack.scopes), "methods_stopped": stopped}


async def _deactivate(slack: Slack, given: Json) -> Json:
    people.set_active(slack, given["user"], given["person"], active=False)
    return {}


async def _reactivate(slack: Slack, given: Json) -> Json:
    people.set_active(slack, given["user"], given["person"], active=True)
    return {}


async def _set_group(slack: Slack, given: Json) -> Json:
    people.set_group(slack, given["user"], given["group"], [str(each) for each in given["people"]])
    return {}


async def _probe(slack: Slack, given: Json) -> Json:
    """What Slack asks a request URL when an app is set up: `url_verification` or `ssl_check` (HTTP mode)."""
    kind = str(given.get("kind") or "url_verification")
    if slack.socket_mode_on or kind not in {"url_verification", "ssl_check"}:
        raise NotPossible("in HTTP mode, url_verification and ssl_check can be asked")
    if kind == "ssl_check":
        answer = await slack.delivery.way.send("slash_commands", {"ssl_check": "1", "token": "legacy"})
        return {"passed": answer.taken}
    asked = {"token": "legacy", "challenge": fresh_token(40), "type": "url_verification"}
    answer = await slack.delivery.way.send("events_api", asked)
    said = answer.body or {}
    return {"passed": asked["challenge"] in {said.get("challenge"), said.get("text")}}


async def _again(slack: Slack, given: Json) -> Json:
    if not slack.delivery.send_again(given["event_id"]):
        raise NotPossible("there is no such event in the log")
    return {}


ACTS: Final[dict[str, Act]] = {
    "command": _command,
    "press": _press,
    "submit": _submit,
    "close": _close,
    "suggest": _suggest,
    "shortcut": _shortcut,
    "say": _say,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "unreact": _unreact,
    "pin": _pin,
    "unpin": _unpin,
    "join": _join,
    "invite": _invite,
    "leave": _leave,
    "kick_bot": _kick_bot,
    "rename": _rename,
    "archive": _archive,
    "unarchive": _unarchive,
    "private": _private,
    "home": _home,
    "direct": _direct,
    "disconnect": _disconnect,
    "lose": _lose,
    "scopes": _scopes,
    "redeliver": _again,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "set_group": _set_group,
    "probe": _probe,
}
