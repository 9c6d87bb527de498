"""Our checks beside a real Prometheus with real trouble: what we say is what the server says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, NotInstalled, Refused
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.prometheus.adapter import Prometheus
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.programs import free_port, prometheus, until

pytestmark = [pytest.mark.program("prometheus"), pytest.mark.timeout(120)]

RULES: Final = """
groups:
  - name: trouble
    rules:
      - alert: TargetDown
        expr: up == 0
        for: 1s
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.job }} is down"}
      - {alert: SlowBurn, expr: vector(1), for: 1h, labels: {severity: page}}
      - {alert: DiskSoonFull, expr: vector(1), labels: {severity: warning}}
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
      - {record: "job:pairs", expr: "up * on(nolabel) up"}
"""
QUIET_RULES: Final = "groups: [{name: quiet, rules: [{alert: Never, expr: 'up == 7', labels: {severity: critical}}]}]"
GLOBAL: Final = "global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}\n"
OWN_JOB: Final = "  - {job_name: own, metrics_path: PREFIX/metrics, static_configs: [{targets: [OWN]}]}\n"
TEST_HASH: Final = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay"
"""Of the password "test", from Prometheus' own guide to basic authentication."""


def quiet(rules: Path, prefix: str = "") -> str:
    """The configuration of a server in which all is well."""
    rules.write_text(QUIET_RULES)
    jobs = OWN_JOB.replace("PREFIX", prefix)
    alerting = "alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:9']}]}]}\n"
    return f"{GLOBAL}rule_files: ['{rules}']\n{alerting}scrape_configs:\n{jobs}"


def checking(address: str, outside: Outside, **settings: Any) -> Prometheus:
    """The adapter. Any: whatever its settings take."""
    return Prometheus.connect(PrometheusSettings(url=address, **settings), Wiring(outside=outside))


async def raw(address: str, path: str) -> Any:
    """The server's own words. Any: its JSON."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{address}/api/v1/{path}")).json()["data"]


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made = Outside()
    yield made
    await made.aclose()


async def asked_until(ask: Any, wanted: Any, what: str) -> Answer:
    """The first answer for which `wanted` holds. Any: a check's question, and a predicate."""

    async def once() -> Answer | None:
        answer: Answer = await ask()
        return answer if wanted(answer) else None

    return await until(once, 45, what)


async def test_real_trouble_is_seen_as_the_server_sees_it(tmp_path: Path, outside: Outside) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    nobody = f"127.0.0.1:{free_port()}"
    gone = f"  - {{job_name: gone, params: {{token: [hunter2]}}, static_configs: [{{targets: ['{nobody}']}}]}}\n"
    sides = "[{targets: [OWN], labels: {side: left}}, {targets: [OWN], labels: {side: right}}]"
    twin = f"  - {{job_name: twin, static_configs: {sides}}}\n"
    config = f"{GLOBAL}rule_files: ['{rules}']\nscrape_configs:\n{OWN_JOB.replace('PREFIX', '')}{gone}{twin}"
    async with prometheus(tmp_path, config, "--web.enable-lifecycle") as address:
        ours = checking(address, outside)
        alerts = await asked_until(ours.alerts, lambda answer: answer.status is Status.FAIL, "an alert fires")
        theirs = [one for one in (await raw(address, "alerts"))["alerts"] if one["labels"]["alertname"] != "Watchdog"]
        assert len(alerts.evidence) == len(theirs)
        assert {one.key.partition(":")[0] for one in alerts.evidence} == {one["labels"]["alertname"] for one in theirs}
        (calling,) = [one for one in alerts.evidence if one.status is Status.FAIL]
        assert calling.title == "TargetDown: gone is down"
        assert calling.since is not None
        pending = next(one for one in alerts.evidence if one.key.startswith("SlowBurn:"))
        assert (pending.status, pending.detail.partition(",")[0]) == (Status.WARN, "pending")

        broken = await asked_until(ours.rules, lambda answer: answer.status is Status.FAIL, "a rule is broken")
        (one,) = [each for each in broken.evidence if each.status is Status.FAIL]
        assert one.title == "job:pairs (trouble)"
        assert "found duplicate series for the match group" in one.detail
        hidden = [
            each
            for group in (await raw(address, "rules"))["groups"]
            for each in group["rules"]
            if each["health"] == "err"
        ]
        assert [each["name"] for each in hidden] == ["job:pairs"]

        targets = await asked_until(ours.targets, lambda answer: answer.status is Status.FAIL, "a job is down")
        assert "every target of gone is down" in targets.summary.lower()
        (dead,) = [each for each in targets.evidence if each.title.startswith("gone ")]
        assert "refused" in dead.detail
        assert "hunter2" not in repr(targets)
        assert any("hunter2" in each["scrapeUrl"] for each in (await raw(address, "targets"))["activeTargets"])

        assert (await ours.ready()).summary.startswith("Ready, version 2.")
        assert (await ours.alertmanagers()).status is Status.FAIL
        assert (await ours.reload()).status is Status.OK
        rules.write_text("groups: [{name: x, rules: [{alert: Bad, expr: 'up =='}]}]")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(f"{address}/-/reload")).status_code == 500
        failed = await ours.reload()
        assert failed.status is Status.FAIL
        assert (await raw(address, "status/runtimeinfo"))["reloadConfigSuccess"] is False


