"""What we ask AWX or the controller of Automation Platform. Its paths end in a slash; others are redirected."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from pydantic import BaseModel

from bot.domain.errors import Refused
from bot.integrations.ansible.shapes import Approval, HostSummary, Job, Launched, Page, Ping, Template
from bot.integrations.http import Api

T = TypeVar("T", bound=BaseModel)
_SIZE: Final = 200
_MOST_PAGES: Final = 100
_READ: Final = "read job templates and jobs (the role Auditor, or Read on the templates)"
_ACT: Final = "execute the job template (AWX_TOKEN: the scope write and the role Execute)"
RUNNING: Final = ("new", "pending", "waiting", "running")


class AnsibleClient:
    """https://docs.ansible.com/automation-controller/latest/html/controllerapi/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def ping(self) -> Ping:
        return await self._api.get_as(Ping, "ping/")

    async def templates(self) -> Sequence[Template]:
        return await self._all(Template, "job_templates/", {"order_by": "id"})

    async def job(self, job: int) -> Job:
        return await self._api.get_as(Job, f"jobs/{job}/", right=_READ)

    async def hosts(self, job: int) -> Sequence[HostSummary]:
        return await self._all(HostSummary, f"jobs/{job}/job_host_summaries/", {"order_by": "id"})

    async def approvals(self) -> Sequence[Approval]:
        return await self._all(Approval, "workflow_approvals/", {"status": "pending", "order_by": "id"})

    async def jobs_since(self, since: datetime) -> Sequence[Job]:
        """Those that ended since then, and those that have not ended."""
        stamp = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return await self._all(
            Job, "jobs/", {"or__finished__gt": stamp, "or__finished__isnull": "true", "order_by": "id"}
        )

    async def under_way(self) -> Sequence[Job]:
        """Those that wait or run, the oldest first."""
        return await self._all(Job, "jobs/", {"status__in": ",".join(RUNNING), "order_by": "id"})

    async def relaunched(self, job: Job) -> Job | None:
        """A job of the same template that somebody launched again after this one, and that still runs."""
        asked: dict[str, str | int] = {
            "id__gt": job.id,
            "launch_type": "relaunch",
            "status__in": ",".join(RUNNING),
            "order_by": "-id",
        }
        if job.template is not None:
            asked["job_template"] = job.template
        page = await self._api.get_as(Page[Job], "jobs/", asked, right=_READ)
        return next((one for one in page.results if one.template == job.template and one.id > job.id), None)

    async def relaunch(self, job: int) -> int:
        answer = await self._api.call("POST", f"jobs/{job}/relaunch/", json={}, right=_ACT)
        told = answer.read_as(Launched)
        found = told.job if told.job is not None else told.id
        if found is None:
            raise Refused(f"{self._title} does not tell which job it launched")
        return found

    async def cancel(self, job: int) -> None:
        """405: it has ended meanwhile, which is as it should be."""
        await self._api.call("POST", f"jobs/{job}/cancel/", json={}, answers=(405,), right=_ACT)

    async def _all(self, kind: type[T], path: str, asked: dict[str, str | int]) -> Sequence[T]:
        """A list to its last page, as long as it counts."""
        found: list[T] = []
        for number in range(1, _MOST_PAGES + 1):
            given = {**asked, "page": number, "page_size": _SIZE}
            page = await self._api.get_as(Page[kind], path, given, right=_READ)  # type: ignore[valid-type] # made for each
            found += page.results
            if page.next is None:
                if len(found) < page.count:
                    raise Refused(f"{self._title} counts {page.count} and shows {len(found)}; not all seen")
                return found
            if not page.results:
                raise Refused(f"{self._title} names a next page after an empty one; not all seen")
        raise Refused(f"{self._title} has too much of this; not all seen")

    @property
    def _title(self) -> str:
        return self._api.wording.title
