"""A healthy Flux, one in which things bear hostile names, and how its notices are signed."""

import hmac
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from bot.integrations.flux.settings import FluxSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned
from tests.integrations.flux.asking import (
    GIT,
    KUSTOMIZATIONS,
    RECEIVERS,
    RELEASES,
    bare,
    deployed,
    healthy,
    kustomization,
    made,
    release,
    said,
    source,
    told,
)
from tests.kubernetes.apiserver import TOKEN
from tests.kubernetes.config import kubeconfig

KEY: Final = "flux-hmac-4b1e77c0"
CHECKS: Final = ("flux.apps", "flux.sources", "flux.drift")


def prove(body: bytes) -> Mapping[str, str]:
    return {"x-signature": f"sha256={hmac.digest(KEY.encode(), body, 'sha256').hex()}"}


def named(name: str) -> Mapping[str, Canned]:
    """Everything is wrong, and bears the name."""
    given = name or "-"
    failing = said(status="False", reason=name or "Failed", message=name)
    server = bare().put(KUSTOMIZATIONS, kustomization(given, failing, lastAppliedRevision=name))
    drifted = said("Drifted", "True", name or "DriftDetected", message=name)
    history = [deployed(name, "failed"), deployed(name)]
    rolled_back = said("Remediated", "True")
    server.put(RELEASES, release(given, failing, drifted, rolled_back, history=history, lastAttemptedRevision=name))
    server.put(GIT, source(given, failing))
    return server.put(RECEIVERS, {"metadata": made(given, "shop"), "spec": {}, "status": told(failing)}).lists()


SCRIPT: Final = Script(
    settings=lambda address: FluxSettings(kubeconfig=kubeconfig(address), webhook_hmac_key=SecretStr(KEY)),
    secrets=(TOKEN, KEY),
    answer=healthy().answer,
    named=named,
    shows_names=CHECKS,
    empty=dict.fromkeys(CHECKS, bare().lists()),
    prove=prove,
)
