"""Reads what `ansible-playbook --check` puts out with one of the JSON callbacks of ansible.posix, and CI posted."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.ansible.run import Gathering
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.foreign import shown, sound
from bot.integrations.reports import exit_code, is_count, name_of

_HOW: Final = "Post what ansible-playbook --check prints with ANSIBLE_STDOUT_CALLBACK=ansible.posix.json"
_START: Final = re.compile(r"^\{", re.MULTILINE)
_COUNTED: Final = ("changed", "failures", "unreachable")

Json = Mapping[str, Any]
"""An object. Any: whatever JSON can hold; each value is looked at before it is used."""


class RunReader(ReportReader):
    @classmethod
    def reading(cls, settings: AnsibleSettings) -> "RunReader":  # noqa: ARG003 - the form of all readers
        return cls()

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        code, found = exit_code(about), Gathering()
        made_at, usual = _read(body, found, code)
        name = name_of(sound(dict(about)), usual, "the playbook's name")
        run = found.run(code)
        return Report(name=name, facts=run.model_dump(mode="json"), words=run.words, made_at=made_at)


def _read(body: bytes, found: Gathering, code: int | None) -> tuple[datetime | None, str]:
    """When it ended, and what its playbook's file is called."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff")
    # Before the JSON there may be a line like "No config file found; using defaults".
    start = _START.search(text)
    if start is None:
        if code and not text.strip():
            return None, ""  # what is wrong from the start is told on stderr only
        raise Unreadable(f"there is no JSON in it. {_HOW}, with its exit code: &exit_code=1")
    try:
        whole, _ = json.JSONDecoder().raw_decode(text, start.start())
    except (ValueError, RecursionError):
        raise Unreadable(f"it is cut off or no JSON. {_HOW}, as it came") from None
    if isinstance(whole, dict) and "_event" in whole:
        return _lines(text[start.start() :], found)
    if not isinstance(whole, dict) or "plays" not in whole or "stats" not in whole:
        raise Unreadable(f"this is not the output of a playbook. {_HOW}")
    return _whole(whole, found)


def _whole(run: Json, found: Gathering) -> tuple[datetime | None, str]:
    made_at, usual = None, ""
    for play in _objects(run["plays"], "plays"):
        made_at = _ended(play.get("play")) or made_at
        usual = usual or _file(play.get("play"))
        for one in _objects(play.get("tasks") or [], "tasks"):
            _task(one, found)
    found.ended(_stats(run["stats"]))
    return made_at, usual


def _lines(text: str, found: Gathering) -> tuple[datetime | None, str]:
    """One event a line. Without the one with the statistics the run was broken off."""
    made_at, usual = None, ""
    for event in _events(text):
        made_at = _moment(event.get("_timestamp")) or made_at
        kind = event.get("_event")
        if kind == "v2_playbook_on_play_start":
            usual = usual or _file(event.get("play"))
        elif kind == "v2_playbook_on_stats":
            found.ended(_stats(event.get("stats")))
        elif isinstance(kind, str) and kind.startswith("v2_runner_"):
            _task(event, found)
    return made_at, usual


def _events(text: str) -> Iterator[Json]:
    for line in text.split("\n"):
        if line.startswith("{"):
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                raise Unreadable("a line is cut off or no JSON. Post the whole output, as it came") from None
            if isinstance(event, dict):
                yield event


def _task(one: Json, found: Gathering) -> None:
    task, hosts = one.get("task"), one.get("hosts")
    if not isinstance(task, dict) or not isinstance(hosts, dict):
        raise _odd("a task")
    name = task.get("name")
    for host, result in hosts.items():
        if not isinstance(result, dict):
            raise _odd("a result")
        found.met(
            host,
            name if isinstance(name, str) else "",
            changed=result.get("changed") is True,
            failed=result.get("failed") is True,
        )


def _stats(given: object) -> Mapping[str, Mapping[str, int]]:
    if not isinstance(given, dict):
        raise _odd("stats")
    for counts in given.values():
        if not isinstance(counts, dict) or not all(is_count(counts.get(key)) for key in _COUNTED):
            raise _odd("stats")
    return {host: {key: counts[key] for key in _COUNTED} for host, counts in given.items()}


def _objects(given: object, what: str) -> list[Json]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _odd(what)
    return given


def _ended(play: object) -> datetime | None:
    duration = play.get("duration") if isinstance(play, dict) else None
    if not isinstance(duration, dict):
        return None
    return _moment(duration.get("end")) or _moment(duration.get("start"))


def _file(play: object) -> str:
    """`/srv/site.yml:1` is site.yml."""
    path = play.get("path") if isinstance(play, dict) else None
    return shown(sound(path).rpartition(":")[0].rpartition("/")[2]) if isinstance(path, str) else ""


def _moment(given: object) -> datetime | None:
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC) if 1 < aware.year < 9999 else None


def _odd(where: str) -> Unreadable:
    return Unreadable(f"{where} is not in the form that we know. {_HOW}")
