"""`daywatch manifest`: the Slack app's manifest for one way of connecting, made from the tables."""

import json
import os
from pathlib import Path

from bot.slack.kept_manifest import adapted, kept
from bot.terminal.stop import stop

_PLAN_FILES = ("daywatch.yaml", ".env")


def print_for(mode: str, url: str | None) -> str:
    """As JSON, for `mode` (`socket` or `http`) and the bot's public address."""
    if mode not in ("socket", "http"):
        stop(f"--mode is socket or http, not {mode!r}")
    address = url or (_settings_url() if mode == "http" else None)
    if mode == "http" and not address:
        stop("HTTP mode needs the bot's public address: --url https://daywatch.example.com, or DAYWATCH_PUBLIC_URL")
    return json.dumps(adapted(kept(), address if mode == "http" else None, _prefix()), indent=2, ensure_ascii=False)


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
