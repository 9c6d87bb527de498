"""`daywatch …` on a terminal: the answer on standard output, everything else beside it, and quick."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import __version__
from bot.__main__ import app
from bot.commands import COMMANDS
from bot.slack.kept_manifest import adapted
from bot.slack.manifest import manifest

ROOT = Path(__file__).parent.parent
COPY = ROOT / "bot" / "slack" / "manifest.json"
HEAVY = ("sqlalchemy", "slack_sdk", "slack_bolt", "dbos", "fastapi", "httpx", "aiohttp", "alembic", "pagerduty", "jira")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAYWATCH_RUNBOOKS", str(ROOT / "runbooks"))
    return tmp_path


def said(*words: str, status: int = 0) -> tuple[str, str]:
    """Standard output and standard error."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == status, result.output
    return result.stdout, result.stderr


def test_the_copy_of_the_manifest_is_fresh() -> None:
    assert json.loads(COPY.read_text()) == manifest(COMMANDS, mode="socket"), "run python -m bot.generated"


@pytest.mark.parametrize("prefix", ["", "dw-"])
@pytest.mark.parametrize("url", [None, "https://daywatch.example.com/"])
def test_what_is_made_from_the_copy_is_what_the_tables_say(url: str | None, prefix: str) -> None:
    base = json.loads(COPY.read_text())
    wanted = manifest(COMMANDS, mode="http" if url else "socket", url=url, prefix=prefix)
    # The copy's own commands, so that this test speaks of the change alone.
    assert adapted(manifest(COMMANDS, mode="socket"), url, prefix) == wanted
    assert adapted(base, url, prefix)["settings"] == wanted["settings"]


def test_the_manifest_follows_the_mode_and_the_prefix_of_the_file(empty_folder: Path) -> None:
    (empty_folder / "daywatch.yaml").write_text("slack: {command_prefix: dw-}\n")
    out, _ = said("manifest", "--mode", "http", "--url", "https://daywatch.example.com")
    made: dict[str, Any] = json.loads(out)
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["features"]["slash_commands"][0]["url"] == "https://daywatch.example.com/slack/events"
    assert all(one["command"].startswith("/dw-") for one in made["features"]["slash_commands"])


def test_http_mode_without_an_address_says_what_is_missing() -> None:
    out, err = said("manifest", "--mode", "http", status=2)
    assert (out, "--url" in err) == ("", True)
    assert "socket or http" in said("manifest", "--mode", "carrier-pigeon", status=2)[1]


def test_config_check_tells_a_good_file_and_the_line_of_a_bad_one(empty_folder: Path) -> None:
    assert "no file" in said("config", "check")[0]
    file = empty_folder / "daywatch.yaml"
    file.write_text("teams: [{name: ops}, {name: web}]\n")
    assert "daywatch.yaml: good (2 teams" in said("config", "check")[0]
    file.write_text("teams: [{name: ops}]\nincidents: {join_window: soon}\n")
    _, err = said("config", "check", status=2)
    assert "line 2" in err
    assert "30m" in err
    assert "cannot be read" in said("config", "check", "nowhere.yaml", status=2)[1]


def test_the_schema_knows_lengths_of_time_as_people_write_them() -> None:
    schema = json.loads(said("config", "schema")[0])
    window = schema["$defs"]["IncidentRules"]["properties"]["join_window"]
    assert "pattern" in window
    assert "duration" not in json.dumps(schema)


def test_runbooks_are_searched_as_in_slack() -> None:
    out, _ = said("runbooks", "search", "disk", "full")
    assert out.startswith("disk-filling  ")
    _, err = said("runbooks", "search", "xyzzyqwv", status=1)
    assert "Nothing found." in err


def test_runbooks_lint_is_silent_about_good_pages_and_fails_for_a_bad_one(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = said("runbooks", "lint")
    assert (out, "0 errors" in err) == ("", True)
    (empty_folder / "bad.md").write_text("no front matter\n")
    monkeypatch.setenv("DAYWATCH_RUNBOOKS", str(empty_folder))
    out, _ = said("runbooks", "lint", status=1)
    assert "error: bad.md" in out


def test_the_database_is_made_told_and_pruned(empty_folder: Path) -> None:
    assert "not there yet" in said("db", "status", status=1)[0]
    assert "nothing to forget" in said("db", "prune", status=1)[1]
    assert not (empty_folder / "var").exists()
    assert "at version" in said("db", "upgrade")[0]
    assert "database at version" in said("db", "status")[0]
    assert "0 deliveries" in said("db", "prune")[0]


def test_reports_that_lie_in_files_are_taken_as_ci_would_post_them(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / "scan.json").write_text(
        '{"SchemaVersion":2,"CreatedAt":"2026-03-02T03:00:22Z","ArtifactName":"shop:1.4.2",'
        '"ArtifactType":"container_image","Metadata":{},"Results":[]}'
    )
    (empty_folder / "packed.json").write_bytes(gzip.compress((empty_folder / "scan.json").read_bytes()))
    (empty_folder / "odd.json").write_text("no report")
    assert "No reports of 'trivy' are taken here" in said("report", "trivy", "scan.json", status=2)[1]
    monkeypatch.setenv("TRIVY_REPORT_TOKEN", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    assert said("report", "trivy", "scan.json")[0] == "trivy: shop, nothing serious\n"
    out, err = said("report", "trivy", "odd.json", "gone.json", "packed.json", "--name", "web", status=1)
    assert out == "trivy: web, nothing serious\n"
    assert "odd.json: " in err
    assert "gone.json: cannot be read (No such file or directory)" in err
    found = json.loads(said("digest", "--json")[0])
    checks = {check["name"]: check for item in found["items"] for check in item["checks"]}
    assert {one["title"] for one in checks["trivy.scans"]["evidence"]} == {"shop", "web"}, "they are judged, as too old"


def test_a_database_that_does_not_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert "does not answer" in said("db", "status", status=1)[1]
    assert "does not answer" in said("db", "prune", status=1)[1]


def test_a_data_folder_that_cannot_be_is_told_by_every_command(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / "file").write_text("no folder")
    monkeypatch.setenv("DAYWATCH_DATA_DIR", "file/below")
    for words, status in ((("db", "upgrade"), 1), (("checks",), 2), (("digest",), 2), (("serve",), 2)):
        assert "DAYWATCH_DATA_DIR" in said(*words, status=status)[1]


def test_doctor_answers_json_and_exits_with_1_when_something_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(said("doctor", "--json")[0])["healthy"] is True
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    out, _ = said("doctor", "--json", status=1)
    told = json.loads(out)
    assert (told["version"], told["healthy"]) == (__version__, False)
    assert "SLACK_APP_TOKEN" in told["findings"][0]["words"]


@pytest.mark.parametrize(
    "words", [["--version"], ["manifest"], ["config", "check"], ["config", "schema"], ["runbooks", "search", "disk"]]
)
def test_quick_commands_import_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from bot.__main__ import app\n"
        f"result = CliRunner().invoke(app, {words!r}); assert result.exit_code == 0, result.output\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
