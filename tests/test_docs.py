"""The documentation cannot go stale: generated pages are fresh, links lead somewhere, snippets and examples work."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
import yaml
from pydantic import BaseModel

from bot import generated
from bot.commands import COMMANDS
from bot.connecting import switched_on
from bot.domain.plan import Plan, SystemEntry
from bot.integrations import discover
from bot.settings import Settings, load_settings
from bot.slack.command import Command

ROOT = Path(__file__).parent.parent
BY_HAND = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
PAGES = sorted([*BY_HAND, *(ROOT / "docs").rglob("*/*.md")])
EXAMPLE = ROOT / ".env.example"
WORKED = {
    "healthchecks": ("writing-an-integration.md", 6),
    "buildkite": ("integration-with-changes.md", 10),
    "grype": ("integration-with-reports.md", 6),
    "certmanager": ("integration-in-a-cluster.md", 5),
}
"""The systems that our pages add from nothing: the page of each, and how many files it has."""
OURS = 'lint.isort.known-first-party = ["bot", "tests"]'


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def fenced(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*map(str.upper, Settings.model_fields), *_variables_of_systems()):
        monkeypatch.delenv(variable, raising=False)


def _variables_of_systems() -> Iterator[str]:
    for one in discover():
        yield from map(one.settings.variable_name, one.settings.model_fields)


# What is made from the code.


@pytest.mark.parametrize("name", generated.FILES)
def test_generated_files_are_fresh(name: str) -> None:
    kept = (ROOT / name).read_text()
    assert kept == generated.FILES[name](), f"{name} is stale: python -m bot.generated writes it anew"


def test_nothing_else_lies_among_the_generated_pages() -> None:
    found = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "generated").rglob("*") if path.is_file()}
    assert found == {name for name in generated.FILES if name.startswith("docs/")}


def test_the_example_has_every_variable_once() -> None:
    told = re.findall(r"^#([A-Z][A-Z0-9_]*)=", EXAMPLE.read_text(), re.MULTILINE)
    wanted = [*map(str.upper, Settings.model_fields), *_variables_of_systems()]
    assert sorted(told) == sorted(set(wanted))


@pytest.mark.usefixtures("empty_environment")
def test_a_copied_example_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain = load_settings()
    shutil.copy(EXAMPLE, tmp_path / ".env")
    assert load_settings() == plain
    assert switched_on(Plan()) == ()


@pytest.mark.usefixtures("empty_environment")
def test_every_default_in_the_example_is_what_an_unset_variable_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = load_settings()
    plain_systems = [one.settings() for one in discover()]
    (tmp_path / ".env").write_text(re.sub(r"^#([A-Z][A-Z0-9_]*=.)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE))
    assert "\nDAYWATCH_PORT=8080" in (tmp_path / ".env").read_text()
    assert load_settings() == plain
    from_file: dict[str, Any] = {"_env_file": ".env"}  # pydantic-settings' own argument; Any, as it is no field
    assert [one.settings(**from_file) for one in discover()] == plain_systems


def test_secrets_are_empty_in_the_example() -> None:
    text = EXAMPLE.read_text()
    for one in discover():
        for field, info in one.settings.model_fields.items():
            if generated.is_secret(info):
                assert f"\n#{one.settings.variable_name(field)}=\n" in text
    assert "\n#SLACK_BOT_TOKEN=\n" in text


def test_the_variables_are_told_without_the_bot_s_own_weight() -> None:
    """Whoever only wants `.env.example` waits for the cards, not for Slack, the engine and the store."""
    heavy = ("slack_bolt", "dbos", "sqlalchemy", "fastapi")
    look = f"print([name for name in {heavy} if name in sys.modules])"
    code = f"import sys; from bot import generated; generated.environment(); {look}"
    assert run([sys.executable, "-c", code], ROOT, dict(os.environ)).stdout == "[]\n"


# What is written by hand.


@pytest.mark.parametrize("name", names(PAGES))
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", names(PAGES))
def test_no_line_is_wider_than_a_terminal_of_132_columns(name: str) -> None:
    if "generated" in name:
        return  # its tables are as wide as what they tell
    in_prose = re.sub(r"^(```.*?^```|\|.*?)$", "", (ROOT / name).read_text(), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in in_prose.splitlines() if len(line) > 132 and "](" not in line] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        ahead += [(page.parent / target).resolve() for target in targets if (page.parent / target).is_file()]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page.resolve() not in reached] == []


def test_every_decision_says_what_why_and_what_would_change_our_mind() -> None:
    pages = [page for page in (ROOT / "docs" / "decisions").glob("*.md") if page.name != "README.md"]
    assert pages
    for page in pages:
        told = re.findall(r"^\*\*([A-Z][a-z ]+?)\.\*\*", page.read_text(), re.MULTILINE)
        assert told == ["What", "Why", "The price", "What would change our mind"], page.name


def test_variables_that_the_pages_name_are_there() -> None:
    known = {*map(str.upper, Settings.model_fields), *_variables_of_systems()}
    prefixes = ("DAYWATCH_", "SLACK_", "PAGERDUTY_", "JIRA_", "PROMETHEUS_", "ALERTMANAGER_", "DATABASE_")
    for page in BY_HAND:
        told = re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`", page.read_text())
        strangers = {word for word in told if word.startswith(prefixes)} - known
        assert strangers == set(), page.name


def test_commands_that_the_pages_name_are_there() -> None:
    roots = {row.root for row in COMMANDS if isinstance(row, Command)}
    paths = {row.path for row in COMMANDS if isinstance(row, Command)}
    for page in BY_HAND:
        for root, verb in re.findall(r"`(/[a-z]+)(?: ([a-z]+))?`", page.read_text()):
            doors = {"/healthz", "/readyz", "/metrics", "/webhooks", "/heartbeats", "/reports"}
            if root not in doors | {"/data", "/invite"}:
                assert root in roots, f"{page.name} names {root}"
                assert not verb or f"{root} {verb}" in paths or verb == "help", f"{page.name} names {root} {verb}"


def test_programs_that_the_pages_name_are_there() -> None:
    from bot.__main__ import app  # noqa: PLC0415 - only this test needs the command line

    top = typer.main.get_command(app)
    known = commands_below(top, "daywatch")
    for page in BY_HAND:
        text = page.read_text()
        for first, second in re.findall(r"(?:`|^)(?:scripts/run|daywatch) ([a-z]+)(?: ([a-z]+))?", text, re.MULTILINE):
            path = f"daywatch {first}"
            assert path in known, f"{page.name} names {path}"
            if second and any(name.startswith(f"{path} ") for name in known):
                assert f"{path} {second}" in known, f"{page.name} names {path} {second}"


def commands_below(command: Any, path: str) -> set[str]:
    """Any: Typer's own groups, which have no common public type."""
    below = getattr(command, "commands", {})
    return {path}.union(*(commands_below(one, f"{path} {name}") for name, one in below.items()))


