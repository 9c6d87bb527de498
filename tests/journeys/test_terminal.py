"""The checklist in a terminal beside a running bot: what the systems say, in the documented shape, for scripts too."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integrations import programs
from tests.journeys import mornings
from tests.journeys.stage import ROOT, Json, Stage

ITEMS = ["dashboards", "alerting", "pipelines", "backups", "incidents", "deployments", "patches", "security", "drift"]
WORST = ("ok", "warn", "unknown", "fail")
CONFIG = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
alerting: {alertmanagers: [{static_configs: [{targets: ["ALERTMANAGER"]}]}]}
rule_files: [rules.yml]
scrape_configs:
  - job_name: itself
    static_configs: [{targets: ["OWN"]}]
  - job_name: gone
    static_configs: [{targets: ["127.0.0.1:9"]}]
"""
RULES = """
groups:
  - name: journeys
    rules:
      - {alert: AlwaysOn, expr: vector(1), labels: {severity: critical}, annotations: {summary: It is on}}
"""
ROUTES = """
route: {receiver: nobody, group_wait: 1s}
receivers: [{name: nobody}]
"""


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running bot whose digest is not due before the evening."""
    _, zone = mornings.zones()
    made = mornings.with_mornings(tmp_path_factory.mktemp("terminal"), mornings.plan(zone, "23:59"))
    yield made
    made.tear_down()


def typed(stage: Stage, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`daywatch …`, typed beside the running bot."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK", "JIRA", "PAGERDUTY"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env=rest | dict(stage.environment) | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answered(stage: Stage, **environment: str) -> Json:
    done = typed(stage, "digest", "--json", **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "one object, and nothing else"
    found: Json = json.loads(done.stdout)
    return found


def checks(digest: Mapping[str, Any]) -> dict[str, Json]:
    return {one["name"]: one for item in digest["items"] for one in item["checks"]}


@pytest.fixture(scope="module")
def digest(beside: Stage) -> Json:
    """What the example systems say, as it was printed."""
    return answered(beside)


def test_it_prints_one_object_in_the_documented_shape(digest: Json) -> None:
    assert list(digest) == ["team", "date", "started_at", "duration_s", "counts", "items"]
    _, zone = mornings.zones()
    assert (digest["team"], digest["date"]) == ("platform", f"{datetime.now(ZoneInfo(zone)):%Y-%m-%d}")
    assert datetime.fromisoformat(digest["started_at"]).tzinfo is not None
    assert [item["key"] for item in digest["items"]] == ITEMS
    every = [one for item in digest["items"] for one in item["checks"]]
    assert {status: sum(one["status"] == status for one in every) for status in digest["counts"]} == digest["counts"]
    for item in digest["items"]:
        found = [one["status"] for one in item["checks"]]
        assert item["status"] == (max(found, key=WORST.index) if found else "manual")
    shape = {"name", "system", "instance", "status", "summary", "evidence", "reason", "link", "duration_s"}
    for one in every:
        assert set(one) == shape
        assert one["system"] in {"prometheus", "alertmanager", "pagerduty", "jira", "heartbeats", "daywatch"}
        assert (one["reason"] is None) == (one["status"] != "unknown")
        assert all(set(each) == {"key", "title", "status", "url", "since"} for each in one["evidence"])


def test_it_says_what_the_systems_say(beside: Stage, digest: Json) -> None:
    found = checks(digest)
    down = [one for one in found["prometheus.targets"]["evidence"] if one["status"] != "ok"]
    assert len(down) == 1
    assert "search-2.example:9100" in down[0]["title"] + down[0]["key"]
    assert found["heartbeats.jobs"]["status"] == "fail"
    assert [one["key"] for one in found["heartbeats.jobs"]["evidence"]] == ["nightly", "weekly"]
    pager = beside.raise_incident("Terminal: one that is open")
    beside.opened("Terminal: one")
    found = checks(answered(beside))
    assert found["daywatch.incidents"]["status"] != "ok"
    assert any("Terminal: one that is open" in one["title"] for one in found["pagerduty.incidents"]["evidence"])
    beside.pager_act("resolve", pager)
    assert beside.mistakes() == []
    assert mornings.digests(beside) == [], "asking in a terminal posts nothing"


def test_wrong_words_are_told_with_what_is_right(beside: Stage, tmp_path: Path) -> None:
    done = typed(beside, "digest", "--fail-on", "red")
    assert (done.returncode, done.stdout) == (2, "")
    assert "warn, fail or unknown" in done.stderr
    _, zone = mornings.zones()
    (tmp_path / "two.yaml").write_text(mornings.plan(zone, "23:59", mornings.SECOND_TEAM))
    two = str(tmp_path / "two.yaml")
    done = typed(beside, "digest", "--json", DAYWATCH_CONFIG=two)
    assert (done.returncode, done.stdout) == (2, "")
    assert "platform, data" in done.stderr
    done = typed(beside, "digest", "--json", "--team", "data", DAYWATCH_CONFIG=two)
    assert (done.returncode, json.loads(done.stdout)["team"]) == (0, "data")


def test_a_person_reads_it_worst_first(beside: Stage) -> None:
    done = typed(beside, "digest")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "8 of 9 need you." in lines
    heads = [line for line in lines if " · " in line and not line.startswith(" ")][1:]
    assert "Validate backups · fail" in heads[0]
    assert "search-2.example:9100" in done.stdout
    known = typed(beside, "checks").stdout
    assert "prometheus.targets" in known


def test_a_system_that_is_down_is_unknown_with_its_reason(beside: Stage) -> None:
    done = typed(beside, "digest", "--json", "--fail-on", "unknown", ALERTMANAGER_URL="http://127.0.0.1:9")
    assert done.returncode == 1, "a script learns of it from the exit status"
    found = checks(json.loads(done.stdout))
    silent = {name: one for name, one in found.items() if one["system"] == "alertmanager"}
    assert silent["alertmanager.alerts"]["status"] == "unknown"
    assert "cannot be reached" in silent["alertmanager.alerts"]["reason"]
    assert "ok" not in {one["status"] for one in silent.values()}
    assert found["prometheus.ready"]["status"] == "ok"


@pytest.mark.program("prometheus")
@pytest.mark.program("prometheus-alertmanager")
async def test_with_a_real_prometheus_and_alertmanager_it_agrees_with_them(beside: Stage, tmp_path: Path) -> None:
    (tmp_path / "prometheus").mkdir()
    (tmp_path / "prometheus" / "rules.yml").write_text(RULES)
    async with programs.alertmanager(tmp_path / "alertmanager", ROUTES) as keeper:
        config = CONFIG.replace("ALERTMANAGER", keeper.removeprefix("http://"))
        # A first notice that came before the Alertmanager was known is sent again after a minute, without this.
        again = "--rules.alert.resend-delay=1s"
        async with (
            programs.prometheus(tmp_path / "prometheus", config, again) as watcher,
            httpx.AsyncClient(trust_env=False) as asking,
        ):

            async def settled() -> Json | None:
                """Both know of the alert, and each target has been scraped."""
                told = (await asking.get(f"{keeper}/api/v2/alerts")).json()
                targets = (await asking.get(f"{watcher}/api/v1/targets")).json()["data"]["activeTargets"]
                return {"targets": targets} if told and all(one["health"] != "unknown" for one in targets) else None

            seen = await programs.until(settled, 30, "Alertmanager has the alert")
            real = {"PROMETHEUS_URL": watcher, "ALERTMANAGER_URL": keeper}
            found = checks(await asyncio.to_thread(answered, beside, **real))
    down = [one["labels"]["job"] for one in seen["targets"] if one["health"] == "down"]
    assert down == ["gone"]
    bad = [one for one in found["prometheus.targets"]["evidence"] if one["status"] != "ok"]
    assert len(bad) == 1
    assert "127.0.0.1:9" in bad[0]["title"] + bad[0]["key"]
    assert "AlwaysOn" in found["prometheus.alerts"]["summary"]
    assert "AlwaysOn" in found["alertmanager.alerts"]["summary"]
    assert found["prometheus.alertmanagers"]["status"] == "ok"
    assert found["prometheus.rules"]["status"] == "ok"
    assert found["alertmanager.ready"]["status"] == "ok"
