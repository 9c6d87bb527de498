"""Jira's questions and orders, one method each, the same for Cloud and Data Center."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeVar

from jira import JIRA

from bot.domain.errors import Refused
from bot.integrations.foreign import segment
from bot.integrations.jira import payloads
from bot.integrations.jira.client import Client

P = TypeVar("P", bound=payloads.Payload)
_PAGE: Final = 100
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,80}-[0-9]{1,15}")
Sent = Mapping[str, Any]
"""The JSON of a request. Any: fields of an issue have as many shapes as Jira has field types."""


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def quoted(value: str) -> str:
    """A JQL string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def search_jql(project: str, words: str) -> str | None:
    """Tickets with all of the words, the last changed first; None when no word is in them.

    Letters and digits only: in Jira's text search the rest are orders (`+ - & | ! ( ) [ ] ^ ~ * ?`), where they are
    refused or mean something else.
    """
    found = [word for word in re.findall(r"\w+", words) if word.strip("_")]
    # In lower case, since AND, OR and NOT are orders as well.
    asked = quoted(" ".join(found[:10]).lower())
    return f"project = {quoted(project)} AND text ~ {asked} ORDER BY updated DESC" if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave. `complete` is False when there was more than we would read."""

    issues: Sequence[payloads.Issue]
    complete: bool


class Site:
    def __init__(self, client: Client) -> None:
        self._client = client
        self.login = client.login

    async def me(self) -> payloads.User:
        return await self._client.ask(lambda jira: payloads.User.model_validate(jira.myself()))

    async def server(self) -> payloads.Server:
        return await self._client.ask(lambda jira: payloads.Server.model_validate(jira.server_info()))

    async def project(self) -> None:
        """Raises unless our account can see the project."""
        key = segment(self.login.project)
        await self._client.ask(lambda jira: payloads.Project.model_validate(jira.project(key).raw))

    async def rights(self, names: Sequence[str]) -> Mapping[str, payloads.Right]:
        def ask(jira: JIRA) -> Mapping[str, payloads.Right]:
            answer = jira.my_permissions(projectKey=self.login.project, permissions=",".join(names))["permissions"]
            return {name: payloads.Right.model_validate(answer[name]) for name in names if name in answer}

        return await self._client.ask(ask)

    async def issue(self, key: str, *fields: str) -> payloads.Issue:
        place = _safe(key)
        return await self._client.ask(
            lambda jira: payloads.Issue.model_validate(jira.issue(place, fields=",".join(fields)).raw)
        )

    async def search(self, jql: str, *fields: str, limit: int, fresh: Sequence[int] = ()) -> Found:
        """`fresh` are ids of issues so new that Cloud's index may not have them yet."""
        if self.login.cloud:
            return await self._search_cloud(jql, fields, limit, fresh)
        return await self._search_server(jql, fields, limit)

    async def _search_cloud(self, jql: str, fields: Sequence[str], limit: int, fresh: Sequence[int]) -> Found:
        issues: list[payloads.Issue] = []
        token: str | None = None
        for _ in range(limit // _PAGE + 2):
            page = await self._cloud_page(jql, fields, min(_PAGE, limit), token, fresh)
            issues += page.issues
            if page.next is None or len(issues) > limit:
                ended = page.next is None and page.last is not False
                return Found(issues=issues[:limit], complete=ended and len(issues) <= limit)
            token = page.next
        return Found(issues=issues[:limit], complete=False)

    async def _cloud_page(
        self, jql: str, fields: Sequence[str], size: int, token: str | None, fresh: Sequence[int]
    ) -> payloads.CloudPage:
        return await self._client.ask(
            lambda jira: payloads.CloudPage.model_validate(
                jira.enhanced_search_issues(
                    jql,
                    nextPageToken=token,
                    maxResults=size,
                    fields=list(fields),
                    reconcileIssues=list(fresh),
                    json_result=True,
                )
            )
        )

    async def _search_server(self, jql: str, fields: Sequence[str], limit: int) -> Found:
        issues: list[payloads.Issue] = []
        while True:
            page = await self._server_page(jql, fields, len(issues), min(_PAGE, limit))
            issues += page.issues
            seen_all = len(issues) >= page.total
            if seen_all or not page.issues or len(issues) >= limit:
                return Found(issues=issues[:limit], complete=seen_all and len(issues) <= limit)

    async def _server_page(self, jql: str, fields: Sequence[str], start: int, size: int) -> payloads.ServerPage:
        return await self._client.ask(
            lambda jira: payloads.ServerPage.model_validate(
                jira.search_issues(jql, startAt=start, maxResults=size, fields=list(fields), json_result=True)
            )
        )

    async def create(self, fields: Sent) -> payloads.Issue:
        # The library would read the whole issue again after making it.
        return await self._client.ask(
            lambda jira: payloads.Issue.model_validate(jira.create_issue(fields=dict(fields), prefetch=False).raw),
            writes=True,
        )

    async def edit(self, key: str, fields: Sent) -> None:
        # Not by the library: it reads the issue and what can be edited first, and drops what it does not know.
        path = f"issue/{_safe(key)}"
        await self._client.ask(lambda jira: _put(jira, path, {"fields": dict(fields)}), writes=True)

    async def issue_types(self) -> Sequence[payloads.IssueType]:
        path = f"issue/createmeta/{segment(self.login.project)}/issuetypes"
        return await self._client.ask(lambda jira: _pages(jira, path, "issueTypes", payloads.IssueType))

    async def create_screen(self, issue_type: str) -> Mapping[str, payloads.FieldRule]:
        """The fields that may be given when an issue of this type is made, by their ids."""
        path = f"issue/createmeta/{segment(self.login.project)}/issuetypes/{segment(issue_type)}"
        rules = await self._client.ask(lambda jira: _pages(jira, path, "fields", payloads.FieldRule))
        return {rule.id: rule for rule in rules}

    async def transitions(self, key: str) -> Sequence[payloads.Transition]:
        place = _safe(key)
        return await self._client.ask(
            lambda jira: [
                payloads.Transition.model_validate(one) for one in jira.transitions(place, expand="transitions.fields")
            ]
        )

    async def transit(self, key: str, transition: str, fields: Sent) -> None:
        path = f"issue/{_safe(key)}/transitions"
        body = {"transition": {"id": transition}} | ({"fields": dict(fields)} if fields else {})
        # Not by the library: it sends the id as a number, and Jira describes it as text.
        await self._client.ask(lambda jira: _post(jira, path, body), writes=True)

    async def link_types(self) -> Sequence[payloads.LinkType]:
        return await self._client.ask(
            lambda jira: [payloads.LinkType.model_validate(one.raw) for one in jira.issue_link_types()]
        )

    async def link(self, kind: str, *, inward: str, outward: str) -> None:
        body = {"type": {"name": kind}, "inwardIssue": {"key": _safe(inward)}, "outwardIssue": {"key": _safe(outward)}}
        # Not by the library: it fetches all link types again and guesses at the direction.
        await self._client.ask(lambda jira: _post(jira, "issueLink", body), writes=True)

    async def point(self, key: str, body: Sent) -> None:
        """Add or replace a remote link. Not by the library: it asks for the application links of an administrator."""
        path = f"issue/{_safe(key)}/remotelink"
        await self._client.ask(lambda jira: _post(jira, path, body), writes=True)

    async def people(self, words: str) -> Sequence[payloads.User]:
        """People who match an e-mail address; none when Jira hides addresses."""
        asked = {"query" if self.login.cloud else "username": words, "maxResults": 20}
        # Not by the library: it trips over people without an address of their own.
        return await self._client.ask(
            lambda jira: [payloads.User.model_validate(one) for one in jira._get_json("user/search", params=asked)]  # noqa: SLF001 - see _post
        )


def _safe(key: str) -> str:
    if not is_key(key):
        raise Refused(f"{key[:40]!r} is not the key of a Jira ticket")
    return key


def _post(jira: JIRA, path: str, body: Sent) -> None:
    # Through the library's session, so that sign-in and limits are the same.
    jira._session.post(jira._get_url(path), data=json.dumps(body))  # noqa: SLF001 - the library offers no public way


def _put(jira: JIRA, path: str, body: Sent) -> None:
    jira._session.put(jira._get_url(path), data=json.dumps(body))  # noqa: SLF001 - as above


def _pages(jira: JIRA, path: str, name: str, kind: type[P]) -> Sequence[P]:
    """All of a list that comes in pages, under `name` (Cloud) or `values` (Data Center)."""
    found: list[P] = []
    for _ in range(20):
        page = jira._get_json(path, params={"startAt": len(found), "maxResults": _PAGE})  # noqa: SLF001 - see _post
        values = page[name] if name in page else page["values"]
        found += [kind.model_validate(one) for one in values]
        # Some say how many there are, some only whether this is the last page.
        if not values or page.get("isLast") or len(found) >= page.get("total", inf):
            break
    return found
