"""What node exporters tell of their hosts' updates and reboots, asked for all hosts together.

The figures come from text files: https://github.com/prometheus-community/node-exporter-textfile-collector-scripts
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.errors import NotInstalled, Refused
from bot.integrations.foreign import shown
from bot.integrations.prometheus.client import PrometheusClient
from bot.integrations.prometheus.queries import Sample, number
from bot.integrations.prometheus.settings import PrometheusSettings
from bot.integrations.together import all_of, both, every

Key = tuple[str, ...]
"""The values of the labels that tell hosts apart."""
_APT: Final = "apt_upgrades_pending|apt_autoremove_pending|apt_package_cache_timestamp_seconds"
"""With nothing pending newer scripts leave the first out, so that its absence alone tells nothing."""
_REBOOT: Final = "node_reboot_required|yum_reboot_required"
_STEP_HOURS: Final = 6
_STEP: Final = timedelta(hours=_STEP_HOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host's newest figures; None is what it does not tell."""

    name: str
    labels: Mapping[str, str]
    up: bool = True
    figures: Mapping[str, float] = field(default_factory=dict)
    system: Sample | None = None
    """Its `node_os_info`."""

    @property
    def updates_told(self) -> bool:
        return "apt" in self.figures or "yum" in self.figures

    @property
    def reboots_told(self) -> bool:
        return "reboot" in self.figures or "kernel" in self.figures

    @property
    def system_told(self) -> bool:
        return self.system is not None

    def moment(self, name: str) -> datetime | None:
        """A figure that is a time; None for one that cannot be."""
        seconds = self.figures.get(name)
        if seconds is None or not math.isfinite(seconds) or not 0 < seconds < 253_000_000_000:
            return None
        return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From when on something has been so; `at_least` where we can look back no further."""

    at: datetime
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    hosts: Mapping[Key, Host]
    warnings: Sequence[str]

    def of(self, told: str, what: str, *, named: bool) -> Mapping[Key, Host]:
        """The hosts, where any of them tells of it; else `NotInstalled`, unless the settings say which must tell."""
        if any(getattr(host, told) for host in self.hosts.values()):
            return self.hosts
        words = f"No node exporter tells of {what}; let a script write it into its folder of text files"
        if named or self.warnings:
            raise Refused(words)
        raise NotInstalled(words)


class Hosts:
    """The questions to Prometheus. `where` narrows them to hosts, as label matchers."""

    def __init__(self, client: PrometheusClient, settings: PrometheusSettings) -> None:
        self._client = client
        self._labels = settings.host_labels or ("instance",)
        self._by = ", ".join(self._labels)
        self._where = settings.hosts
        self._security = _quoted(settings.security_origins)
        self._files = _quoted(settings.patch_files)

    async def told(self) -> Told:
        names = list(self._figures)
        found, named, systems = await all_of(
            every(self._client.vector(self._figures[name]) for name in names),
            self._client.vector(self._nodes),
            self._client.vector(self._systems),
        )
        figures: dict[Key, dict[str, float]] = {}
        for name, one in zip(names, found, strict=True):
            for sample in one.data:
                figures.setdefault(self._key(sample), {})[name] = _value(sample)
        titles = {self._key(one): one.metric.get("nodename", "") for one in named.data}
        up = {self._key(one): _value(one) != 0 for one in named.data}
        running = {self._key(one): one for one in systems.data}
        hosts = {
            key: Host(
                name=self._title(key, titles.get(key, "")),
                labels=dict(zip(self._labels, key, strict=True)),
                up=up.get(key, True),
                figures=figures.get(key, {}),
                system=running.get(key),
            )
            for key in sorted(up.keys() | figures.keys() | running.keys())
        }
        warnings = [words for one in (*found, named, systems) for words in one.warnings]
        return Told(hosts=hosts, warnings=warnings)

    async def security_since(self, days: int, now: datetime) -> Mapping[Key, Since]:
        return await self._since(self._security_pending, days, now)

    async def reboot_since(self, days: int, now: datetime) -> Mapping[Key, Since]:
        kernel = f"({self._one('needrestart_kernel_status')} >= bool 2)"
        return await self._since(f"max by ({self._by}) ({self._pick(_REBOOT)} or {kernel})", days, now)

    async def _since(self, expression: str, days: int, now: datetime) -> Mapping[Key, Since]:
        """No metric tells since when: the last time at which there was nothing, else the first at which there was."""
        window = f"[{days}d:{_STEP_HOURS}h]"
        quiet, seen = await both(
            self._client.vector(f"max_over_time((time() + 0 * (({expression}) == 0)){window})"),
            self._client.vector(f"min_over_time((time() + 0 * ({expression})){window})"),
        )
        found = {key: Since(at=at, at_least=True) for key, at in self._moments(seen.data, now).items()}
        for key, at in self._moments(quiet.data, now).items():
            found[key] = Since(at=min(at + _STEP, now), at_least=False)
        return found

    def _moments(self, samples: Sequence[Sample], now: datetime) -> Mapping[Key, datetime]:
        told = {self._key(one): _value(one) for one in samples}
        return {
            key: datetime.fromtimestamp(seconds, UTC) for key, seconds in told.items() if 0 < seconds <= now.timestamp()
        }

    @property
    def _figures(self) -> Mapping[str, str]:
        """Doubles, as of a pair of servers or of two jobs, count once."""
        by = self._by
        files = self._one("node_textfile_mtime_seconds", f'file=~".*({self._files})[^/]*"')
        return {
            "apt": f"group by ({by}) ({self._pick(_APT)})",
            "yum": f"group by ({by}) ({self._one('yum_upgrades_pending')})",
            "pending": f"sum by ({by}) (max by ({by}, origin, arch) ({self._one('apt_upgrades_pending')}))",
            "security": self._security_pending,
            "rpms": f"sum by ({by}) (max by ({by}, origin) ({self._one('yum_upgrades_pending')}))",
            "held": f"sum by ({by}) (max by ({by}, origin, arch) ({self._one('apt_upgrades_held')}))",
            "lists": f"min by ({by}) ({self._one('apt_package_cache_timestamp_seconds')})",
            "written": f"min by ({by}) ({files}) or min by ({by}) ({self._one('node_textfile_mtime_seconds')})",
            "broken": f"max by ({by}) ({self._one('node_textfile_scrape_error')})",
            "reboot": f"max by ({by}) ({self._pick(_REBOOT)})",
            "kernel": f"max by ({by}) ({self._one('needrestart_kernel_status')})",
            "services": f"max by ({by}) ({self._one('needrestart_services_count')})",
            "microcode": f"max by ({by}) ({self._one('needrestart_microcode_status')})",
        }

    @property
    def _security_pending(self) -> str:
        """One series may list several origins, and suites change their names when a new release comes."""
        pending = self._one("apt_upgrades_pending", f'origin=~"{self._security}"')
        some = f"sum by ({self._by}) (max by ({self._by}, origin, arch) ({pending}))"
        return f"{some} or 0 * group by ({self._by}) ({self._pick(_APT)})"

    @property
    def _nodes(self) -> str:
        """All node exporters, 0 for those that are down: what is down tells nothing."""
        nodes = self._one("node_uname_info")
        down = f"{self._one('up')} == 0 and on (job) group by (job) ({nodes})"
        return f"group by ({self._by}, nodename) ({nodes}) or on ({self._by}) 0 * group by ({self._by}) ({down})"

    @property
    def _systems(self) -> str:
        return f"group by ({self._by}, id, version_id, pretty_name) ({self._one('node_os_info')})"

    def _one(self, name: str, more: str = "") -> str:
        return f"{name}{{{', '.join(filter(None, (more, self._where)))}}}"

    def _pick(self, names: str) -> str:
        return self._one("", f'__name__=~"{names}"')

    def _key(self, sample: Sample) -> Key:
        return tuple(sample.metric.get(label, "") for label in self._labels)

    def _title(self, key: Key, nodename: str) -> str:
        place = "/".join(filter(None, key)) or "a host without a name"
        same = not nodename or place.partition(":")[0] == nodename
        return shown(place if same else f"{nodename} ({place})", limit=100)


def _value(sample: Sample) -> float:
    """NaN for what is no number; it compares with nothing."""
    found = number(sample.value[1]) if sample.value is not None else None
    return math.nan if found is None else found


def _quoted(pattern: str) -> str:
    """Fit for a string of PromQL."""
    return pattern.replace("\\", "\\\\").replace('"', '\\"')
