"""A healthy Statuspage with a healthy vendor, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.statuspage.settings import StatuspageSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told

KEY: Final = "sp-made-up-89f2"
SECRET: Final = "sp-hook-70d1c4"
COMPONENTS: Final = "GET /v1/pages/kctbh9vrtdwd/components"
UNRESOLVED: Final = "GET /v1/pages/kctbh9vrtdwd/incidents/unresolved"
ACTIVE: Final = "GET /v1/pages/kctbh9vrtdwd/incidents/active_maintenance"
UPCOMING: Final = "GET /v1/pages/kctbh9vrtdwd/incidents/upcoming"
SUMMARY: Final = "GET /api/v2/summary.json"
VENDOR: Final = "GET /vendor/api/v2/summary.json"


def component(name: str = "Checkout", status: str = "operational", **changes: Any) -> dict[str, Any]:
    """Any: whatever JSON can hold."""
    return {"id": "c1", "name": name, "status": status, "group": False, "group_id": None, "position": 1} | changes


def incident(**changes: Any) -> dict[str, Any]:
    update = {
        "id": "u1",
        "status": "investigating",
        "body": "We look into it.",
        "created_at": "2026-03-02T06:20:00.000Z",
    }
    return {
        "id": "p31zjtct2jer",
        "name": "Checkout errors",
        "status": "investigating",
        "impact": "major",
        "shortlink": "https://stspg.io/abc",
        "created_at": "2026-03-02T06:20:00.000Z",
        "updated_at": "2026-03-02T06:20:00.000Z",
        "metadata": {},
        "incident_updates": [update],
        "components": [],
    } | changes


def summary(indicator: str = "none", *found: dict[str, Any], words: str = "All Systems Operational") -> Canned:
    page = {
        "id": "kctbh9vrtdwd",
        "name": "Acme",
        "url": "https://status.acme.com",
        "updated_at": "2026-03-02T06:20:00Z",
    }
    status = {"indicator": indicator, "description": words}
    return told({"page": page, "status": status, "components": list(found or (component(),)), "incidents": []})


HEALTHY: Final[Mapping[str, Canned]] = {
    COMPONENTS: told([component(), component("Search", id="c2"), component("All", id="g1", group=True)]),
    UNRESOLVED: told([]),
    ACTIVE: told([]),
    UPCOMING: told([]),
    SUMMARY: summary(),
    VENDOR: summary(),
}


def named(name: str) -> Mapping[str, Canned]:
    return {
        COMPONENTS: told([component(name, "major_outage")]),
        UNRESOLVED: told([incident(name=name, shortlink=name)]),
        ACTIVE: told([incident(name=name, status="in_progress", scheduled_until="2026-03-01T00:00:00Z")]),
        SUMMARY: summary("minor", component(name, "partial_outage"), words=name),
        VENDOR: summary("major", words=name),
    }


SCRIPT: Final = Script(
    settings=lambda address: StatuspageSettings(
        api_key=SecretStr(KEY),
        page_id="kctbh9vrtdwd",
        api_url=address,
        url=address,
        vendors=(f"{address}/vendor",),
        webhook_secret=SecretStr(SECRET),
    ),
    secrets=(KEY, SECRET),
    prove=lambda _: {"authorization": f"Bearer {SECRET}"},
    healthy=HEALTHY,
    named=named,
    shows_names=(
        "statuspage.page",
        "statuspage.components",
        "statuspage.incidents",
        "statuspage.maintenance",
        "statuspage.vendors",
    ),
    empty={
        "statuspage.components": {COMPONENTS: told([])},
        "statuspage.page": {SUMMARY: told({"status": {"indicator": "none", "description": "fine"}, "components": []})},
    },
)
