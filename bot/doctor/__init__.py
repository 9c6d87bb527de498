"""`daywatch doctor`: every setting, token, scope, right and system: works, or what to do.

It works beside a running bot: no engine, no file lock, nothing is changed. `--json` prints one object:

    {"version": "0.1.0", "healthy": false, "counts": {"ok": 12, "warn": 2, "broken": 1, "not tried": 1},
     "findings": [{"area": "slack", "what": "channel #ops", "state": "broken",
                   "words": "is not there, or is private and the bot is not in it",
                   "remedy": "Make #ops, or type /invite @Daywatch in it."}]}

`area` is one of settings, data, database, work, slack, systems, runbooks; `state` one of ok, warn, broken, not tried;
`remedy` may be null. The exit status is 1 when something is broken, else 0.
"""

import asyncio
from collections.abc import Awaitable, Sequence

import structlog

from bot.doctor import database, house, reports, slack, systems
from bot.doctor.finding import Finding, State, broken
from bot.settings import Settings

__all__ = ["Finding", "State", "examine", "unreadable_settings"]

log = structlog.get_logger(__name__)


async def examine(settings: Settings) -> Sequence[Finding]:
    """Everything at once; the report's order does not depend on who answers first."""
    plan, found = house.settings_file(settings)
    parts = {
        "database": database.examined(settings),
        "slack": slack.examined(settings, plan),
        "systems": systems.examined(plan),
        "reports": reports.examined(settings, plan),
        "runbooks": house.runbooks(settings.runbooks_folder),
    }
    asked = await asyncio.gather(*(_whole(area, part) for area, part in parts.items()))
    return [*found, *house.data_folder(settings.daywatch_data_dir), *(one for part in asked for one in part)]


def unreadable_settings(words: str) -> Sequence[Finding]:
    """When not even the environment can be read: a finding a line."""
    return [
        broken("settings", "environment", line, "Correct it; serve does not start so.") for line in words.split("\n")
    ]


async def _whole(area: str, part: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
    """One part that breaks must not silence the rest of the report."""
    try:
        return await part
    except Exception as error:
        log.exception("a part of the examination broke", area=area)
        words = f"our own mistake ({type(error).__name__}), see the log"
        return [broken(area, "examination", words, "Report it with the log's lines.")]
