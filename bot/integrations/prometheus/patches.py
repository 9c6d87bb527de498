"""How hosts' pending updates and reboots are judged: a list to work through, the most urgent first."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of
from bot.integrations.prometheus.hosts import Host, Key, Since

_MOST: Final = 200
"""Hosts in the list. Whoever has more to patch needs the number, not the names."""
_KERNELS: Final = {2: "a newer build of its kernel waits for a reboot", 3: "a newer kernel waits for a reboot"}
_A_DAY: Final = timedelta(days=1)
_AN_HOUR: Final = timedelta(hours=1)
_CLOCKS: Final = timedelta(hours=1)
"""By how much the clock of a host may be ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`days` is for how long a security update or a reboot may wait, `security` and `other` how many may.

    `stale` and `stale_fail` are hours. A team may have set any number, also one beyond all dates.
    """

    days: float = 7
    security: float = 50
    other: float = 50
    stale: float = 36
    stale_fail: float = 168

    def late(self, since: Since | None, now: datetime) -> bool:
        return since is not None and (now - since.at) / _A_DAY > self.days

    def age(self, age: timedelta) -> Status:
        hours = age / _AN_HOUR
        if hours > self.stale_fail:
            return Status.FAIL
        return Status.WARN if hours > self.stale else Status.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What is to be done on a host; the most urgent of its points first."""

    host: Host
    points: Sequence[tuple[Status, str]]
    since: datetime | None = None
    weight: float = 0

    @property
    def status(self) -> Status:
        return worst(status for status, _ in self.points)

    @property
    def bad(self) -> bool:
        return bool(self.points) and self.status is not Status.OK

    @property
    def urgency(self) -> tuple[int, float, float, str]:
        """What waits longest comes first, then what waits for most."""
        return -self.status.rank, self.since.timestamp() if self.since else math.inf, -self.weight, self.host.name

    def evidence(self) -> Evidence:
        ranked = sorted(self.points, key=lambda point: -point[0].rank)
        return Evidence(
            key=key_of("host", self.host.labels),
            title=self.host.name,
            status=self.status,
            since=self.since,
            detail=shown("; ".join(words for _, words in ranked), limit=230),
        )


def patches(hosts: Mapping[Key, Host], since: Mapping[Key, Since], now: datetime, limits: Limits) -> Answer:
    """Security updates that wait, other ones where they are many, and figures that are too old to say anything."""
    told = {key: host for key, host in hosts.items() if host.up and host.updates_told}
    lines = [_updates(host, since.get(key), now, limits) for key, host in told.items()]
    untold = [host for key, host in hosts.items() if key not in told]
    security = sum(_counted(host, "security") for host in told.values())
    other = sum(_other(host) for host in told.values())
    well = f"No security update is pending on {_hosts(told)} ({other} other {_word('update', other)})"
    words = f"{security} security {_word('update', security)} pending; " if security else ""
    return _summed(lines, untold, f"{words}{{}} of {_hosts(hosts)} to patch", well, "apt or yum metrics")


def reboots(hosts: Mapping[Key, Host], since: Mapping[Key, Since], now: datetime, limits: Limits) -> Answer:
    """A reboot that waits, services that still run what was replaced, and figures that are too old."""
    told = {key: host for key, host in hosts.items() if host.up and host.reboots_told}
    lines = [_restarts(host, since.get(key), now, limits) for key, host in told.items()]
    untold = [host for key, host in hosts.items() if key not in told]
    # Debian writes /run/reboot-required only where a hook does: what needrestart finds out is worth more.
    looked = sum(_known_kernel(host) for host in told.values())
    well = f"No reboot is pending on {_hosts(told)} (by needrestart on {looked}, else by the system's own mark)"
    return _summed(lines, untold, f"{{}} of {_hosts(hosts)} to restart", well, "reboot metrics")


def waiting_for_reboot(host: Host) -> bool:
    return host.figures.get("reboot", 0) > 0 or host.figures.get("kernel", 0) >= 2


def _updates(host: Host, since: Since | None, now: datetime, limits: Limits) -> _Line:
    points = [*_strange(host, ("pending", "security", "rpms")), *_fresh(host, now, limits)]
    security, other, rpms = _counted(host, "security"), _other(host), _counted(host, "rpms")
    if security:
        late = limits.late(since, now)
        held = _counted(host, "held")
        words = f"{security} security {_word('update', security)} {_span(since, now)}"
        words += f" ({held} {_word('package', held)} held back)" if held else ""
        points.append((Status.FAIL if late or security > limits.security else Status.WARN, words))
    if rpms:
        points.append((Status.WARN, f"{rpms} {_word('update', rpms)}, and yum does not tell which are for security"))
    if other - rpms > 0:
        count = other - rpms
        points.append((Status.WARN if count > limits.other else Status.OK, f"{count} other {_word('update', count)}"))
    if any(status is not Status.OK for status, _ in points) and waiting_for_reboot(host):
        points.append((Status.WARN, "a reboot is pending"))
    return _Line(host=host, points=points, since=since.at if security and since else None, weight=security)


