"""The Jira panel of the local workspace: the board, a ticket, acting as a person, deliveries; all JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.jira.directory import STATUSES, WORKFLOW, Account, accounts
from bot.local.jira.errors import JiraRefusal, bad_field, issue_not_found
from bot.local.jira.issue import Issue
from bot.local.jira.requests import read_json
from bot.local.jira.site import Site
from bot.local.keep import Document

_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a person can see and press. Errors come in Jira's shape."""

    site: Site

    async def board(self, _request: Request) -> Response:
        """Show the tickets by status, in the order of the workflow."""
        issues = self.site.tracker.issues()
        columns = [
            {
                "status": status.name,
                "category": status.category,
                "issues": [self._card(one) for one in issues if one.status == status.id],
            }
            for status in STATUSES.values()
        ]
        return JSONResponse({"project": self.site.config.project, "columns": columns})

    async def ticket(self, request: Request) -> Response:
        issue = self._known(request.query_params.get("key", ""))
        moves = [step.to.name for step in WORKFLOW[issue.status]]
        remote = [one["given"] for one in self.site.tracker.remote_links(issue)]
        return JSONResponse(
            {
                "ticket": self.site.tracker.full(issue, 2),
                "moves": moves,
                "remote_links": remote,
                "properties": self.site.tracker.properties(issue),
                "page": f"{self.site.config.base_url}/browse/{issue.key}",
            }
        )

    async def move(self, request: Request) -> Response:
        given = await read_json(request)
        issue, by = self._known(given.get("key")), self._person(given)
        wanted = str(given.get("status", "")).strip().lower()
        step = next((one for one in WORKFLOW[issue.status] if one.to.name.lower() == wanted), None)
        if step is None:
            raise bad_field("status", f"A ticket cannot move from {issue.state.name} to '{given.get('status')}'.")
        return JSONResponse({"ticket": self._card(self.site.tracker.move(issue, step, by.id))})

    async def comment(self, request: Request) -> Response:
        given = await read_json(request)
        issue, by, words = self._known(given.get("key")), self._person(given), given.get("text")
        if not isinstance(words, str) or not words.strip():
            raise bad_field("text", "Comment body can not be empty!")
        return JSONResponse(
            {"comment": self.site.shapes.comment(self.site.tracker.comment(issue, words, by.id), 2)}, 201
        )

    async def assign(self, request: Request) -> Response:
        given = await read_json(request)
        issue, by = self._known(given.get("key")), self._person(given)
        assignee = self._person(given, "assignee").id if given.get("assignee") else None
        return JSONResponse({"ticket": self._card(self.site.tracker.edit(issue, {"assignee": assignee}, by.id))})

    async def delete(self, request: Request) -> Response:
        given = await read_json(request)
        self.site.tracker.delete(self._known(given.get("key")), self._person(given).id)
        return JSONResponse({"ok": True})

    async def deliveries(self, _request: Request) -> Response:
        return JSONResponse({"deliveries": [one.shown() for one in reversed(self.site.deliveries.log())]})

    async def resend(self, request: Request) -> Response:
        given = await read_json(request)
        if not self.site.deliveries.send_again(str(given.get("event_id", ""))):
            raise JiraRefusal(404, "There is no such delivery, or it is still on its way.")
        return JSONResponse({"ok": True}, 202)

    def _known(self, key: object) -> Issue:
        issue = self.site.tracker.issue(str(key))
        if issue is None:
            raise issue_not_found()
        return issue

    def _person(self, given: Document, name: str = "user") -> Account:
        wanted = str(given.get(name, "")).lower()
        people = accounts(self.site.config.email).values()
        found = next((one for one in people if wanted in {one.id, one.name, one.email}), None)
        if found is None:
            raise bad_field(name, f"User '{wanted}' does not exist.")
        return found

    def _card(self, issue: Issue) -> Document:
        fields = self.site.shapes.fields(issue, 2)
        assignee = fields["assignee"]["displayName"] if fields["assignee"] else None
        return {
            "key": issue.key,
            "summary": issue.summary,
            "status": issue.state.name,
            "type": fields["issuetype"]["name"],
            "priority": fields["priority"]["name"],
            "assignee": assignee,
            "labels": list(issue.labels),
            "duedate": issue.duedate,
        }


def routes(site: Site, prefix: str = "/_/jira") -> list[Route]:
    panel = Panel(site)
    reads = {"board": panel.board, "ticket": panel.ticket, "deliveries": panel.deliveries}
    writes = {
        "move": panel.move,
        "comment": panel.comment,
        "assign": panel.assign,
        "delete": panel.delete,
        "resend": panel.resend,
    }
    return [
        *(Route(f"{prefix}/{name}", _guarded(act), methods=["GET"]) for name, act in reads.items()),
        *(Route(f"{prefix}/{name}", _guarded(act), methods=["POST"]) for name, act in writes.items()),
    ]


def _guarded(act: _Endpoint) -> _Endpoint:
    """Answer refusals in place: the panel's routes live in the frame's app, which does not know them."""

    @wraps(act)
    async def answered(request: Request) -> Response:
        try:
            return await act(request)
        except JiraRefusal as refusal:
            return refusal.response()

    return answered
