"""What Gatekeeper keeps in a cluster, judged: violations by what is done about them, and an audit that does not run."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.check import Answer, Status
from bot.domain.errors import NotInstalled, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.opa.adapter import Opa
from bot.integrations.opa.settings import OpaSettings
from tests.integrations.contract.server import serving
from tests.integrations.moment import ago, still
from tests.integrations.opa.guarded import (
    CONSTRAINTS,
    TEMPLATES,
    WEBHOOKS,
    bare,
    constraint,
    guarded,
    pod,
    template,
    violation,
    webhooks,
)
from tests.kubernetes.apiserver import Apiserver
from tests.kubernetes.config import kubeconfig


async def with_adapter(server: Apiserver, do: Callable[[Opa], Any], limits: Any = None) -> Any:
    """Any: whatever is asked of it."""
    outside = Outside(now=still)
    async with serving(server.answer) as address:
        wiring = Wiring(outside=outside, thresholds=limits or {})
        adapter = Opa.connect(OpaSettings(kubeconfig=kubeconfig(address)), wiring)
        try:
            return await do(adapter)
        finally:
            await adapter.aclose()
            await outside.aclose()


async def asked(server: Apiserver, check: str = "opa.constraints", limits: Any = None) -> Answer:
    async def ask(adapter: Opa) -> Answer:
        (one,) = [one for one in adapter.checks() if one.name == check]
        try:
            return await one.ask()
        except NotInstalled:
            raise
        except VendorError as error:
            return Answer.unknown(str(error))

    answer: Answer = await with_adapter(server, ask, limits)
    return answer


def details(answer: Answer) -> Sequence[str]:
    return [one.detail for one in answer.evidence]


async def test_what_nothing_violates_is_ok() -> None:
    answer = await asked(guarded(constraint(), constraint("other", spec={"enforcementAction": "dryrun"})))
    assert (answer.status, answer.summary) == (Status.OK, "2 constraints: nothing violates them")


@pytest.mark.parametrize(
    ("spec", "wanted", "action"),
    [
        (None, Status.FAIL, "deny"),
        ({"enforcementAction": "deny"}, Status.FAIL, "deny"),
        ({"enforcementAction": "Deny"}, Status.FAIL, "deny"),
        ({"enforcementAction": "warn"}, Status.WARN, "warn"),
        ({"enforcementAction": "dryrun"}, Status.WARN, "dryrun"),
        ({"enforcementAction": "scoped", "scopedEnforcementActions": [{"action": "warn"}]}, Status.WARN, "warn"),
        (
            {
                "enforcementAction": "scoped",
                "scopedEnforcementActions": [
                    {"action": "warn", "enforcementPoints": [{"name": "validation.gatekeeper.sh"}]},
                    {"action": "deny", "enforcementPoints": [{"name": "audit.gatekeeper.sh"}]},
                ],
            },
            Status.FAIL,
            "deny",
        ),
    ],
)
async def test_a_violation_weighs_as_much_as_what_is_done_about_it(spec: Any, wanted: Status, action: str) -> None:
    answer = await asked(guarded(constraint("ns-owner", violation(), spec=spec, total=23)))
    (one,) = answer.evidence
    assert (answer.status, one.title, one.key) == (wanted, "K8sRequiredLabels/ns-owner", "K8sRequiredLabels/ns-owner")
    assert one.detail == f"{action}: 23 violations (1 of 23 shown), such as Namespace shop: missing label owner"


async def test_what_is_listed_counts_though_the_total_says_none() -> None:
    odd = constraint("ns-owner", violation())
    odd["status"]["totalViolations"] = 0
    assert (await asked(guarded(odd))).status is Status.FAIL


@pytest.mark.parametrize(
    "spec",
    [
        {"enforcementAction": "quarantine"},
        {"enforcementAction": "scoped"},
        {"enforcementAction": "scoped", "scopedEnforcementActions": [{"action": "quarantine"}]},
    ],
)
async def test_an_action_that_nobody_knows_is_unknown_even_where_nothing_is_violated(spec: Any) -> None:
    assert (await asked(guarded(constraint(spec=spec)))).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "missing", [{"total": None}, {"auditTimestamp": None}, {"total": None, "auditTimestamp": None}]
)
async def test_before_the_first_audit_nothing_is_known(missing: dict[str, Any]) -> None:
    answer = await asked(guarded(constraint("ns-owner", **missing)))
    assert (answer.status, "not audited yet" in (answer.reason or "")) == (Status.UNKNOWN, True)
    bare_one = constraint()
    del bare_one["status"]
    assert (await asked(guarded(bare_one))).status is Status.UNKNOWN


async def test_an_audit_that_does_not_run_fails_whatever_it_found_last() -> None:
    server = guarded(constraint("ns-owner", auditTimestamp=ago(minutes=11)))
    answer = await asked(server)
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["audit not running: audited 11 minutes ago for the last time"],
    )
    assert (await asked(server, limits={"opa.constraints": {"minutes": 20}})).status is Status.OK


async def test_an_audit_of_the_future_tells_nothing() -> None:
    answer = await asked(guarded(constraint("ns-owner", auditTimestamp=ago(hours=-3))))
    assert (answer.status, details(answer)) == (Status.UNKNOWN, ["audited in the future: the clocks differ"])


async def test_a_constraint_that_does_not_work_fails() -> None:
    broken = {"id": "audit-1", "enforced": True, "errors": [{"code": "ingest_error", "message": "no such field"}]}
    answer = await asked(guarded(constraint("ns-owner", byPod=[broken])))
    assert (answer.status, details(answer)) == (Status.FAIL, ["does not work in audit-1: no such field"])
    loose = await asked(guarded(constraint("ns-owner", byPod=[{"id": "a", "enforced": False}])))
    assert (loose.status, details(loose)) == (Status.FAIL, ["not enforced by every pod of Gatekeeper"])


async def test_without_a_constraint_nothing_is_known() -> None:
    for server in (bare(), bare(constraints=False)):
        answer = await asked(server)
        assert (answer.status, "not one constraint" in (answer.reason or "")) == (Status.UNKNOWN, True)


@pytest.mark.parametrize("check", ["opa.constraints", "opa.gatekeeper"])
async def test_where_gatekeeper_is_not_installed_is_no_line(check: str) -> None:
    with pytest.raises(NotInstalled):
        await asked(Apiserver(), check)


@pytest.mark.parametrize("version", ["v1beta1", "v1alpha1"])
async def test_templates_of_an_older_version_are_read(version: str) -> None:
    for check in ("opa.constraints", "opa.gatekeeper"):
        assert (await asked(guarded(version=version), check)).status is Status.OK


async def test_every_page_and_every_kind_is_read() -> None:
    server = guarded(*(constraint(f"c-{n}") for n in range(5)), constraint("last", violation()))
    server.install("constraints.gatekeeper.sh", "v1beta1", "k8snoroot", "K8sNoRoot", namespaced=False)
    server.put("k8snoroot.constraints.gatekeeper.sh", constraint("no-root", violation()))
    server.page = 2
    answer = await asked(server)
    assert {one.title for one in answer.evidence} == {"K8sRequiredLabels/last", "K8sNoRoot/no-root"}
    assert answer.summary.startswith("2 of 7 constraints to look at")


async def test_gatekeeper_that_works_is_ok() -> None:
    answer = await asked(guarded(), "opa.gatekeeper")
    assert (answer.status, answer.summary) == (Status.OK, "2 pods, the webhook and 1 templates work")


@pytest.mark.parametrize(
    ("key", "thing", "wanted", "words"),
    [
        (TEMPLATES, template("t2", created=False), Status.FAIL, "its kind was not created"),
        (TEMPLATES, template("t2", created=None), Status.FAIL, "its kind was not created"),
        (
            TEMPLATES,
            template("t2", errors=[{"message": "rego"}]),
            Status.FAIL,
            "does not work in gatekeeper-audit-1: rego",
        ),
        (TEMPLATES, {**template("t2"), "status": None}, Status.UNKNOWN, "no pod of Gatekeeper has looked at it"),
        ("pods", pod("p2", ready="False"), Status.FAIL, "not ready (ContainersNotReady)"),
        ("pods", pod("p2", ready="Unknown"), Status.FAIL, "not ready (ContainersNotReady)"),
    ],
)
async def test_a_part_that_does_not_work_is_told(key: str, thing: Any, wanted: Status, words: str) -> None:
    answer = await asked(guarded().put(key, thing), "opa.gatekeeper")
    assert (answer.status, details(answer)) == (wanted, [words])


async def test_without_webhook_nothing_is_refused_and_without_pods_nothing_is_known() -> None:
    lacking = bare().put(TEMPLATES, template()).put(WEBHOOKS, webhooks("of.somebody.else")).put("pods", pod())
    answer = await asked(lacking, "opa.gatekeeper")
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["missing: nothing is refused when it is made or changed"],
    )
    ended = bare().put(TEMPLATES, template()).put(WEBHOOKS, webhooks()).put("pods", pod(phase="Succeeded"))
    assert (await asked(ended, "opa.gatekeeper")).status is Status.UNKNOWN


@pytest.mark.parametrize("missing", [TEMPLATES, CONSTRAINTS, WEBHOOKS, "pods"])
async def test_a_missing_right_is_named(missing: str) -> None:
    server = guarded()
    server.rights = {("list", one) for one in (TEMPLATES, CONSTRAINTS, WEBHOOKS, "pods") if one != missing}
    check = "opa.constraints" if missing == CONSTRAINTS else "opa.gatekeeper"
    answer = await asked(server, check)
    assert (answer.status, f"list {missing}" in (answer.reason or "")) == (Status.UNKNOWN, True)

    async def probe(adapter: Opa) -> Sequence[tuple[str, str | None]]:
        return await adapter.probe()

    tried = dict(await with_adapter(server, probe))
    assert [what for what, words in tried.items() if words is not None] == [f"list {missing}"]


def test_what_is_for_a_server_needs_its_address() -> None:
    for given in ({"token": SecretStr("t")}, {"decisions": ("a/b",)}):
        with pytest.raises(ValidationError, match="set OPA_URL"):
            OpaSettings(kubeconfig="/dev/null", **given)
