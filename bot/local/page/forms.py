"""Plain forms read as acts: what a person typed, picked or pressed, in the words of the state API."""

import json
from datetime import UTC, tzinfo
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from bot.local.page.moments import picked
from bot.local.slack import acting
from bot.local.slack.ids import fresh_id
from bot.local.slack.shapes import file as file_shape
from bot.local.slack.slack import Slack
from bot.local.slack.things import File, Json

_BIGGEST: Final = 5_000_000
_PASSED_ON: Final = (
    "channel",
    "ts",
    "thread_ts",
    "view_id",
    "action_id",
    "block_id",
    "value",
    "text",
    "name",
    "invited",
    "callback_id",
    "person",
)


async def asked(slack: Slack, act: str, form: FormData, zone: tzinfo = UTC) -> tuple[str, Json]:
    """The act that a form stands for, with what it needs; text that starts with a slash is a command."""
    given: Json = {"user": str(form.get("as", ""))}
    for key in _PASSED_ON:
        if form.get(key):
            given[key] = _typed(form[key])
    chosen = [str(each) for each in form.getlist("selected")]
    if chosen:
        given["selected"] = chosen if form.get("several") else chosen[0]
    if act in {"submit", "press"}:
        given["values"] = await _values(slack, given["user"], form, zone)
    if form.get("press"):
        _press(given, form, zone)
    if form.get("dispatch"):  # a field of a modal that tells the app at once: its button names the field
        given["block_id"], _, given["action_id"] = str(form["dispatch"]).partition("/")
        given["selected"] = given["values"].get(given["block_id"])
    if act == "close" and form.get("all"):
        given["all"] = True
    if act == "home":
        given["tab"] = str(form.get("tab") or "home")
    return await _said(slack, given, form) if act == "say" else (act, given)


async def _said(slack: Slack, given: Json, form: FormData) -> tuple[str, Json]:
    text = str(given.get("text", ""))
    attached = [each for each in form.getlist("attached") if isinstance(each, UploadFile) and each.filename]
    if attached:
        who = acting.person(slack, given["user"]).id
        return "say", {**given, "files": [(await _kept(slack, who, each))["id"] for each in attached]}
    if text.startswith("/"):
        command, _, rest = text.partition(" ")
        return "command", {**given, "command": command, "text": rest.strip()}
    return "say", given


def _press(given: Json, form: FormData, zone: tzinfo) -> None:
    """Which element was used: its ids came with the press, what was picked stands in its own control."""
    pressed: Any = _read(str(form["press"]))
    if not isinstance(pressed, dict):
        return
    given["action_id"], given["block_id"] = str(pressed.get("action_id", "")), str(pressed.get("block_id", ""))
    if "selected" in pressed:
        given["selected"] = pressed["selected"]
    elif "value" in pressed:
        given["value"] = str(pressed["value"]) or None
    elif given["block_id"] in given["values"]:
        given["selected"] = given["values"][given["block_id"]]
    elif f"pick-moment:{given['block_id']}/{given['action_id']}" in form:
        given["selected"] = _moment(form, f"pick-moment:{given['block_id']}/{given['action_id']}", zone)
    else:
        picks = [str(each) for each in form.getlist(f"pick:{given['block_id']}/{given['action_id']}") if str(each)]
        given["selected"] = picks if pressed.get("several") else picks[0] if picks else None


async def _values(slack: Slack, user: str, form: FormData, zone: tzinfo) -> Json:
    values: dict[str, Any] = {}
    for key in form:
        kind, _, block_id = key.partition(":")
        every = [each for each in form.getlist(key) if each not in {"", None}]
        words = [_typed(each) for each in every]
        match kind:
            case "one":
                values[block_id] = words[0] if words else None
            case "many":
                values[block_id] = words
            case "found":
                options = [found for found in map(_read, words) if isinstance(found, dict)]
                values[block_id] = options[0] if len(options) == 1 else options or None
            case "moment":
                values[block_id] = _moment(form, key, zone)
            case "rich":
                values[block_id] = _rich(words[0]) if words else None
            case "files":
                uploads = [each for each in every if isinstance(each, UploadFile) and each.filename]
                values[block_id] = [await _kept(slack, user, each) for each in uploads] or None
    return values


def _moment(form: FormData, name: str, zone: tzinfo) -> str | None:
    return picked(str(form.get(name, "")), zone, str(form.get(f"was:{name}", ""))) or None


def _typed(value: str | UploadFile) -> str:
    """Words as they were typed: browsers send forms with the line ends of another age."""
    return str(value).replace("\r\n", "\n")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


async def _kept(slack: Slack, user: str, upload: UploadFile) -> Json:
    """A file as a person attaches it; what is too long is cut, as nothing here needs more."""
    content = (await upload.read(_BIGGEST))[:_BIGGEST]
    name = str(upload.filename)[:255]
    file = File(
        id=fresh_id("F"),
        name=name,
        title=name,
        length=len(content),
        created=int(slack.world.now()),
        user=user,
        mimetype=slack.mimetype_of(name),
        uploaded=True,
        completed=True,
    )
    slack.keep_upload(file.id, content)
    slack.world.keep_file(file)
    return file_shape(file, slack.world)
