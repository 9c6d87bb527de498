"""Runs as changes: the same ones whether a notice tells of them or we look."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.domain.change import Change, ChangeKind
from bot.integrations.foreign import shown
from bot.integrations.http import segment
from bot.integrations.terraform.shapes import Other, Run
from bot.integrations.terraform.states import ended_at, result_of

SOURCE: Final = "terraform"


def title(message: str, *, what: str = "Terraform run") -> str:
    """The first line of what somebody wrote when they started it."""
    words = shown(message.strip().partition("\n")[0], limit=100)
    return f"{what}: {words}" if words else what


def places(workspace: str, org: str) -> tuple[str, ...]:
    return tuple(one for one in (workspace, f"{org}/{workspace}" if org and workspace else "") if one)


def change_of(run: Run, names: "Names", *, address: str, org: str, otherwise: datetime) -> Change:
    """`otherwise`: when it began, where the run itself does not tell."""
    facts = run.facts
    workspace = names.workspace_of(run)
    what = "Terraform destroy" if facts.is_destroy else "Terraform refresh" if facts.refresh_only else "Terraform run"
    place = f"/app/{segment(org)}/workspaces/{segment(workspace)}/runs/{segment(run.id)}"
    return Change(
        source=SOURCE,
        id=run.id,
        kind=ChangeKind.INFRASTRUCTURE,
        title=title(facts.message, what=what),
        places=places(workspace, org),
        started_at=facts.created or otherwise,
        ended_at=ended_at(run),
        result=result_of(facts.status),
        by=names.author_of(run),
        url=address + place if workspace else None,
    )


class Names:
    """The names of what runs point to, as they came along with the runs."""

    def __init__(self, others: Iterable[Other]) -> None:
        self._attributes: Mapping[tuple[str, str], Mapping[str, Any]] = {
            (one.type, one.id): one.attributes for one in others
        }

    def workspace_of(self, run: Run) -> str:
        return self._text("workspaces", run.workspace, "name")

    def author_of(self, run: Run) -> str | None:
        return self._text("users", run.author, "username") or None

    def _text(self, kind: str, key: str | None, attribute: str) -> str:
        given = self._attributes.get((kind, key or ""), {}).get(attribute)
        return given if isinstance(given, str) else ""
