"""The settings file read again: as a whole, or not at all."""

from pathlib import Path

import pytest

from bot.domain.plan import Plan
from bot.rereading import read_again
from bot.settings import PlanFile, Settings, load_plan, load_settings

GOOD = "teams:\n  - {name: ops, channel: '#ops'}\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings({})


def start(settings: Settings, text: str) -> PlanFile:
    Path("daywatch.yaml").write_text(text)
    return load_plan(settings)


def test_a_change_is_taken_over_and_named(settings: Settings) -> None:
    file = start(settings, GOOD)
    Path("daywatch.yaml").write_text(GOOD + "permissions: {admin: [U1]}\nslack: {command_prefix: dw-}\n")
    plan, done = read_again(settings, file, file.plan)
    assert plan.permissions.admin == ("U1",)
    assert (set(done.changed), done.later, done.problems) == ({"permissions", "slack"}, ["slack"], ())


def test_a_bad_file_keeps_the_old_settings_and_says_line_and_remedy(settings: Settings) -> None:
    file = start(settings, GOOD)
    Path("daywatch.yaml").write_text("teams:\n  - {name: ops, chanel: '#ops'}\n")
    plan, done = read_again(settings, file, file.plan)
    assert plan is file.plan
    assert "daywatch.yaml, line 2: teams.0.chanel: is not a setting; check the spelling" in str(done)


def test_a_file_that_vanished_or_is_no_yaml_keeps_the_old_settings(settings: Settings) -> None:
    file = start(settings, GOOD)
    Path("daywatch.yaml").unlink()
    plan, done = read_again(settings, file, file.plan)
    assert (plan, "cannot be read" in str(done)) == (file.plan, True)
    Path("daywatch.yaml").write_text("teams: [")
    assert "not YAML" in str(read_again(settings, file, file.plan)[1])


def test_a_system_that_would_stop_the_next_start_is_told_today(settings: Settings) -> None:
    file = start(settings, GOOD)
    Path("daywatch.yaml").write_text(GOOD + "systems:\n  - {system: hal9000, name: x}\n")
    plan, done = read_again(settings, file, file.plan)
    assert (plan, "hal9000" in str(done)) == (file.plan, True)


def test_an_unchanged_file_and_no_file_at_all_change_nothing(settings: Settings) -> None:
    file = start(settings, GOOD)
    assert read_again(settings, file, file.plan)[1].changed == []
    Path("daywatch.yaml").unlink()
    plan, done = read_again(settings, PlanFile(None, Plan()), Plan())
    assert (plan, done.path, done.changed) == (Plan(), None, [])


def test_a_file_that_came_later_is_found(settings: Settings) -> None:
    Path("daywatch.yaml").write_text(GOOD.replace("#ops", "#platform"))
    plan, done = read_again(settings, PlanFile(None, Plan()), Plan())
    assert (plan.teams[0].channel, done.changed) == ("#platform", ["teams"])
