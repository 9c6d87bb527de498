"""Which way a ticket goes to be done, or to be open again: workflows differ, categories do not."""

from collections.abc import Sequence
from typing import Any, Final

from bot.domain.errors import Refused
from bot.domain.ticket import TicketState
from bot.integrations.foreign import shown
from bot.integrations.jira.payloads import FieldRule, Transition

_WELL: Final = ("done", "resolved", "closed", "complete", "completed", "fixed")
_NOT_SO: Final = ("cancel", "won't", "wont", "reject", "duplicate", "declin", "invalid", "abandon", "obsolete")
_REOPENED: Final = (TicketState.NEW, TicketState.IN_PROGRESS)


def way(key: str, transitions: Sequence[Transition], *, done: bool) -> Transition:
    """The transition to take. Among several ends of the category the plain one: work that was done is not cancelled."""
    wanted = (TicketState.DONE,) if done else _REOPENED
    fitting = [one for one in transitions if one.to.category.state in wanted]
    if not fitting:
        there = ", ".join(repr(shown(one.to.name, limit=30)) for one in transitions[:6]) or "nowhere"
        aim = "a status that means done" if done else "an open status"
        raise Refused(f"The workflow of {key} leads from here to {there}, not to {aim}. Move it in Jira by hand.")
    return min(fitting, key=lambda one: (wanted.index(one.to.category.state), _rank(one.to.name) if done else 0))


def answers(key: str, transition: Transition) -> dict[str, Any]:  # Any: fields have many shapes
    """What the transition's screen must be given. Only a resolution can be answered by us."""
    asked = {name: rule for name, rule in transition.fields.items() if rule.required and not rule.has_default}
    resolution = _resolution(asked.pop("resolution")) if "resolution" in asked else None
    if asked:
        names = ", ".join(repr(shown(rule.name or name, limit=40)) for name, rule in list(asked.items())[:5])
        aim = shown(transition.to.name, limit=30)
        raise Refused(f"To move {key} to {aim!r} Jira wants {names} filled. Move it in Jira by hand.")
    return {"resolution": resolution} if resolution else {}


def _resolution(rule: FieldRule) -> dict[str, str]:
    if not rule.allowed:
        raise Refused("Jira wants a resolution and offers none. Move the ticket in Jira by hand.")
    best = min(rule.allowed, key=lambda value: _rank(value.name))
    return {"id": best.id}


def _rank(name: str) -> int:
    plain = name.strip().casefold()
    if plain in _WELL:
        return _WELL.index(plain)
    return 100 if any(word in plain for word in _NOT_SO) else 50
