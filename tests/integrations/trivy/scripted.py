"""CI that posts clean scans, a cluster with a clean image in it, and both with hostile names in them."""

from collections.abc import Sequence
from typing import Final

from pydantic import SecretStr

from bot.integrations.trivy.settings import TrivySettings
from tests.integrations.contract.script import Post, Script
from tests.integrations.trivy.operated import healthy, hostile, operated
from tests.integrations.trivy.outputs import (
    body,
    cluster,
    misconfiguration,
    result,
    scan,
    secret,
    vulnerability,
    workload,
)
from tests.kubernetes.apiserver import TOKEN as KUBE_TOKEN
from tests.kubernetes.config import kubeconfig

TOKEN: Final = "5f2d8c1e9b7a46308c1e9b7a4630d2f5"


def named(name: str) -> Sequence[Post]:
    bad = vulnerability(name, PkgName=name, InstalledVersion=name, FixedVersion=name, PrimaryURL=name)
    wrong = misconfiguration() | {"ID": name, "Title": name}
    found = result(bad, bad | {"Severity": "HIGH", "PkgName": f"{name}2"}, target=name, Misconfigurations=[wrong])
    return (
        Post(
            body=body(scan(found | {"Secrets": [secret() | {"RuleID": name, "Title": name}]}, ArtifactName=name or "-"))
        ),
        Post(
            body=body(
                cluster(workload(found, name=name), workload(name=name, Error=name)) | {"ClusterName": name or "c"}
            )
        ),
    )


SCRIPT: Final = Script(
    settings=lambda address: TrivySettings(report_token=SecretStr(TOKEN), kubeconfig=kubeconfig(address)),
    secrets=(TOKEN, KUBE_TOKEN),
    answer=healthy().answer,
    named=lambda name: hostile(name).lists(),
    shows_names=("trivy.workloads", "trivy.images"),
    empty=dict.fromkeys(("trivy.workloads", "trivy.images"), operated().lists()),
    posts=(
        Post(body=body(scan())),
        Post(body=body(scan(result(vulnerability(severity="LOW")))), about={"name": "cart", "exit_code": "0"}),
        Post(body=body(cluster(workload(result(vulnerability(FixedVersion="", Status="affected")))))),
    ),
    posts_named=named,
    reported=("trivy.scans", "trivy.patches"),
)
