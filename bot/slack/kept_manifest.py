"""The Slack app's manifest as it is kept beside the code, turned into the one that is wanted; imports nothing heavy."""

import json
from importlib.resources import files
from typing import Any

Json = dict[str, Any]  # Slack's own schema


def kept() -> Json:
    """For Socket Mode, without a prefix. The tables stand behind a second of imports; a test keeps this copy fresh."""
    base: Json = json.loads(files("bot.slack").joinpath("manifest.json").read_text(encoding="utf-8"))
    return base


def adapted(base: Json, url: str | None, prefix: str) -> Json:
    """The Socket Mode manifest without a prefix, turned into the one that is wanted; with `url` for HTTP mode."""
    http = {"request_url": f"{url.rstrip('/')}/slack/events"} if url else {}
    features, settings = base["features"], base["settings"]
    slashes = [
        {
            **one,
            "command": f"/{prefix}{one['command'].removeprefix('/')}",
            **({"url": http["request_url"]} if http else {}),
        }
        for one in features["slash_commands"]
    ]
    menus = {"message_menu_options_url": http["request_url"]} if http else {}
    return {
        **base,
        "features": {**features, "slash_commands": slashes},
        "settings": {
            **settings,
            "event_subscriptions": {**http, **settings["event_subscriptions"]},
            "interactivity": {**settings["interactivity"], **http, **menus},
            "socket_mode_enabled": not http,
        },
    }
