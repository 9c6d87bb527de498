"""Jobs as changes: the same ones whether a notification tells of them or we look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.ansible.shapes import Job
from bot.integrations.foreign import shown

SOURCE: Final = "ansible"
_RESULTS: Final[Mapping[str, Result]] = {
    "successful": Result.SUCCEEDED,
    "failed": Result.FAILED,
    "error": Result.FAILED,
    "canceled": Result.CANCELLED,
    "new": Result.RUNNING,
    "pending": Result.RUNNING,
    "waiting": Result.RUNNING,
    "running": Result.RUNNING,
}
OVER: Final = (Result.SUCCEEDED, Result.FAILED, Result.CANCELLED)


def result_of(status: str) -> Result:
    return _RESULTS.get(status, Result.UNKNOWN)


def title(name: str) -> str:
    words = shown(name, limit=100)
    return f"Ansible job: {words}" if words else "Ansible job"


def change_of(job: Job, page: str, *, otherwise: datetime) -> Change:
    """`otherwise`: when it began, where that is not told."""
    fields, result = job.fields, result_of(job.status)
    template = fields.job_template.name if fields is not None and fields.job_template is not None else ""
    inventory = fields.inventory.name if fields is not None and fields.inventory is not None else ""
    project = fields.project.name if fields is not None and fields.project is not None else ""
    author = fields.created_by.username if fields is not None and fields.created_by is not None else ""
    return Change(
        source=SOURCE,
        id=str(job.id),
        kind=ChangeKind.INFRASTRUCTURE,
        title=title(job.name or template),
        places=tuple(dict.fromkeys(one for one in (template or job.name, project, inventory) if one)),
        started_at=job.started or job.created or job.finished or otherwise,
        ended_at=job.finished if result in OVER else None,
        result=result,
        version=job.revision[:8] or None,
        environment=inventory or None,
        by=author or None,
        url=page.format(job=job.id),
    )
