"""CI that posts a clean image and a clean cluster, and an image in which something bears a hostile name."""

from collections.abc import Sequence
from typing import Final

from pydantic import SecretStr

from bot.integrations.trivy.settings import TrivySettings
from tests.integrations.contract.script import Post, Script
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
    settings=lambda _address: TrivySettings(report_token=SecretStr(TOKEN)),
    secrets=(TOKEN,),
    posts=(
        Post(body=body(scan())),
        Post(body=body(scan(result(vulnerability(severity="LOW")))), about={"name": "cart", "exit_code": "0"}),
        Post(body=body(cluster(workload(result(vulnerability(FixedVersion="", Status="affected")))))),
    ),
    posts_named=named,
    reported=("trivy.scans", "trivy.patches"),
)
