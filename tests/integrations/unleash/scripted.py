"""A healthy Unleash, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.unleash.settings import UnleashSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import ago

TOKEN: Final = "*:*.9c1f7be2d5a04c"
AUTHORIZATION: Final = "unleash-hook-5e20d1"
FEATURES: Final = "GET /api/admin/search/features"
EVENTS: Final = "GET /api/admin/search/events"
HEALTH: Final = "GET /health"


def environment(name: str = "production", *, enabled: bool = True, **changes: Any) -> dict[str, Any]:
    """An environment of a flag. Any: whatever JSON can hold."""
    found = {
        "name": name,
        "type": name,
        "enabled": enabled,
        "sortOrder": 1,
        "variantCount": 0,
        "hasStrategies": True,
        "hasEnabledStrategies": True,
        "lastSeenAt": ago(minutes=2),
        "yes": 120,
        "no": 3,
    }
    return found | changes


def feature(name: str = "new-checkout", **changes: Any) -> dict[str, Any]:
    found = {
        "name": name,
        "description": None,
        "dependencyType": None,
        "type": "release",
        "project": "default",
        "stale": False,
        "favorite": False,
        "impressionData": False,
        "createdAt": ago(days=20),
        "createdBy": {"id": 1, "name": "ana", "imageUrl": "https://gravatar.example.com/1"},
        "archivedAt": None,
        "segments": [],
        "tags": None,
        "lifecycle": {"stage": "live", "enteredStageAt": ago(days=10)},
        "environments": [environment("development"), environment()],
    }
    return found | changes


def features(*found: dict[str, Any], total: int | None = None) -> Canned:
    return told({"features": list(found), "total": len(found) if total is None else total})


def event(number: int = 14, **changes: Any) -> dict[str, Any]:
    found = {
        "id": number,
        "type": "feature-environment-enabled",
        "createdBy": "ana@example.com",
        "createdByUserId": 7,
        "createdAt": ago(hours=3),
        "data": None,
        "preData": None,
        "tags": [],
        "featureName": "new-checkout",
        "project": "default",
        "environment": "production",
        "groupType": "transaction",
        "groupId": "01M8",
    }
    return found | changes


def events(*found: dict[str, Any], total: int | None = None) -> Canned:
    return told({"events": list(found), "total": len(found) if total is None else total})


HEALTHY: Final[Mapping[str, Canned]] = {
    HEALTH: told({"health": "GOOD"}),
    FEATURES: features(
        feature(), feature("stop-payments", type="kill-switch", environments=[environment(enabled=False)])
    ),
    EVENTS: events(event(), event(13, environment="development")),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = feature(name, stale=True, type="kill-switch", environments=[environment(enabled=True)])
    return {
        HEALTH: told({"health": name}),
        FEATURES: features(bad),
        EVENTS: events(event(featureName=name, createdBy=name, type=f"feature-{name}"[:300])),
    }


def prove(body: bytes) -> Mapping[str, str]:
    return {"authorization": AUTHORIZATION, "content-length": str(len(body))}


def as_pages(found: list[dict[str, Any]], most: int, key: str = "features") -> Any:
    """Answers in pages of at most `most`, as asked for by `offset`. Any: a callable of the script."""

    def answer(request: Request) -> Canned | None:
        if request.line not in (FEATURES, EVENTS) or (key == "features") != (request.line == FEATURES):
            return None
        start = int(request.query.get("offset", ["0"])[0])
        return told({key: found[start : start + most], "total": len(found)})

    return answer


SCRIPT: Final = Script(
    settings=lambda address: UnleashSettings(
        url=address, token=SecretStr(TOKEN), webhook_authorization=SecretStr(AUTHORIZATION)
    ),
    secrets=(TOKEN, AUTHORIZATION),
    healthy=HEALTHY,
    named=named,
    shows_names=("unleash.health", "unleash.stale", "unleash.kill_switches"),
    empty={name: {FEATURES: features()} for name in ("unleash.changes", "unleash.stale", "unleash.kill_switches")},
    prove=prove,
)
