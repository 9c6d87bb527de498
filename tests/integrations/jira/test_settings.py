"""Which variables belong together, and which Jira they mean."""

import pytest
from pydantic import SecretStr

from bot.integrations.jira.login import Login
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.settings import IncompleteSettings
from tests.integrations.jira.conftest import settings_for


@pytest.mark.parametrize(("flavour", "cloud"), [("cloud", True), ("server", False)])
def test_each_credential_switches_jira_on(flavour: str, cloud: bool) -> None:  # noqa: FBT001 - a table of cases
    settings = settings_for("https://jira.example.com/path/", flavour)
    settings.refuse_half_set()
    assert (settings.on("read"), settings.on("write"), settings.on("inbound")) == (True, True, False)
    login = Login.of(settings)
    assert (login.cloud, login.url) == (cloud, "https://jira.example.com/path")


def test_nothing_set_is_off_and_no_error() -> None:
    settings = JiraSettings()
    settings.refuse_half_set()
    assert not settings.on("read")


def test_a_half_set_group_names_what_is_missing() -> None:
    with pytest.raises(IncompleteSettings, match="JIRA_API_TOKEN"):
        JiraSettings(url="https://acme.atlassian.net", email="bot@example.com", project="OPS").refuse_half_set()


def test_a_token_of_a_service_account_at_atlassian_is_cloud() -> None:
    settings = JiraSettings(url="https://api.atlassian.com/ex/jira/1f2e", pat=SecretStr("x"), project="OPS")
    login = Login.of(settings)
    assert (login.cloud, login.behind_gateway, login.token) == (True, True, "x")


def test_a_credential_with_a_line_break_is_told() -> None:
    settings = JiraSettings(url="https://jira.example.com", pat=SecretStr("a\nb"), project="OPS")
    assert "JIRA_PAT has a line break" in (Login.of(settings).wrong or "")


def test_no_secret_is_shown() -> None:
    settings = settings_for("https://jira.example.com", "cloud")
    assert "ATATT" not in repr(settings) + repr(Login.of(settings))
