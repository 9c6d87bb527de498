"""Every integration under every fault: a check that could not be made is never ok, and says why in words for people."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable

import pytest

from bot.domain.check import Answer, Status
from tests.integrations.contract.asking import BRIEF, PATIENCE, asked, checks_of, connected, nobody, posted
from tests.integrations.contract.faults import FAULTS, HOSTILE_NAMES, LARGEST, LIMITED_ONCE, WRONG_CONTENT, Fault
from tests.integrations.contract.script import NAMES, Script, script
from tests.integrations.contract.server import Answering, Canned, Request

_LONGEST_LINE = 240
_LINES: dict[str, dict[str, set[str]]] = {}


@pytest.fixture(autouse=True)
def in_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes its time in use, and proves nothing by that; tests/integrations/test_http.py has all of it."""
    for reader in ("api", "jira.guard", "pagerduty.library"):
        monkeypatch.setattr(f"bot.integrations.{reader}.LARGEST", LARGEST)
    monkeypatch.setattr("bot.integrations.api.AGAIN_AFTER", 0.0)
    monkeypatch.setattr("bot.integrations.again._UNNAMED_PAUSE", 0.0)


def texts(answer: Answer) -> Iterable[str]:
    yield answer.summary
    yield answer.reason or ""
    for one in answer.evidence:
        yield from (one.title, one.detail)


def blemishes(answer: Answer, secrets: Iterable[str]) -> list[str]:
    """What should not stand in a text that people read."""
    found = []
    for text in texts(answer):
        found += [f"longer than {_LONGEST_LINE}: {text[:80]}"] if len(text) > _LONGEST_LINE else []
        found += [f"has a secret: {text}"] if any(secret in text for secret in secrets) else []
        found += [f"has a query string or credential: {text}"] if re.search(r"\?\w+=|://[^/\s]*@", text) else []
        found += (
            [f"has control characters: {text!r}"]
            if re.search(r"[\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069]", text)
            else []
        )
        found += [f"has half a character: {text!r}"] if text != text.encode("utf-8", "replace").decode() else []
    return found


def broken(script: Script, fault: Fault, line: str | None = None) -> Answering:
    """Healthy answers with the fault in all of them, or in those to one request."""
    healthy = script.replying()

    def reply(request: Request) -> Canned:
        return fault(request, healthy(request)) if line in (None, request.line) else healthy(request)

    return reply


def patience_for(fault: str) -> float:
    return BRIEF if fault == "no answer in time" else PATIENCE


async def lines_of_checks(name: str, script: Script) -> dict[str, set[str]]:
    """Which requests each check makes when all is well. The same for every fault, so they are looked at once."""
    if name in _LINES:
        return _LINES[name]
    seen: defaultdict[str, set[str]] = defaultdict(set)
    current = ""
    healthy = script.replying()

    def reply(request: Request) -> Canned:
        seen[current].add(request.line)
        return healthy(request)

    for index in range(100):
        async with checks_of(name, script, reply) as checks:
            if index >= len(checks):
                break
            current = checks[index].name
            await asked(checks[index])
    _LINES[name] = dict(seen)
    return _LINES[name]


@pytest.mark.parametrize("name", NAMES)
async def test_a_healthy_system_is_ok_and_shows_what_was_seen(name: str) -> None:
    scripted = script(name)
    reports = posted(name, scripted, scripted.posts)
    async with checks_of(name, scripted, scripted.replying(), reports=reports) as checks:
        for check in checks:
            answer = await asked(check)
            assert answer.status is scripted.expected.get(check.name, Status.OK), (check.name, answer)
            assert answer.summary, check.name
            assert blemishes(answer, scripted.secrets) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", NAMES)
