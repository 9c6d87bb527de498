"""News of changes from the systems, and of incidents that open."""

from collections.abc import Mapping
from typing import Any

from bot.acts import Acts
from bot.domain.change import ChangeReported
from bot.features.changes.looking import Looking
from bot.features.changes.service import Changes


async def reported(changes: Changes, news: ChangeReported) -> Acts:
    """A system says that something was changed, or how a change went on."""
    return await changes.heard([news])


async def incident_opened(looking: Looking, given: Mapping[str, Any]) -> Acts:
    """Whoever works on it wants to know what was changed up to that moment."""
    incident = await looking.changes.incidents.get(int(given["incident"]))
    return await looking.opened(incident) if incident is not None else ()
