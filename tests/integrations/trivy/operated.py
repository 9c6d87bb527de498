"""What trivy-operator keeps in a cluster, made up in its shapes."""

from typing import Any

from tests.integrations.moment import ago
from tests.kubernetes.apiserver import Apiserver
from tests.kubernetes.things import metadata

_GROUP = "aquasecurity.github.io"
VULNERABILITIES = f"vulnerabilityreports.{_GROUP}"
SECRETS = f"exposedsecretreports.{_GROUP}"
AUDITS = f"configauditreports.{_GROUP}"


def found(name: str = "CVE-2026-0001", severity: str | None = "CRITICAL", **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "vulnerabilityID": name,
        "resource": "openssl",
        "installedVersion": "3.0.15-1",
        "fixedVersion": "3.0.16-1",
        "publishedDate": "2026-01-02T10:15:00Z",
        "lastModifiedDate": "2026-01-03T10:15:00Z",
        "severity": severity,
        "score": 9.8,
        "title": "openssl: something",
        "primaryLink": f"https://avd.aquasec.com/nvd/{name.lower()}",
        "links": [],
        "target": "",
    }
    return {key: value for key, value in {**usual, **more}.items() if value is not None}


def owned(name: str, owner: str, namespace: str, kind: str = "ReplicaSet") -> dict[str, Any]:
    labels = {
        "trivy-operator.resource.kind": kind,
        "trivy-operator.resource.name": owner,
        "trivy-operator.container.name": "web",
    }
    owners = [{"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": "u1", "controller": True}]
    return metadata(name, namespace, labels=labels, ownerReferences=owners)


def _report(name: str, owner: str, namespace: str, told: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    usual = {
        "updateTimestamp": ago(hours=4),
        "scanner": {"name": "Trivy", "vendor": "Aqua Security", "version": "0.66.0"},
        "registry": {"server": "registry.example"},
        "artifact": {"repository": "shop", "tag": "1.4.2", "digest": "sha256:cd"},
    }
    report = {key: value for key, value in {**usual, **told, **more}.items() if value is not None}
    return {"metadata": owned(name, owner, namespace), "report": report}


def vulnerable(
    *vulnerabilities: dict[str, Any], owner: str = "web-5b7c", namespace: str = "shop", **more: Any
) -> dict[str, Any]:
    counted = {
        f"{severity.lower()}Count": sum(one.get("severity") == severity for one in vulnerabilities)
        for severity in ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")
    }
    told = {
        "os": {"family": "debian", "name": "12.9"},
        "summary": {**counted, "noneCount": 0},
        "vulnerabilities": list(vulnerabilities),
    }
    return _report(f"replicaset-{owner}-web", owner, namespace, told, more)


def exposing(*rules: str, owner: str = "web-5b7c", **more: Any) -> dict[str, Any]:
    secrets = [
        {"target": "/app/.env", "ruleID": rule, "title": rule, "category": "AWS", "severity": "LOW", "match": "hunter2"}
        for rule in rules
    ]
    summary = {"criticalCount": 0, "highCount": 0, "mediumCount": 0, "lowCount": len(rules)}
    told = {"summary": summary, "secrets": secrets}
    return _report(f"replicaset-{owner}-web", owner, "shop", told, more)


def audited(*checks: tuple[str, str, bool], owner: str = "web-5b7c") -> dict[str, Any]:
    told = [
        {"checkID": name, "title": f"title of {name}", "severity": severity, "category": "security", "success": success}
        for name, severity, success in checks
    ]
    report = {"scanner": {"name": "Trivy", "vendor": "Aqua Security", "version": "0.66.0"}, "checks": told}
    return {"metadata": owned(f"replicaset-{owner}", owner, "shop"), "report": report}


def replica_set(
    name: str = "web-5b7c", replicas: int | None = 2, namespace: str = "shop", **more: Any
) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": "web"}}} | ({} if replicas is None else {"replicas": replicas})
    return {"metadata": metadata(name, namespace, **more), "spec": spec, "status": {"replicas": replicas or 0}}


def operated(*, secrets: bool = True, audits: bool = True) -> Apiserver:
    """A cluster with the operator in it, and nothing scanned."""
    server = Apiserver().install(_GROUP, "v1alpha1", "vulnerabilityreports", "VulnerabilityReport", parts=())
    if secrets:
        server.install(_GROUP, "v1alpha1", "exposedsecretreports", "ExposedSecretReport", parts=())
    if audits:
        server.install(_GROUP, "v1alpha1", "configauditreports", "ConfigAuditReport", parts=())
    return server


def healthy() -> Apiserver:
    server = operated().put("replicasets.apps", replica_set(), replica_set("web-old", 0))
    server.put(VULNERABILITIES, vulnerable(found(severity="LOW")), vulnerable(found(), owner="web-old"))
    server.put(SECRETS, exposing(), exposing("aws-access-key-id", owner="web-old"))
    return server.put(AUDITS, audited(("KSV-0001", "HIGH", True), ("KSV-0002", "LOW", False)))


def hostile(name: str) -> Apiserver:
    """Everything is wrong, and bears the name."""
    given = name or "-"
    server = operated().put("replicasets.apps", replica_set(given), replica_set(f"{given}2"))
    bad = found(name, resource=name, installedVersion=name, fixedVersion=name or "1", primaryLink=name)
    artifact = {"repository": name, "tag": name, "digest": name}
    server.put(
        VULNERABILITIES,
        vulnerable(bad, owner=given, artifact=artifact, os={"family": name, "name": name, "eosl": True}),
    )
    server.put(SECRETS, exposing(name, owner=given, artifact=artifact))
    return server.put(AUDITS, audited((name, "HIGH", False), owner=given))
