"""A healthy LaunchDarkly project, and one in which things bear hostile names."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

from bot.integrations.foreign import sound
from bot.integrations.launchdarkly.settings import LaunchDarklySettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import AT

TOKEN: Final = "api-7c1f09e2-55aa"
WEBHOOK_SECRET: Final = "ld-hook-5e20d1"
FLAGS: Final = "GET /api/v2/flags/shop"
STATUSES: Final = "GET /api/v2/flag-statuses/shop/production"
LOG: Final = "GET /api/v2/auditlog"


def millis(**before: float) -> int:
    return int((AT - timedelta(**before)).timestamp() * 1000)


def config(*, on: bool = True, **changes: Any) -> dict[str, Any]:
    """A flag in an environment. Any: whatever JSON can hold."""
    found = {
        "on": on,
        "archived": False,
        "salt": "x",
        "sel": "y",
        "lastModified": millis(days=3),
        "version": 12,
        "_site": {"href": "/shop/production/features/new-checkout", "type": "text/html"},
        "_environmentName": "Production",
        "trackEvents": False,
        "trackEventsFallthrough": False,
        "_summary": {"variations": {"0": {"rules": 0, "nullRules": 0, "targets": 0, "isFallthrough": True}}},
    }
    return found | changes


def flag(key: str = "new-checkout", **changes: Any) -> dict[str, Any]:
    found = {
        "name": key.title(),
        "kind": "boolean",
        "key": key,
        "_version": 3,
        "creationDate": millis(days=60),
        "variations": [{"_id": "a", "value": True}, {"_id": "b", "value": False}],
        "temporary": True,
        "tags": [],
        "_links": {"self": {"href": f"/api/v2/flags/shop/{key}", "type": "application/json"}},
        "experiments": {"baselineIdx": 0, "items": []},
        "customProperties": {},
        "archived": False,
        "_maintainer": {"email": "ana@example.com", "_id": "1", "role": "writer", "_links": {}},
        "environments": {"production": config()},
    }
    return found | changes


def flags(*found: dict[str, Any], total: int | None = None) -> Canned:
    return told({"items": list(found), "totalCount": len(found) if total is None else total, "_links": {}})


def status(key: str = "new-checkout", name: str = "active") -> dict[str, Any]:
    links = {
        "parent": {"href": f"/api/v2/flags/shop/{key}", "type": "application/json"},
        "self": {"href": f"/api/v2/flag-statuses/shop/production/{key}", "type": "application/json"},
    }
    return {"name": name, "lastRequested": "2026-03-02T05:59:00.000Z", "default": None, "_links": links}


def statuses(*found: dict[str, Any]) -> Canned:
    return told({"_links": {}, "items": list(found)})


def entry(number: int = 1, key: str = "new-checkout", **changes: Any) -> dict[str, Any]:
    found = {
        "_links": {},
        "_id": f"5f1a{number:020d}",
        "_accountId": "acc",
        "date": millis(hours=2, minutes=number),
        "accesses": [{"action": "updateOn", "resource": f"proj/shop:env/production:flag/{key}"}],
        "kind": "flag",
        "name": key.title(),
        "description": "",
        "shortDescription": "",
        "comment": "INC-42",
        "member": {"_links": {}, "_id": "1", "email": "ana@example.com", "firstName": "Ana", "lastName": "B"},
        "titleVerb": "turned on the flag",
        "title": "Ana turned on the flag",
        "target": {"_links": {}, "name": key.title(), "resources": [f"proj/shop:env/production:flag/{key}"]},
    }
    return found | changes


def log(*found: dict[str, Any], following: str = "") -> Canned:
    links = {"next": {"href": following, "type": "application/json"}} if following else {}
    return told({"items": list(found), "_links": links})


HEALTHY: Final[Mapping[str, Canned]] = {
    FLAGS: flags(
        flag(),
        flag("stop-payments", temporary=False, tags=["kill-switch"], environments={"production": config(on=False)}),
    ),
    STATUSES: statuses(status(), status("stop-payments", "inactive")),
    LOG: log(entry()),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = flag(name or "?", name=name, tags=["kill-switch"])
    return {
        FLAGS: flags(bad),
        STATUSES: statuses({"name": "inactive", "_links": {"parent": {"href": _href(name or "?")}}}),
        LOG: log(entry(1, name, comment=name, titleVerb=name)),
    }


def _href(key: str) -> str:
    """A link to it, with what cannot be stored replaced as it is in the body."""
    return f"/api/v2/flags/shop/{quote(str(sound(key)), safe='')}"


def prove(body: bytes, secret: str = WEBHOOK_SECRET) -> Mapping[str, str]:
    return {"x-ld-signature": hmac.digest(secret.encode(), body, "sha256").hex()}


SCRIPT: Final = Script(
    settings=lambda address: LaunchDarklySettings(
        api_url=address,
        access_token=SecretStr(TOKEN),
        project=("shop",),
        webhook_secret=SecretStr(WEBHOOK_SECRET),
    ),
    secrets=(TOKEN, WEBHOOK_SECRET),
    healthy=HEALTHY,
    named=named,
    shows_names=("launchdarkly.stale", "launchdarkly.kill_switches"),
    empty={
        "launchdarkly.changes": {FLAGS: flags()},
        "launchdarkly.stale": {FLAGS: flags()},
        "launchdarkly.kill_switches": {FLAGS: flags()},
    },
    prove=prove,
)
