"""`daywatch doctor`: everything examined, told to a person or to a program."""

import asyncio
import json
import sys

from rich.console import Console

from bot import __version__, logs
from bot.doctor import examine, report, unreadable_settings
from bot.settings import BadSettings, load_settings


def run(*, as_json: bool) -> int:
    """The exit status: 1 when something is broken."""
    logs.set_up("warning", "console")
    try:
        settings = load_settings()
    except BadSettings as error:
        found = unreadable_settings(str(error))
    else:
        if sys.stderr.isatty():
            sys.stderr.write("Asking Slack, the database and every system …\n")
        found = asyncio.run(examine(settings))
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(found, __version__), ensure_ascii=False, indent=2) + "\n")
    else:
        report.render(found, Console())
    return 0 if report.healthy(found) else 1
