"""The shape of the house: every module says what it is, tables are whole, generated files are fresh."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from bot import commands, events, flows, schedule
from bot.rows import Event
from bot.slack.command import Button, Command, Form, Menu, Options, Shortcut

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "bot").rglob("*.py"))


def test_every_module_opens_with_a_sentence_in_product_language() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "migrations" not in path.parts and not (ast.get_docstring(ast.parse(path.read_text())) or "").strip()
    ]
    assert not silent


def test_no_action_id_or_callback_stands_in_two_rows() -> None:
    names = [row.action for row in commands.COMMANDS if isinstance(row, Button | Menu)]
    names += [row.callback for row in commands.COMMANDS if isinstance(row, Form | Shortcut)]
    assert sorted(set(names)) == sorted(names)


def test_every_id_is_versioned_so_that_old_messages_keep_their_handlers() -> None:
    names = [row.action for row in commands.COMMANDS if isinstance(row, Button | Menu | Options)]
    names += [row.callback for row in commands.COMMANDS if isinstance(row, Form | Shortcut)]
    assert [name for name in names if not re.fullmatch(r"[a-z]+\.[a-z_]+\.v\d+", name)] == []


def test_no_command_is_there_twice() -> None:
    paths = [row.path for row in commands.COMMANDS if isinstance(row, Command)]
    assert sorted(set(paths)) == sorted(paths)


def test_flows_and_surfaces_have_names_of_their_own() -> None:
    for names in ([row.name for row in flows.FLOWS], [row.name for row in flows.SURFACES]):
        assert sorted(set(names)) == sorted(names)
    assert len({row.name for row in schedule.SCHEDULE}) == len(schedule.SCHEDULE)


def test_every_flow_that_a_feature_starts_is_in_the_table() -> None:
    known = {row.name for row in flows.FLOWS}
    started = set()
    for path in (ROOT / "bot" / "features").rglob("*.py"):
        started |= set(re.findall(r'flow="([a-z_]+\.[a-z_.]+)"', path.read_text()))
    assert started - known == set()


def test_every_piece_of_news_that_a_feature_has_is_heard_by_somebody() -> None:
    heard = {row.name for row in events.EVENTS if isinstance(row, Event)}
    told = set()
    for path in (ROOT / "bot" / "features").rglob("*.py"):
        told |= set(re.findall(r'Happened\(\s*"([a-z_.]+)"', path.read_text()))
    assert told - heard == set()


def test_threads_of_the_engine_are_used_by_the_engine_alone() -> None:
    """The loop's default executor is the engine's; twenty hung calls there would hold up every flow."""
    guilty = []
    for path in SOURCES:
        if "durable" in path.parts:
            continue
        text = path.read_text()
        if "asyncio.to_thread(" in text or "run_in_executor(None" in text:
            guilty.append(str(path.relative_to(ROOT)))
    assert guilty == []


@pytest.mark.parametrize("script", ["scripts/run", "scripts/test", ".ci/run", "scripts/setup.sh"])
def test_scripts_are_sound_shell(script: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    words = (
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js.org",
        "deb.debian" + ".org",
        "/ro" + "ot/",
        "/wo" + "rk/",
    )
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    guilty = []
    for name in tracked:
        path = ROOT / name
        if path.is_file() and path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".lock",
            ".yaml",
            ".yml",
            ".sh",
            "",
            ".json",
            ".txt",
        }:
            text = path.read_text(errors="replace")
            guilty += [f"{name}: {word}" for word in words if word in text]
    assert guilty == []