async def test_a_quiet_server_is_ok_in_everything_behind_its_prefix(tmp_path: Path, outside: Outside) -> None:
    config = quiet(tmp_path / "rules.yml", "/team/prom")
    async with prometheus(tmp_path, config, prefix="/team/prom") as address:
        ours = checking(f"{address}/", outside)
        await asked_until(ours.targets, lambda answer: answer.status is Status.OK, "its own target is up")
        await asked_until(ours.rules, lambda answer: answer.status is Status.OK, "the rule is evaluated")
        for ask in (ours.patches, ours.reboots):
            with pytest.raises(NotInstalled, match="No node exporter tells of its host's"):
                await ask()
        asked = [check for check in ours.checks() if check.item is not Item.PATCHES]
        answers = {check.name: await check.ask() for check in asked}
        assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, Status.OK)
        assert answers["prometheus.alerts"].summary == "No alert is firing (1 alerting rule)"
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
            for answer in answers.values():
                assert (await client.get(answer.link or "")).status_code == 200
        assert [remedy for _, remedy in await ours.probe()] == [None] * 6


async def test_a_server_without_rules_and_targets_is_not_ok(tmp_path: Path, outside: Outside) -> None:
    async with prometheus(tmp_path, GLOBAL) as address:
        ours = checking(address, outside)
        for ask in (ours.alerts, ours.rules, ours.targets):
            answer = await ask()
            assert answer.status is Status.WARN, answer
            assert answer.summary


async def test_agent_mode_is_called_by_its_name(tmp_path: Path, outside: Outside) -> None:
    config = f"{GLOBAL}scrape_configs:\n{OWN_JOB.replace('PREFIX', '')}"
    async with prometheus(tmp_path, config, "--enable-feature=agent") as address:
        ours = checking(address, outside)
        for ask in (ours.alerts, ours.rules):
            with pytest.raises(Refused, match="agent mode"):
                await ask()
        assert (await ours.ready()).status is Status.OK
        await asked_until(ours.targets, lambda answer: answer.status is Status.OK, "its own target is up")


async def test_a_login_is_sent_and_a_wrong_one_names_what_to_renew(tmp_path: Path, outside: Outside) -> None:
    web = tmp_path / "web.yml"
    web.write_text(f"basic_auth_users: {{daywatch: '{TEST_HASH}'}}")
    config = quiet(tmp_path / "rules.yml")
    async with prometheus(tmp_path, config, f"--web.config.file={web}") as address:
        right = checking(address, outside, username="daywatch", password=SecretStr("test"))
        assert (await right.ready()).status is Status.OK
        wrong = checking(address, outside, username="daywatch", password=SecretStr("tset"))
        for check in wrong.checks():
            with pytest.raises(NotAuthorised, match="Renew PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD"):
                await check.ask()
        with pytest.raises(NotAuthorised, match=r"asks for a credential\. Set PROMETHEUS_BEARER_TOKEN"):
            await checking(address, outside).ready()
