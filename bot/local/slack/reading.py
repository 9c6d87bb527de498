"""How a Web API call was sent: by form or by JSON, with its token, and what Slack has to say about that."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.local.slack.errors import SlackError
from bot.local.slack.things import Json

BIGGEST_BODY: Final = 2_000_000
_HEADER_ONLY: Final = frozenset({"apps.connections.open"})
# Their pages say: "This method does not currently accept application/json." A JSON body is not read at all.
FORM_ONLY: Final = frozenset(
    {
        "bots.info",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.getUploadURLExternal",
        "files.info",
        "pins.list",
        "reactions.get",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.conversations",
        "users.info",
        "users.list",
        "users.lookupByEmail",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a call brought: its arguments (never the token among them), its token, what is odd about it."""

    args: Json
    token: str
    warnings: tuple[str, ...] = ()
    error: str = ""


async def read(request: Request, method: str) -> Sent:
    """Read the call. What is wrong with it is told as `error`, for Slack looks at the token first."""
    query: Json = dict(request.query_params)
    query.pop("token", None)  # apps of today cannot authenticate by an address
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else ""
    try:
        body, warnings = await _body(request, method)
    except SlackError as refused:
        return Sent(args=query, token=token, error=refused.code)
    as_field = str(body.pop("token", None) or "")
    if not token and method not in _HEADER_ONLY and not _is_json(request):
        token = as_field
    args = query | body
    return Sent(args=args, token=token, warnings=warnings, error=_bad_name(args))


def _bad_name(args: Json) -> str:
    if any(re.search(r"\[.*\]$", name) for name in args):
        return "invalid_array_arg"
    return "" if all(re.fullmatch(r"\w{1,100}", name, re.ASCII) for name in args) else "invalid_arg_name"


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_json(request: Request) -> bool:
    return _kind(request) == "application/json"


async def _body(request: Request, method: str) -> tuple[Json, tuple[str, ...]]:
    if int(request.headers.get("content-length") or 0) > BIGGEST_BODY:
        return {}, ()
    body = await request.body()
    if len(body) > BIGGEST_BODY or not body or request.method == "GET":
        return {}, ()
    named = "charset=" in request.headers.get("content-type", "").lower()
    match _kind(request):
        case "application/json":
            return _parsed(body) if method not in FORM_ONLY else {}, () if named else ("missing_charset",)
        case "application/x-www-form-urlencoded" | "multipart/form-data":
            form = await request.form()
            given: Json = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
            return given, ("superfluous_charset",) if named else ()
        case "text/plain":
            return {}, () if named else ("missing_charset",)
        case "":
            raise SlackError("missing_post_type")
        case _:
            raise SlackError("invalid_post_type")


def _parsed(body: bytes) -> Json:
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed
