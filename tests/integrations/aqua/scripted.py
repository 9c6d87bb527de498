"""A hosted Aqua in which all is well, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.aqua.settings import AquaSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import ago

KEY: Final = "aq-key-51c09a"
SECRET: Final = "aq-secret-7be2d4f0"
TOKEN: Final = "eyJ-aqua-token-99d1"
TOKENS: Final = "POST /v2/tokens"
ENVS: Final = "GET /v1/envs"
IMAGES: Final = "GET /api/v2/images"
RISKS: Final = "GET /api/v2/risks/vulnerabilities"
HOSTS: Final = "GET /api/v1/hosts"
GROUPS: Final = "GET /api/v1/hostsbatch"


def page(*found: dict[str, Any], **changes: Any) -> Canned:
    """A page of a list. Any: whatever JSON can hold."""
    return told({"count": len(found), "page": 1, "pagesize": 100, "result": list(found)} | changes)


def image(name: str = "shop:1.4.2", **changes: Any) -> dict[str, Any]:
    found = {
        "registry": "prod",
        "name": name,
        "repository": "shop",
        "tag": "1.4.2",
        "disallowed": False,
        "whitelisted": False,
        "scan_status": "finished",
        "scan_date": ago(hours=7),
        "scan_error": "",
        "crit_vulns": 0,
    }
    return found | changes


def finding(name: str = "CVE-2026-0001", severity: str = "medium", **changes: Any) -> dict[str, Any]:
    found = {
        "name": name,
        "aqua_severity": severity,
        "aqua_score": 9.8,
        "nvd_severity": "critical",
        "vendor_severity": "high",
        "fix_version": "3.0.16-1",
        "publish_date": "2026-02-20",
        "first_found_date": "2026-02-21T03:00:00Z",
        "last_found_date": ago(hours=7),
        "acknowledged_date": "",
        "exploit_type": "",
        "resource": {"type": "package", "format": "deb", "name": "openssl", "version": "3.0.15-1"},
        "registry": "prod",
        "image_repository_name": "shop",
        "image_name": "shop:1.4.2",
    }
    return found | changes


def host(name: str = "node-1", status: str = "connect", **changes: Any) -> dict[str, Any]:
    return {"id": f"id-{name[:40]}", "logicalname": name, "type": "agent", "status": status, "token": "t"} | changes


def hosted(request: Request) -> Canned | None:
    """What rests on the address, or on the query."""
    if request.line == ENVS:
        return told({"status": 200, "data": {"ese_url": request.headers["host"], "ese_gw_url": "gw.example.com"}})
    if request.line == IMAGES and "disallowed" in request.query:
        return page(result=None, count=0)
    return None


HEALTHY: Final[Mapping[str, Canned]] = {
    TOKENS: told({"status": 200, "data": TOKEN}),
    IMAGES: page(image(), image("db:16", tag="16")),
    RISKS: page(finding(), finding("CVE-2026-0002", "critical", fix_version="")),
    HOSTS: page(host(), host("node-2")),
}


def named(name: str) -> Mapping[str, Canned]:
    resource = {"name": name, "version": name}
    return {
        IMAGES: page(image(name, registry=name, disallowed=True, scan_error=name, scan_date=ago(days=9))),
        RISKS: page(finding(name, "critical", image_name=name, resource=resource, fix_version=f"1{name}")),
        HOSTS: page(host(name, "disconnect")),
    }


SCRIPT: Final = Script(
    settings=lambda address: AquaSettings(url=address, api_key=SecretStr(KEY), api_secret=SecretStr(SECRET)),
    secrets=(KEY, SECRET, TOKEN),
    healthy=HEALTHY,
    answer=hosted,
    named=named,
    shows_names=("aqua.policy", "aqua.vulnerabilities", "aqua.scans", "aqua.enforcers"),
    empty={
        "aqua.policy": {IMAGES: page()},
        "aqua.scans": {IMAGES: page()},
        "aqua.vulnerabilities": {IMAGES: page(), RISKS: page()},
        "aqua.enforcers": {HOSTS: page()},
    },
)
