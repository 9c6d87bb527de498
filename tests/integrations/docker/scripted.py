"""A healthy Docker host, with the payloads of Engine 20.10, and one in which things bear hostile names."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.integrations.docker.settings import DockerSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import AT, ago

PING: Final = "GET /_ping"
LIST: Final = "GET /v1.41/containers/json"
INFO: Final = "GET /v1.41/info"
DF: Final = "GET /v1.41/system/df"
EVENTS: Final = "GET /v1.41/events"
NEVER: Final = "0001-01-01T00:00:00Z"
IMAGE_ID: Final = "sha256:c468183271b14b9148c086eb51352073405327bfc5e5d65716635b87ccb2f5f2"
IMAGE: Final = f"GET /v1.41/images/{IMAGE_ID.replace(':', '%3A')}/json"


def ping(version: str | None = "1.41") -> Canned:
    headers = {"content-type": "text/plain; charset=utf-8", **({"api-version": version} if version else {})}
    return Canned(body=b"OK", headers=headers)


def ident(name: str) -> str:
    """A container's id, the same for the same name."""
    return name.encode("utf-8", "surrogatepass").hex()[:58].ljust(64, "0")


def seconds(**amount: float) -> int:
    return int(AT.timestamp() - sum(amount.get(unit, 0) * size for unit, size in _SIZES.items()))


_SIZES: Final = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def listed(name: str = "web", state: str = "running", **changes: Any) -> dict[str, Any]:
    """A container in the list. Any: whatever JSON can hold."""
    found = {
        "Id": ident(name),
        "Names": [f"/{name}"],
        "Image": "shop:1.4",
        "ImageID": IMAGE_ID,
        "Command": "/bin/shop",
        "Created": seconds(days=3),
        "Ports": [],
        "Labels": {"com.docker.compose.project": "acme", "com.docker.compose.service": name},
        "State": state,
        "Status": "Up 3 days",
        "HostConfig": {"NetworkMode": "none"},
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }
    return found | changes


def state(status: str = "running", **changes: Any) -> dict[str, Any]:
    running = status in ("running", "paused", "restarting")
    found = {
        "Status": status,
        "Running": running,
        "Paused": status == "paused",
        "Restarting": status == "restarting",
        "OOMKilled": False,
        "Dead": status == "dead",
        "Pid": 4711 if running else 0,
        "ExitCode": 0,
        "Error": "",
        "StartedAt": ago(days=3),
        "FinishedAt": NEVER if running else ago(days=2),
    }
    return found | changes


def health(status: str, **changes: Any) -> dict[str, Any]:
    tries = [{"Start": ago(minutes=1), "End": ago(minutes=1), "ExitCode": 1, "Output": "nope\n"}]
    return {"Status": status, "FailingStreak": 0, "Log": tries} | changes


