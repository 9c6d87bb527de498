"""How Kibana's own state and its alerting rules are judged."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.kibana import shapes
from bot.integrations.kibana.shapes import Framework, Rule

_LEVELS: Final[Mapping[str, Status]] = {
    "available": Status.OK,
    "green": Status.OK,
    "degraded": Status.WARN,
    "yellow": Status.WARN,
    "unavailable": Status.FAIL,
    "critical": Status.FAIL,
    "red": Status.FAIL,
}
_PARTS: Final[Mapping[str, Status]] = {"ok": Status.OK, "warn": Status.WARN, "error": Status.FAIL}
_PATIENCE: Final = timedelta(minutes=10)
"""A rule that did not run for so long tells nothing; clocks may differ by some minutes."""
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def status(found: shapes.Status) -> Answer:
    """The whole, and what of it may be seen. Elasticsearch or the store of settings not available fails."""
    levels = found.status
    evidence = _levels("overall", "Kibana as a whole", levels.overall, _LEVELS)
    if levels.core is not None:
        core = {"elasticsearch": levels.core.elasticsearch, "saved objects": levels.core.saved_objects}
        strict = {word: Status.OK if judged is Status.OK else Status.FAIL for word, judged in _LEVELS.items()}
        evidence += [one for name, level in core.items() for one in _levels(f"core:{name}", name, level, strict)]
    soft = {word: min(judged, Status.WARN, key=lambda each: each.rank) for word, judged in _LEVELS.items()}
    for name, level in levels.plugins.items():
        evidence += _levels(f"plugin:{shown(name, limit=80)}", f"plugin {shown(name, limit=80)}", level, soft)
    number = shown(found.version.number, limit=20)
    if not evidence:
        return Answer(status=Status.OK, summary=f"Available{f', version {number}' if number else ''}")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    return _answer(", ".join(f"{one.title} is {one.detail}" for one in evidence[:3]), evidence)


def _levels(key: str, title: str, level: shapes.Level, judged: Mapping[str, Status]) -> list[Evidence]:
    verdict = judged.get(level.word.lower(), Status.UNKNOWN)
    if verdict is Status.OK:
        return []
    words = f"{level.word or 'of no level'}: {level.summary}" if level.summary else level.word or "of no level"
    return [Evidence(key=key, title=title, status=verdict, detail=shown(words))]


def framework(found: Framework) -> Answer:
    """What rules need to run at all."""
    parts = found.parts
    named = {"decrypting rules": parts.decryption, "running rules": parts.execution, "reading rules": parts.read}
    evidence = [
        Evidence(
            key=name,
            title=f"{name} is in state {shown(part.status, limit=20) or 'of nothing'}",
            status=_PARTS.get(part.status, Status.UNKNOWN),
        )
        for name, part in named.items()
        if part.status != "ok"
    ]
    if not found.has_key:
        words = "no permanent encryption key is set (xpack.encryptedSavedObjects.encryptionKey)"
        evidence.append(Evidence(key="encryption-key", title=words, status=Status.FAIL))
    if not found.secure:
        words = "API keys cannot be used, as TLS or security is off"
        evidence.append(Evidence(key="secure", title=words, status=Status.WARN))
    if not evidence:
        return Answer(status=Status.OK, summary="Rules can be read, decrypted and run")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    told = "; ".join(one.title for one in evidence[:3])
    return _answer(f"{told[:1].upper()}{told[1:]}", evidence)


def rules(found: Mapping[str, Sequence[Rule]], now: datetime, *, paging: Collection[str]) -> Answer:
    """Rules by space. Failed ones and alerts of paging rules fail; disabled and muted ones are counted only."""
    every = [(space, rule) for space, listed in found.items() for rule in listed]
    awake = [(space, rule) for space, rule in every if rule.enabled and not _quiet(rule, now)]
    told = [one for space, rule in awake if (one := _rule(space, rule, now, paging)) is not None]
    evidence = sorted(
        [*told, *(_blind(space) for space, listed in found.items() if not listed)],
        key=lambda one: (-one.status.rank, one.key),
    )
    disabled = sum(not rule.enabled for _, rule in every)
    muted = len(every) - len(awake) - disabled
    aside = f" ({disabled} disabled, {muted} muted or snoozed aside)" if disabled or muted else ""
    if evidence:
        named = ", ".join(shown(f"{one.title}: {one.detail}", limit=110) for one in evidence[:3])
        words = f"{len(told)} of {len(awake)} rules to look at{aside}: {named}" if told else named
        return _answer(words, evidence)
    if not awake:
        return Answer(status=Status.WARN, summary=f"No rule is awake, so nothing can alert{aside}")
    return Answer(status=Status.OK, summary=f"All {len(awake)} rules run, none has an alert{aside}")


def _blind(space: str) -> Evidence:
    """Without the right to a feature Kibana leaves its rules out, with 200 and an empty list."""
    words = "no rule is to be seen. Give its key Stack Rules: read there, and the features whose rules matter"
    return Evidence(
        key=f"space:{shown(space, limit=100)}",
        title=f"space {shown(space, limit=40)}",
        status=Status.UNKNOWN,
        detail=words,
    )


def key_of(space: str, rule: Rule) -> str:
    return f"{shown(space, limit=40)}/{shown(rule.id, limit=100)}"


def _quiet(rule: Rule, now: datetime) -> bool:
    return rule.mute_all or (rule.snoozed_until is not None and rule.snoozed_until > now)


def _rule(space: str, rule: Rule, now: datetime, paging: Collection[str]) -> Evidence | None:
    findings = [_ran(rule), _active(rule, paging), _recent(rule, now)]
    verdict, words = max(findings, key=lambda one: one[0].rank)
    if verdict is Status.OK:
        return None
    where = "" if space == "default" else f" ({space})"
    return Evidence(key=key_of(space, rule), title=shown(f"{rule.name}{where}"), status=verdict, detail=shown(words))


def _ran(rule: Rule) -> tuple[Status, str]:
    """How its last run ended; older versions tell it as the state of the execution only."""
    found = [_outcome(rule), _executed(rule)]
    if all(one is None for one in found):
        return Status.WARN, "has never run"
    return max((one for one in found if one is not None), key=lambda one: one[0].rank)


def _outcome(rule: Rule) -> tuple[Status, str] | None:
    if rule.last_run is None:
        return None
    words = "; ".join(rule.last_run.words)
    match rule.last_run.outcome:
        case "succeeded":
            return Status.OK, ""
        case "warning":
            return Status.WARN, f"ran with a warning: {words}" if words else "ran with a warning"
        case "failed":
            return Status.FAIL, f"its last run failed: {words}" if words else "its last run failed"
        case other:
            return Status.UNKNOWN, f"ended as {other or 'nothing'}, which we do not know"


def _executed(rule: Rule) -> tuple[Status, str] | None:
    if rule.execution is None:
        return None
    match rule.execution.status:
        case "ok" | "active":
            return Status.OK, ""
        case "error":
            error = rule.execution.error
            why = (error.message or error.reason) if error is not None else ""
            return Status.FAIL, f"its last run failed: {why}" if why else "its last run failed"
        case "warning":
            return Status.WARN, "ran with a warning"
        case "pending":
            return Status.WARN, "waits for its first run"
        case other:
            return Status.UNKNOWN, f"is in the state {other or 'of nothing'}, which we do not know"


def _active(rule: Rule, paging: Collection[str]) -> tuple[Status, str]:
    told = rule.last_run.alerts if rule.last_run is not None else None
    count = told.active if told is not None else 0
    running = rule.execution is not None and rule.execution.status == "active"
    if told is None and rule.execution is None and rule.last_run is not None:
        return Status.UNKNOWN, "does not tell its alerts"
    if not count and not running:
        return Status.OK, ""
    calls = any(tag.lower() in paging for tag in rule.tags)
    words = f"{count} active {'alert' if count == 1 else 'alerts'}" if count else "active alerts"
    return Status.FAIL if calls else Status.WARN, words


def _recent(rule: Rule, now: datetime) -> tuple[Status, str]:
    """A rule that has not run for five of its intervals does not run."""
    if rule.execution is None:
        return Status.OK, ""
    last = rule.execution.last
    if last is None:
        return Status.WARN, "does not tell when it ran"
    given = re.fullmatch(r"(\d{1,4})([smhd])", rule.schedule.interval)
    interval = timedelta(**{_UNITS[given[2]]: int(given[1])}) if given else timedelta()
    if now - last > max(_PATIENCE, min(interval * 5, interval + timedelta(days=2))):
        return Status.WARN, f"has not run since {last:%d %b %H:%M} UTC"
    return Status.OK, ""


def _answer(summary: str, evidence: Sequence[Evidence]) -> Answer:
    words, verdict = shown(summary, limit=220), worst(one.status for one in evidence)
    return Answer(status=verdict, summary=words, evidence=evidence, reason=words if verdict is Status.UNKNOWN else None)
