"""The Web API's door: reads a call, checks token, scope and rate, runs the method, and writes it down."""

import secrets
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.methods.table import METHODS
from bot.local.slack.reading import Sent, read
from bot.local.slack.scopes import APP_SCOPES, NEEDED, missing
from bot.local.slack.slack import Call, Slack
from bot.local.slack.things import Json

_APP_TOKEN_METHODS: Final = frozenset({"apps.connections.open"})
_ANY_TOKEN_METHODS: Final = frozenset({"auth.test"})
_NO_TOKEN_METHODS: Final = frozenset({"api.test"})


async def answer(slack: Slack, request: Request) -> Response:
    """Answer one Web API call as Slack would."""
    method = request.path_params["method"]
    began = slack.world.now()
    sent = await read(request, method)
    headers = _headers(slack, method, sent.token)
    status = 200
    body: Json
    try:
        body = {"ok": True, **await _run(slack, method, sent)}
    except SlackError as error:
        body = {"ok": False, "error": error.code, **error.extra}
        headers["x-slack-failure"] = error.code
        if error.retry_after:
            status, headers["Retry-After"] = 429, str(error.retry_after)
    if sent.warnings and status == 200:
        body = _with_warnings(body, sent.warnings)
    slack.counts[method] += 1
    call = Call(
        method=method,
        args=sent.args,
        ok=bool(body["ok"]),
        error=str(body.get("error", "")),
        at=began,
        seconds=slack.world.now() - began,
    )
    slack.calls.append(call)
    return JSONResponse(body, status_code=status, headers=headers, media_type="application/json; charset=utf-8")


def _headers(slack: Slack, method: str, token: str) -> dict[str, str]:
    """What the token may and what the method wants; nothing of it for a token that opens nothing."""
    headers = {"x-slack-req-id": secrets.token_hex(16)}
    if token in {slack.bot_token, slack.app_token}:
        granted = slack.scopes if token == slack.bot_token else APP_SCOPES
        headers["x-oauth-scopes"] = ",".join(sorted(granted))
        if method in NEEDED:
            headers["x-accepted-oauth-scopes"] = ",".join(NEEDED[method])
    return headers


def _with_warnings(body: Json, more: Iterable[str]) -> Json:
    metadata = body.get("response_metadata") or {}
    warnings = [*metadata.get("warnings", ()), *more]
    return {**body, "warning": ",".join(warnings), "response_metadata": {**metadata, "warnings": warnings}}


async def _run(slack: Slack, method: str, sent: Sent) -> Json:
    _check_token(slack, method, sent.token)
    if sent.error:
        raise SlackError(sent.error)
    wait = slack.limits.take(method, str(sent.args.get("channel") or ""))
    if wait:
        raise SlackError("ratelimited", retry_after=wait)
    _check_scope(slack, method)
    by_app = sent.token == slack.app_token
    return await METHODS[method](slack, Arguments(given=sent.args, by_app_token=by_app))


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
    if token != wanted and method not in _ANY_TOKEN_METHODS:
        raise SlackError("not_allowed_token_type")


def _check_scope(slack: Slack, method: str) -> None:
    needed = missing(method, slack.scopes)
    if needed is not None:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(slack.scopes)))
