"""What happens elsewhere and changes somebody's App Home."""

from collections.abc import Mapping
from typing import Any

from bot.acts import Acts, Start
from bot.features.operations.service import Operations


async def home_opened(operations: Operations, given: Mapping[str, Any]) -> Acts:
    """Slack's `app_home_opened`, which comes for the messages tab too."""
    user = str(given.get("user", ""))
    if given.get("tab") != "home" or not (user.isascii() and user.isalnum()):
        return ()
    operations.homes.opened(user)
    return (_draw(user, str(given.get("event_ts", ""))),)


async def incident_changed(operations: Operations, given: Mapping[str, Any]) -> Acts:
    """An incident began, ended or began again: the Home tabs of its people who looked at theirs lately."""
    stamp = f"{operations.clock().timestamp():.3f}"
    return tuple(_draw(user, stamp) for user in await operations.homes.watching(int(given["incident"])))


def _draw(user: str, stamp: str) -> Start:
    return Start(flow="home.draw", once=f"home:{user}:{stamp[:40]}", given={"user": user})
