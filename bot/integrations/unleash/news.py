"""An entry of Unleash's event log as a change of ours, the same whether its webhook or a look tells it."""

from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.http import segment
from bot.integrations.unleash.judge import title_of
from bot.integrations.unleash.shapes import Event

SOURCE: Final = "unleash"
_ABOUT_FLAGS: Final = ("feature-", "change-request-")


def change_of(event: Event, address: str) -> Change | None:
    """None for what is not about a flag."""
    title = title_of(event)
    if title is None or not event.type.startswith(_ABOUT_FLAGS):
        return None
    place = f"/projects/{segment(event.project)}/features/{segment(event.feature)}"
    return Change(
        source=SOURCE,
        id=event.key,
        kind=ChangeKind.FLAG,
        title=title,
        places=tuple(one for one in (event.feature, event.project) if one),
        started_at=event.created,
        ended_at=event.created,
        result=Result.SUCCEEDED,
        environment=event.environment or None,
        by=event.by or None,
        url=f"{address}{place}" if address and event.project and event.feature else None,
    )
