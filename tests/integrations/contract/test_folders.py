"""Every integration's folder has the same shape, so that a stranger finds their way in the thirty-first."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.domain.capabilities import DailyCheck
from bot.integrations import Integration, Wiring, card
from bot.integrations.http import Outside
from bot.integrations.settings import IncompleteSettings
from tests.integrations.contract.asking import Kept
from tests.integrations.contract.script import FOLDERS, NAMES, TESTS, script

_SECRET = re.compile(r"(token|tokens|password|secret|secrets|pat|api_key|private_key|routing_key)$")
_HEADINGS = ("Set up", "Rights needed", "Events followed", "Known limits")


@pytest.mark.parametrize("name", NAMES)
def test_the_card_bears_the_name_of_its_folder(name: str) -> None:
    found = card(name)
    assert isinstance(found, Integration)
    assert found.name == name
    assert found.title
    assert len((FOLDERS / name / "__init__.py").read_text().splitlines()) <= 30


def test_what_is_off_is_not_imported() -> None:
    """Every card is read at the start, to see what is on: it brings its settings along, and nothing that works."""
    program = "import sys; from bot.integrations import discover; list(discover()); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    working = {
        f"bot.integrations.{name}.{part}" for name in NAMES for part in ("adapter", "client", "webhook", "shapes")
    }
    assert sorted(loaded & working) == []
    assert loaded.isdisjoint({"jira", "pagerduty", "requests", "httpx2", "lightkube"})


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    fields = card(name).settings.model_fields
    assert [field for field, info in fields.items() if not info.description] == []


@pytest.mark.parametrize("name", NAMES)
def test_secrets_cannot_be_printed(name: str) -> None:
    fields = card(name).settings.model_fields
    bare = [
        field for field, info in fields.items() if _SECRET.search(field) and "SecretStr" not in str(info.annotation)
    ]
    assert bare == []
    scripted = script(name).settings("http://127.0.0.1:1")
    shown = repr(scripted) + str(scripted)
    assert [secret for secret in script(name).secrets if secret in shown] == []


@pytest.mark.parametrize("name", NAMES)
def test_groups_name_settings_that_exist(name: str) -> None:
    settings = card(name).settings
    for group in settings.GROUPS.values():
        assert group.fields <= set(settings.model_fields)
    for fields in settings.TOGETHER:
        assert set(fields) <= set(settings.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_without_settings_it_is_off_and_a_half_set_group_names_what_is_missing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = card(name).settings
    for field in settings.model_fields:
        monkeypatch.delenv(settings.variable_name(field), raising=False)
    empty = settings()
    assert [group for group in settings.GROUPS if empty.on(group)] == []
    empty.refuse_half_set()
    for group in settings.GROUPS.values():
        smallest = min(group.alternatives, key=len)
        if len(smallest) > 1:
            with pytest.raises(IncompleteSettings, match=settings.variable_name(smallest[-1])):
                settings(**{smallest[0]: "https://vendor.example.com"}).refuse_half_set()


@pytest.mark.parametrize("name", NAMES)
def test_a_switch_alone_switches_nothing_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = card(name).settings
    for field in settings.model_fields:
        monkeypatch.delenv(settings.variable_name(field), raising=False)
    for field, info in settings.model_fields.items():
        if (
            info.annotation is bool
            and info.default is False
            and any(group.fields == {field} for group in settings.GROUPS.values())
        ):
            with pytest.raises(IncompleteSettings, match=settings.variable_name(field)):
                settings(**{field: True}).refuse_half_set()


@pytest.mark.parametrize("name", NAMES)
def test_its_page_has_the_headings_that_people_look_for(name: str) -> None:
    page = (FOLDERS / name / "README.md").read_text()
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == list(_HEADINGS)
    assert all(text.strip() for text in re.split(r"^## .+$", page, flags=re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_its_page_names_every_variable_that_a_group_needs(name: str) -> None:
    page = (FOLDERS / name / "README.md").read_text()
    settings = card(name).settings
    needed = {settings.variable_name(field) for group in settings.GROUPS.values() for field in group.fields}
    assert {variable for variable in needed if variable not in page} == set()


@pytest.mark.parametrize("name", NAMES)
def test_connecting_asks_nobody_anything(name: str) -> None:
    connect = card(name).connect
    if connect is None:
        return
    assert not inspect.iscoroutinefunction(connect)
    adapter = connect(
        script(name).settings("http://127.0.0.1:1"), Wiring(outside=Outside(), instance="second", reports=Kept())
    )
    if isinstance(adapter, DailyCheck):
        checks = adapter.checks()
        assert [check.name for check in checks if check.system != name] == []
        assert len({check.name for check in checks}) == len(checks)
        assert {check.instance for check in checks} == {"second"}
        assert all(check.question.endswith("?") for check in checks)


@pytest.mark.parametrize("name", NAMES)
def test_it_knows_no_other_integration_and_nothing_above(name: str) -> None:
    for module in (FOLDERS / name).rglob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) (bot\.[\w.]+)", module.read_text(), re.MULTILINE)
        for one in imported:
            assert one.startswith(("bot.domain", "bot.integrations")), f"{module.name} imports {one}"
            inner = one.split(".")[2:3] if one.startswith("bot.integrations") else []
            assert not inner or inner == [name] or inner[0] not in NAMES, f"{module.name} imports {one}"


def test_every_folder_has_tests_beside_it() -> None:
    assert [name for name in NAMES if not (TESTS / name / "scripted.py").is_file()] == []


def test_settings_read_the_environment_under_the_vendor_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", "https://metrics.example.com")
    monkeypatch.setenv("PROMETHEUS_CRITICAL_JOBS", "api, db")
    settings = card("prometheus").settings()
    assert isinstance(settings, BaseSettings)
    assert settings.on("read")
    assert settings.model_dump()["critical_jobs"] == ("api", "db")
    assert isinstance(settings.model_dump()["password"], SecretStr)


def test_the_suite_sees_the_folders_that_are_there() -> None:
    assert {path.parent.name for path in Path(FOLDERS).glob("*/__init__.py")} == set(NAMES)
    assert {"prometheus", "alertmanager", "heartbeats"} <= set(NAMES)
