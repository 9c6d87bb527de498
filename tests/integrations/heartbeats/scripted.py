"""Jobs that report to Healthchecks. Those that report to us are asked of nobody."""

from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.heartbeats.settings import HeartbeatsSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import told
from tests.integrations.moment import ago

KEY: Final = "hcr-key-7d20b15e"
LIST: Final = "GET /api/v3/checks/"


def job(name: str = "Postgres nightly", status: str = "up", **changes: Any) -> dict[str, Any]:
    """As a read-only key is told. Any: whatever JSON can hold."""
    return {
        "name": name,
        "slug": "pg-nightly",
        "tags": "backup prod",
        "desc": "",
        "grace": 3600,
        "n_pings": 412,
        "status": status,
        "started": False,
        "last_ping": ago(hours=6),
        "next_ping": ago(hours=-18),
        "last_duration": 312,
        "manual_resume": False,
        "methods": "",
        "success_kw": "",
        "unique_key": "a6c7b0a8e5b9d6b3a1f0",
        "schedule": "0 2 * * *",
        "tz": "Europe/Berlin",
    } | changes


SCRIPT: Final = Script(
    settings=lambda address: HeartbeatsSettings(url=address, api_key=SecretStr(KEY)),
    secrets=(KEY,),
    healthy={LIST: told({"checks": [job()]})},
    named=lambda name: {LIST: told({"checks": [job(name, "down")]})},
    shows_names=("heartbeats.healthchecks",),
    empty={"heartbeats.healthchecks": {LIST: told({"checks": []})}},
)
