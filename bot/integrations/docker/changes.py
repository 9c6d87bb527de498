"""New containers as changes: on a single host a deployment is a container that was made anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.docker.client import Container
from bot.integrations.docker.judge import names_of

SOURCE: Final = "docker"
_ONCE: Final = "com.docker.compose.oneoff"
_SOON: Final = timedelta(minutes=10)
"""What ended badly so soon after it was made did not come up."""
_COMING_UP: Final = timedelta(minutes=50)
SETTLED: Final = timedelta(hours=1)
"""How long a new container is told of again and again: nothing says when it was up, or found healthy."""


def changes(found: Sequence[Container], now: datetime) -> Sequence[Change]:
    """Read from the list and not from the events: of those an engine keeps 256, most of them of health checks."""
    told = [
        _change(one, one.listed.created, now)
        for one in found
        if one.listed.created is not None and one.listed.labels.get(_ONCE) != "True"
    ]
    return sorted(told, key=lambda one: (one.started_at, one.id))


def _change(one: Container, made: datetime, now: datetime) -> Change:
    image, _, version = one.listed.image.rpartition(":")
    # `registry:5000/shop` has a port and no tag; a digest or a bare id is no version that people know.
    tagged = bool(image) and "/" not in version and "@" not in image and image != "sha256"
    repository = image if tagged else one.listed.image.partition("@")[0]
    image_place = [] if repository.startswith("sha256") else [repository]
    places = [*names_of(one.listed.labels), one.listed.name, *image_place]
    started = one.inspected.state.started_at
    return Change(
        source=SOURCE,
        id=one.listed.reference,
        kind=ChangeKind.DEPLOYMENT,
        title=f"new container {one.listed.name}",
        places=list(dict.fromkeys(place for place in places if place)),
        started_at=made,
        ended_at=started if started is not None and made <= started <= made + _SOON else None,
        result=_result(one, made, now),
        version=version if tagged else None,
    )


def _result(one: Container, made: datetime, now: datetime) -> Result:
    state = one.inspected.state
    coming_up = Result.RUNNING if now - made < _COMING_UP else Result.UNKNOWN
    match state.status.lower():
        case "running" | "paused":
            return coming_up if state.health.status.lower() == "starting" else Result.SUCCEEDED
        case "created":
            return Result.FAILED if state.error else coming_up
        case "restarting" | "dead":
            return Result.FAILED
        case "exited":
            early = state.finished_at is not None and state.finished_at <= made + _SOON
            return Result.FAILED if state.exit_code and early else Result.SUCCEEDED
        case _:
            return Result.UNKNOWN
