"""How Unleash's flags and its event log are judged."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.domain.errors import Refused
from bot.integrations.foreign import shown
from bot.integrations.unleash.shapes import Environment, Event, Feature, Features

# https://docs.getunleash.io/reference/event-types
_TITLES: Final[Mapping[str, str]] = {
    "feature-environment-enabled": "on",
    "feature-environment-disabled": "off",
    "feature-strategy-add": "strategy added",
    "feature-strategy-update": "strategy changed",
    "feature-strategy-remove": "strategy removed",
    "feature-environment-variants-updated": "variants changed",
    "feature-archived": "archived",
    "feature-revived": "revived",
    "feature-stale-on": "marked stale",
    "feature-stale-off": "no longer stale",
    "feature-deleted": "deleted",
    "change-request-created": "change request made",
    "change-request-approved": "change request approved",
    "change-request-rejected": "change request rejected",
    "change-request-cancelled": "change request withdrawn",
    "change-request-applied": "change request applied",
}
_EVERYWHERE: Final = frozenset({"feature-archived", "feature-revived", "feature-deleted"})
"""What changes a flag in all environments, and names none."""
_REQUESTED: Final = "change-request-"
_APPLIED: Final = "change-request-applied"
"""Before it is applied, a change request changes nothing."""
KILL_SWITCH: Final = "kill-switch"
_FIRST: Final = 3


def title_of(event: Event) -> str | None:
    """What was done to a flag, in a few words; None for what is not about one."""
    known = _TITLES.get(event.type)
    if known is None and not (event.feature and event.environment):
        return None
    where = f" in {event.environment}" if event.environment else ""
    what = known or event.type.removeprefix("feature-").replace("-", " ")
    return f"flag {event.feature} {what}{where}" if event.feature else f"{what}{where}"


def found_in(features: Features, projects: Collection[str]) -> Features:
    """The flags, once it is sure that there are some in each project that was named."""
    if not features:
        raise Refused("It shows no flags. Check UNLEASH_PROJECTS, and whether the token may see the projects")
    missing = sorted(set(projects) - {one.project for one in features})
    if missing:
        named = ", ".join(shown(one, limit=40) for one in missing[:_FIRST])
        raise Refused(f"It shows no flags of the project {named}. Check UNLEASH_PROJECTS and the rights of the token")
    return features


def production(features: Features, named: Collection[str]) -> frozenset[str]:
    """The production environments, once it is sure that they are there."""
    there = frozenset(one.name for each in features for one in each.environments if one.is_production(named))
    missing = sorted(set(named) - there)
    if missing:
        raise Refused(f"No flag knows the environment {shown(missing[0], limit=40)}. Check UNLEASH_ENVIRONMENTS")
    if not there:
        raise Refused("No environment is of the type production. Name yours in UNLEASH_ENVIRONMENTS")
    return there


def changes(events: Sequence[Event], production: Collection[str], hours: float) -> Answer:
    """What was changed where customers see it. It is told, not judged."""
    told = [one for one in events if _touches(one, production)]
    told.sort(key=lambda one: (one.created, one.id), reverse=True)
    evidence = [
        Evidence(
            key=f"event:{one.key}",
            title=shown(title_of(one) or one.type),
            status=Status.OK,
            since=one.created,
            detail=shown(f"by {one.by}" if one.by else ""),
        )
        for one in told
    ]
    if not evidence:
        return Answer(status=Status.OK, summary=f"No flag was changed in production in the last {hours:.0f} h")
    named = ", ".join(dict.fromkeys(shown(one.feature or one.type, limit=40) for one in told))
    count = f"{len(told)} change{'s' if len(told) > 1 else ''} in production in the last {hours:.0f} h"
    return Answer(status=Status.OK, summary=shown(f"{count}: {named}"), evidence=evidence)


def _touches(event: Event, production: Collection[str]) -> bool:
    if title_of(event) is None or (event.type.startswith(_REQUESTED) and event.type != _APPLIED):
        return False
    return event.environment in production if event.environment else event.type in _EVERYWHERE


def stale(features: Features, production: Collection[str], now: datetime, *, days: float, warn: float) -> Answer:
    told = {one.id: (one, why) for one in features if (why := why_stale(one, production, now, days))}
    evidence = [
        Evidence(
            key=f"flag:{key_of(one)}",
            title=shown(one.name) or "a flag without a name",
            status=Status.WARN,
            since=one.created,
            detail=shown(f"{why}; project {one.project}"),
        )
        for one, why in sorted(told.values(), key=lambda pair: pair[0].id)
    ]
    if not evidence:
        return Answer(status=Status.OK, summary=f"None of {len(features)} flags is stale")
    named = ", ".join(shown(one.title, limit=40) for one in evidence[:_FIRST])
    return Answer(
        status=Status.WARN if len(evidence) >= warn else Status.OK,
        summary=shown(f"{len(evidence)} of {len(features)} flags could be taken out: {named}"),
        evidence=evidence,
    )


def why_stale(one: Feature, production: Collection[str], now: datetime, days: float) -> str:
    if one.stale:
        return "marked stale"
    if one.lifecycle is not None and one.lifecycle.stage.lower() == "completed":
        return f"completed{f' ({one.lifecycle.status})' if one.lifecycle.status else ''}, and still there"
    age = now - one.created if one.created else timedelta(0)
    live = [each for each in one.environments if each.name in production]
    if one.type.lower() == "release" and age > timedelta(days=days) and any(map(_for_everybody, live)):
        return f"{age.days} days old, and everybody gets it"
    return ""


def _for_everybody(one: Environment) -> bool:
    """As far as its counts of the last hour tell."""
    return one.enabled and bool(one.yes) and not one.no


def kill_switches(features: Features, production: Collection[str], *, pulled: bool) -> Answer:
    """One that is pulled warns on every day: something is switched off for customers."""
    switches = [one for one in features if is_kill_switch(one)]
    evidence = [
        Evidence(
            key=f"flag:{key_of(one)}",
            title=shown(one.name) or "a flag without a name",
            status=Status.WARN,
            detail=shown(f"{'on' if pulled else 'off'} in {', '.join(where)}; project {one.project}"),
        )
        for one in sorted(switches, key=lambda each: each.id)
        if (where := [each.name for each in one.environments if each.name in production and each.enabled is pulled])
    ]
    if not evidence:
        seen = f"None of {len(switches)} kill switches is pulled" if switches else _none_of(features)
        return Answer(status=Status.OK, summary=seen)
    named = ", ".join(shown(one.title, limit=40) for one in evidence[:_FIRST])
    return Answer(status=Status.WARN, summary=shown(f"Pulled in production: {named}"), evidence=evidence)


def is_kill_switch(one: Feature) -> bool:
    return one.type.lower() == KILL_SWITCH


def key_of(one: Feature) -> str:
    return shown(f"{one.project}/{one.name}", limit=120)


def _none_of(features: Features) -> str:
    return f"None of {len(features)} flags is of the type kill-switch"
