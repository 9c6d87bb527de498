"""The app asks Slack for what the code uses: every method, every event, and no scope beyond them."""

import ast
import re
from pathlib import Path

import pytest

from bot import events
from bot.commands import COMMANDS
from bot.rows import Event
from bot.slack import door
from bot.slack.kept_manifest import adapted, kept
from bot.slack.manifest import EVENTS, METHODS, manifest, scopes

BOT = Path(door.__file__).parent.parent
FAMILIES = "auth|bots|bookmarks|canvases|chat|conversations|dnd|emoji|files|pins|reactions|team|usergroups|users|views"
METHOD = re.compile(rf"({FAMILIES})(\.[a-z][A-Za-z]+)+")
NOT_CALLS = {"manifest.py", "budget.py"}  # lists of what might be called


def called() -> set[str]:
    """Every Web API method that stands as a text somewhere in the code."""
    found: set[str] = set()
    for path in BOT.rglob("*.py"):
        if "local" in path.parts or path.name in NOT_CALLS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and METHOD.fullmatch(node.value):
                found.add(node.value)
    return found


def test_the_methods_that_give_scopes_are_those_that_the_code_calls() -> None:
    assert called() == set(METHODS)


def test_every_event_that_a_row_waits_for_is_subscribed() -> None:
    ours = {row.name for row in events.EVENTS if isinstance(row, Event) and row.name.startswith("slack:")}
    waited = {name.removeprefix("slack:").partition(".")[0] for name in ours}
    subscribed = {name.partition(".")[0] for name in EVENTS}
    # What Slack tells of our own coming, the door calls by the name that Slack keeps to itself.
    assert waited - {"channel_joined"} - subscribed == set()
    assert waited - door.KEPT_EVENTS == set()


def test_every_event_that_is_subscribed_is_used() -> None:
    read = (BOT / "slack" / "door.py").read_text(encoding="utf-8")
    unread = {name for name in EVENTS if f'"{name.partition(".")[0]}"' not in read}
    assert unread == set()


def test_a_scope_is_there_for_a_method_an_event_or_commands() -> None:
    wanted = {"commands"}.union(*EVENTS.values(), *METHODS.values())
    assert set(scopes()) == wanted
    assert {one for one in scopes() if one.startswith(("admin", "identify", "channels:write"))} == set()


@pytest.mark.parametrize("url", [None, "https://daywatch.example.com"])
def test_the_manifest_keeps_to_slack_s_lengths(url: str | None) -> None:
    made = adapted(kept(), url, "dw-")
    assert made == manifest(COMMANDS, mode="http" if url else "socket", url=url, prefix="dw-")
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    for one in made["features"]["slash_commands"]:
        assert len(one["command"]) <= 32
        assert ("url" in one) == (url is not None)
        assert len(one.get("usage_hint", "")) <= 100
    for one in made["features"]["shortcuts"]:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150
    assert made["settings"]["socket_mode_enabled"] == (url is None)
    assert ("request_url" in made["settings"]["event_subscriptions"]) == (url is not None)