def _restarts(host: Host, since: Since | None, now: datetime, limits: Limits) -> _Line:
    points = [*_strange(host, ("reboot", "kernel", "services")), *_fresh(host, now, limits, lists=False)]
    waits = waiting_for_reboot(host)
    if waits:
        late = limits.late(since, now)
        kernel = host.figures.get("kernel", 0)
        why = _KERNELS.get(int(kernel), "a reboot is pending") if math.isfinite(kernel) else "a reboot is pending"
        points.append((Status.FAIL if late else Status.WARN, f"{why} {_span(since, now)}"))
    services = _counted(host, "services")
    if services:
        one = services == 1
        words = f"{services} {_word('service', services)} still {'runs' if one else 'run'} what was replaced"
        points.append((Status.WARN, words))
    if host.figures.get("microcode", 0) >= 2:
        points.append((Status.WARN, "the microcode of its processor is old"))
    return _Line(host=host, points=points, since=since.at if waits and since else None, weight=services)


def _fresh(host: Host, now: datetime, limits: Limits, *, lists: bool = True) -> Sequence[tuple[Status, str]]:
    """Nothing pending means nothing where nobody looked for updates, or where a script no longer writes its file."""
    points = []
    if lists and "apt" in host.figures:
        points.append(_aged(host, "lists", "its package lists were updated", now, limits))
    if "written" in host.figures or not (lists and "lists" in host.figures):
        points.append(_aged(host, "written", "the figures were written", now, limits))
    if host.figures.get("broken", 0) > 0:
        points.append((Status.WARN, "node exporter cannot read a text file there, so figures may be missing"))
    return [point for point in points if point[0] is not Status.OK]


def _aged(host: Host, figure: str, what: str, now: datetime, limits: Limits) -> tuple[Status, str]:
    if figure not in host.figures:
        return Status.WARN, f"it does not tell when {what}"
    at = host.moment(figure)
    if at is None:
        return Status.FAIL, f"it is not known that {what} at any time"
    age = now - at
    if age < -_CLOCKS:
        return Status.WARN, f"it tells that {what} on {at:%d %b %Y}, which is to come"
    return limits.age(age), f"{what} {_days(age)} ago"


def _strange(host: Host, figures: Sequence[str]) -> Sequence[tuple[Status, str]]:
    """A count that is none is no good news."""
    given = [host.figures[name] for name in figures if name in host.figures]
    lacking = "apt" in host.figures and "security" not in host.figures
    if all(math.isfinite(one) and one >= 0 for one in given) and not lacking:
        return []
    return [(Status.UNKNOWN, "its figures are no numbers")]


def _summed(lines: Sequence[_Line], untold: Sequence[Host], words: str, well: str, what: str) -> Answer:
    bad = sorted((line for line in lines if line.bad), key=lambda line: line.urgency)
    count = len(lines) + len(untold)
    quiet = silent(untold, count, what)
    if not bad and not quiet:
        return Answer(status=Status.OK, summary=well)
    first = ", ".join(f"{shown(line.host.name, limit=40)}: {line.evidence().detail}" for line in bad[:3])
    told = filter(None, (f"{words.format(len(bad))}: {first}" if bad else "", "; ".join(one.title for one in quiet)))
    # What is not known stands before the names, which may be cut.
    summary = shown("; ".join(reversed(list(told))), limit=220)
    status = worst([*(line.status for line in bad), *(one.status for one in quiet)])
    evidence = [*(line.evidence() for line in bad[:_MOST]), *quiet]
    return Answer(
        status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
    )


def silent(untold: Sequence[Host], count: int, what: str, remedy: str = "install the script") -> Sequence[Evidence]:
    """What does not tell is not well; each kind is one line, since it is one job to do."""
    up, down = [host for host in untold if host.up], [host for host in untold if not host.up]
    kinds = (
        ("silent", f"no {what}", up, f"{remedy}, or narrow PROMETHEUS_HOSTS"),
        ("down", "no word", down, "its target is down"),
    )
    return [
        Evidence(
            key=f"hosts:{key}",
            title=f"{words} from {len(found)} of {count} node {_word('exporter', count)}",
            status=Status.UNKNOWN,
            detail=shown(f"{', '.join(shown(host.name, limit=40) for host in found[:5])}: {then}", limit=230),
        )
        for key, words, found, then in kinds
        if found
    ]


def _counted(host: Host, figure: str) -> int:
    value = host.figures.get(figure, 0)
    return max(0, math.ceil(value)) if math.isfinite(value) else 0


def _other(host: Host) -> int:
    return max(0, _counted(host, "pending") - _counted(host, "security")) + _counted(host, "rpms")


def _known_kernel(host: Host) -> bool:
    return host.figures.get("kernel", 0) >= 1


def _span(since: Since | None, now: datetime) -> str:
    if since is None or now - since.at < _A_DAY:
        return "since today"
    return f"for {'at least ' if since.at_least else ''}{_days(now - since.at)}"


def _days(age: timedelta) -> str:
    hours = max(0, int(age.total_seconds() // 3600))
    return f"{hours // 24} {_word('day', hours // 24)}" if hours >= 48 else f"{hours} h"


def _hosts(found: Mapping[Key, Host]) -> str:
    return f"{len(found)} {_word('host', len(found))}"


def _word(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
