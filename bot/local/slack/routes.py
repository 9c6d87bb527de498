"""The Slack stand-in over HTTP: the vendor's own paths, and the state API for people, tests and scripts."""

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.local.slack import acting, api, state
from bot.local.slack.acting import NotPossible
from bot.local.slack.acts import ACTS
from bot.local.slack.methods.files import BIGGEST
from bot.local.slack.replies import at_response_url
from bot.local.slack.slack import Slack


def vendor_routes(slack: Slack) -> list[Route | WebSocketRoute]:
    """What the bot reaches, below `/slack`: Web API, Socket Mode link, response URLs, uploads."""

    async def call(request: Request) -> Response:
        return await api.answer(slack, request)

    async def respond(request: Request) -> Response:
        try:
            said: Any = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", status_code=400)
        status, words = at_response_url(slack, request.path_params["token"], said)
        return PlainTextResponse(words, status_code=status)

    async def upload(request: Request) -> Response:
        return await _take_upload(slack, request)

    async def download(request: Request) -> Response:
        return await _give_file(slack, request)

    async def link(socket: WebSocket) -> None:
        await slack.socket.serve(socket)

    return [
        Route("/api/{method}", call, methods=["GET", "POST"]),
        Route("/response/{token}", respond, methods=["POST"]),
        Route("/upload/{file_id}", upload, methods=["POST"]),
        Route("/files/{file_id}/{name}", download),
        Route("/files/{file_id}/download/{name}", download),
        WebSocketRoute("/link/", link),
    ]


async def _take_upload(slack: Slack, request: Request) -> Response:
    file = slack.world.files.get(request.path_params["file_id"])
    if file is None or file.uploaded:
        return PlainTextResponse("file_not_found", status_code=404)
    content = await request.body()
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form()
        parts = [part for part in form.values() if not isinstance(part, str)]
        content = await parts[0].read() if parts else b""
    if len(content) != file.length or len(content) > BIGGEST:
        return PlainTextResponse("length does not match", status_code=400)
    await run_in_threadpool(slack.keep_upload, file.id, content)
    file.uploaded = True
    file.mimetype = slack.mimetype_of(file.name)
    slack.world.keep_file(file)
    return PlainTextResponse(f"OK - {len(content)}")


async def _give_file(slack: Slack, request: Request) -> Response:
    """`url_private`: for who has a token that may read files. Slack itself shows everybody else a page to sign in."""
    file = slack.world.files.get(request.path_params["file_id"])
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token != slack.bot_token or "files:read" not in slack.scopes:
        return PlainTextResponse("sign in", status_code=403)
    if file is None or not file.completed:
        return PlainTextResponse("file_not_found", status_code=404)
    content = await run_in_threadpool(slack.uploaded, file.id)
    return Response(content, media_type=file.mimetype)


def state_routes(slack: Slack) -> list[Route]:
    """The state API: reading everything, and acting as a person."""

    async def whole(request: Request) -> Response:
        return JSONResponse(state.state(slack, with_messages=request.query_params.get("messages") != "no"))

    async def one_channel(request: Request) -> Response:
        try:
            return JSONResponse(state.channel(slack, acting.place(slack, request.path_params["channel"])))
        except NotPossible as error:
            return JSONResponse({"detail": str(error)}, status_code=404)

    async def calls(request: Request) -> Response:
        wanted = request.query_params.get("method")
        return JSONResponse([each.shape() for each in slack.calls if wanted in {None, each.method}])

    async def deliveries(_request: Request) -> Response:
        return JSONResponse(state.deliveries(slack))

    async def act(request: Request) -> Response:
        return await acted(slack, request.path_params["act"], await _json(request))

    return [
        Route("/_/state", whole),
        Route("/_/slack/channels/{channel}", one_channel),
        Route("/_/slack/calls", calls),
        Route("/_/slack/deliveries", deliveries),
        Route("/_/slack/{act}", act, methods=["POST"]),
    ]


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        return None


async def acted(slack: Slack, name: str, given: Any) -> Response:
    """Run one act; what is not possible is told with status 400 or 409."""
    act = ACTS.get(name)
    if act is None:
        return JSONResponse({"detail": f"there is no act {name!r}"}, status_code=404)
    if not isinstance(given, dict):
        return JSONResponse({"detail": "send a JSON object"}, status_code=400)
    try:
        return JSONResponse(await act(slack, given))
    except KeyError as error:
        return JSONResponse({"detail": f"{error} is missing"}, status_code=400)
    except (NotPossible, ValueError) as error:
        return JSONResponse({"detail": str(error)}, status_code=409)
