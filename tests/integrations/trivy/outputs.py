"""What `trivy --format json` prints, made up in its shapes."""

import json
from typing import Any

from tests.integrations.moment import ago


def vulnerability(name: str = "CVE-2026-0001", severity: str = "CRITICAL", **more: Any) -> dict[str, Any]:
    usual = {
        "VulnerabilityID": name,
        "PkgName": "openssl",
        "PkgID": "openssl@3.0.15-1",
        "PkgIdentifier": {"PURL": "pkg:deb/debian/openssl@3.0.15-1", "UID": "5c1d"},
        "InstalledVersion": "3.0.15-1",
        "FixedVersion": "3.0.16-1",
        "Status": "fixed",
        "Layer": {"DiffID": "sha256:ee"},
        "SeveritySource": "debian",
        "PrimaryURL": f"https://avd.aquasec.com/nvd/{name.lower()}",
        "DataSource": {"ID": "debian", "Name": "Debian Security Tracker", "URL": "https://salsa.debian.org"},
        "Title": "openssl: something",
        "Severity": severity,
        "CVSS": {"nvd": {"V3Score": 9.8}},
        "References": ["https://www.openssl.org"],
        "PublishedDate": "2026-01-02T10:15:00Z",
    }
    return {key: value for key, value in {**usual, **more}.items() if value is not None}


def secret(rule: str = "aws-access-key-id", line: int = 3) -> dict[str, Any]:
    return {
        "RuleID": rule,
        "Category": "AWS",
        "Severity": "CRITICAL",
        "Title": "AWS Access Key ID",
        "StartLine": line,
        "EndLine": line,
        "Match": "export AWS_ACCESS_KEY_ID=********************",
        "Code": {
            "Lines": [
                {"Number": line, "Content": "export AWS_ACCESS_KEY_ID=****", "Highlighted": "\x1b[38;5;33mexport"},
                {"Number": line + 1, "Content": "export AWS_SECRET_ACCESS_KEY=hunter2/hunter2", "Truncated": False},
            ]
        },
    }


def misconfiguration(name: str = "DS-0002", severity: str = "HIGH", status: str = "FAIL") -> dict[str, Any]:
    return {
        "Type": "dockerfile",
        "ID": name,
        "AVDID": f"AVD-{name}",
        "Title": "Image user should not be 'root'",
        "Message": "Specify at least 1 USER command",
        "Resolution": "Add 'USER <non root user name>' line",
        "Severity": severity,
        "Status": status,
        "CauseMetadata": {"StartLine": 1, "EndLine": 1},
    }


def result(*vulnerabilities: dict[str, Any], target: str = "shop:1.4.2 (debian 12.9)", **more: Any) -> dict[str, Any]:
    listed = {"Vulnerabilities": list(vulnerabilities)} if vulnerabilities else {}
    return {"Target": target, "Class": "os-pkgs", "Type": "debian", **listed, **more}


def scan(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Of an image; without results it has no key for them, as in the real thing."""
    usual = {
        "SchemaVersion": 2,
        "Trivy": {"Version": "0.66.0"},
        "CreatedAt": ago(hours=3).replace("+00:00", "087Z"),
        "ArtifactName": "registry.example:5000/shop:1.4.2",
        "ArtifactType": "container_image",
        "Metadata": {"OS": {"Family": "debian", "Name": "12.9"}, "ImageID": "sha256:ab", "RepoTags": ["shop:1.4.2"]},
        **({"Results": list(results)} if results else {}),
    }
    return {key: value for key, value in {**usual, **more}.items() if value is not None}


def cluster(*resources: dict[str, Any], key: str = "Resources", **more: Any) -> dict[str, Any]:
    return {"ClusterName": "prod-eu", key: list(resources), **more}


def workload(*results: dict[str, Any], name: str = "web", **more: Any) -> dict[str, Any]:
    return {"Namespace": "shop", "Kind": "Deployment", "Name": name, "Results": list(results), **more}


def body(told: Any) -> bytes:
    return json.dumps(told).encode()
