"""`daywatch serve` for whoever starts it: what stops it is told in words; where there is a desktop, the page opens."""

import asyncio
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.serving import before_a_desktop, pointed_at, serve
from bot.settings import BadSettings, load_settings


async def test_a_port_of_the_local_workspace_that_is_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("DAYWATCH_LOCAL_PORT", str(port))
        with pytest.raises(BadSettings, match=f"Port {port}, .+ Set DAYWATCH_LOCAL_PORT"):
            await serve(local=True)


async def test_asked_to_stop_while_it_waits_for_its_database_it_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "DATABASE_URL": "postgresql://daywatch@127.0.0.1:9/nobody",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), signal.SIGTERM)
    await serve()


@pytest.mark.parametrize(
    ("environment", "platform", "terminal", "opens"),
    [
        ({"DISPLAY": ":0"}, "linux", True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True, True),
        ({}, "darwin", True, True),
        ({}, "linux", True, False),
        ({"DISPLAY": ":0"}, "linux", False, False),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", True, False),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", True, False),
    ],
)
def test_the_page_opens_by_itself_only_before_somebody_with_a_desktop(
    environment: Mapping[str, str], platform: str, *, terminal: bool, opens: bool
) -> None:
    assert before_a_desktop(environment, platform, terminal=terminal) is opens


def test_the_example_s_alerts_can_be_silenced_and_a_real_system_s_cannot() -> None:
    examples = {
        "prometheus": {"PROMETHEUS_URL": "http://127.0.0.1:1/p"},
        "alertmanager": {"ALERTMANAGER_URL": "http://127.0.0.1:1/a"},
    }
    variables, stand_ins = pointed_at({"JIRA_URL": "http://127.0.0.1:1/jira"}, examples, {})
    assert variables["ALERTMANAGER_SILENCES"] == "true"
    assert "alertmanager" in stand_ins
    real = {"ALERTMANAGER_URL": "https://am.example.com", "JIRA_URL": "https://acme.atlassian.net"}
    variables, stand_ins = pointed_at({"JIRA_URL": "http://127.0.0.1:1/jira"}, examples, real)
    assert variables["PROMETHEUS_URL"] == "http://127.0.0.1:1/p"
    assert not [name for name in variables if name.startswith("ALERTMANAGER")]
    assert stand_ins == {"pagerduty", "jira"}


@pytest.mark.parametrize(
    "real",
    [{"ARGOCD_URL": "https://argocd.example.com"}, {"ARGOCD_TOKEN": "theirs"}, {"ARGOCD_WEBHOOK_TOKEN": "theirs"}],
    ids=lambda real: next(iter(real)),
)
def test_an_example_never_completes_what_is_half_set_for_a_real_system(real: dict[str, str]) -> None:
    """Else the example's token went to a real server, or a real token to the example."""
    ours = {"ARGOCD_URL": "http://127.0.0.1:1/argocd", "ARGOCD_TOKEN": "ours", "ARGOCD_WEBHOOK_TOKEN": "ours"}
    assert not set(ours) & set(pointed_at({}, {"argocd": ours}, real)[0])
    its_own = pointed_at({}, {"argocd": ours}, {"ARGOCD_SERVER": "argocd.example.com"})[0]
    assert its_own.items() >= ours.items(), "a variable of its own program means nothing to us"


def test_in_the_local_workspace_nothing_is_looked_up_outside_unless_somebody_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no `.env` there
    monkeypatch.delenv("EOL_SOURCE", raising=False)
    assert load_settings().eol_source.startswith("https://")
    for name, value in pointed_at({}, {}, {})[0].items():
        monkeypatch.setenv(name, value)
    assert load_settings().eol_source == ""
    assert "EOL_SOURCE" not in pointed_at({}, {}, {"EOL_SOURCE": "https://eol.example.com"})[0]
