"""A healthy Argo Rollouts, one in which things bear hostile names, and how its notices prove their sender."""

from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from bot.integrations.rollouts.settings import RolloutsSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned
from tests.integrations.rollouts.asking import ROLLOUTS, RUNS, bare, healthy, rollout, run
from tests.kubernetes.apiserver import TOKEN
from tests.kubernetes.config import kubeconfig

WEBHOOK_TOKEN: Final = "rollouts-hook-91d3f0"
CHECKS: Final = ("rollouts.health", "rollouts.analyses")


def prove(_body: bytes) -> Mapping[str, str]:
    return {"authorization": f"Bearer {WEBHOOK_TOKEN}"}


def named(name: str) -> Mapping[str, Canned]:
    """Everything is wrong, and bears the name."""
    given = name or "-"
    invalid = [{"type": "InvalidSpec", "status": "True", "reason": name, "message": name}]
    server = bare().put(ROLLOUTS, rollout(given, phase="Degraded", message=name, abort=True, conditions=invalid))
    failed = run(given, "Failed")
    failed["status"]["message"] = name
    return server.put(RUNS, failed).lists()


SCRIPT: Final = Script(
    settings=lambda address: RolloutsSettings(kubeconfig=kubeconfig(address), webhook_token=SecretStr(WEBHOOK_TOKEN)),
    secrets=(TOKEN, WEBHOOK_TOKEN),
    answer=healthy().answer,
    named=named,
    shows_names=CHECKS,
    empty=dict.fromkeys(CHECKS, bare().lists()),
    prove=prove,
)
