"""Which systems are on: complete groups, from the environment and from the YAML file."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.connecting import connect, heartbeat_tokens, lifecycles_of, posters, switched_on
from bot.domain.capabilities import DailyCheck, Pager
from bot.domain.check import Status
from bot.domain.errors import Unavailable
from bot.domain.plan import Plan
from bot.domain.report import KeptReport, Report
from bot.integrations import names
from bot.integrations.datadog.settings import DatadogSettings
from bot.integrations.entry import speaks_of
from bot.integrations.http import Outside
from bot.integrations.prometheus.adapter import Prometheus
from bot.settings import BadSettings, load_settings
from bot.store.reports import ReportRows
from bot.web.tokens import digest_of
from tests.integrations.contract.asking import nobody
from tests.store import opened


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    for name in list(os.environ):
        if name.startswith(tuple(one.upper() for one in names())):
            monkeypatch.delenv(name)


def plan(*systems: dict[str, object]) -> Plan:
    return Plan.model_validate({"systems": list(systems)})


def on(given: Plan | None = None) -> list[tuple[str, str | None]]:
    return [(one.integration.name, one.instance) for one in switched_on(given or Plan())]


def test_nothing_set_is_nothing_on() -> None:
    assert [name for name, _ in on() if name != "heartbeats"] == []


def test_a_complete_group_switches_its_system_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", "http://127.0.0.1:9090")
    assert ("prometheus", None) in on()


def test_a_half_set_group_stops_the_start_and_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_URL", "https://acme.atlassian.net")
    with pytest.raises(BadSettings, match="Jira is half set: JIRA_URL is set, but JIRA_") as caught:
        on()
    assert "missing" in str(caught.value)


def test_a_secret_of_a_half_set_group_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_API_TOKEN", "hush-hush")
    with pytest.raises(BadSettings) as caught:
        on()
    assert "hush" not in str(caught.value)


def test_a_variable_that_must_be_json_says_so_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICENOW_INCIDENT_FIELDS", "{'caller_id': 's3cret'}")
    with pytest.raises(BadSettings, match=r"^ServiceNow: SERVICENOW_INCIDENT_FIELDS must be JSON") as caught:
        switched_on(plan())
    assert "s3cret" not in str(caught.value)


def test_what_is_wrong_with_settings_as_a_whole_is_said_in_one_sentence_without_the_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEAMS_WORKFLOW_URL", "https://acme.webhook.office.com/webhookb2/s3cret")
    with pytest.raises(BadSettings, match=r"^Microsoft Teams: TEAMS_WORKFLOW_URL is a connector") as caught:
        switched_on(plan())
    assert "s3cret" not in str(caught.value)


def test_a_named_entry_takes_nothing_from_variables_that_bear_a_name_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("JSM_CLOUD_ID", "JSM_EMAIL", "JSM_API_TOKEN"):
        monkeypatch.setenv(name, "of the unnamed one")
    entry: dict[str, object] = {"system": "opsgenie", "name": "old", "api_key": {"env": "OLD_KEY"}}
    ours, old = switched_on(plan(entry), {"OLD_KEY": "k"})
    assert (ours.settings.model_dump()["jsm_cloud_id"], ours.instance) == ("of the unnamed one", None)
    assert (old.settings.model_dump()["jsm_cloud_id"], old.instance) == ("", "old")


def test_several_of_a_kind_come_from_the_file_beside_the_unnamed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", "http://127.0.0.1:9090")
    monkeypatch.setenv("PROMETHEUS_TENANT", "only-for-the-unnamed-one")
    given = plan({"system": "prometheus", "name": "eu", "url": "http://127.0.0.1:9091"})
    found = {one.instance: one.settings for one in switched_on(given) if one.integration.name == "prometheus"}
    assert set(found) == {None, "eu"}
    assert found["eu"].model_dump()["tenant"] == ""


def test_a_variable_with_a_name_of_its_own_is_for_the_unnamed_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DD_API_KEY": "a", "DD_APP_KEY": "b", "DATADOG_API_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    given = plan({"system": "datadog", "name": "eu", "api_key": "c", "app_key": "d", "site": "datadoghq.eu"})
    found = {one.instance: one.settings.model_dump() for one in switched_on(given)}
    assert {name: settings["api_url"] for name, settings in found.items()} == {None: "http://127.0.0.1:9", "eu": ""}
    assert found["eu"]["api_key"].get_secret_value() == "c"


@pytest.mark.parametrize(
    ("systems", "said"),
    [
        ([{"system": "promethius", "name": "eu"}], "'promethius' is not a system we know"),
        ([{"system": "prometheus", "name": "eu", "adress": "x"}], "prometheus 'eu' has no setting 'adress'"),
        ([{"system": "prometheus", "name": "eu"}], "prometheus 'eu' has not what it needs"),
        ([{"system": "prometheus", "name": "eu", "url": "http://127.0.0.1:1"}] * 2, "prometheus 'eu' is there twice"),
        (
            [{"system": "prometheus", "name": "eu", "url": "http://127.0.0.1:1", "bearer_token": {"env": "NOT_THERE"}}],
            "NOT_THERE is named in the YAML file",
        ),
    ],
)
def test_an_entry_that_cannot_work_is_said_at_the_start(systems: list[dict[str, object]], said: str) -> None:
    with pytest.raises(BadSettings) as caught:
        on(plan(*systems))
    assert said in str(caught.value)


def test_what_is_overdue_goes_by_the_date_of_the_team_that_is_furthest_on() -> None:
    teams = [{"name": zone, "timezone": zone} for zone in ("America/Los_Angeles", "Pacific/Auckland")]
    given = Plan.model_validate(
        {"teams": teams, "systems": [{"system": "prometheus", "name": "eu", "url": "http://x"}]}
    )
    outside = Outside(now=lambda: datetime(2026, 11, 23, 20, 30, tzinfo=UTC))
    (system,) = connect(switched_on(given), outside, given).systems
    assert isinstance(system.adapter, Prometheus)
    assert system.adapter._wiring.today() == date(2026, 11, 24)


async def test_what_is_on_is_asked_by_what_it_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", "http://127.0.0.1:9090")
    outside = Outside()
    try:
        connected = connect(switched_on(Plan()), outside, Plan())
        assert len(connected.all(DailyCheck)) >= 1
        assert list(connected.all(Pager)) == []
    finally:
        await outside.aclose()


def beating(name: str = "pg") -> Plan:
    job = {"name": name, "schedule": "0 2 * * *", "token": {"env": "HEARTBEAT_PG"}}
    return Plan.model_validate({"heartbeats": [job]})


def test_a_secret_that_the_file_names_may_stand_in_env_as_every_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"HEARTBEAT_PG={'a1' * 16}\nPROMETHEUS_EU=hush\n")
    assert set(heartbeat_tokens(beating())) == {"pg"}
    entry: dict[str, object] = {
        "system": "prometheus",
        "name": "eu",
        "url": "https://eu",
        "bearer_token": {"env": "PROMETHEUS_EU"},
    }
    (one,) = [one for one in switched_on(plan(entry)) if one.instance == "eu"]
    assert one.settings.model_dump()["bearer_token"].get_secret_value() == "hush"
    monkeypatch.setenv("HEARTBEAT_PG", "short")
    with pytest.raises(BadSettings, match="less than 128 bits; make one with: openssl rand -hex 16"):
        heartbeat_tokens(beating())  # the environment comes first


def test_a_token_that_is_not_there_or_weak_stops_the_start_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings, match=r"neither the environment nor \.env has it"):
        heartbeat_tokens(beating())
    monkeypatch.setenv("HEARTBEAT_PG", "a1" * 16)
    with pytest.raises(BadSettings, match="choose another name"):
        heartbeat_tokens(beating("t"))


A, B = "a1" * 16, "b2" * 16


def scanning(**names: str) -> Plan:
    """An instance of Trivy for each name, with the token that this variable holds."""
    entries: list[dict[str, object]] = [
        {"system": "trivy", "name": name, "report_token": {"env": given}} for name, given in names.items()
    ]
    return plan(*entries)


async def test_the_token_alone_switches_a_system_on_and_its_adapter_gets_what_was_posted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVY_REPORT_TOKEN", A)
    assert on() == [("trivy", None)]
    outside = Outside()
    async with opened(tmp_path) as store:
        connected = connect(switched_on(Plan()), outside, Plan(), store=store)
        (adapter,) = connected.all(DailyCheck)
        assert [check.name for check in adapter.checks()] == ["trivy.scans", "trivy.patches"]
        (poster,) = posters(connected)["trivy"]
        assert (poster.instance, poster.token) == (None, digest_of(A))
    assert [list(one.checks()) for one in connect(switched_on(Plan()), outside, Plan()).all(DailyCheck)] == [[]]
    await outside.aclose()


async def test_instances_of_one_system_share_an_address_and_have_tokens_and_reports_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVY_REPORT_TOKEN", A)
    monkeypatch.setenv("TRIVY_EU", B)
    given, outside = scanning(eu="TRIVY_EU"), Outside()
    async with opened(tmp_path) as store:
        connected = connect(switched_on(given), outside, given, store=store)
        assert [(one.instance, one.token) for one in posters(connected)["trivy"]] == [
            (None, digest_of(A)),
            ("eu", digest_of(B)),
        ]
        posted = KeptReport(
            report=Report(name="shop", facts={"artifact": "shop"}, words=""), received_at=datetime.now(UTC)
        )
        await ReportRows(store).add("trivy", "eu", posted)
        scans = [adapter.checks()[0] for adapter in connected.all(DailyCheck)]
        assert [(one.instance, (await one.ask()).status) for one in scans] == [
            (None, Status.UNKNOWN),
            ("eu", Status.OK),
        ]
    await outside.aclose()


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ({"TRIVY_REPORT_TOKEN": "short"}, "Trivy: TRIVY_REPORT_TOKEN has less than 128 bits; make one with: openssl"),
        ({"TRIVY_REPORT_TOKEN": A, "TRIVY_EU": A}, "Trivy eu has the TRIVY_REPORT_TOKEN of Trivy; give each its own"),
        ({"TRIVY_REPORT_NAMES": "shop"}, "TRIVY_REPORT_NAMES is set, but TRIVY_REPORT_TOKEN is missing"),
    ],
)
def test_a_door_that_would_not_hold_stops_the_start(
    tokens: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in tokens.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        switched_on(scanning(eu="TRIVY_EU") if "TRIVY_EU" in tokens else Plan())
    assert said in str(caught.value)
    assert A not in str(caught.value)


def test_what_is_off_is_not_even_looked_into(tmp_path: Path) -> None:
    """Thirty systems that are off must not cost the start their models."""
    program = (
        "import sys; from bot.connecting import switched_on; from bot.domain.plan import Plan;"
        "from bot.integrations import names; on = [one.integration.name for one in switched_on(Plan())];"
        "print(on, sorted({m.split('.')[2] for m in sys.modules if m.startswith('bot.integrations.')} & set(names())))"
    )
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)}
    for more, found in (({}, "[] []"), ({"loki_url": "http://127.0.0.1:1"}, "['loki'] ['loki']")):
        ran = subprocess.run(
            [sys.executable, "-c", program], env=given | more, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == found


async def test_what_is_said_of_an_entry_names_its_keys_and_not_the_environment_s_variables() -> None:
    given = plan(
        {"system": "datadog", "name": "eu", "api_key": "a", "app_key": "b", "api_url": nobody()},
        {"system": "grafana", "name": "shop", "url": nobody(), "token": "c"},
    )
    outside = Outside()
    connected = connect(switched_on(given), outside, given)
    told = {}
    asked = [check for source in connected.all(DailyCheck) for check in source.checks()]
    for check in (one for one in asked if one.name in ("datadog.monitors", "grafana.rules")):
        with pytest.raises(Unavailable) as down:
            await check.ask()
        told[check.system] = str(down.value)
    await outside.aclose()
    assert told["datadog"].endswith("the connection was refused. Check api_url (systems: datadog eu).")
    assert told["grafana"].endswith("the connection was refused. Check url (systems: grafana shop).")


def test_words_about_an_entry_name_each_key_once_with_its_place() -> None:
    put = speaks_of(DatadogSettings, "datadog", "eu")
    said = "Renew DD_API_KEY and DD_APP_KEY, or check DATADOG_API_URL; not MY_DD_SITE."
    assert put(said) == "Renew api_key (systems: datadog eu) and app_key, or check api_url; not MY_DD_SITE."
    assert speaks_of(DatadogSettings, "datadog", None)(said) == said
    with pytest.raises(BadSettings, match=r"api_key \(systems: datadog eu\) is set, but app_key is missing"):
        switched_on(plan({"system": "datadog", "name": "eu", "api_key": "a"}))


async def test_facts_about_the_support_of_releases_come_from_where_the_settings_say(tmp_path: Path) -> None:
    facts = {"name": "kubernetes", "releases": [{"name": "1.99", "eolFrom": "2040-01-01"}]}
    told = tmp_path / "full.json"
    told.write_text(json.dumps({"generated_at": "2039-01-01T00:00:00Z", "result": [facts]}))
    outside = Outside()
    given = {"EOL_SOURCE": str(told), "EOL_MAX_AGE_DAYS": "30", "DAYWATCH_DATA_DIR": str(tmp_path)}
    settings = load_settings(given)
    lifecycles = lifecycles_of(settings, outside)
    on = switched_on(plan({"system": "prometheus", "name": "eu", "url": "http://127.0.0.1:1"}))
    connected = connect(on, outside, Plan(), lifecycles=lifecycles)
    (prometheus,) = connected.all(DailyCheck)
    assert "prometheus.releases" in {check.name for check in prometheus.checks()}
    fate = lifecycles.facts().fate("kubernetes", "v1.99.3", date(2039, 1, 20))
    assert (fate.status, fate.words) == (Status.OK, "supported until 01 Jan 2040")
    assert lifecycles.facts().fate("kubernetes", "v1.99.3", date(2039, 3, 1)).status is Status.WARN
    await lifecycles.aclose()
    await outside.aclose()
