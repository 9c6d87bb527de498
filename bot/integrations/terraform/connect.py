"""Connects Terraform with what is switched on of it: asking, acting, and the plans that CI posts."""

import asyncio
from dataclasses import replace
from typing import Final

from bot.integrations import Wiring
from bot.integrations.http import bearer
from bot.integrations.terraform.acting import ActingTerraform
from bot.integrations.terraform.adapter import Plans, Terraform
from bot.integrations.terraform.client import TerraformClient
from bot.integrations.terraform.settings import TerraformSettings

_KIND: Final = "application/vnd.api+json"
_AT_ONCE: Final = 4
"""It takes 30 calls a second of a token."""


def connect(settings: TerraformSettings, wiring: Wiring) -> Terraform | Plans | None:
    if not settings.on("read"):
        return Plans(wiring.reports, settings, wiring) if wiring.reports is not None else None
    api = wiring.outside.api(
        title=wiring.titled("Terraform"),
        base_url=f"{settings.address}/api/v2",
        headers={**bearer(settings.token), "accept": _KIND, "content-type": _KIND},
        verify=(settings.ca_file or True) if settings.verify_tls else False,
        allow_plain_http=settings.allow_plain_http,
        address="TFE_URL",
        variables=("TFE_TOKEN",),
        right="read the organization's workspaces and runs",
    )
    kind = ActingTerraform if settings.on("write") else Terraform
    return kind(TerraformClient(replace(api, room=asyncio.Semaphore(_AT_ONCE)), settings.org), settings, wiring)
