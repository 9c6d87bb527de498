"""Who has strong rights in a cluster, and who has them without anybody knowing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.access import Holder
from bot.domain.check import Status
from bot.domain.errors import NotAuthorised
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.kubernetes.adapter import Kubernetes
from bot.integrations.kubernetes.settings import KubernetesSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import serving
from tests.integrations.kubernetes.asking import asked, connected
from tests.integrations.kubernetes.scripted import healthy
from tests.integrations.moment import ago, still
from tests.kubernetes import things
from tests.kubernetes.apiserver import TOKEN, Apiserver, Thing
from tests.kubernetes.config import written

ROLES = "clusterroles.rbac.authorization.k8s.io"
CLUSTER_BINDINGS = "clusterrolebindings.rbac.authorization.k8s.io"
BINDINGS = "rolebindings.rbac.authorization.k8s.io"
CI = things.subject("ServiceAccount", "ci", "build")
ANA = things.subject("User", "ana@example.com")
OK, WARN, FAIL = Status.OK, Status.WARN, Status.FAIL


def bound(to: str, *subjects: Thing, **more: Any) -> Apiserver:
    return healthy().put(CLUSTER_BINDINGS, things.binding("mine", to, *subjects, **more))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (things.rule("*", "*", groups="*"), "everything"),
        (things.rule("get escalate", "clusterroles"), "gives itself more rights"),
        (things.rule("bind", "roles"), "gives itself more rights"),
        (things.rule("impersonate", "users"), "gives itself more rights"),
        (things.rule("*", "clusterroles"), "gives itself more rights"),
        (things.rule("list", "secrets configmaps"), "reads secrets"),
        (things.rule("get", "*"), "reads secrets"),
        (things.rule("create", "pods/exec"), "gets into pods"),
        (things.rule("create", "serviceaccounts/token"), "makes tokens"),
        (things.rule("patch", "nodes"), "changes nodes or webhooks"),
        (things.rule("update", "validatingwebhookconfigurations"), "changes nodes or webhooks"),
        (things.rule("get list watch", "pods nodes"), ""),
        (things.rule("get", "secrets", resourceNames=["one"]), ""),
        ({"verbs": ["get"], "nonResourceURLs": ["/metrics"]}, ""),
    ],
)
async def test_what_makes_a_role_strong(rule: Thing, words: str) -> None:
    server = bound("mine", CI).put(ROLES, things.role("mine", rule))
    answer = await asked("access", server)
    assert [one.detail for one in answer.evidence] == ([f"mine: {words}"] if words else [])
    assert answer.status is (WARN if words else OK)


async def test_a_role_without_rules_and_a_binding_without_subjects_give_nothing() -> None:
    empty = {**things.role("mine"), "rules": None}
    server = bound("mine", CI).put(ROLES, empty)
    server.put(CLUSTER_BINDINGS, {**things.binding("nobody", "cluster-admin"), "subjects": None})
    assert (await asked("access", server)).status is OK


async def test_who_is_known_is_ok_and_who_is_new_fails() -> None:
    assert (await asked("access", bound("cluster-admin", CI))).status is WARN
    assert (await asked("access", bound("cluster-admin", CI), known=("ServiceAccount:build/ci",))).status is OK
    new = bound("cluster-admin", ANA, creationTimestamp=ago(hours=3))
    answer = await asked("access", new)
    assert (answer.status, answer.evidence[0].detail) == (FAIL, "new: cluster-admin: everything")
    assert (await asked("access", new, {"kubernetes.access": {"new_hours": 2}})).status is WARN


async def test_no_address_of_a_person_is_shown() -> None:
    (one,) = (await asked("access", bound("cluster-admin", ANA))).evidence
    assert (one.key, one.title) == ("binding:mine:User:ana", "User:ana by mine")
    assert (await asked("access", bound("cluster-admin", ANA), known=("User:ana@example.com",))).status is OK


@pytest.mark.parametrize("group", ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"])
async def test_strong_rights_for_everybody_fail_even_inside_a_namespace(group: str) -> None:
    everybody = things.subject("Group", group)
    assert (await asked("access", bound("cluster-admin", everybody))).status is FAIL
    inside = healthy().put(BINDINGS, things.binding("mine", "cluster-admin", everybody, space="shop"))
    assert (await asked("access", inside)).status is FAIL


async def test_what_the_cluster_gives_its_own_parts_is_as_it_was_made_but_no_stranger_hides_there() -> None:
    default: dict[str, Any] = {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}
    own = things.subject("ServiceAccount", "gc", "kube-system")
    server = healthy().put("serviceaccounts", {"metadata": things.metadata("gc", "kube-system")})
    server.put(CLUSTER_BINDINGS, things.binding("system:controller:gc", "cluster-admin", own, **default))
    assert (await asked("access", server)).status is OK
    server.put(CLUSTER_BINDINGS, things.binding("cluster-admin", "cluster-admin", ANA, **default))
    assert (await asked("access", server)).status is WARN


@pytest.mark.parametrize(
    ("space", "to", "expected"), [("shop", "exec", OK), ("shop", "cluster-admin", WARN), ("kube-system", "exec", WARN)]
)
async def test_inside_a_namespace_much_is_usual(space: str, to: str, expected: Status) -> None:
    server = healthy().put(ROLES, things.role("exec", things.rule("create", "pods/exec")))
    server.put(BINDINGS, things.binding("mine", to, CI, space=space))
    assert (await asked("access", server)).status is expected


async def test_what_leads_nowhere_warns() -> None:
    gone = things.subject("ServiceAccount", "gone", "build")
    assert [one.detail for one in (await asked("access", bound("view", gone))).evidence] == [
        "this service account is not there (any more)"
    ]
    assert [one.detail for one in (await asked("access", bound("nothing", CI))).evidence] == [
        "its ClusterRole nothing is not there (any more)"
    ]


async def test_a_role_of_a_namespace_is_found_there() -> None:
    server = healthy().put("roles.rbac.authorization.k8s.io", things.role("mine", space="shop"))
    server.put(BINDINGS, things.binding("mine", "mine", CI, space="shop", kind="Role"))
    assert (await asked("access", server)).status is OK
    server.put(BINDINGS, things.binding("other", "mine", CI, space="lab", kind="Role"))
    assert (await asked("access", server)).status is WARN


async def test_the_access_review_is_told_of_people_and_groups_and_of_strong_programs() -> None:
    server = bound("cluster-admin", ANA, CI)
    server.put(CLUSTER_BINDINGS, things.binding("again", "cluster-admin", ANA))
    server.put(BINDINGS, things.binding("inside", "view", ANA, CI, space="shop"))
    server.put(BINDINGS, things.binding("lost", "nothing", things.subject("Group", "platform"), space="shop"))
    async with connected(server) as adapter:
        found = await adapter.access()
    assert found.unread == []
    assert {(one.principal, one.role): (one.holder, one.strong, one.email, one.note) for one in found.access} == {
        ("User:ana@example.com", "cluster-admin"): (Holder.PERSON, True, "ana@example.com", ""),
        ("ServiceAccount:build/ci", "cluster-admin"): (Holder.MACHINE, True, None, ""),
        ("User:ana@example.com", "view in shop"): (Holder.PERSON, False, "ana@example.com", ""),
        ("Group:developers", "view"): (Holder.PERSON, False, None, ""),
        ("Group:platform", "nothing in shop"): (Holder.PERSON, False, None, "this role is not there (any more)"),
    }
    assert len(found.access) == 5
    assert {one.system for one in found.access} == {"Kubernetes"}


async def test_a_cluster_that_cannot_be_read_is_no_cluster_without_people() -> None:
    server = healthy()
    server.rights = {("list", "clusterroles.rbac.authorization.k8s.io")}
    async with connected(server) as adapter:
        with pytest.raises(NotAuthorised):
            await adapter.access()


async def test_a_cluster_that_is_down_hides_nobody_of_the_others_and_is_named(tmp_path: Path) -> None:
    outside = Outside(now=still)
    async with serving(bound("cluster-admin", ANA).answer) as address:
        file = tmp_path / "config"
        file.write_text(yaml.safe_dump(written({"eu": address, "us": nobody()}, {"token": TOKEN})))
        settings = KubernetesSettings(kubeconfig=str(file), contexts=("eu", "us"))
        adapter = Kubernetes.connect(settings, Wiring(outside=outside))
        found = await adapter.access()
        answers = {one.instance: await one.ask() for one in adapter.checks() if one.name == "kubernetes.api"}
        await adapter.aclose()
    await outside.aclose()
    assert {one.system for one in found.access} == {"Kubernetes eu"}
    assert [words.partition(":")[0] for words in found.unread] == ["Kubernetes us cannot be reached"]
    assert {name: one.status for name, one in answers.items()} == {"eu": OK, "us": FAIL}
