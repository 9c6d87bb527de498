"""The messages about pages that are kept up to date, drawn from stored state."""

from bot.features.oncall import views
from bot.features.oncall.service import Duties
from bot.slack.drawn import Drawn


async def page(duties: Duties, key: str) -> Drawn | None:
    """`<page>`: in the channel of the team that runs the service."""
    found = await duties.pages.get(int(key)) if key.isdigit() else None
    if found is None:
        return None
    now = duties.now_at(duties.plan().team_of(found.service))
    return Drawn(channel=found.channel, message=views.page(found, duties.names, now))
