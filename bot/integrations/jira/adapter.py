"""Jira as Daywatch uses it: tickets filed once, linked, moved and read, and three lines of the checklist."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from math import inf
from typing import Final
from urllib.parse import urlsplit

from bot.domain.capabilities import DailyCheck, Probe, Ticketing, TicketSearch
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotAuthorised, NotFound, Refused
from bot.domain.ticket import Ticket, TicketDraft, TicketState
from bot.integrations import Wiring
from bot.integrations.foreign import shown
from bot.integrations.http import once_per
from bot.integrations.jira import judging, rights
from bot.integrations.jira.changing import Changing
from bot.integrations.jira.client import Client
from bot.integrations.jira.earlier import READ
from bot.integrations.jira.escape import one_line, target
from bot.integrations.jira.filing import Filing
from bot.integrations.jira.login import Login
from bot.integrations.jira.moving import answers, way
from bot.integrations.jira.payloads import Issue
from bot.integrations.jira.people import People
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.jira.site import Found, Site, is_key, quoted, search_jql

_SHARED: Final = 5.0
"""Seconds for which checks share a list."""
_CHUNK: Final = 50
"""Keys in one question, so that its address stays short."""


class Jira(Ticketing, TicketSearch, DailyCheck, Probe):
    def __init__(self, settings: JiraSettings, wiring: Wiring, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._wiring = wiring
        self._client = Client(Login.of(settings, wiring.titled("Jira")), wiring.outside)
        self._site = Site(self._client)
        self._types = {"postmortem": settings.issue_type or "Task", "action": settings.action_issue_type or "Task"}
        people = People(self._site, clock=clock)
        self._filing = Filing(self._site, self._types, people, clock=clock)
        self._changing = Changing(self._site, people)
        self._address: str | None = None
        self._open_ones = once_per(_SHARED, self._every_open)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def file(self, draft: TicketDraft) -> Ticket:
        return await self._ticket(await self._filing.file(draft))

    async def relate(self, ticket: str, to: str) -> None:
        one = await self._site.issue(ticket, "issuelinks")
        other = await self._site.issue(to, "summary")  # a moved issue answers with its new key
        if one.key == other.key:
            raise Refused(f"{one.key} cannot be linked to itself")
        kind = await self._relates()
        if any(link.type.name == kind and link.other == other.key for link in one.fields.links):
            return
        await self._site.link(kind, inward=one.key, outward=other.key)

    async def point_back(self, ticket: str, url: str, title: str, *, once: str) -> None:
        if target(url) is None:
            raise Refused("A ticket can only point to a web address")
        object_ = {"url": url, "title": one_line(title) or url}
        await self._site.point(ticket, {"globalId": f"daywatch={one_line(once, limit=240)}", "object": object_})

    async def move(self, ticket: str, *, done: bool) -> None:
        if (_state(await self._site.issue(ticket, "status")) is TicketState.DONE) is done:
            return
        transition = way(ticket, await self._site.transitions(ticket), done=done)
        await self._site.transit(ticket, transition.id, answers(ticket, transition))

    async def change(
        self, ticket: str, *, due: date | None, assignee_email: str | None, summary: str | None = None
    ) -> None:
        await self._changing.change(ticket, due=due, email=assignee_email, summary=summary)

    async def rewrite(self, ticket: str, body: str) -> None:
        await self._changing.rewrite(ticket, body)

    async def tickets(self, keys: Sequence[str]) -> Sequence[Ticket]:
        """Those of the keys that are there and visible to us, in the order given."""
        wanted = [key for key in dict.fromkeys(keys) if is_key(key)]
        found: dict[str, Issue] = {}
        for start in range(0, len(wanted), _CHUNK):
            found |= await self._some(wanted[start : start + _CHUNK])
        return [await self._ticket(found[key], asked=key) for key in wanted if key in found]

    @property
    def kept_in(self) -> str:
        return self._wiring.titled("Jira")

    async def search(self, words: str, *, most: int) -> Sequence[Ticket]:
        if is_key(words.strip()):
            return await self.tickets([words.strip().upper()])
        jql = search_jql(self._site.login.project, words)
        if jql is None:
            raise Refused("Jira needs at least one word to search for")
        found = await self._site.search(jql, *READ, limit=most)
        if not found.issues:
            await self._site.project()  # none were found only where the project can be seen
        return [await self._ticket(issue) for issue in found.issues]

    def checks(self) -> Sequence[Check]:
        instance, patience = self._wiring.instance, 20.0
        return (
            Check(
                name="jira.open",
                item=Item.INCIDENTS,
                question="Has every open issue an owner?",
                ask=self._open,
                instance=instance,
                patience=patience,
            ),
            Check(
                name="jira.overdue",
                item=Item.INCIDENTS,
                question="Is anything past its due date?",
                ask=self._overdue,
                instance=instance,
                patience=patience,
            ),
            Check(
                name="jira.incidents",
                item=Item.INCIDENTS,
                question="Is an incident or an important bug open?",
                ask=self._incidents,
                instance=instance,
                patience=patience,
            ),
        )

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        return await rights.asked(self._site, list(self._types.values()))

    async def _open(self) -> Answer:
        jql = judging.open_jql(self._site.login.project, self._settings.open_filter)
        found = await self._open_ones()
        return judging.judge_open(found, await self._base(), jql, self._limits("jira.open"))

    async def _incidents(self) -> Answer:
        given = (self._settings.incident_filter or "").strip()
        jql = judging.open_jql(self._site.login.project, given or self._settings.open_filter)
        found = await self._listed(jql) if given else await self._open_ones()
        limits = self._limits("jira.incidents")
        return judging.judge_incidents(found, await self._base(), jql, limits, chosen=bool(given))

    async def _overdue(self) -> Answer:
        today = self._wiring.today().isoformat()
        jql = judging.overdue_jql(self._site.login.project, today, self._settings.open_filter)
        found = await self._listed(jql)
        return judging.judge_overdue(found, await self._base(), jql, self._limits("jira.overdue"))

    def _limits(self, check: str) -> judging.Limits:
        return judging.Limits(warn=self._wiring.limit(check, "warn", 1), fail=self._wiring.limit(check, "fail", inf))

    async def _every_open(self) -> Found:
        return await self._listed(judging.open_jql(self._site.login.project, self._settings.open_filter))

    async def _listed(self, jql: str) -> Found:
        found = await self._site.search(jql, *judging.READ, limit=judging.LIMIT)
        if not found.issues:
            await self._site.project()  # an empty list proves something only when the project can be seen
        return found

    async def _some(self, keys: Sequence[str]) -> dict[str, Issue]:
        jql = f"key in ({', '.join(map(quoted, keys))})"
        try:
            found = await self._site.search(jql, *READ, limit=len(keys))
        except NotAuthorised:
            raise
        except Refused:
            return await self._each(keys)  # one key that is gone makes Jira refuse the whole question
        by_key = {issue.key: issue for issue in found.issues}
        # A moved issue answers under its new key, and a new one may not be in the index yet.
        return by_key | await self._each([key for key in keys if key not in by_key])

    async def _each(self, keys: Sequence[str]) -> dict[str, Issue]:
        found: dict[str, Issue] = {}
        for key in keys:
            try:
                found[key] = await self._site.issue(key, *READ)
            except NotFound:
                continue
        return found

    async def _relates(self) -> str:
        """The name of the link type for "relates to", which an administrator may have changed."""
        types = await self._site.link_types()
        named = [one for one in types if one.name.casefold() == "relates"]
        worded = [one for one in types if "relates to" in (one.inward.casefold(), one.outward.casefold())]
        for one in (*named, *worded):
            return one.name
        there = ", ".join(shown(one.name, limit=30) for one in types[:8]) or "none"
        raise Refused(f"Jira has no link type 'Relates' (it has: {there}). Add it, or switch issue linking on.")

    async def _ticket(self, issue: Issue, asked: str = "") -> Ticket:
        fields = issue.fields
        return Ticket(
            key=issue.key,
            url=f"{await self._base()}/browse/{issue.key}",
            state=_state(issue),
            status=one_line(fields.status.name, limit=100) if fields.status else "",
            summary=one_line(fields.summary or ""),
            was=asked if asked not in ("", issue.key) else None,
        )

    async def _base(self) -> str:
        """The address for people: the gateway of scoped tokens is only for programs."""
        login = self._site.login
        if not login.behind_gateway:
            return login.url
        if self._address is None:
            told = (await self._site.server()).base_url.rstrip("/")
            if urlsplit(told).scheme != "https":
                raise Refused("Jira does not say at which address people find it")
            self._address = told
        return self._address


def _state(issue: Issue) -> TicketState:
    if issue.fields.status is None:
        raise Refused(f"Jira does not show the status of {issue.key}")
    return issue.fields.status.category.state