def test_metrics_that_the_pages_name_are_there() -> None:
    made = {f"daywatch_{name}" for name in _metrics()}
    for page in BY_HAND:
        told = {
            re.sub(r"_(total|bucket|count|sum)$", "", word)
            for word in re.findall(r"\bdaywatch_[a-z_]+\b", page.read_text())
        }
        assert told - made == set(), page.name


def _metrics() -> Iterator[str]:
    for path in (ROOT / "bot").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                name = getattr(call.func, "id", "")
                if name in {"Counter", "Gauge", "Histogram", "gauge"}:
                    yield str(call.args[0].value).removeprefix("daywatch_")


# The YAML file.


def plans() -> list[dict[str, Any]]:
    """Any: YAML."""
    blocks = [*fenced(ROOT / "docs" / "set-up.md", "yaml"), *fenced(ROOT / "docs" / "operations.md", "yaml")]
    read = [yaml.safe_load(block) for block in blocks if re.match(r"# daywatch\.yaml|heartbeats:", block)]
    assert len(read) >= 2
    return read


def test_every_example_of_the_yaml_file_is_one() -> None:
    for example in plans():
        Plan.model_validate(example)


def test_the_whole_example_shows_every_key_there_is() -> None:
    whole = max(plans(), key=len)
    assert missing(Plan, whole, "") == []


def missing(model: type[BaseModel], shown: Any, place: str) -> list[str]:
    """Keys of the model that no part of the example shows. Any: YAML."""
    parts = shown if isinstance(shown, list) else [shown]
    lacking = []
    for name, info in model.model_fields.items():
        values = [part[name] for part in parts if name in part]
        if not values:
            lacking.append(f"{place}{name}")
        below = [kind for kind in (info.annotation, *get_args(info.annotation)) if isinstance(kind, type)]
        for kind in below:
            if values and issubclass(kind, BaseModel) and kind is not SystemEntry and "env" not in kind.model_fields:
                flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
                lacking += missing(kind, flat, f"{place}{name}.")
    return lacking


@pytest.mark.usefixtures("empty_environment")
def test_the_systems_of_the_example_are_switched_on_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMETHEUS_EU", "made-up")
    (tmp_path / "am-eu").write_text("made-up\n")
    whole = max(plans(), key=len)
    text = json.dumps({"systems": whole["systems"]}).replace("/run/secrets/am-eu", str(tmp_path / "am-eu"))
    on = switched_on(Plan.model_validate(json.loads(text)), os.environ)
    assert [(one.integration.name, one.instance) for one in on if one.instance] == [
        ("prometheus", "prod-eu"),
        ("alertmanager", "prod-eu"),
    ]


# Snippets.


