"""Updates as changes: the same ones whether a webhook tells of them or we look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.foreign import shown
from bot.integrations.http import segment
from bot.integrations.pulumi.shapes import Stack, Update

SOURCE: Final = "pulumi"
_RESULTS: Final[Mapping[str, Result]] = {
    "succeeded": Result.SUCCEEDED,
    "failed": Result.FAILED,
    "in-progress": Result.RUNNING,
    "not-started": Result.RUNNING,
}


def result_of(word: str) -> Result:
    return _RESULTS.get(word, Result.UNKNOWN)


def id_of(path: tuple[str, str, str], number: int) -> str:
    """As the address of its page ends."""
    return "/".join((*path, str(number)))


def title(kind: str, message: str = "") -> str:
    words = shown(message.strip().partition("\n")[0], limit=100)
    what = f"Pulumi {shown(kind, limit=30) or 'update'}"
    return f"{what}: {words}" if words else what


def places(path: tuple[str, str, str]) -> tuple[str, ...]:
    org, project, stack = path
    return project, f"{project}/{stack}", f"{org}/{project}/{stack}"


def change_of(update: Update, stack: Stack, console: str, *, otherwise: datetime) -> Change:
    """`otherwise`: when it began, where that is not told. It has a number, or it is not asked about."""
    info, number = update.info, update.number or 0
    ended = info.ended if info.result in ("succeeded", "failed") else None
    return Change(
        source=SOURCE,
        id=id_of(stack.path, number),
        kind=ChangeKind.INFRASTRUCTURE,
        title=title(info.kind, info.message),
        places=places(stack.path),
        started_at=info.started or info.ended or otherwise,
        ended_at=ended,
        result=result_of(info.result),
        version=(update.commit.sha[:8] or None) if update.commit is not None else None,
        environment=stack.name,
        by=update.by.called if update.by is not None else None,
        url=f"{console}/{'/'.join(map(segment, stack.path))}/updates/{number}",
    )
