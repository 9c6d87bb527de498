"""`daywatch manifest`: the Slack app's manifest for one way of connecting, made from the tables."""

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.terminal.stop import stop

_PLAN_FILES = ("daywatch.yaml", ".env")

Json = dict[str, Any]  # Slack's own schema


def print_for(mode: str, url: str | None) -> str:
    """As JSON. The tables stand behind a second of imports, so it starts from the copy that a test keeps fresh."""
    if mode not in ("socket", "http"):
        stop(f"--mode is socket or http, not {mode!r}")
    base: Json = json.loads(files("bot.slack").joinpath("manifest.json").read_text(encoding="utf-8"))
    address = url or (_settings_url() if mode == "http" else None)
    if mode == "http" and not address:
        stop("HTTP mode needs the bot's public address: --url https://daywatch.example.com, or DAYWATCH_PUBLIC_URL")
    return json.dumps(adapted(base, address if mode == "http" else None, _prefix()), indent=2, ensure_ascii=False)


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


def _prefix() -> str:
    """The settings are read only where there are any: that alone takes as long as all the rest."""
    if "DAYWATCH_CONFIG" not in os.environ and not any(Path(name).is_file() for name in _PLAN_FILES):
        return ""
    from bot.settings import BadSettings, load_plan, load_settings  # noqa: PLC0415 - see above

    try:
        return load_plan(load_settings()).plan.slack.command_prefix
    except BadSettings as error:
        stop(str(error))


def _settings_url() -> str | None:
    if not Path(".env").is_file():
        return os.environ.get("DAYWATCH_PUBLIC_URL")
    from bot.settings import BadSettings, load_settings  # noqa: PLC0415 - see above

    try:
        return load_settings().daywatch_public_url
    except BadSettings as error:
        stop(str(error))
