"""Jira's REST endpoints about what hangs on an issue: links to others, links to the outside, properties."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.jira.directory import LINK_TYPES
from bot.local.jira.errors import JiraRefusal, issue_not_found
from bot.local.jira.issue import Issue
from bot.local.jira.requests import inner, read_any, read_json, version_of
from bot.local.jira.site import Site
from bot.local.keep import Document

LONGEST_PROPERTY_KEY: Final = 255
LONGEST_PROPERTY: Final = 32_768


@dataclass(frozen=True, slots=True)
class LinkingApi:
    """The endpoints, one method each."""

    site: Site

    def routes(self, prefix: str) -> list[Route]:
        one = f"{prefix}/issue/{{key}}"
        return [
            Route(f"{prefix}/issueLink", self.link, methods=["POST"]),
            Route(f"{prefix}/issueLinkType", self.link_types, methods=["GET"]),
            Route(f"{one}/remotelink", self.remote_links, methods=["GET"]),
            Route(f"{one}/remotelink", self.add_remote_link, methods=["POST"]),
            Route(f"{one}/remotelink/{{id}}", self.remote_link, methods=["GET"]),
            Route(f"{one}/properties", self.properties, methods=["GET"]),
            Route(f"{one}/properties/{{name}}", self.get_property, methods=["GET"]),
            Route(f"{one}/properties/{{name}}", self.set_property, methods=["PUT"]),
            Route(f"{one}/properties/{{name}}", self.drop_property, methods=["DELETE"]),
        ]

    async def link_types(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse({"issueLinkTypes": [self.site.shapes.link_type(one) for one in LINK_TYPES.values()]})

    async def link(self, request: Request) -> Response:
        """Link two issues; the answer has an empty body."""
        version_of(request, self.site.config)
        given = await read_json(request)
        wanted = inner(given, "type")
        kind = next(
            (one for one in LINK_TYPES.values() if wanted.get("name") == one.name or wanted.get("id") == one.id), None
        )
        if kind is None:
            raise JiraRefusal(404, f"No issue link type with name '{wanted.get('name')}' found.")
        inward, outward = self._end(given, "inwardIssue"), self._end(given, "outwardIssue")
        if inward == outward:
            raise JiraRefusal(400, "You cannot link an issue to itself.")
        self.site.tracker.link(kind.id, inward, outward)
        return Response(status_code=201)

    async def remote_links(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        issue = self._named(request)
        wanted = request.query_params.get("globalId")
        links = [one for one in self.site.tracker.remote_links(issue) if wanted in {None, one["globalId"]}]
        return JSONResponse([self._draw(one, issue, version) for one in links])

    async def remote_link(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        issue = self._named(request)
        wanted = request.path_params["id"]
        found = next((one for one in self.site.tracker.remote_links(issue) if str(one["id"]) == wanted), None)
        if found is None:
            raise JiraRefusal(404, "The remote issue link does not exist.")
        return JSONResponse(self._draw(found, issue, version))

    async def add_remote_link(self, request: Request) -> Response:
        """Add a link, or change the one with the same `globalId`."""
        version = version_of(request, self.site.config)
        issue = self._named(request)
        given = await read_json(request)
        thing = inner(given, "object")
        missing = {name: f"'{name}' is required." for name in ("url", "title") if not isinstance(thing.get(name), str)}
        if missing:
            raise JiraRefusal(400, fields=missing)
        link, new = self.site.tracker.remote_link(issue, given)
        shown = {"id": link["id"], "self": self._address(link, issue, version)}
        return JSONResponse(shown, 201 if new else 200)

    async def properties(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        issue = self._named(request)
        address = self.site.shapes.address(f"issue/{issue.key}/properties", version)
        names = sorted(self.site.tracker.properties(issue))
        return JSONResponse({"keys": [{"self": f"{address}/{name}", "key": name} for name in names]})

    async def get_property(self, request: Request) -> Response:
        version_of(request, self.site.config)
        name = request.path_params["name"]
        known = self.site.tracker.properties(self._named(request))
        if name not in known:
            raise JiraRefusal(404, f"The property {name} does not exist.")
        return JSONResponse({"key": name, "value": known[name]})

    async def set_property(self, request: Request) -> Response:
        version_of(request, self.site.config)
        issue, name = self._named(request), request.path_params["name"]
        value = await read_any(request)
        if len(name) > LONGEST_PROPERTY_KEY or len(str(value)) > LONGEST_PROPERTY:
            raise JiraRefusal(400, "The property key or value is too long.")
        new = self.site.tracker.set_property(issue, name, value)
        return Response(status_code=201 if new else 200)

    async def drop_property(self, request: Request) -> Response:
        version_of(request, self.site.config)
        issue, name = self._named(request), request.path_params["name"]
        if name not in self.site.tracker.properties(issue):
            raise JiraRefusal(404, f"The property {name} does not exist.")
        self.site.tracker.drop_property(issue, name)
        return Response(status_code=204)

    def _named(self, request: Request) -> Issue:
        return self._known(request.path_params["key"])

    def _end(self, given: Document, side: str) -> Issue:
        end = inner(given, side)
        return self._known(str(end.get("key") or end.get("id") or ""))

    def _known(self, name: str) -> Issue:
        issue = self.site.tracker.issue(name)
        if issue is None:
            raise issue_not_found()
        return issue

    def _address(self, link: Document, issue: Issue, version: int) -> str:
        return self.site.shapes.address(f"issue/{issue.key}/remotelink/{link['id']}", version)

    def _draw(self, link: Document, issue: Issue, version: int) -> Document:
        given = link["given"]
        shown = {"id": link["id"], "self": self._address(link, issue, version), "application": {}}
        known = {name: given[name] for name in ("globalId", "application", "relationship", "object") if given.get(name)}
        return shown | known
