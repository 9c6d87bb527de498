"""Changes a ticket that is there: its date, its owner, its title, its text; what is so already is not written again."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import structlog

from bot.integrations.jira.escape import one_line
from bot.integrations.jira.faults import FieldsRefused
from bot.integrations.jira.markup import wiki
from bot.integrations.jira.payloads import Issue
from bot.integrations.jira.people import People
from bot.integrations.jira.site import Site

log = structlog.get_logger(__name__)


class Changing:
    def __init__(self, site: Site, people: People) -> None:
        self._site = site
        self._people = people

    async def change(self, ticket: str, *, due: date | None, email: str | None, summary: str | None) -> None:
        """Somebody whom Jira does not know cannot own a ticket: it keeps its owner, and its text names the new one."""
        issue = await self._site.issue(ticket, "summary", "duedate", "assignee")
        wanted: dict[str, Any] = {}  # Any: fields have many shapes
        if due is not None and due != issue.fields.due:
            wanted["duedate"] = due.isoformat()
        if summary and (line := one_line(summary)) != issue.fields.summary:
            wanted["summary"] = line
        person = await self._people.by_email(email) if email else None
        if person is not None and person != _owner(issue):
            wanted["assignee"] = self._people.as_field(person)
        if wanted:
            await self._edit(issue.key, wanted)

    async def rewrite(self, ticket: str, body: str) -> None:
        issue = await self._site.issue(ticket, "description")
        text = wiki(body)
        if _lines(text) != _lines(issue.fields.description or ""):
            await self._site.edit(issue.key, {"description": text})

    async def _edit(self, key: str, fields: Mapping[str, Any]) -> None:
        try:
            await self._site.edit(key, fields)
        except FieldsRefused as error:
            # One field that its screen does not have must not keep the others back.
            taken = {name: value for name, value in fields.items() if name not in error.fields}
            if not taken or len(taken) == len(fields):
                raise
            log.warning("jira took a change only in part", ticket=key, left_out=sorted(set(fields) - set(taken)))
            await self._site.edit(key, taken)


def _owner(issue: Issue) -> str | None:
    return issue.fields.assignee.id if issue.fields.assignee else None


def _lines(text: str) -> list[str]:
    """Jira gives a text back with line ends of its own."""
    return [line.rstrip() for line in text.strip().splitlines()]
