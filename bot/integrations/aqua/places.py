"""Where a hosted Aqua is: three hosts a region, and a tenant's own console, which only they tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bot.domain.errors import Refused
from bot.integrations.aqua.settings import AquaSettings

_REGIONS: Final[Mapping[str, str]] = {
    "us": "",
    "eu-1": "eu-1",
    "asia-1": "asia-1",
    "asia-2": "asia-2",
    "ap-2": "ap-2",
}
_OURS: Final = (".aquasec.com",)
"""A token goes to no console elsewhere, whoever names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`console` is for people; where `hosted`, calls go to the tenant's own, which `provision` tells."""

    console: str
    tokens: str
    provision: str
    hosted: bool


def places_of(settings: AquaSettings) -> Places:
    url = settings.url.strip().rstrip("/")
    if not settings.api_key.get_secret_value() and not settings.region:
        return Places(console=url, tokens=url, provision=url, hosted=False)
    region = settings.region or _region_of(url)
    if region is None:  # a proxy of your own
        console = tokens = provision = url
    else:
        before = _REGIONS[region]
        console = f"https://{before + '.' if before else ''}cloud.aquasec.com"
        tokens = f"https://{before + '.' if before else ''}api.cloudsploit.com"
        provision = f"https://prov{'-' + before if before else ''}.cloud.aquasec.com"
    return Places(
        console=url or console,
        tokens=settings.token_url.strip().rstrip("/") or tokens,
        provision=settings.provision_url.strip().rstrip("/") or provision,
        hosted=True,
    )


def _region_of(url: str) -> str | None:
    """The region of a console's address: `https://eu-1.cloud.aquasec.com`, or a tenant's below it."""
    host = (_parts(url).hostname or "") if url else "cloud.aquasec.com"
    if host != "cloud.aquasec.com" and not host.endswith(".cloud.aquasec.com"):
        return None
    return next((region for region, part in _REGIONS.items() if part and part in host.split(".")), "us")


def console_of(told: str, places: Places, title: str) -> str:
    """The address of the tenant's console, where it is one of Aqua's, or on the host that the settings name."""
    given = told.strip().rstrip("/")
    own = _parts(places.console)
    parts = _parts(given if "://" in given else f"{own.scheme or 'https'}://{given}")
    if parts.netloc and parts.netloc == own.netloc:
        return f"{own.scheme}://{parts.netloc}"
    host = parts.hostname or ""
    if parts.netloc.lower() != host or parts.path or parts.query or not host.endswith(_OURS):
        raise Refused(f"{title} names a console on a host that is not Aqua's; the token was not sent there")
    return f"https://{host}"


def _parts(url: str) -> SplitResult:
    """Of what is no address, nothing."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