def inspected(name: str = "web", found: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    told_of = {
        "Id": ident(name),
        "Name": f"/{name}",
        "Created": "2026-01-02T05:00:01.481855865Z",
        "Image": IMAGE_ID,
        "RestartCount": 0,
        "State": state() if found is None else found,
        "Config": {"Image": "shop:1.4", "Labels": {}, "Healthcheck": None},
        "HostConfig": {"RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}},
    }
    return told_of | changes


def inspect(name: str = "web") -> str:
    return f"GET /v1.41/containers/{ident(name)}/json"


def host(*containers: tuple[dict[str, Any], dict[str, Any]]) -> Mapping[str, Canned]:
    """A list, and for each container what it answers when asked by itself."""
    return {
        LIST: told([one for one, _ in containers]),
        **{f"GET /v1.41/containers/{one['Id']}/json": told(more) for one, more in containers},
    }


def image(**changes: Any) -> dict[str, Any]:
    found = {
        "Id": IMAGE_ID,
        "RepoTags": ["shop:1.4"],
        "RepoDigests": ["shop@sha256:afcc7f1ac1b49db317a7196c902e61c6c3c4607d63599ee1a82d702d249a0ccb"],
        "Created": ago(days=12),
        "Size": 1_982_256,
        "Metadata": {"LastTagTime": ago(days=4)},
    }
    return found | changes


def event(action: str, name: str = "web", *, code: str | None = None, **changes: Any) -> dict[str, Any]:
    told_of = {"image": "shop:1.4", "name": name} | ({"exitCode": code} if code is not None else {})
    found = {
        "Type": "container",
        "Action": action,
        "Actor": {"ID": ident(name), "Attributes": told_of},
        "scope": "local",
        "time": seconds(hours=2),
        "timeNano": seconds(hours=2) * 10**9,
    }
    return found | changes


def events(*found: dict[str, Any], kind: str = "application/json", between: str = "\n") -> Canned:
    body = "".join(json.dumps(one) + between for one in found).encode()
    return Canned(body=body, headers={"content-type": kind})


INFO_FOUND: Final[Mapping[str, Any]] = {
    "ID": "4DDK:FSEU:TMMG:ZTCO",
    "Containers": 2,
    "ContainersRunning": 1,
    "Name": "vm",
    "ServerVersion": "20.10.24+dfsg1",
    "Swarm": {"NodeID": "", "LocalNodeState": "inactive", "Error": "", "RemoteManagers": None},
    "Warnings": ["WARNING: No swap limit support"],
}
DF_FOUND: Final[Mapping[str, Any]] = {
    "LayersSize": 1_982_256_000,
    "Images": [
        {"Id": IMAGE_ID, "Size": 1_500_000_000, "SharedSize": 0, "Containers": 2},
        {"Id": "sha256:01", "Size": 482_256_000, "SharedSize": 82_256_000, "Containers": 0},
    ],
    "Containers": [{"Id": "1", "State": "running", "SizeRw": 4_000_000, "SizeRootFs": 1_500_000_000}],
    "Volumes": [
        {"Name": "data", "UsageData": {"Size": 3_000_000_000, "RefCount": 1}},
        {"Name": "far", "UsageData": {"Size": -1, "RefCount": -1}},
    ],
    "BuildCache": None,
    "BuilderSize": 0,
}
DONE: Final = (listed("migrate", "exited"), inspected("migrate", state("exited"), HostConfig={"RestartPolicy": None}))
HEALTHY: Final[Mapping[str, Canned]] = {
    PING: ping(),
    INFO: told(INFO_FOUND),
    DF: told(DF_FOUND),
    EVENTS: events(event("die", code="0"), event("health_status: healthy")),
    IMAGE: told(image()),
    **host((listed(), inspected(found=state(Health=health("healthy")))), DONE),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = state(Health=health("unhealthy", Log=[{"Output": name}]), StartedAt=ago(hours=1))
    one = listed("x", Names=[f"/{name}"], Image=name, ImageID="sha256:02", Labels={"com.docker.compose.service": name})
    return {
        **host((one, inspected("x", bad, RestartCount=2))),
        EVENTS: events(event("die", name, code=name)),
        "GET /v1.41/images/sha256%3A02/json": told(image(Created=ago(days=400), RepoTags=[name])),
        DF: told({**DF_FOUND, "LayersSize": 1, "BuildCache": [{"Size": 90 * 10**9, "InUse": False, "Shared": False}]}),
        INFO: told({**INFO_FOUND, "ServerVersion": name, "Swarm": {"LocalNodeState": "error", "Error": name}}),
    }


_ALL: Final[Sequence[str]] = ("engine", "containers", "restarts", "disk", "images")

SCRIPT: Final = Script(
    settings=lambda address: DockerSettings(host=address),
    healthy=HEALTHY,
    named=named,
    shows_names=tuple(f"docker.{what}" for what in _ALL),
    only_status=(EVENTS,),  # no bad event is an empty answer; test_adapter.py plays the wrong ones
    empty={
        "docker.containers": host(),
        "docker.restarts": host(),
        "docker.images": host(DONE),
        "docker.disk": {DF: told({"LayersSize": 0, "Images": [], "Containers": [], "Volumes": [], "BuildCache": []})},
        "docker.engine": {INFO: told({"Containers": 0})},
    },
)
