"""Slack's payloads in their real shapes."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
TEAM, APP = "T0ACME", "A0DAYWATCH"
Json = dict[str, Any]  # Slack's own


def typed(command: str, text: str, user: str = "U024BE7LH", trigger: str = "1.2.abc") -> Json:
    return {
        "token": "legacy",
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": "C0OPS",
        "channel_name": "ops",
        "user_id": user,
        "user_name": "whoever",
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/1",
        "trigger_id": trigger,
    }


def press(action: str, value: str, user: str = "U024BE7LH", trigger: str = "1.2.abc", **message: Any) -> Json:
    element: Json = {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.5"}
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "whoever", "team_id": TEAM},
        "api_app_id": APP,
        "team": {"id": TEAM, "domain": "acme"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0OPS", "is_ephemeral": False},
        "trigger_id": trigger,
        "channel": {"id": "C0OPS", "name": "ops"},
        "message": {"type": "message", "ts": "1.1", "text": "x", **message},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [element],
    }


def picked(action: str, value: str, user: str = "U024BE7LH") -> Json:
    body = press(action, "", user)
    body["actions"] = [{"type": "overflow", "action_id": action, "block_id": "b", "selected_option": {"value": value}}]
    return body


def submission(callback: str, values: Json, memory: str = "", user: str = "U024BE7LH") -> Json:
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": user, "username": "whoever", "team_id": TEAM},
        "api_app_id": APP,
        "trigger_id": "1.2.abc",
        "view": {
            "id": "V1",
            "type": "modal",
            "hash": "h1",
            "callback_id": callback,
            "private_metadata": memory,
            "state": {"values": values},
        },
    }