def test_the_heartbeat_snippet_reports_and_never_fails_its_job(tmp_path: Path) -> None:
    (snippet,) = [block for block in fenced(ROOT / "docs" / "set-up.md", "sh") if "report()" in block]
    backup = tmp_path / "shop.dump"
    for name, does in {
        "curl": f'printf "%s|" "$@" >> {tmp_path}/told; echo >> {tmp_path}/told; exit 22',
        "pg_dump": f'[ -z "$BROKEN" ] || exit 3; printf 12345 > {backup}',
    }.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    script = snippet.replace("/backup/shop.dump", str(backup))
    told = []
    for broken in ("", "yes"):
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BROKEN": broken}
        subprocess.run(["bash", "-euo", "pipefail", "-c", script], check=True, env=environment)
        told += (tmp_path / "told").read_text().splitlines()
        (tmp_path / "told").unlink()
    started, ended, again, failed = told
    assert "/heartbeats/pg-nightly/start|" in started
    assert again == started
    assert '{"size_bytes": 5}|https://daywatch.example.com/heartbeats/pg-nightly|' in ended
    assert failed.endswith("/heartbeats/pg-nightly/3|")
    assert "Authorization: Bearer the-token|" in ended


@pytest.mark.program("promtool")
def test_prometheus_takes_the_scrape_and_the_alerts_that_operations_tells(tmp_path: Path) -> None:
    blocks = {block.split("\n")[0]: block for block in fenced(ROOT / "docs" / "operations.md", "yaml")}
    for name, order in {"# rules.yml": ["rules"], "# prometheus.yml": ["config", "--syntax-only"]}.items():
        file = tmp_path / name.removeprefix("# ")
        file.write_text(blocks[name])
        ran = run(["promtool", "check", *order, str(file)], tmp_path, dict(os.environ))
        assert ran.returncode == 0, ran.stdout
        assert "SUCCESS" in ran.stdout


def test_what_one_would_change_is_where_the_page_says() -> None:
    rows = re.findall(
        r"^\| (?!to change|---)(.+?) \| (.+) \| `(.+)` \|$",
        (ROOT / "docs" / "where-to-change-what.md").read_text(),
        re.MULTILINE,
    )
    assert len(rows) > 20
    wrong = []
    for what, where, landmark in rows:
        places = [ROOT / "docs" / path for path in re.findall(r"\]\(([^)]+)\)", where)]
        if not any(landmark in place.read_text() for place in places):
            wrong.append(what)
    assert wrong == []


def worked_files(system: str) -> dict[str, str]:
    page, count = WORKED[system]
    text = (ROOT / "docs" / page).read_text()
    found = re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == count
    assert all(f"integrations/{system}/" in name for name, _ in found)
    return dict(found)


def written(folder: Path) -> None:
    """All of them, as somebody would who follows the pages."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for system in WORKED:
        for name, text in worked_files(system).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)


def test_the_worked_examples_pass_their_tests_and_nothing_else_is_edited(tmp_path: Path) -> None:
    quiet = shutil.ignore_patterns("__pycache__", "local")
    for part in ("bot", "tests/integrations", "tests/kubernetes"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=quiet)
    written(tmp_path)
    here = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    places = ["tests/integrations/contract", "tests/integrations/buildkite"]
    tests = ["-k", " or ".join(WORKED), "-p", "no:xdist", "-rA", "-q", *places]
    ran = run([sys.executable, "-m", "pytest", *tests], tmp_path, here)
    assert ran.returncode == 0, ran.stdout[-3000:]
    passed = [line for line in ran.stdout.splitlines() if line.startswith("PASSED")]
    for system in WORKED:
        assert sum(system in line for line in passed) > 25, ran.stdout[-500:]
    made = "from bot import generated; print(generated.environment() + generated.integrations_page())"
    told = run([sys.executable, "-c", made], tmp_path, here).stdout
    for variable in ("HEALTHCHECKS_API_KEY", "BUILDKITE_TOKEN", "GRYPE_REPORT_TOKEN"):
        assert f"#{variable}=\n" in told
    for title in ("Healthchecks", "Buildkite", "Grype", "cert-manager"):
        assert f"| [{title}](" in told
    assert "| `/reports/grype` | `GRYPE_REPORT_TOKEN` |" in told


def test_the_worked_examples_are_in_our_style(tmp_path: Path) -> None:
    written(tmp_path)
    for order in (["format", "--check"], ["check", "--config", OURS]):
        ran = run([sys.executable, "-m", "ruff", *order, "--no-cache", "."], tmp_path, dict(os.environ))
        assert ran.returncode == 0, ran.stdout


def run(order: list[str], where: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        order,
        cwd=where,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=100,
    )


def test_a_variable_that_several_systems_share_stands_once_in_the_example() -> None:
    given = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(given) > 100
    assert [name for name in given if given.count(name) > 1] == []
