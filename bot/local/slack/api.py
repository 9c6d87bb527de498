"""The Web API's door: reads a call, checks token, scope and rate, runs the method, and writes it down."""

import json
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.methods.table import METHODS
from bot.local.slack.scopes import missing
from bot.local.slack.slack import Call, Slack
from bot.local.slack.things import Json

_APP_TOKEN_METHODS: Final = frozenset({"apps.connections.open"})
_NO_TOKEN_METHODS: Final = frozenset({"api.test"})
BIGGEST_BODY: Final = 2_000_000


async def answer(slack: Slack, request: Request) -> Response:
    """Answer one Web API call as Slack would."""
    method = request.path_params["method"]
    began = slack.world.now()
    given = await _given(request)
    token = _token(request, given)
    shown = {name: value for name, value in given.items() if name != "token"}
    headers = {"x-oauth-scopes": ",".join(sorted(slack.scopes))}
    status = 200
    body: Json
    try:
        body = {"ok": True, **await _run(slack, method, token, shown)}
    except SlackError as error:
        body = {"ok": False, "error": error.code, **error.extra}
        if error.retry_after:
            status, headers["Retry-After"] = 429, str(error.retry_after)
    slack.counts[method] += 1
    call = Call(
        method=method,
        args=shown,
        ok=bool(body["ok"]),
        error=str(body.get("error", "")),
        at=began,
        seconds=slack.world.now() - began,
    )
    slack.calls.append(call)
    return JSONResponse(body, status_code=status, headers=headers)


async def _run(slack: Slack, method: str, token: str, given: Json) -> Json:
    _check_token(slack, method, token)
    wait = slack.limits.take(method, str(given.get("channel") or ""))
    if wait:
        raise SlackError("ratelimited", retry_after=wait)
    _check_scope(slack, method)
    return await METHODS[method](slack, Arguments(given=given))


def _check_token(slack: Slack, method: str, token: str) -> None:
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    if method in _NO_TOKEN_METHODS:
        return
    if not token:
        raise SlackError("not_authed")
    if token not in {slack.bot_token, slack.app_token}:
        raise SlackError("invalid_auth")
    wanted = slack.app_token if method in _APP_TOKEN_METHODS else slack.bot_token
    if token != wanted:
        raise SlackError("not_allowed_token_type")


def _check_scope(slack: Slack, method: str) -> None:
    needed = missing(method, slack.scopes)
    if needed is not None:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(slack.scopes)))


async def _given(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query_params)
    if int(request.headers.get("content-length") or 0) > BIGGEST_BODY:
        return given
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if len(body) > BIGGEST_BODY or not body:
        return given
    if kind.startswith("application/json"):
        try:
            parsed = json.loads(body)
        except ValueError:
            return given
        return given | parsed if isinstance(parsed, dict) else given
    form = await request.form()
    return given | {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


def _token(request: Request, given: dict[str, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(given.get("token") or "")
