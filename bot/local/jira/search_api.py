"""Searching in Jira: Cloud's paging by token with its bounded queries, Server's paging by number."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.jira.errors import JiraRefusal, bad_payload
from bot.local.jira.issue import Issue
from bot.local.jira.jql import Query, parse
from bot.local.jira.jql_terms import Surroundings
from bot.local.jira.requests import number, read_json, version_of
from bot.local.jira.site import Site
from bot.local.keep import Document

MOST_IDS: Final = 5000
MOST_ISSUES: Final = 100
MOST_ON_SERVER: Final = 1000
MOST_TO_RECONCILE: Final = 50
_TOKEN_LIVES: Final = 7 * 24 * 3600
_ALL: Final = {"*all", "*navigable"}
_KNOWN: Final = {
    *("jql", "fields", "maxResults", "nextPageToken", "expand", "reconcileIssues", "properties", "fieldsByKeys"),
    "failFast",
}
_REMOVED: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
_UNBOUNDED: Final = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


@dataclass(frozen=True, slots=True)
class SearchApi:
    """The endpoints, one method each."""

    site: Site

    def routes(self, prefix: str) -> list[Route]:
        return [
            Route(f"{prefix}/search", self.by_number, methods=["GET", "POST"]),
            Route(f"{prefix}/search/jql", self.by_token, methods=["GET", "POST"]),
            Route(f"{prefix}/search/approximate-count", self.count, methods=["POST"]),
        ]

    async def by_number(self, request: Request) -> Response:
        """Search as Server does. Cloud has removed this."""
        version_of(request, self.site.config)
        if self.site.config.cloud:
            raise JiraRefusal(410, _REMOVED)
        asked = await _asked(request)
        found = self._query(asked).run(self._visible(()))
        start = number(asked.get("startAt"), 0, 10**9)
        most = number(asked.get("maxResults"), 50, MOST_ON_SERVER)
        fields = _names(asked.get("fields")) or ["*navigable"]
        page = [self._draw(one, fields, 2) for one in found[start : start + most]]
        numbers = {"startAt": start, "maxResults": most, "total": len(found)}
        return JSONResponse({"expand": "schema,names"} | numbers | {"issues": page})

    async def by_token(self, request: Request) -> Response:
        """Search as Cloud does: no total, no start, a token for the next page."""
        version = version_of(request, self.site.config)
        if not self.site.config.cloud:
            raise JiraRefusal(404, "null for uri: " + request.url.path)
        asked = await _asked(request)
        if not set(asked) <= _KNOWN or not isinstance(asked.get("expand") or "", str):
            raise bad_payload()
        query = self._bounded(asked)
        fields = _names(asked.get("fields")) or ["id"]
        most = number(asked.get("maxResults"), 50, MOST_IDS if set(fields) <= {"id", "key"} else MOST_ISSUES)
        start = self._start(asked)
        found = query.run(self._visible(_reconciled(asked)))
        page = [self._draw(one, fields, version) for one in found[start : start + most]]
        more = len(found) > start + most
        token = {"nextPageToken": self._token(asked, start + most)} if more else {}
        return JSONResponse({"issues": page, "isLast": not more} | token)

    async def count(self, request: Request) -> Response:
        version_of(request, self.site.config)
        if not self.site.config.cloud:
            raise JiraRefusal(404, "null for uri: " + request.url.path)
        return JSONResponse({"count": len(self._bounded(await read_json(request)).run(self._visible(())))})

    def _bounded(self, asked: Document) -> Query:
        query = self._query(asked)
        if not query.bounded:
            raise JiraRefusal(400, _UNBOUNDED)
        return query

    def _query(self, asked: Document) -> Query:
        jql = asked.get("jql") or ""
        if not isinstance(jql, str):
            raise bad_payload()
        issues = self.site.tracker.issues()
        keys = frozenset(name for one in issues for name in (one.key, one.id))
        around = Surroundings(config=self.site.config, me=self.site.me.id, now=self.site.now(), keys=keys)
        return parse(jql, around)

    def _visible(self, reconciled: tuple[str, ...]) -> list[Issue]:
        """Give what the search index knows already; just-made issues only when asked to reconcile them."""
        now, lag = self.site.now().timestamp(), self.site.config.index_lag
        return [one for one in self.site.tracker.issues() if one.id in reconciled or now - _created(one) >= lag]

    def _draw(self, issue: Issue, fields: list[str], version: int) -> Document:
        if fields == ["id"]:
            return {"id": issue.id}
        drawn = self.site.tracker.full(issue, version)
        return drawn | {"fields": chosen(drawn["fields"], fields)}

    def _token(self, asked: Document, start: int) -> str:
        content = {"at": start, "of": _mark(asked), "made": self.site.now().timestamp()}
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()

    def _start(self, asked: Document) -> int:
        given = asked.get("nextPageToken")
        if not given:
            return 0
        try:
            content = json.loads(base64.urlsafe_b64decode(str(given).encode()))
            at, of, made = int(content["at"]), content["of"], float(content["made"])
        except (ValueError, TypeError, KeyError):
            raise JiraRefusal(400, "The provided next page token is invalid.") from None
        if of != _mark(asked) or at < 0 or self.site.now().timestamp() - made > _TOKEN_LIVES:
            raise JiraRefusal(400, "The provided next page token is invalid or expired.")
        return at


def chosen(fields: Document, names: list[str]) -> Document:
    """Pick fields by name; `*all` means all, `-comment` all but that."""
    dropped = {name[1:] for name in names if name.startswith("-")}
    wanted = {name for name in names if not name.startswith("-")}
    if not wanted or wanted & _ALL:
        return {name: value for name, value in fields.items() if name not in dropped}
    return {name: value for name, value in fields.items() if name in wanted - dropped}


def _names(given: Any) -> list[str]:
    """Read field names: a list, or a string with commas."""
    if isinstance(given, str):
        given = given.split(",")
    if not isinstance(given or [], list):
        raise bad_payload()
    return [str(name).strip() for name in given or [] if str(name).strip()]


async def _asked(request: Request) -> Document:
    if request.method == "POST":
        return await read_json(request)
    asked: Document = dict(request.query_params)
    for name in ("fields", "reconcileIssues"):
        if name in asked:
            asked[name] = ",".join(request.query_params.getlist(name))
    return asked


def _reconciled(asked: Document) -> tuple[str, ...]:
    ids = _names(asked.get("reconcileIssues"))
    if len(ids) > MOST_TO_RECONCILE:
        raise JiraRefusal(400, f"At most {MOST_TO_RECONCILE} issues can be reconciled.")
    return tuple(ids)


def _mark(asked: Document) -> str:
    return hashlib.sha256(str(asked.get("jql")).encode()).hexdigest()[:16]


def _created(issue: Issue) -> float:
    return datetime.fromisoformat(issue.created).timestamp()
