"""`daywatch report`: what lies in files goes where CI posts it, read and reduced in the same way."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot.connecting import SwitchedOn, switched_on
from bot.domain.errors import StoreDown, Unreadable
from bot.domain.report import KeptReport
from bot.settings import BadSettings, load_plan, load_settings
from bot.store.database import Store
from bot.store.migrate import StoreRefused, upgrade
from bot.store.reports import ReportRows, TooMuch
from bot.terminal.stop import stop
from bot.web.bounds import TooLarge
from bot.web.reading import LARGEST, Body, Reading, TooHard

_PACKED = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`about` is what stands in the query when CI posts."""

    system: str
    files: Sequence[Path]
    about: Mapping[str, str]
    instance: str | None = None


def run_report(wanted: Wanted) -> int:
    """Exit status 1 when one of the files was not taken; the others are."""
    try:
        return asyncio.run(_report(wanted))
    except BadSettings as error:
        stop(str(error))
    except (StoreDown, StoreRefused) as error:
        stop(f"The database does not answer: {error}")


async def _report(wanted: Wanted) -> int:
    settings = load_settings()
    system = _system(switched_on(load_plan(settings).plan), wanted)
    settings.make_data_folder()
    await upgrade(settings.store_url)
    store, reading, refused = Store(settings.store_url), Reading(), False
    try:
        for file in wanted.files:
            told, good = await _taken(file, system, wanted, ReportRows(store), reading)
            typer.echo(told, err=not good)
            refused |= not good
    finally:
        await store.close()
    return 1 if refused else 0


def _system(on: Sequence[SwitchedOn], wanted: Wanted) -> SwitchedOn:
    taking = [one for one in on if one.takes_reports]
    found = [one for one in taking if (one.integration.name, one.instance) == (wanted.system, wanted.instance)]
    if not found:
        names = ", ".join(sorted({one.label for one in taking})) or "none"
        words = "Set its report token (docs/reports.md), and name an entry of systems: with --instance."
        stop(f"No reports of {wanted.system!r} are taken here; they are of: {names}. {words}")
    return found[0]


def _content(file: Path) -> bytes:
    if file.stat().st_size > LARGEST:
        raise TooLarge
    return file.read_bytes()


async def _taken(
    file: Path, system: SwitchedOn, wanted: Wanted, rows: ReportRows, reading: Reading
) -> tuple[str, bool]:
    """What came of it, and whether that is good."""
    card = system.integration
    if card.reports is None:
        return f"{card.name} takes no reports", False
    try:
        content = _content(file)
        body = Body(content=content, gzipped=content.startswith(_PACKED), about=wanted.about)
        report = await reading.read(card.reports(system.settings), body)
        await rows.add(card.name, system.instance, KeptReport(report=report, received_at=datetime.now(UTC)))
    except OSError as error:
        return f"{file}: cannot be read ({error.strerror})", False
    except TooLarge:
        return f"{file}: is larger than {LARGEST // 1024**2} MiB; leave out what is not needed", False
    except TooHard:
        return f"{file}: could not be read within the bounds of time and memory", False
    except (Unreadable, TooMuch) as error:
        return f"{file}: {error}", False
    return f"{card.name}: {report.name}, {report.words}", True
