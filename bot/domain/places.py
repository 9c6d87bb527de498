"""Which of our services a change touched: by the names that the settings give, else by its places alone."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.change import Change
from bot.domain.plan import Plan

PRODUCTION: Final = frozenset({"prod", "production", "prd", "live"})
OTHERS: Final = frozenset(
    {"staging", "stage", "stg", "test", "testing", "qa", "uat", "dev", "development", "preview", "sandbox", "nonprod"}
    | {"preprod", "preproduction", "non", "pre", "demo", "integration"}
)
_SPLIT: Final = re.compile(r"[^a-z0-9]+")
_AN_ENVIRONMENT: Final = (PRODUCTION | OTHERS | {"canary"}) - {"non", "pre"}


def service_touched(change: Change, plan: Plan) -> str | None:
    """Our service behind a change; None when it is nobody's that we know.

    First the names under `match: {changes: …}`, compared with every place. Then each place in turn, the most telling
    first: a service called like the place, like its last part (`acme/checkout`), or like its last part without the
    environment's name at either end (`checkout-prod`). Whatever the case of the letters.
    """
    named = {name.casefold(): service.name for service in plan.services for name in service.match.changes}
    for place in change.places:
        if place.casefold() in named:
            return named[place.casefold()]
    services = {service.name.casefold(): service.name for service in plan.services}
    for place in change.places:
        for candidate in _candidates(place.casefold(), change.environment):
            if candidate in services:
                return services[candidate]
    return None


def _candidates(place: str, environment: str | None) -> Iterator[str]:
    yield place
    last = place.rstrip("/").rpartition("/")[2]
    yield last
    known = sorted(_AN_ENVIRONMENT | ({environment.casefold()} if environment else set()), key=len, reverse=True)
    for word in known:
        if last.endswith(f"-{word}"):
            yield last.removesuffix(f"-{word}")
        if last.startswith(f"{word}-"):
            yield last.removeprefix(f"{word}-")


def is_production(environment: str | None) -> bool | None:
    """Whether customers are there; None where its name does not tell."""
    words: Sequence[str] = _SPLIT.split((environment or "").casefold())
    if any(word in OTHERS for word in words):
        return False
    return True if any(word in PRODUCTION for word in words) else None
