"""How an engine's images, its use of the disk and its own state are judged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.docker.client import Container
from bot.integrations.docker.judge import summed
from bot.integrations.docker.shapes import DiskUse, Image, Info, Usage
from bot.integrations.foreign import shown

_GB: Final = 1_000_000_000
_NEVER: Final = float("inf")
_LIVE: Final = ("running", "paused", "restarting")
_ENDED: Final = ("created", "exited", "dead", "removing")
_REPRODUCIBLE: Final = 365 * 20
"""Days after 1970 before which no image was built: builds that can be repeated byte for byte bear such a date."""
_SWARM: Final[Mapping[str, Status]] = {
    "": Status.OK,
    "inactive": Status.OK,
    "active": Status.OK,
    "pending": Status.WARN,
    "locked": Status.FAIL,
    "error": Status.FAIL,
}


def live(found: Sequence[Container]) -> Mapping[str, Sequence[Container]]:
    """The containers that run, by the image they run from."""
    told: dict[str, list[Container]] = {}
    for one in found:
        if one.inspected.state.status.lower() not in _ENDED:
            told.setdefault(one.listed.image_id or one.listed.image, []).append(one)
    return told


def images(
    used: Mapping[str, Sequence[Container]], found: Mapping[str, Image | None], now: datetime, limit: "Limit"
) -> Answer:
    """Images grow old, and tags move on from them. What does not tell its age has none that is good."""
    if not used:
        return Answer.unknown("No container runs, so there is no image to judge")
    evidence, oldest = list[Evidence](), 0
    for reference, users in used.items():
        image = found.get(reference)
        status, words, days = _image(image, users, now, limit)
        oldest = max(oldest, days)
        if status is not Status.OK:
            name = shown(_name(image, users)) or shown(reference, limit=20) or "without a name"
            by = ", ".join(shown(one.listed.name, limit=30) for one in users[:3])
            since = image.created if image is not None else None
            key = f"image:{shown(name, limit=150)}"
            detail = shown(f"{words}; run by {by}")
            evidence.append(Evidence(key=key, title=name, status=status, since=since, detail=detail))
    if evidence:
        return summed(evidence, f"{len(evidence)} of {len(used)} images to look at")
    return Answer(status=Status.OK, summary=f"{len(used)} images run, the oldest was built {oldest} days ago")


Limit = Callable[[str, float], float]


def _image(image: Image | None, users: Sequence[Container], now: datetime, limit: Limit) -> tuple[Status, str, int]:
    if image is None:
        return Status.UNKNOWN, "is not there any more, so its age is not known", 0
    if not image.repo_tags and all(_bare(one) for one in users):
        return Status.WARN, "its tag has moved on to another image, or it never had one", 0
    made, words = image.created, "built"
    if made is None or (made - datetime(1970, 1, 1, tzinfo=made.tzinfo)).days < _REPRODUCIBLE:
        made, words = image.metadata.last_tag_time, "fetched or built here"
    if made is None:
        return Status.UNKNOWN, "does not tell when it was built", 0
    if made > now + timedelta(days=1):
        return Status.UNKNOWN, f"says that it was {words} on {made:%d %b %Y}, which is to come", 0
    days = max(0, (now - made).days)
    told = f"{words} {days} days ago"
    if days >= limit("fail", _NEVER):
        return Status.FAIL, told, days
    return (Status.WARN if days >= limit("warn", 90) else Status.OK), told, days


def _bare(one: Container) -> bool:
    """The list shows an id where the name that the container was made with means another image by now."""
    bare = one.listed.image.removeprefix("sha256:")
    return len(bare) >= 12 and all(letter in "0123456789abcdef" for letter in bare)


def _name(image: Image | None, users: Sequence[Container]) -> str:
    named = next((one.listed.image for one in users if not _bare(one) and one.listed.image), "")
    return named or next(iter(image.repo_tags if image is not None else ()), "") or users[0].listed.image[:19]


def disk(found: DiskUse, limit: Limit) -> Answer:
    """What could be freed, and, where the team set a limit, what is used. How full the disk is, no engine tells."""
    parts = _parts(found)
    used = sum(max(0, one.total_size) for one in parts.values())
    free = sum(max(0, one.reclaimable) for one in parts.values())
    if not used:
        return Answer.unknown("It says that nothing is used on its disk, not even by an image")
    told = ", ".join(f"{name} {_size(one.total_size)}" for name, one in parts.items() if one.total_size > 0)
    words = f"{_size(used)} used ({told}), {_size(free)} could be freed"
    evidence = [
        Evidence(key=key, title=title, status=status, detail=f"{_size(size)}, limit {edge:,.0f} GB")
        for key, title, size, warn, fail in (
            ("disk:reclaimable", "What could be freed", free, limit("warn", 20), limit("fail", _NEVER)),
            ("disk:used", "What is used", used, limit("used_warn", _NEVER), limit("used_fail", _NEVER)),
        )
        for status, edge in ((_over(size, warn, fail), fail if size >= fail * _GB else warn),)
        if status is not Status.OK
    ]
    if not evidence:
        return Answer(status=Status.OK, summary=words)
    return Answer(
        status=max((one.status for one in evidence), key=lambda each: each.rank), summary=words, evidence=evidence
    )


def _over(size: int, warn: float, fail: float) -> Status:
    if size >= fail * _GB:
        return Status.FAIL
    return Status.WARN if size >= warn * _GB else Status.OK


def _parts(found: DiskUse) -> Mapping[str, Usage]:
    """The sums, which engines before version 1.52 leave to us. -1 stands for what was not measured."""
    if found.image_usage is not None:
        nothing = Usage()
        return {
            "images": found.image_usage,
            "containers": found.container_usage or nothing,
            "volumes": found.volume_usage or nothing,
            "build cache": found.build_cache_usage or nothing,
        }
    volumes = [one.usage_data for one in found.volumes]
    return {
        "images": Usage(
            total_size=found.layers_size or 0,
            reclaimable=sum(max(0, one.size - max(0, one.shared_size)) for one in found.images if not one.containers),
        ),
        "containers": Usage(
            total_size=sum(one.size_rw for one in found.containers),
            reclaimable=sum(one.size_rw for one in found.containers if one.state.lower() not in _LIVE),
        ),
        "volumes": Usage(
            total_size=sum(max(0, one.size) for one in volumes),
            reclaimable=sum(max(0, one.size) for one in volumes if not one.ref_count),
        ),
        "build cache": Usage(
            total_size=sum(one.size for one in found.build_cache if not one.shared),
            reclaimable=sum(one.size for one in found.build_cache if not (one.shared or one.in_use)),
        ),
    }


def _size(size: int) -> str:
    return f"{size / _GB:,.1f} GB" if size >= _GB / 10 else f"{size / 1_000_000:,.0f} MB"


def engine(found: Info) -> Answer:
    """That it answers, whether its swarm works, and whether it says that anybody may speak to it."""
    version = shown(found.server_version, limit=30)
    evidence = []
    swarm = found.swarm.local_node_state
    status = _SWARM.get(swarm, Status.UNKNOWN)
    if status is not Status.OK or found.swarm.error:
        why = f": {shown(found.swarm.error, limit=80)}" if found.swarm.error else ""
        status = max(status, Status.WARN, key=lambda each: each.rank)
        words = f"is {shown(swarm, limit=20) or 'in trouble'}{why}"
        evidence.append(Evidence(key="swarm", title="Its swarm", status=status, detail=words))
    # Others tell what a kernel cannot do, on every start and for ever.
    open_doors = [one for one in found.warnings if "API is accessible" in one]
    evidence += [
        Evidence(key="open", title="Its API", status=Status.WARN, detail="can be used by anybody who reaches it")
        for _ in open_doors[:1]
    ]
    if evidence:
        return summed(evidence, f"Version {version or 'unknown'} answers")
    running, every = found.containers_running, found.containers
    count = f", {running} of {every} containers run" if running is not None and every is not None else ""
    return Answer(status=Status.OK, summary=f"Version {version or 'unknown'} answers{count}")
