"""What we ask HCP Terraform or Terraform Enterprise, over its JSON:API."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from pydantic import ValidationError

from bot.domain.errors import NotFound, Refused
from bot.integrations.api import Params
from bot.integrations.http import Api, segment, shown
from bot.integrations.terraform.shapes import (
    Assessment,
    OneAssessment,
    OneRun,
    Other,
    Paging,
    Run,
    RunPage,
    Workspace,
    WorkspacePage,
)

T = TypeVar("T")
_SIZE: Final = 100
_MOST_PAGES: Final = 100
_KIND: Final = {"content-type": "application/vnd.api+json"}
_READ: Final = "read the organization's workspaces"
_RUNS: Final = "read the runs of the organization's workspaces"
_APPLY: Final = "apply runs (TFE_TOKEN: the role Write of the workspace)"


class _Listed(Protocol):
    @property
    def id(self) -> str: ...


class TerraformClient:
    """https://developer.hashicorp.com/terraform/cloud-docs/api-docs"""

    def __init__(self, api: Api, org: str) -> None:
        self._api = api
        self._org = segment(org.strip())

    async def workspaces(self) -> tuple[Sequence[Workspace], dict[str, Run]]:
        """All that the token sees, to the last page, and the current runs that came along, by id."""
        found: dict[str, Workspace] = {}
        runs: dict[str, Run] = {}
        number = 1
        for _ in range(_MOST_PAGES):
            page = await self._get(
                WorkspacePage,
                f"/organizations/{self._org}/workspaces",
                {"page[size]": _SIZE, "page[number]": number, "include": "current_run"},
                right=_READ,
            )
            self._add(found, page.data, "workspaces")
            runs |= {run.id: run for run in _runs_in(page.included)}
            following = self._following(page.meta.pagination, number, len(found), len(page.data))
            if following is None:
                return list(found.values()), runs
            number = following
        raise Refused(f"{self._title} has too many workspaces; not all seen. Name those that count in TFE_WORKSPACES")

    async def run(self, run: str) -> Run:
        return (await self._get(OneRun, f"/runs/{segment(run)}", right=_RUNS)).data

    async def assessment(self, of: Workspace) -> Assessment | None:
        """The newest of a workspace; None where none was made yet."""
        pointer = of.assessment
        if pointer is not None and pointer.data is None:
            return None
        path = (
            f"/assessment-results/{segment(pointer.data.id)}"
            if pointer is not None and pointer.data is not None
            else f"/workspaces/{segment(of.id)}/current-assessment-result"
        )
        try:
            return (await self._get(OneAssessment, path, right=_READ)).data
        except NotFound:
            if pointer is None:
                return None
            raise

    async def runs_since(self, since: datetime) -> tuple[Sequence[Run], Sequence[Other]]:
        """Every run of the organization that was created since then, the newest first, and what came along."""
        found: dict[str, Run] = {}
        others: dict[tuple[str, str], Other] = {}
        number = 1
        for _ in range(_MOST_PAGES):
            page = await self._get(
                RunPage,
                f"/organizations/{self._org}/runs",
                {"page[size]": _SIZE, "page[number]": number, "include": "workspace,created_by"},
                right=_RUNS,
            )
            self._add(found, page.data, "runs")
            others |= {(one.type, one.id): one for one in page.included}
            older = any(run.facts.created is not None and run.facts.created < since for run in page.data)
            # This list tells no total; only the number of the next page.
            following = self._following(page.meta.pagination, number, len(found), len(page.data))
            if following is None or older:
                return list(found.values()), list(others.values())
            number = following
        raise Refused(f"{self._title} has too many runs in this time; not all seen")

    async def runs_of(self, workspace: str) -> Sequence[Run]:
        """The newest of a workspace."""
        path = f"/workspaces/{segment(workspace)}/runs"
        return (await self._get(RunPage, path, {"page[size]": 50}, right=_RUNS)).data

    async def start(self, workspace: str, message: str, *, refresh_only: bool) -> Run:
        attributes = {"message": message, "refresh-only": refresh_only}
        body = {
            "data": {
                "type": "runs",
                "attributes": attributes,
                "relationships": {"workspace": {"data": {"type": "workspaces", "id": workspace}}},
            }
        }
        answer = await self._api.call("POST", "/runs", json=body, headers=_KIND, right=_APPLY)
        return answer.read_as(OneRun).data

    async def tell(self, run: str, action: str, comment: str) -> None:
        """`apply`, `cancel` or `discard`. 409: it is not in a state for that (any more)."""
        path = f"/runs/{segment(run)}/actions/{action}"
        await self._api.call("POST", path, json={"comment": comment}, headers=_KIND, right=_APPLY)

    async def _get(self, kind: type[T], path: str, asked: Params | None = None, *, right: str) -> T:
        """Where a right is missing, it says that nothing is there, too."""
        try:
            return await self._api.get_as(kind, path, asked, right=right)
        except NotFound as error:
            where = shown(path, limit=80)
            raise NotFound(
                f"{self._title} has nothing at {where}, or the token may not {right}. Check TFE_ORG and TFE_URL."
            ) from error

    def _add(self, found: dict[str, Any], listed: Sequence[_Listed], what: str) -> None:
        """Any: a listed resource of either kind."""
        before = len(found)
        found |= {one.id: one for one in listed}
        if listed and len(found) == before:
            raise Refused(f"{self._title} gives the same page of {what} again; not all seen")

    def _following(self, told: Paging, number: int, seen: int, given: int) -> int | None:
        """The number of the next page, None after the last."""
        if told.next is not None:
            if told.next <= number or not given:
                raise Refused(f"{self._title} names page {shown(told.next)} after page {number}; not all seen")
            return told.next
        if (told.total or 0) > seen or (told.pages or 0) > number:
            raise Refused(f"{self._title} speaks of more than the {seen} that it shows; not all seen")
        if told.total is None and told.current is None:
            raise Refused(f"{self._title} does not tell whether there are more pages; not all seen")
        return None

    @property
    def _title(self) -> str:
        return self._api.wording.title


def _runs_in(included: Iterable[Any]) -> Iterable[Run]:
    """The runs among what came along; what is none, or not as we know it, is asked for by itself. Any: their JSON."""
    for one in included:
        if isinstance(one, dict) and one.get("type") == "runs":
            try:
                yield Run.model_validate(one)
            except ValidationError:
                continue
