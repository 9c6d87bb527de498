"""The page's addresses: looking at places as somebody, following what changes, and acting by plain forms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.local.door import COOKIE
from bot.local.page import forms
from bot.local.page.beside import Panels
from bot.local.page.drawn import HEADERS, HERE, SAFE_IMAGES, templates
from bot.local.page.gallery import surfaces
from bot.local.page.guide import Guide, Seen
from bot.local.page.hints import Hints
from bot.local.page.live import Live, Sent, versions
from bot.local.page.look import Look, look_at
from bot.local.page.moments import zone_named
from bot.local.page.neighbours import Neighbours
from bot.local.page.panel_forms import panel_call
from bot.local.page.pieces import Beside, Drawn, Pieces, Wrong
from bot.local.page.reading import Reading
from bot.local.page.words import Words
from bot.local.slack.ids import fresh_token
from bot.local.slack.routes import acted
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json

_PAGES_KEPT: Final = 50
_LARGEST_FORM: Final = 30_000_000  # a modal with a few attached files
_GLANCE: Final = 0.4  # seconds between two looks at what tells nobody when it changes: the other stand-ins


@dataclass(slots=True, kw_only=True)
class Opened:
    """What a page was given when it was drawn whole, until its stream takes over."""

    sent: Sent
    since: str


@dataclass(slots=True, kw_only=True)
class Page:
    """Draws the workspace for whoever the visitor acts as."""

    slack: Slack
    live: Live
    session: str
    hints: Hints
    guide: Guide
    pieces: Pieces
    panels: Panels
    neighbours: Neighbours
    details_opened: bool = False
    opened: dict[str, Opened] = field(default_factory=dict)

    async def show(self, request: Request) -> Response:
        zone = _zone(request)
        look = self._look(request.query_params)
        drawn = await self._drawn(look, request, zone)
        page = fresh_token(12)
        self.opened[page] = Opened(sent=versions(drawn), since=look.since)
        while len(self.opened) > _PAGES_KEPT:
            self.opened.pop(next(iter(self.opened)))
        html = self.pieces.templates.get_template("page.html").render(drawn=drawn, page=page, told=look.told)
        return self._let_in(HTMLResponse(html, headers=HEADERS))

    async def follow(self, request: Request) -> Response:
        """The stream of a page: what it has is known when it was drawn just now, else it gets everything."""
        zone, asked = _zone(request), request.query_params
        opened = self.opened.pop(asked.get("page", ""), None)
        since = opened.since if opened else self._look(asked).since

        async def draw() -> Drawn:
            return await self._drawn(look_at(self.slack, asked, since), request, zone)

        return self.live.stream(draw, opened.sent if opened else {}, lambda: _GLANCE)

    async def act(self, request: Request) -> Response:
        """Do what a form asks, as the state API would, and come back to where the visitor was."""
        if int(request.headers.get("content-length", "0")) > _LARGEST_FORM:
            return PlainTextResponse("that is more than the workspace takes", status_code=413)
        async with request.form() as form:
            name, given = await forms.asked(self.slack, request.path_params["act"], form, _zone(request))
            here = {key: str(form[key]) for key in ("as", "place", "thread") if form.get(key)}
        done = await acted(self.slack, name, given)
        body: Json = json.loads(bytes(done.body))
        told = self._came(name, given, body)
        if name in {"home", "direct"} and "channel" in body:
            here["place"] = "home" if given.get("tab") == "home" else str(body["channel"])
            here["on"] = "chat"
        return self._back(request, here, told, moved=name in {"home", "direct", "edit"})

    async def panel(self, request: Request) -> Response:
        """Do what a panel's form asks of the other stand-ins."""
        async with request.form() as form:
            here = {key: str(form[key]) for key in ("as", "place", "side") if form.get(key)}
            told = await panel_call(self.neighbours, request, request.path_params["what"], form)
        self.slack.world.changed()  # the board and the counts beside it are drawn anew at once
        return self._back(request, here, told)

    async def guided(self, request: Request) -> Response:
        async with request.form() as form:
            here = {key: str(form[key]) for key in ("as", "place") if form.get(key)}
        {"skip": self.guide.skip, "leave": self.guide.leave, "again": self.guide.begin_again}.get(
            request.path_params["what"], self.guide.skip
        )()
        return self._back(request, here, "")

    async def suggest(self, request: Request) -> Response:
        """Options for an external select while somebody types."""
        async with request.form() as form:
            given = {key: str(form.get(key, "")) for key in ("view_id", "action_id", "value")}
            given["user"] = str(form.get("as", ""))
        return await acted(self.slack, "suggest", given)

    async def permalink(self, request: Request) -> Response:
        """A link to a message leads to its place."""
        place, stamp = request.path_params["channel"], request.path_params.get("stamp", "").removeprefix("p")
        return RedirectResponse(f"/?place={place}" + (f"#m{stamp}" if stamp else ""), status_code=303)

    async def file(self, request: Request) -> Response:
        """An uploaded image; anything else is only offered for saving."""
        file_id = request.path_params["file_id"]
        known = self.slack.world.files.get(file_id)
        if known is None or not known.uploaded:
            return PlainTextResponse("there is no such file", status_code=404)
        safe = known.mimetype in SAFE_IMAGES
        kind = known.mimetype if safe else "application/octet-stream"
        extra = {} if safe else {"Content-Disposition": "attachment"}
        return Response(self.slack.uploaded(file_id), media_type=kind, headers={**HEADERS, **extra})

    async def gallery(self, request: Request) -> Response:
        """Every block there is, and surfaces as the product draws them."""
        look = self._look(request.query_params)
        html = self.pieces.templates.get_template("gallery.html").render(
            surfaces=surfaces(),
            phone=request.query_params.get("width") == "phone",
            words=Words(self.slack.world, zone=_zone(request), reader=look.person.id),
            look=look,
        )
        return self._let_in(HTMLResponse(html, headers=HEADERS))

    def _look(self, asked: Mapping[str, str]) -> Look:
        """A look whose line "new" stands where the person had read to until now."""
        look = look_at(self.slack, asked)
        since = self.pieces.reading.mark(look.person, look.channel.id) if look.channel else ""
        return look_at(self.slack, asked, since)

    async def _drawn(self, look: Look, request: Request, zone: tzinfo) -> Drawn:
        html = self.pieces.about(look, zone) if look.about else await self.panels.draw(look, request, zone)
        beside = Beside(html=html, counts=await self.panels.counts(request))
        card = None
        if not self.guide.left:
            pages = (await self.neighbours.ask(request, "/_/pagerduty/state")).get("incidents") or []
            columns = (await self.neighbours.ask(request, "/_/jira/board")).get("columns") or []
            tickets = [each for column in columns for each in column["issues"]]
            world = self.slack.world
            seen = Seen(world=world, pages=pages, tickets=tickets, details_opened=self.details_opened)
            card = self.guide.look(seen)
        return self.pieces.draw(look, zone, beside, card)

    def _came(self, name: str, given: Json, body: Json) -> str:
        """Keep what is wrong in a modal for its fields; give what is to be told in words."""
        detail = str(body.get("detail") or "")
        if name == "submit" and not detail:
            people = self.slack.world.users.values()
            person = next((one.id for one in people if given["user"] in {one.id, one.name}), "")
            errors: dict[str, str] = body.get("errors") or {}
            trouble = "" if errors else str(body.get("error") or "")
            self.pieces.wrong[person] = Wrong(view=str(given.get("view_id", "")), errors=errors, trouble=trouble)
            self.slack.world.changed()
            return " · ".join(f"{field}: {words}" for field, words in errors.items()) or trouble
        if name == "command" and body.get("taken"):
            self.hints.learn(given["command"], given["text"])
            self.slack.world.changed()
        if name == "press" and body.get("taken") and self.guide.pressed(given):
            self.details_opened = True
            self.slack.world.changed()
        shown_already = name == "command" or body.get("shown")
        return detail or ("" if shown_already else _trouble(str(body.get("error") or "")))

    def _back(self, request: Request, here: dict[str, str], told: str, *, moved: bool = False) -> Response:
        if request.headers.get("accept") == "application/json":
            return JSONResponse({"told": told, "go": here if moved else None})
        return RedirectResponse(_address({**here, "told": told}), status_code=303)

    def _let_in(self, response: Response) -> Response:
        response.set_cookie(COOKIE, self.session, httponly=True, samesite="strict", path="/")
        return response


