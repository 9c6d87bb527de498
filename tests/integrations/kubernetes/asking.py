"""A cluster's checks, asked of the API server in memory."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.domain.check import Answer
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.kubernetes.adapter import Kubernetes
from bot.integrations.kubernetes.settings import KubernetesSettings
from tests.integrations.contract.server import serving
from tests.integrations.moment import still
from tests.kubernetes.apiserver import Apiserver
from tests.kubernetes.config import kubeconfig


@asynccontextmanager
async def connected(
    server: Apiserver, thresholds: Mapping[str, Mapping[str, float]] | None = None, *, known: tuple[str, ...] = ()
) -> AsyncIterator[Kubernetes]:
    outside = Outside(now=still)
    async with serving(server.answer) as address:
        settings = KubernetesSettings(kubeconfig=kubeconfig(address), known_admins=known)
        adapter = Kubernetes.connect(settings, Wiring(outside=outside, thresholds=thresholds or {}))
        try:
            yield adapter
        finally:
            await adapter.aclose()
            await outside.aclose()


async def asked(
    what: str,
    server: Apiserver,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    *,
    known: tuple[str, ...] = (),
) -> Answer:
    """One check's answer; `VendorError` as unknown."""
    async with connected(server, thresholds, known=known) as adapter:
        (check,) = [one for one in adapter.checks() if one.name == f"kubernetes.{what}"]
        try:
            return await check.ask()
        except VendorError as error:
            return Answer.unknown(str(error))
