"""Jira's REST endpoints about one issue: make, read, change, move, comment."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.jira.directory import WORKFLOW, Transition
from bot.local.jira.errors import JiraRefusal, bad_payload, issue_not_found
from bot.local.jira.fields import FieldReader, read_assignee
from bot.local.jira.issue import Issue
from bot.local.jira.requests import inner, number, read_json, version_of
from bot.local.jira.search_api import chosen
from bot.local.jira.site import Site
from bot.local.jira.text import NOT_A_DOCUMENT, Rich, problem
from bot.local.keep import Document

LONGEST_COMMENT: Final = 32_767


@dataclass(frozen=True, slots=True)
class IssueApi:
    """The endpoints, one method each."""

    site: Site

    def routes(self, prefix: str) -> list[Route]:
        one = f"{prefix}/issue/{{key}}"
        return [
            Route(f"{prefix}/issue", self.create, methods=["POST"]),
            Route(one, self.get, methods=["GET"]),
            Route(one, self.edit, methods=["PUT"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/assignee", self.assign, methods=["PUT"]),
            Route(f"{one}/comment", self.comments, methods=["GET"]),
            Route(f"{one}/comment", self.comment, methods=["POST"]),
            Route(f"{one}/comment/{{id}}", self.one_comment, methods=["GET"]),
            Route(f"{one}/transitions", self.transitions, methods=["GET"]),
            Route(f"{one}/transitions", self.move, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        given = await read_json(request)
        fields = FieldReader(self.site.config, version).new(inner(given, "fields"))
        properties = given.get("properties") or []
        issue = self.site.tracker.create(fields, self.site.me.id)
        for one in properties if isinstance(properties, list) else []:
            if isinstance(one, dict) and isinstance(one.get("key"), str):
                self.site.tracker.set_property(issue, one["key"], one.get("value"))
        return JSONResponse(self.site.shapes.reference(issue, version), 201)

    async def get(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        drawn = self.site.tracker.full(self.named(request), version)
        names = [name for name in request.query_params.get("fields", "").split(",") if name]
        return JSONResponse(drawn | {"fields": chosen(drawn["fields"], names)})

    async def edit(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        issue = self.named(request)
        given = await read_json(request)
        reader = FieldReader(self.site.config, version)
        wished, operations = inner(given, "fields"), inner(given, "update")
        if not wished and not operations:
            raise JiraRefusal(400, "one of 'fields' or 'update' required")
        twice = set(wished) & set(operations)
        if twice:
            raise JiraRefusal(
                400, fields={name: f"Field '{name}' cannot appear in both 'fields' and 'update'" for name in twice}
            )
        fields = reader.changed(wished) | reader.updated(issue, operations)
        self.site.tracker.edit(issue, fields, self.site.me.id)
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        version_of(request, self.site.config)
        self.site.tracker.delete(self.named(request), self.site.me.id)
        return Response(status_code=204)

    async def assign(self, request: Request) -> Response:
        version_of(request, self.site.config)
        issue = self.named(request)
        person = read_assignee(self.site.config, await read_json(request))
        self.site.tracker.edit(issue, {"assignee": person}, self.site.me.id)
        return Response(status_code=204)

    async def comments(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        comments = self.site.tracker.comments(self.named(request))
        start = number(request.query_params.get("startAt"), 0, 10**9)
        most = number(request.query_params.get("maxResults"), 5000, 5000)
        page = [self.site.shapes.comment(one, version) for one in comments[start : start + most]]
        return JSONResponse({"startAt": start, "maxResults": most, "total": len(comments), "comments": page})

    async def comment(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        issue = self.named(request)
        body = _body(await read_json(request), version)
        kept = self.site.tracker.comment(issue, body, self.site.me.id)
        return JSONResponse(self.site.shapes.comment(kept, version), 201)

    async def one_comment(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        wanted = request.path_params["id"]
        found = next((one for one in self.site.tracker.comments(self.named(request)) if one["id"] == wanted), None)
        if found is None:
            raise JiraRefusal(404, f"Can not find a comment for the id: {wanted}.")
        return JSONResponse(self.site.shapes.comment(found, version))

    async def transitions(self, request: Request) -> Response:
        version_of(request, self.site.config)
        wanted = request.query_params.get("transitionId")
        steps = [one for one in WORKFLOW[self.named(request).status] if wanted in {None, one.id}]
        return JSONResponse({"expand": "transitions", "transitions": [self._draw_step(one) for one in steps]})

    async def move(self, request: Request) -> Response:
        version = version_of(request, self.site.config)
        issue = self.named(request)
        given = await read_json(request)
        wanted = str(inner(given, "transition").get("id", ""))
        if not wanted:
            raise JiraRefusal(400, "Missing 'transition' identifier")
        step = next((one for one in WORKFLOW[issue.status] if one.id == wanted), None)
        if step is None:
            raise JiraRefusal(400, f"Transition id '{wanted}' is not valid for this issue.")
        fields = inner(given, "fields")
        if fields:  # the workflow's screens are empty
            words = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
            raise JiraRefusal(400, fields={name: words.format(name) for name in fields})
        said = [_body(one.get("add") or {}, version) for one in _comment_steps(given)]
        moved = self.site.tracker.move(issue, step, self.site.me.id)
        for body in said:
            self.site.tracker.comment(moved, body, self.site.me.id)
        return Response(status_code=204)

    def named(self, request: Request) -> Issue:
        issue = self.site.tracker.issue(request.path_params["key"])
        if issue is None:
            raise issue_not_found()
        return issue

    def _draw_step(self, step: Transition) -> Document:
        return {
            "id": step.id,
            "name": step.to.name,
            "to": self.site.shapes.status(step.to),
            "hasScreen": False,
            "isGlobal": False,
            "isInitial": False,
            "isConditional": False,
            "isAvailable": True,
        }


def _body(given: Document, version: int) -> Rich:
    body = given.get("body")
    wrong = problem(body, version) if body else None
    if not body:
        raise JiraRefusal(400, fields={"comment": NOT_A_DOCUMENT if version == 3 else "Comment body can not be empty!"})
    if wrong:
        raise JiraRefusal(400, fields={"comment": wrong})
    if len(str(body)) > LONGEST_COMMENT:
        raise JiraRefusal(
            400, fields={"comment": f"The entered text is too long. It exceeds {LONGEST_COMMENT} characters."}
        )
    return body  # type: ignore[no-any-return]  # `problem` has said that it is text


def _comment_steps(given: Document) -> list[Document]:
    steps = inner(given, "update").get("comment") or []
    if not isinstance(steps, list) or not all(isinstance(one, dict) for one in steps):
        raise bad_payload()
    return steps