def _trouble(code: str) -> str:
    if code == "operation_timeout":
        return "The app did not answer in 3 seconds."
    return "The app could not be reached." if code == "dispatch_failed" else code


def _address(query: Mapping[str, str]) -> str:
    return f"/?{urlencode({name: value for name, value in query.items() if value})}"


def _zone(request: Request) -> tzinfo:
    """The reader's zone as their browser told it."""
    named = request.query_params.get("zone") or request.cookies.get("zone", "")
    return zone_named(named) if named else UTC


def page_routes(
    slack: Slack, live: Live, session: str, manifest: Mapping[str, Any] | None = None
) -> list[Route | Mount]:
    """All of the page; `manifest` is the app's, as it would be given to Slack, for the composer's hints."""
    world = slack.world
    env, neighbours = templates(world), Neighbours()
    hints = Hints(world=world, manifest=manifest or {})
    page = Page(
        slack=slack,
        live=live,
        session=session,
        hints=hints,
        guide=Guide(world=world),
        pieces=Pieces(slack=slack, templates=env, hints=hints, reading=Reading(world=world)),
        panels=Panels(slack=slack, templates=env, neighbours=neighbours),
        neighbours=neighbours,
    )
    return [
        Route("/", page.show),
        Route("/act/suggest", page.suggest, methods=["POST"]),
        Route("/act/{act}", page.act, methods=["POST"]),
        Route("/panel/{what:path}", page.panel, methods=["POST"]),
        Route("/guide/{what}", page.guided, methods=["POST"]),
        Route("/live", page.follow),
        Route("/archives/{channel}", page.permalink),
        Route("/archives/{channel}/{stamp}", page.permalink),
        Route("/files/{file_id}", page.file),
        Route("/gallery", page.gallery),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
