"""Every reader of what CI posts, and the checks that rest on it: no surprise from a body, never ok without a report."""

import json
import pickle
from datetime import timedelta

import pytest

from bot.domain.capabilities import ReportReader
from bot.domain.check import Status
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations import card
from bot.integrations.settings import PostedSettings
from tests.integrations.contract.asking import Kept, asked, checks_of, posted
from tests.integrations.contract.faults import HOSTILE_NAMES
from tests.integrations.contract.script import NAMES, script
from tests.integrations.contract.test_faults import blemishes

POSTED = [name for name in NAMES if card(name).reports is not None]
_GARBAGE = (
    b"",
    b" \n",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"0",
    b"NaN",
    b"\xff\xfe",
    b"FATAL: nothing found",
    b"<!DOCTYPE html><html></html>",
    b"{" * 5_000,
    b"[" * 100_000,
    b'{"a":1}\n{"a":2}\n',
    b'[{"a":[null]}]',
)
_ABOUT: tuple[dict[str, str], ...] = (
    {},
    {"name": "shop"},
    {"name": "shop", "exit_code": "0"},
    {"name": "shop", "exit_code": "1"},
    {"exit_code": "two"},
    {"exit_code": "\u0663", "name": "\ud800"},
)


def reader_of(name: str) -> ReportReader:
    make = card(name).reports
    assert make is not None
    return make(script(name).settings("http://127.0.0.1:1"))


@pytest.mark.parametrize("name", POSTED)
def test_its_token_bears_the_name_that_the_door_looks_for(name: str) -> None:
    settings = card(name).settings
    assert issubclass(settings, PostedSettings)
    assert settings.GROUPS["reports"] == PostedSettings.REPORTS
    assert settings.variable_name("report_token") == f"{name.upper()}_REPORT_TOKEN"
    assert script(name).reported, f"{name}'s scripted.py must say which checks rest on reports"


@pytest.mark.parametrize("name", POSTED)
def test_a_reader_goes_to_a_process_of_its_own_without_a_secret(name: str) -> None:
    sent = pickle.dumps(reader_of(name))
    assert [secret for secret in script(name).secrets if secret.encode() in sent] == []
    assert pickle.loads(sent) is not None  # noqa: S301 - made a line above


@pytest.mark.parametrize("name", POSTED)
def test_what_is_posted_is_read_alike_each_time_and_is_plain_json(name: str) -> None:
    posts = script(name).posts
    assert posts, f"{name}'s scripted.py must say what CI posts"
    for post in posts:
        report = reader_of(name).report(post.body, post.about)
        assert report == reader_of(name).report(post.body, post.about)
        assert json.loads(json.dumps(report.facts, allow_nan=False)) == report.facts
        assert 0 < len(report.name) <= 200
        assert 0 < len(report.words) <= 240
        assert "\n" not in report.words


@pytest.mark.parametrize("name", POSTED)
def test_garbage_is_refused_with_words_and_never_our_mistake(name: str) -> None:
    reader = reader_of(name)
    for body in _GARBAGE:
        for about in _ABOUT:
            refused = ""
            report: Report | None = None
            try:
                report = reader.report(body, about)
            except Unreadable as error:
                refused = str(error)
            assert report is not None or 20 < len(refused) < 400, (body[:20], about, refused)
            if report is not None:
                assert about.get("exit_code") == "1", (body[:20], about, report)  # the program says that it failed


@pytest.mark.parametrize("name", POSTED)
async def test_without_a_report_a_check_is_unknown_and_says_how_to_post(name: str) -> None:
    scripted = script(name)
    async with checks_of(name, scripted, scripted.replying(), reports=Kept()) as checks:
        found = {check.name: await asked(check) for check in checks if check.name in scripted.reported}
    assert set(found) == set(scripted.reported)
    for check, answer in found.items():
        assert answer.status is Status.UNKNOWN, (check, answer)
        assert f"/reports/{name} with {name.upper()}_REPORT_TOKEN" in (answer.reason or "")


@pytest.mark.parametrize("days", [10, 60, 400])
@pytest.mark.parametrize("name", POSTED)
async def test_an_old_report_is_never_ok(name: str, days: int) -> None:
    scripted = script(name)
    reports = posted(name, scripted, scripted.posts, timedelta(days=days))
    async with checks_of(name, scripted, scripted.replying(), reports=reports) as checks:
        found = {check.name: await asked(check) for check in checks if check.name in scripted.reported}
    wanted = Status.FAIL if days == 10 else Status.UNKNOWN
    assert {check: answer.status for check, answer in found.items()} == dict.fromkeys(scripted.reported, wanted)


@pytest.mark.parametrize("kind", HOSTILE_NAMES)
@pytest.mark.parametrize("name", POSTED)
async def test_a_hostile_name_in_a_report_is_shown_as_short_plain_text(name: str, kind: str) -> None:
    scripted = script(name)
    assert scripted.posts_named is not None, f"{name}'s scripted.py must say how a report gets a hostile name"
    reports = posted(name, scripted, scripted.posts_named(HOSTILE_NAMES[kind]))
    async with checks_of(name, scripted, scripted.replying(), reports=reports) as checks:
        for check in checks:
            if check.name not in scripted.reported:
                continue
            answer = await asked(check)
            assert answer.status in (Status.WARN, Status.FAIL), (check.name, answer)
            assert blemishes(answer, scripted.secrets) == []
            assert all(0 < len(one.key) <= 200 for one in answer.evidence), check.name
