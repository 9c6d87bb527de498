"""Settings: what is wrong is said with its line and its remedy, and never with a secret."""

from pathlib import Path

import pytest

from bot.domain.plan import SecretFrom, SystemEntry
from bot.settings import BadSettings, Settings, entry_values, load_plan, load_settings, read_plan, secret_of

NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a `.env`, and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def wrong(text: str, folder: Path) -> str:
    path = folder / "daywatch.yaml"
    path.write_text(text)
    with pytest.raises(BadSettings) as caught:
        read_plan(path)
    return str(caught.value).replace(str(folder), "…")


def test_nothing_set_is_the_local_workspace_on_sqlite() -> None:
    settings = load_settings()
    assert settings.slack_mode is None
    assert settings.store_url == "sqlite:///var/daywatch.db"
    assert not settings.on_postgres


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "socket"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, "http"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": ""}, None),
    ],
)
def test_the_mode_follows_from_what_is_set(given: dict[str, str], mode: str | None) -> None:
    assert load_settings(given).slack_mode == mode


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SLACK_APP_TOKEN": "xapp-hush"}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_SIGNING_SECRET": "hush"}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_BOT_TOKEN": "xoxb-hush"}, "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode)"),
    ],
)
def test_half_a_slack_stops_the_start_and_names_what_is_missing(given: dict[str, str], missing: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(given)
    assert missing in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_environment_and_its_file_are_read(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere / ".env").write_text("DAYWATCH_PORT=9000\nDAYWATCH_HOST=0.0.0.0\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("DAYWATCH_PORT", "9001")
    settings = load_settings()
    assert (settings.daywatch_port, settings.daywatch_host) == (9001, "0.0.0.0")


def test_a_bad_value_is_named_without_being_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYWATCH_PORT", "hush-hush")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert str(caught.value).startswith("DAYWATCH_PORT: ")
    assert "hush" not in str(caught.value)


def test_another_kind_of_database_is_refused_at_once() -> None:
    with pytest.raises(BadSettings, match="DATABASE_URL: write postgresql://") as caught:
        load_settings({"DATABASE_URL": "mysql://ann:hush@host/db"})
    assert "hush" not in str(caught.value)
    assert load_settings({"DATABASE_URL": "postgresql://ann@host/db"}).on_postgres


def test_without_a_file_one_team_gets_its_digest_on_weekdays() -> None:
    found = load_plan(load_settings())
    assert found.path is None
    (team,) = found.plan.teams
    assert (team.channel, f"{team.digest.at:%H:%M}", team.timezone, len(team.digest.days)) == (
        "#ops",
        "08:30",
        "UTC",
        5,
    )
    assert [one.key for one in found.plan.severities] == ["sev1", "sev2", "sev3", "sev4"]


def test_the_usual_file_is_found_and_an_empty_setting_means_none(nowhere: Path) -> None:
    (nowhere / "daywatch.yaml").write_text("teams: [{name: platform}]\n")
    assert load_plan(load_settings()).plan.teams[0].name == "platform"
    assert load_plan(load_settings({"DAYWATCH_CONFIG": ""})).plan.teams[0].name == "ops"
    (nowhere / "other.yaml").write_text("")
    assert load_plan(load_settings({"DAYWATCH_CONFIG": "other.yaml"})).plan.teams[0].name == "ops"
    with pytest.raises(BadSettings, match=r"missing\.yaml cannot be read .* Check DAYWATCH_CONFIG"):
        load_plan(load_settings({"DAYWATCH_CONFIG": "missing.yaml"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "teams:\n  - name: a\n    timezone: Berlin\n",
            "…/daywatch.yaml, line 3: teams.0.timezone: 'Berlin' is not a time zone; did you mean Europe/Berlin?",
        ),
        (
            "teams:\n  - name: a\n    timezone: Mars/Base\n",
            "line 3: teams.0.timezone: 'Mars/Base' is not a time zone, e.g. Europe/Berlin",
        ),
        ("teams:\n  - name: a\n    chanel: '#x'\n", "line 3: teams.0.chanel: is not a setting; check the spelling"),
        (
            "incidents:\n  join_window: soon\n",
            "line 2: incidents.join_window: write a number and a unit, such as 30m, 2h or 1d",
        ),
        (
            "incidents:\n  routing:\n    - {do: explode}\n",
            "line 3: incidents.routing.0.do: Input should be 'open', 'triage' or 'ignore'",
        ),
        ("teams: [{name: a}, {name: a}]\n", "line 1: the team 'a' is there twice; give each its own name"),
        ("teams: [{name: a, services: [x]}]\n", "line 1: team 'a' runs 'x', which is not under services: add it there"),
        ("teams: [\n", "…/daywatch.yaml, line 2: not YAML"),
        ("- a\n- b\n", "…/daywatch.yaml: the file holds a list"),
        ("teams:\n  - channel: '#x'\n", "line 2: teams.0.name: Field required"),
        (
            "heartbeats:\n  - name: x\n    schedule: '0 2 * * *'\n    token: {env: A, file: /b}\n",
            "line 4: heartbeats.0.token: name the secret with exactly one of",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_its_remedy(text: str, said: str, nowhere: Path) -> None:
    assert said in wrong(text, nowhere)


def test_every_mistake_is_told_at_once(nowhere: Path) -> None:
    told = wrong("teams:\n  - name: a\n    timezone: Berlin\n    chanel: x\n", nowhere)
    assert [line.partition(": ")[0] for line in told.splitlines()] == [
        "…/daywatch.yaml, line 3",
        "…/daywatch.yaml, line 4",
    ]


def test_a_file_that_is_no_text_is_said_to_be_none(nowhere: Path) -> None:
    path = nowhere / "daywatch.yaml"
    path.write_bytes(b"teams: \xff\xfe")
    with pytest.raises(BadSettings, match="is not text in UTF-8"):
        read_plan(path)


def test_a_secret_is_named_and_read_from_where_it_is(nowhere: Path) -> None:
    (nowhere / "token").write_text("from-file\n")
    assert secret_of(SecretFrom(env="T"), {"T": "from-env"}).get_secret_value() == "from-env"
    assert secret_of(SecretFrom(file=str(nowhere / "token")), {}).get_secret_value() == "from-file"
    with pytest.raises(BadSettings, match=r"T is named in the YAML file, but neither the .+ nor \.env has it"):
        secret_of(SecretFrom(env="T"), {})
    with pytest.raises(BadSettings, match="cannot be read"):
        secret_of(SecretFrom(file=str(nowhere / "nothing")), {})
    (nowhere / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings, match="not text"):
        secret_of(SecretFrom(file=str(nowhere / "binary")), {})


def test_a_systems_entry_gets_its_secrets_and_hides_them() -> None:
    entry = SystemEntry.model_validate({"system": "x", "name": "eu", "url": "https://x", "token": {"env": "T"}})
    values = entry_values(entry, {"T": "hush"})
    assert values["url"] == "https://x"
    assert "hush" not in str(values)
    assert values["token"].get_secret_value() == "hush"


def test_runbooks_are_one_s_own_and_else_those_of_the_package(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = nowhere / "site" / "bot" / "runbooks"
    packaged.mkdir(parents=True)
    monkeypatch.setattr("bot.settings.__file__", str(packaged.parent / "settings.py"))
    assert load_settings({}).runbooks_folder == packaged
    assert load_settings({"DAYWATCH_RUNBOOKS": "elsewhere"}).runbooks_folder == Path("elsewhere")
    (nowhere / "runbooks").mkdir()
    assert load_settings({}).runbooks_folder == Path("runbooks")


def test_a_data_folder_that_cannot_be_is_told_with_its_variable(nowhere: Path) -> None:
    (nowhere / "file").write_text("no folder")
    for where in ("file", "file/below"):
        with pytest.raises(BadSettings, match=r"cannot be made .+ Check DAYWATCH_DATA_DIR"):
            load_settings({"DAYWATCH_DATA_DIR": str(nowhere / where)}).make_data_folder()
    load_settings({"DAYWATCH_DATA_DIR": str(nowhere / "a" / "b")}).make_data_folder()
    assert (nowhere / "a" / "b").is_dir()
