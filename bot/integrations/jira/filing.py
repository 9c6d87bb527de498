"""Files a ticket once: looks for it first, gives Jira only what its screen takes, and remembers what it made."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakValueDictionary

import structlog

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, VendorError
from bot.domain.ticket import TicketDraft
from bot.integrations.foreign import shown
from bot.integrations.jira.earlier import READ, Earlier
from bot.integrations.jira.escape import one_line
from bot.integrations.jira.faults import FieldsRefused
from bot.integrations.jira.markup import wiki
from bot.integrations.jira.payloads import FieldRule, Issue, IssueType
from bot.integrations.jira.people import People
from bot.integrations.jira.site import Site
from bot.integrations.threads import TimedOut

_KEPT: Final = 600.0
_OURS: Final = frozenset({"project", "issuetype", "summary", "description", "labels"})
_NEEDED: Final = _OURS - {"description"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Screen:
    """What can be given when a ticket of a type is made; None where Jira does not tell."""

    type: IssueType
    rules: Mapping[str, FieldRule] | None


class Filing:
    def __init__(
        self,
        site: Site,
        types: Mapping[str, str],
        people: People,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._site = site
        self._types = types
        self._people = people
        self._clock = clock
        self._earlier = Earlier(site, clock=clock)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._screens: dict[str, tuple[float, _Screen]] = {}

    async def file(self, draft: TicketDraft) -> Issue:
        once = _label(draft.once)
        async with self._turns.setdefault(once, asyncio.Lock()):
            found = await self._earlier.find(once)
            if found is None:
                made = await self._create(once, draft)
                found = await self._site.issue(made.key, *READ)
            return found

    async def _create(self, once: str, draft: TicketDraft) -> Issue:
        screen = await self._screen(self._types.get(draft.kind, self._types["action"]))
        fields = await self._fields(screen, once, draft)
        try:
            made = await self._try(once, fields)
        except FieldsRefused as error:
            # Screens can refuse what the description of the screen allowed; the ticket matters more than its trimmings.
            trimmed = {name: value for name, value in fields.items() if name not in error.fields or name in _NEEDED}
            if len(trimmed) == len(fields):
                raise _explained(error, screen) from error
            log.warning("jira took a ticket only in part", left_out=sorted(set(fields) - set(trimmed)))
            made = await self._try(once, trimmed)
        return made

    async def _try(self, once: str, fields: Mapping[str, Any]) -> Issue:  # Any: fields have many shapes
        self._earlier.trying(once)
        try:
            made = await self._site.create(fields)
        except (FieldsRefused, NotAuthorised, NotFound, RateLimited):
            self._earlier.not_made(once)
            raise
        except TimedOut:
            raise  # it may be made yet
        except VendorError:
            self._earlier.answered(once)
            raise
        self._earlier.made(once, made.key)
        return made

    async def _fields(self, screen: _Screen, once: str, draft: TicketDraft) -> dict[str, Any]:
        labels = dict.fromkeys([once, *map(_label, draft.labels)])
        fields: dict[str, Any] = {
            "project": {"key": self._site.login.project},
            "issuetype": {"id": screen.type.id},
            "summary": one_line(draft.summary) or "Without a title",
            "description": wiki(draft.body),
            "labels": [label for label in labels if label],
        }
        if draft.due is not None:
            fields["duedate"] = draft.due.isoformat()
        if draft.assignee_email and (screen.rules is None or "assignee" in screen.rules):
            person = await self._people.by_email(draft.assignee_email)
            if person is not None:
                fields["assignee"] = self._people.as_field(person)
        if screen.rules is None:
            return fields
        _refuse_unfillable(screen, screen.rules, fields)
        return {name: value for name, value in fields.items() if name in screen.rules or name in _NEEDED}

    async def _screen(self, type_name: str) -> _Screen:
        at, screen = self._screens.get(type_name, (float("-inf"), None))
        if screen is None or self._clock() - at > _KEPT:
            screen = await self._read_screen(type_name)
            self._screens[type_name] = (self._clock(), screen)
        return screen

    async def _read_screen(self, type_name: str) -> _Screen:
        types = [one for one in await self._site.issue_types() if not one.subtask]
        match = next((one for one in types if one.name.casefold() == type_name.strip().casefold()), None)
        if match is None:
            there = ", ".join(shown(one.name, limit=30) for one in types[:8]) or "none that our account may create"
            raise Refused(
                f"{self._site.login.project} has no issue type {type_name!r}. It has: {there}. "
                "Set JIRA_ISSUE_TYPE or JIRA_ACTION_ISSUE_TYPE."
            )
        try:
            return _Screen(type=match, rules=await self._site.create_screen(match.id))
        except NotFound:
            return _Screen(type=match, rules=None)


def _refuse_unfillable(screen: _Screen, rules: Mapping[str, FieldRule], fields: Mapping[str, Any]) -> None:
    """Say in time what would make Jira refuse, with the way out."""
    if "labels" not in rules:
        raise Refused(
            f"The create screen of {screen.type.name!r} in Jira has no field Labels, by which Daywatch finds its "
            "tickets again. Add it to the screen."
        )
    given = {*fields, "reporter"}  # Jira takes whoever asks
    missing = [rule for name, rule in rules.items() if rule.required and not rule.has_default and name not in given]
    if missing:
        names = ", ".join(repr(shown(rule.name or rule.id, limit=40)) for rule in missing[:5])
        raise Refused(
            f"Jira wants {names} filled for a {screen.type.name!r}. Give it a default, make it optional, "
            "or set JIRA_ISSUE_TYPE or JIRA_ACTION_ISSUE_TYPE to another type."
        )


def _explained(error: FieldsRefused, screen: _Screen) -> Refused:
    return Refused(f"{error}. See what the create screen of {screen.type.name!r} in Jira asks for.")


def _label(text: str) -> str:
    """Labels cannot hold blanks."""
    return re.sub(r"\s+", "-", one_line(text))
