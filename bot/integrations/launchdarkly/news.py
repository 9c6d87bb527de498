"""An entry of LaunchDarkly's audit log as a change of ours, the same whether its webhook or a look tells it."""

from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.http import segment
from bot.integrations.launchdarkly.judge import is_about_a_flag, name_of, title_of
from bot.integrations.launchdarkly.shapes import Entry

SOURCE: Final = "launchdarkly"
_ANY: Final = "*"


def change_of(entry: Entry, address: str) -> Change | None:
    """None for what is not about a flag."""
    if not is_about_a_flag(entry):
        return None
    project, environment, flag = (entry.place(part) for part in ("proj", "env", "flag"))
    return Change(
        source=SOURCE,
        id=entry.id,
        kind=ChangeKind.FLAG,
        title=title_of(entry),
        places=tuple(dict.fromkeys(one for one in (name_of(entry), project) if one and one != _ANY)),
        started_at=entry.date,
        ended_at=entry.date,
        result=Result.SUCCEEDED,
        environment=environment if environment != _ANY else None,
        by=entry.by or None,
        url=page_of(address, project, flag, environment) if project and flag and environment else None,
    )


def page_of(address: str, project: str, flag: str, environment: str) -> str:
    return f"{address}/{segment(project)}/{segment(environment)}/features/{segment(flag)}"
