"""Jira's REST endpoints about the site itself: who am I, people, the project, its types and fields."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.jira.directory import (
    ADMINISTRATION,
    ISSUE_TYPES,
    PERMISSIONS,
    PRIORITIES,
    PROJECT_ID,
    STATUSES,
    accounts,
)
from bot.local.jira.errors import JiraRefusal
from bot.local.jira.requests import number, version_of
from bot.local.jira.shapes import FIELD_NAMES
from bot.local.jira.site import Site
from bot.local.keep import Document

MOST_PEOPLE: Final = 1000
_REQUIRED: Final = ("issuetype", "project", "summary")
_SCHEMAS: Final = {
    "assignee": "user",
    "description": "string",
    "duedate": "date",
    "environment": "string",
    "issuetype": "issuetype",
    "labels": "array",
    "priority": "priority",
    "project": "project",
    "reporter": "user",
    "summary": "string",
}
_RIGHTS: Final = {
    "ADD_COMMENTS": "Add Comments",
    "ASSIGN_ISSUES": "Assign Issues",
    "BROWSE_PROJECTS": "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "DELETE_ISSUES": "Delete Issues",
    "EDIT_ISSUES": "Edit Issues",
    "LINK_ISSUES": "Link Issues",
    "TRANSITION_ISSUES": "Transition Issues",
}
"""Those of a member of the project; our account is one."""


@dataclass(frozen=True, slots=True)
class SiteApi:
    """The endpoints, one method each."""

    site: Site

    def routes(self, prefix: str) -> list[Route]:
        meta = f"{prefix}/issue/createmeta/{{project}}/issuetypes"
        return [
            Route("/_edge/tenant_info", self.tenant),
            Route("/rest/applinks/latest/listApplicationlinks", self.application_links),
            Route(f"{prefix}/serverInfo", self.server_info),
            Route(f"{prefix}/myself", self.myself),
            Route(f"{prefix}/mypermissions", self.my_rights),
            Route(f"{prefix}/mypermissions", self.rights),
            Route(f"{prefix}/user/search", self.people),
            Route(f"{prefix}/project", self.projects),
            Route(f"{prefix}/project/{{key}}", self.project),
            Route(f"{prefix}/field", self.fields),
            Route(f"{prefix}/issuetype", self.issue_types),
            Route(f"{prefix}/priority", self.priorities),
            Route(f"{prefix}/status", self.statuses),
            Route(meta, self.create_types),
            Route(f"{meta}/{{type}}", self.create_fields),
        ]

    async def tenant(self, _request: Request) -> Response:
        return JSONResponse({"cloudId": "11111111-2222-4333-8444-555555555555"})

    async def application_links(self, _request: Request) -> Response:
        """Refuse: only administrators may list these, and the bot's account should be none."""
        raise JiraRefusal(403, "Client must be authenticated as an administrator to access this resource.")

    async def server_info(self, request: Request) -> Response:
        version_of(request, self.site.config)
        cloud = self.site.config.cloud
        numbers = [1001, 0, 0] if cloud else [9, 12, 4]
        shared = {"baseUrl": self.site.config.base_url, "serverTitle": "Jira (local example)"}
        kind = "Cloud" if cloud else "Server"
        version = f"{numbers[0]}.{numbers[1]}.{numbers[2]}"
        return JSONResponse(shared | {"version": version, "versionNumbers": numbers, "deploymentType": kind})

    async def myself(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse(self.site.shapes.account(self.site.me))

    async def rights(self, request: Request) -> Response:
        """Say what the bot's account may do in the project: all that is asked for, but to administer it."""
        version_of(request, self.site.config)
        project = request.query_params.get("projectKey")
        if project is not None:
            self._check_project(project)
        asked = [name for name in request.query_params.get("permissions", "").split(",") if name]
        if self.site.config.cloud and not asked:
            raise JiraRefusal(400, "The 'permissions' query parameter is required.")
        unknown = [name for name in asked if name not in PERMISSIONS]
        if unknown:
            raise JiraRefusal(400, f"Unrecognized permission: {', '.join(unknown)}")
        drawn = {
            name: {
                "id": str(place),
                "key": name,
                "name": name.replace("_", " ").title(),
                "type": "PROJECT",
                "description": "",
                "havePermission": name != ADMINISTRATION,
            }
            for place, name in enumerate(PERMISSIONS, start=10)
            if not asked or name in asked
        }
        return JSONResponse({"permissions": drawn})

    async def my_rights(self, request: Request) -> Response:
        """What the asking account may do in the project. Cloud wants to be told which rights are meant."""
        version_of(request, self.site.config)
        named = request.query_params.get("permissions", "")
        if self.site.config.cloud and not named:
            raise JiraRefusal(400, "The 'permissions' query parameter is required.")
        wanted = named.split(",") if named else list(_RIGHTS)
        if unknown := [name for name in wanted if name not in _RIGHTS]:
            raise JiraRefusal(400, f"Unrecognized permission '{unknown[0]}'.")
        self._check_project(request.query_params.get("projectKey", self.site.config.project))
        told = {
            name: {
                "id": str(10 + list(_RIGHTS).index(name)),
                "key": name,
                "name": _RIGHTS[name],
                "type": "PROJECT",
                "description": "",
                "havePermission": True,
            }
            for name in wanted
        }
        return JSONResponse({"permissions": told})

    async def people(self, request: Request) -> Response:
        """Find people; one whose e-mail is hidden is not found by it."""
        version_of(request, self.site.config)
        name = "query" if self.site.config.cloud else "username"
        query = request.query_params.get(name) or request.query_params.get("query") or ""
        if not query:
            raise JiraRefusal(400, f"The {name} parameter is required.")
        hidden = self.site.config.cloud and self.site.config.emails_hidden
        wanted = query.lower()
        found = [
            one
            for one in accounts(self.site.config.email).values()
            if wanted in one.title.lower() or wanted == one.name or (not hidden and one.email.startswith(wanted))
        ]
        start = number(request.query_params.get("startAt"), 0, 10**9)
        most = number(request.query_params.get("maxResults"), 50, MOST_PEOPLE)
        return JSONResponse([self.site.shapes.account(one) for one in found[start : start + most]])

    async def projects(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse([self.site.shapes.project()])

    async def project(self, request: Request) -> Response:
        version_of(request, self.site.config)
        self._check_project(request.path_params["key"])
        types = [self.site.shapes.issue_type(one) for one in ISSUE_TYPES]
        return JSONResponse(self.site.shapes.project() | {"issueTypes": types})

    async def fields(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse(
            [
                {
                    "id": name,
                    "key": name,
                    "name": title,
                    "custom": False,
                    "orderable": name in _SCHEMAS,
                    "navigable": True,
                    "searchable": True,
                    "clauseNames": [name],
                    "schema": {"type": _SCHEMAS.get(name, "string"), "system": name},
                }
                for name, title in FIELD_NAMES.items()
            ]
        )

    async def issue_types(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse([self.site.shapes.issue_type(one) for one in ISSUE_TYPES])

    async def priorities(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse([self.site.shapes.named("priority", one) for one in PRIORITIES.values()])

    async def statuses(self, request: Request) -> Response:
        version_of(request, self.site.config)
        return JSONResponse([self.site.shapes.status(one) for one in STATUSES.values()])

    async def create_types(self, request: Request) -> Response:
        version_of(request, self.site.config)
        self._check_project(request.path_params["project"])
        return self._page(request, "issueTypes", [self.site.shapes.issue_type(one) for one in ISSUE_TYPES])

    async def create_fields(self, request: Request) -> Response:
        version_of(request, self.site.config)
        self._check_project(request.path_params["project"])
        if request.path_params["type"] not in ISSUE_TYPES:
            raise JiraRefusal(404, "The issue type does not exist or you do not have permission to view it.")
        return self._page(request, "fields", [self._draw_field(name) for name in _SCHEMAS])

    def _draw_field(self, name: str) -> Document:
        drawn: Document = {
            "required": name in _REQUIRED,
            "schema": {"type": _SCHEMAS[name], "system": name} | ({"items": "string"} if name == "labels" else {}),
            "name": FIELD_NAMES[name],
            "key": name,
            "fieldId": name,
            "hasDefaultValue": name == "priority",
            "operations": ["add", "set", "remove"] if name == "labels" else ["set"],
        }
        match name:
            case "priority":
                drawn["allowedValues"] = [self.site.shapes.named("priority", one) for one in PRIORITIES.values()]
            case "issuetype":
                drawn["allowedValues"] = [self.site.shapes.issue_type(one) for one in ISSUE_TYPES]
            case "project":
                drawn["allowedValues"] = [self.site.shapes.project()]
        return drawn

    def _page(self, request: Request, cloud_name: str, items: list[Document]) -> Response:
        start = number(request.query_params.get("startAt"), 0, 10**9)
        most = number(request.query_params.get("maxResults"), 50, 200)
        page = items[start : start + most]
        numbers: Document = {"startAt": start, "maxResults": most, "total": len(items)}
        if self.site.config.cloud:
            return JSONResponse(numbers | {cloud_name: page})
        return JSONResponse(numbers | {"isLast": start + most >= len(items), "values": page})

    def _check_project(self, wanted: str) -> None:
        if wanted not in {self.site.config.project, PROJECT_ID}:
            raise JiraRefusal(404, f"No project could be found with key '{wanted}'.")
