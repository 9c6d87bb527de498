"""How LaunchDarkly's flags and its audit log are judged."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import Refused
from bot.integrations.foreign import shown
from bot.integrations.launchdarkly.shapes import Entry, Flag, FlagStatus

_FLAG: Final = "flag"
_IN_USE: Final = frozenset({"new", "active"})
_FIRST: Final = 3


def title_of(entry: Entry) -> str:
    """What was done to a flag, in a few words."""
    verb = entry.verb.removesuffix(" the flag").strip() or "changed"
    environment = entry.place("env")
    where = f" in {environment}" if environment and environment != "*" else ""
    return f"flag {name_of(entry)} {verb}{where}"


def name_of(entry: Entry) -> str:
    key = entry.place("flag")
    return key if key and key != "*" else (entry.target.name if entry.target else "") or entry.name


def is_about_a_flag(entry: Entry) -> bool:
    return entry.kind.lower() == _FLAG and bool(name_of(entry))


def found_in(flags: Sequence[Flag], project: str, environment: str) -> Sequence[Flag]:
    """The flags, once it is sure that there are some, and that the environment is there."""
    if not flags:
        raise Refused(
            f"It shows no flags of the project {shown(project, limit=40)}. Check LAUNCHDARKLY_PROJECT and the token"
        )
    without = next((one for one in flags if environment not in one.environments), None)
    if without is not None:
        raise Refused(
            f"The flag {shown(without.key, limit=40)} has no environment {shown(environment, limit=40)}."
            " Check LAUNCHDARKLY_ENVIRONMENT and the role of the token"
        )
    return flags


def changes(entries: Sequence[Entry], hours: float) -> Answer:
    """What was changed where customers see it. It is told, not judged."""
    told = sorted((one for one in entries if is_about_a_flag(one)), key=lambda one: (one.date, one.id), reverse=True)
    evidence = [
        Evidence(
            key=f"entry:{shown(one.id, limit=100)}",
            title=shown(title_of(one)),
            status=Status.OK,
            since=one.date,
            detail=shown(": ".join(filter(None, (f"by {one.by}" if one.by else "", one.comment)))),
        )
        for one in told
    ]
    if not evidence:
        return Answer(status=Status.OK, summary=f"No flag was changed in production in the last {hours:.0f} h")
    named = ", ".join(dict.fromkeys(shown(name_of(one), limit=40) for one in told))
    count = f"{len(told)} change{'s' if len(told) > 1 else ''} in production in the last {hours:.0f} h"
    return Answer(status=Status.OK, summary=shown(f"{count}: {named}"), evidence=evidence)


def stale(
    flags: Sequence[Flag], statuses: Mapping[str, Sequence[FlagStatus]], now: datetime, *, days: float, warn: float
) -> Answer:
    """Only temporary flags are to be taken out some day; the others are there to stay."""
    known = {(project, one.flag): one.name for project, given in statuses.items() for one in given}
    temporary = [one for one in flags if one.temporary]
    evidence = [
        found
        for one in sorted(temporary, key=lambda each: (each.project, each.key))
        if (found := _judged(one, known.get((one.project, one.key)), now, days)) is not None
    ]
    evidence.sort(key=lambda one: -one.status.rank)
    if not evidence:
        return Answer(status=Status.OK, summary=f"None of {len(temporary)} temporary flags is stale")
    warned = sum(one.status is Status.WARN for one in evidence)
    status = worst(
        (
            Status.WARN if warned >= warn and warned else Status.OK,
            Status.UNKNOWN if warned < len(evidence) else Status.OK,
        )
    )
    named = ", ".join(shown(one.title, limit=40) for one in evidence[:_FIRST])
    summary = shown(f"{len(evidence)} of {len(temporary)} temporary flags to look at: {named}")
    return Answer(
        status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
    )


def _judged(one: Flag, status: str | None, now: datetime, days: float) -> Evidence | None:
    """None for a flag that is in use."""
    if status in _IN_USE:
        return None
    why = why_stale(one, status, now, days)
    if not why and status == "launched":
        return None
    return Evidence(
        key=f"flag:{key_of(one)}",
        title=shown(one.key),
        status=Status.WARN if why else Status.UNKNOWN,
        since=one.created,
        detail=why or (f"status {shown(status, limit=40)}" if status else "it has no status"),
    )


def why_stale(one: Flag, status: str | None, now: datetime, days: float) -> str:
    if not one.temporary:
        return ""
    if status == "inactive":
        return "nobody has asked for it for a week"
    if status == "launched" and (one.created is None or now - one.created > timedelta(days=days)):
        return "everybody has got the same for a week"
    return ""


def kill_switches(flags: Sequence[Flag], environment: str, tags: Collection[str], *, pulled: bool) -> Answer:
    """One that is pulled warns on every day: something is switched off for customers."""
    switches = [one for one in flags if is_kill_switch(one, tags)]
    evidence = [
        Evidence(
            key=f"flag:{key_of(one)}",
            title=shown(one.key),
            status=Status.WARN,
            since=one.environments[environment].changed,
            detail=shown(f"{'on' if pulled else 'off'} in {environment}; project {one.project}"),
        )
        for one in sorted(switches, key=lambda each: (each.project, each.key))
        if one.environments[environment].on is pulled
    ]
    if not evidence:
        seen = f"None of {len(switches)} kill switches is pulled" if switches else _none_of(flags, tags)
        return Answer(status=Status.OK, summary=seen)
    named = ", ".join(shown(one.title, limit=40) for one in evidence[:_FIRST])
    return Answer(status=Status.WARN, summary=shown(f"Pulled in production: {named}"), evidence=evidence)


def is_kill_switch(one: Flag, tags: Collection[str]) -> bool:
    return not {tag.lower() for tag in one.tags}.isdisjoint(tag.lower() for tag in tags)


def key_of(one: Flag) -> str:
    return shown(f"{one.project}/{one.key}", limit=120)


def _none_of(flags: Sequence[Flag], tags: Collection[str]) -> str:
    return shown(f"None of {len(flags)} flags has the tag {' or '.join(tags) or 'of a kill switch'}")
