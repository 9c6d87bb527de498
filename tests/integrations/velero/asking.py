"""Velero's checks, asked of the API server in memory, and objects as a healthy Velero has them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.domain.check import Answer
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.velero.adapter import Velero
from bot.integrations.velero.settings import VeleroSettings
from tests.integrations.contract.server import serving
from tests.integrations.moment import AT, ago, still
from tests.kubernetes.apiserver import Apiserver, Thing
from tests.kubernetes.config import kubeconfig

SCHEDULES: Final = "schedules.velero.io"
BACKUPS: Final = "backups.velero.io"
LOCATIONS: Final = "backupstoragelocations.velero.io"
REPOSITORIES: Final = "backuprepositories.velero.io"
RESTORES: Final = "restores.velero.io"
POD_VOLUMES: Final = "podvolumebackups.velero.io"
UPLOADS: Final = "datauploads.velero.io"
DAILY: Final = f"0 {(AT - timedelta(hours=3)).astimezone(UTC).hour} * * *"
"""Due between two and three hours ago, and a day before."""
DUE: Final = (AT - timedelta(hours=3)).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def at(moment: datetime) -> str:
    return moment.isoformat()


def made(name: str, **more: Any) -> Thing:
    """Any: whatever metadata can hold."""
    return {"name": name, "namespace": "velero", "uid": f"uid-{name}", "creationTimestamp": ago(days=90), **more}


def schedule(name: str = "daily", cron: str = DAILY, *, paused: bool | None = None, **status: Any) -> Thing:
    told = {"phase": "Enabled", "lastBackup": at(DUE + timedelta(seconds=4)), **status}
    spec = {"schedule": cron, "template": {"ttl": "720h0m0s"}} | ({} if paused is None else {"paused": paused})
    return {"metadata": made(name), "spec": spec, "status": {key: one for key, one in told.items() if one is not None}}


def backup(of: str = "daily", *, days: float = 0, phase: str = "Completed", **status: Any) -> Thing:
    """One that was due so many days before the last."""
    began = DUE - timedelta(days=days)
    told = {
        "phase": phase,
        "startTimestamp": at(began + timedelta(seconds=4)),
        "completionTimestamp": at(began + timedelta(minutes=7)),
        "expiration": at(began + timedelta(days=30)),
        "progress": {"totalItems": 3120, "itemsBackedUp": 3120},
        "csiVolumeSnapshotsAttempted": 12,
        "csiVolumeSnapshotsCompleted": 12,
        **status,
    }
    labels = {"velero.io/schedule-name": of, "velero.io/storage-location": "default"}
    name = f"{of[:80] or '-'}-{began:%Y%m%d%H%M%S}"
    return {
        "metadata": made(name, labels=labels, creationTimestamp=at(began)),
        "spec": {"storageLocation": "default", "ttl": "720h0m0s"},
        "status": {key: one for key, one in told.items() if one is not None},
    }


def running(phase: str = "InProgress", **status: Any) -> Thing:
    return backup(phase=phase, completionTimestamp=None, expiration=None, **status)


def location(name: str = "default", phase: str = "Available", *, spec: Thing | None = None, **status: Any) -> Thing:
    told = {"phase": phase, "lastValidationTime": ago(minutes=1), **status}
    return {
        "metadata": made(name),
        "spec": {"provider": "aws", "default": True, "accessMode": "ReadWrite", **(spec or {})},
        "status": {key: one for key, one in told.items() if one is not None},
    }


def restore(name: str = "test-restore", phase: str = "Completed", *, days: float = 3, **status: Any) -> Thing:
    told = {"phase": phase, "startTimestamp": ago(days=days), "completionTimestamp": ago(days=days, minutes=-5)}
    spec = {"backupName": "daily-1", "includedNamespaces": ["shop"], "namespaceMapping": {"shop": "shop-test"}}
    return {"metadata": made(name, labels={"purpose": "test"}), "spec": spec, "status": told | status}


def volume(name: str = "v-1", phase: str = "Completed", *, of: str = "", **metadata: Any) -> Thing:
    owner = [{"kind": "Backup", "name": of or backup()["metadata"]["name"], "apiVersion": "velero.io/v1"}]
    return {"metadata": made(name, ownerReferences=owner) | metadata, "status": {"phase": phase, "message": "why"}}


def bare() -> Apiserver:
    """Velero is installed, and nothing is set up."""
    server = Apiserver()
    for plural, kind in (
        ("schedules", "Schedule"),
        ("backups", "Backup"),
        ("backupstoragelocations", "BackupStorageLocation"),
        ("backuprepositories", "BackupRepository"),
        ("restores", "Restore"),
        ("podvolumebackups", "PodVolumeBackup"),
    ):
        server.install("velero.io", "v1", plural, kind, parts=())
    return server.install("velero.io", "v2alpha1", "datauploads", "DataUpload", parts=())


def healthy() -> Apiserver:
    server = bare().put(SCHEDULES, schedule()).put(BACKUPS, backup(), *(backup(days=day) for day in range(1, 9)))
    server.put(LOCATIONS, location()).put(RESTORES, restore())
    server.put(REPOSITORIES, {"metadata": made("shop-default-kopia"), "status": {"phase": "Ready"}})
    return server.put(POD_VOLUMES, volume()).put(UPLOADS, volume("u-1"))


@asynccontextmanager
async def connected(
    server: Apiserver, thresholds: Mapping[str, Mapping[str, float]] | None = None, **settings: Any
) -> AsyncIterator[Velero]:
    """Any: settings of every kind."""
    outside = Outside(now=still)
    async with serving(server.answer) as address:
        given = VeleroSettings(kubeconfig=kubeconfig(address), **settings)
        adapter = Velero.connect(given, Wiring(outside=outside, thresholds=thresholds or {}))
        try:
            yield adapter
        finally:
            await adapter.aclose()
            await outside.aclose()


async def asked(
    what: str, server: Apiserver, thresholds: Mapping[str, Mapping[str, float]] | None = None, **settings: Any
) -> Answer:
    """One check's answer; `VendorError` as unknown."""
    async with connected(server, thresholds, **settings) as adapter:
        (check,) = [one for one in adapter.checks() if one.name == f"velero.{what}"]
        try:
            return await check.ask()
        except VendorError as error:
            return Answer.unknown(str(error))