async def test_a_fault_in_anything_a_check_needs_is_never_ok(name: str, fault: str) -> None:
    scripted = script(name)
    room = asyncio.Semaphore(8)  # side by side, since most of it is waiting

    async def told(check_name: str, line: str) -> list[str]:
        answering, patience = broken(scripted, FAULTS[fault](), line), patience_for(fault)
        async with room, checks_of(name, scripted, answering, patience) as checks:
            answer = await asked(next(one for one in checks if one.name == check_name))
        unwelcome = answer.status is Status.OK or (answer.status is Status.UNKNOWN and not answer.reason)
        wrong = [str(answer)] if unwelcome else []
        return [f"{check_name} with {line}: {one}" for one in wrong + blemishes(answer, scripted.secrets)]

    cases = []
    for check_name, lines in (await lines_of_checks(name, scripted)).items():
        needed = {line for line in lines if (check_name, line) not in scripted.beside}
        cases += [
            told(check_name, line)
            for line in sorted(needed - set(scripted.only_status) if fault in WRONG_CONTENT else needed)
        ]
    assert [one for found in await asyncio.gather(*cases) for one in found] == []


@pytest.mark.parametrize("fault", ["the credential is not valid", "no answer in time", "a login page with 200"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_system_that_fails_as_a_whole_is_never_ok(name: str, fault: str) -> None:
    scripted = script(name)
    async with checks_of(name, scripted, broken(scripted, FAULTS[fault]()), patience_for(fault)) as checks:
        found = await asyncio.gather(*(asked(check) for check in checks))
        answers = dict(zip((check.name for check in checks), found, strict=True))
    assert {check: answer for check, answer in answers.items() if answer.status is Status.OK} == {}


@pytest.mark.parametrize("name", NAMES)
async def test_a_refused_credential_names_what_to_renew(name: str) -> None:
    scripted = script(name)
    async with checks_of(name, scripted, broken(scripted, FAULTS["the credential is not valid"]())) as checks:
        for check in checks:
            answer = await asked(check)
            assert re.search(r"[A-Z]+_[A-Z_]+", answer.reason or ""), (check.name, answer)


@pytest.mark.parametrize("name", NAMES)
async def test_a_system_that_is_not_there_is_never_ok(name: str) -> None:
    scripted = script(name)
    async with connected(name, scripted, nobody()) as checks:
        for check in checks:
            answer = await asked(check)
            assert answer.status in (Status.UNKNOWN, Status.FAIL), (check.name, answer)
            assert blemishes(answer, scripted.secrets) == []


@pytest.mark.parametrize("name", NAMES)
async def test_a_short_pause_is_waited_for(name: str) -> None:
    scripted = script(name)
    for check_name, lines in (await lines_of_checks(name, scripted)).items():
        for line in lines:
            async with checks_of(name, scripted, broken(scripted, LIMITED_ONCE(), line)) as checks:
                answer = await asked(next(one for one in checks if one.name == check_name))
            assert answer.status is scripted.expected.get(check_name, Status.OK), (line, answer)


@pytest.mark.parametrize("kind", HOSTILE_NAMES)
@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_name_is_shown_as_short_plain_text(name: str, kind: str) -> None:
    scripted = script(name)
    if scripted.named is None:
        assert not scripted.healthy, f"{name} has answers, so its scripted.py must say how a thing gets a hostile name"
        return
    async with checks_of(name, scripted, scripted.replying(scripted.named(HOSTILE_NAMES[kind]))) as checks:
        for check in checks:
            answer = await asked(check)
            assert blemishes(answer, scripted.secrets) == []
            assert all(0 < len(one.key) <= 200 for one in answer.evidence), check.name
            if check.name in scripted.shows_names:
                assert answer.status in (Status.WARN, Status.FAIL), (check.name, answer)


@pytest.mark.parametrize("name", NAMES)
async def test_an_empty_inventory_is_never_ok(name: str) -> None:
    scripted = script(name)
    for check_name, answers in scripted.empty.items():
        async with checks_of(name, scripted, scripted.replying(answers)) as checks:
            answer = await asked(next(one for one in checks if one.name == check_name))
        assert answer.status is not Status.OK, (check_name, answer)
        assert answer.summary
