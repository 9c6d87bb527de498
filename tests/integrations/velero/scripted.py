"""A healthy Velero, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Final

from bot.integrations.velero.settings import VeleroSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned
from tests.integrations.velero.asking import (
    BACKUPS,
    LOCATIONS,
    POD_VOLUMES,
    REPOSITORIES,
    RESTORES,
    SCHEDULES,
    backup,
    bare,
    healthy,
    location,
    made,
    restore,
    schedule,
    volume,
)
from tests.kubernetes.apiserver import TOKEN
from tests.kubernetes.config import kubeconfig


def lists(answers: Mapping[str, Canned]) -> Mapping[str, Canned]:
    """As they are asked for: those of one namespace."""
    return {line.replace("/v1/", "/v1/namespaces/velero/", 1): canned for line, canned in answers.items()}


def named(name: str) -> Mapping[str, Canned]:
    """Everything is wrong, and bears the name."""
    given = name or "-"
    failed = backup(given, phase="Failed", failureReason=name)
    server = bare().put(SCHEDULES, schedule(given, phase="FailedValidation", validationErrors=[name]))
    server.put(BACKUPS, failed).put(LOCATIONS, location(given, "Unavailable", message=name))
    server.put(REPOSITORIES, {"metadata": made(given), "status": {"phase": "NotReady", "message": name}})
    server.put(RESTORES, restore(given, "Failed", failureReason=name))
    moved = volume(given, "Failed", of=failed["metadata"]["name"])
    moved["status"]["message"] = name
    return lists(server.put(POD_VOLUMES, moved).lists())


CHECKS: Final = tuple(f"velero.{what}" for what in ("schedules", "backups", "volumes", "storage", "restores"))
SCRIPT: Final = Script(
    settings=lambda address: VeleroSettings(kubeconfig=kubeconfig(address)),
    secrets=(TOKEN,),
    answer=healthy().answer,
    named=named,
    shows_names=CHECKS,
    empty=dict.fromkeys(CHECKS, lists(bare().lists())),
)
