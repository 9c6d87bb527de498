"""The page's addresses: looking at places as somebody, and acting by plain forms."""

import json
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.local.door import COOKIE
from bot.local.page.drawn import HEADERS, HERE, templates
from bot.local.page.live import Live
from bot.local.page.views import Look, look_at
from bot.local.page.words import Words
from bot.local.slack.routes import acted
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json

_SAFE_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif"})


class Page:
    """Draws the workspace for whoever the visitor acts as."""

    def __init__(self, slack: Slack, live: Live, session: str) -> None:
        self._slack = slack
        self._live = live
        self._session = session
        self._templates = templates()
        self._templates.globals["words"] = Words(slack.world)

    async def show(self, request: Request) -> Response:
        return self._page(look_at(self._slack, request.query_params))

    async def act(self, request: Request) -> Response:
        """Do what a form asks, as the state API would, and come back to where the visitor was."""
        form = await request.form()
        name, given = _asked(request.path_params["act"], form)
        done = await acted(self._slack, name, given)
        body: Json = json.loads(bytes(done.body))
        told = str(body.get("detail") or "") or _told(body)
        place = {key: str(form[key]) for key in ("as", "place", "thread") if key in form}
        return RedirectResponse(f"/?{urlencode({**place, **({'told': told} if told else {})})}", status_code=303)

    async def changes(self, _request: Request) -> Response:
        return self._live.stream()

    async def file(self, request: Request) -> Response:
        """An uploaded image; anything else is only offered for saving."""
        file_id = request.path_params["file_id"]
        known = self._slack.world.files.get(file_id)
        if known is None or not known.uploaded:
            return PlainTextResponse("there is no such file", status_code=404)
        safe = known.mimetype in _SAFE_IMAGES
        kind = known.mimetype if safe else "application/octet-stream"
        extra = {} if safe else {"Content-Disposition": "attachment"}
        return Response(self._slack.uploaded(file_id), media_type=kind, headers={**HEADERS, **extra})

    def _page(self, seen: Look) -> Response:
        drawn = self._templates.get_template("page.html").render(look=seen, world=self._slack.world)
        response = HTMLResponse(drawn, headers=HEADERS)
        response.set_cookie(COOKIE, self._session, httponly=True, samesite="strict", path="/")
        return response


def _told(body: Json) -> str:
    if body.get("errors"):
        return " · ".join(f"{name}: {words}" for name, words in body["errors"].items())
    return str(body.get("error") or "")


def _asked(act: str, form: FormData) -> tuple[str, Json]:
    """Read a form as the act it stands for: text that starts with a slash is a command."""
    given: Json = {"user": str(form.get("as", ""))}
    for key in ("channel", "ts", "thread_ts", "view_id", "action_id", "block_id", "value", "text", "name"):
        if form.get(key):
            given[key] = str(form[key])
    picked = [str(each) for each in form.getlist("selected")]
    if picked:
        given["selected"] = picked if form.get("several") else picked[0]
    if act in {"submit", "press"}:
        given["values"] = _values(form)
    if form.get("dispatch"):  # a field of a modal that tells the app at once: its button names the field
        given["block_id"], _, given["action_id"] = str(form["dispatch"]).partition("/")
        given["selected"] = given["values"].get(given["block_id"])
    text = str(given.get("text", ""))
    if act == "say" and text.startswith("/"):
        command, _, rest = text.partition(" ")
        return "command", {**given, "command": command, "text": rest}
    return act, given


def _values(form: FormData) -> Json:
    values: dict[str, Any] = {}
    for key in form:
        kind, _, block_id = key.partition(":")
        if kind == "one":
            values[block_id] = str(form[key]) or None
        elif kind == "many":
            values[block_id] = [str(each) for each in form.getlist(key) if str(each)]
    return values


def page_routes(slack: Slack, live: Live, session: str) -> list[Route | Mount]:
    page = Page(slack, live, session)
    return [
        Route("/", page.show),
        Route("/act/{act}", page.act, methods=["POST"]),
        Route("/live", page.changes),
        Route("/files/{file_id}", page.file),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
