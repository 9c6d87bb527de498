"""The queries to NerdGraph, New Relic's GraphQL API: reading only."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.errors import NotAuthorised, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.http import Api
from bot.integrations.newrelic.shapes import (
    EntitiesData,
    Entity,
    EntitySearch,
    Envelope,
    Fault,
    Issue,
    IssuePage,
    IssuesData,
    WhoData,
)
from bot.integrations.response import USUAL_PAUSE

M = TypeVar("M", bound=BaseModel)
_MOST_PAGES: Final = 100
# https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-issues-api-via-github/
_OPT_IN: Final = {"nerd-graph-unsafe-experimental-opt-in": "AiIssues"}
_ISSUES: Final = """
query($account: Int!, $cursor: String, $start: EpochMilliseconds!, $end: EpochMilliseconds!) {
  actor { account(id: $account) { aiIssues {
    issues(cursor: $cursor, filter: {states: [ACTIVATED, CREATED]}, timeWindow: {startTime: $start, endTime: $end}) {
      issues { issueId title priority state acknowledgedAt activatedAt createdAt entityNames totalIncidents }
      nextCursor
    }
  } } }
}"""
_ENTITIES: Final = """
query($search: String!, $every: String!, $cursor: String) {
  actor {
    entitySearch(query: $search) {
      count
      results(cursor: $cursor) { entities { guid name alertSeverity reporting permalink } nextCursor }
    }
    every: entitySearch(query: $every) { count }
  }
}"""
_WHO: Final = "query($account: Int!) { actor { user { email } account(id: $account) { name } } }"
_LATER: Final = frozenset(
    {"TIMEOUT", "SERVER_ERROR", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "DOWNSTREAM_ERROR"}
)
_TOO_MANY: Final = frozenset({"TOO_MANY_REQUESTS", "RATE_LIMITED", "THROTTLED"})
_NO_RIGHT: Final = frozenset({"ACCESS_DENIED", "UNAUTHORIZED", "FORBIDDEN", "NOT_AUTHORIZED", "BAD_API_KEY"})
_SEE: Final = "see the account with a user key (NRAK-…)"
_READ_ISSUES: Final = "read issues with a user key (NRAK-…)"
_READ_ENTITIES: Final = "read entities with a user key (NRAK-…)"
_TROUBLED: Final = "alertSeverity IN ('CRITICAL', 'WARNING')"
_ANY: Final = "alertSeverity IN ('CRITICAL', 'WARNING', 'NOT_ALERTING', 'NOT_CONFIGURED')"


class NewRelicClient:
    """https://docs.newrelic.com/docs/apis/nerdgraph/get-started/introduction-new-relic-nerdgraph/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def open_issues(self, account: int, *, start: int, end: int) -> tuple[Sequence[Issue], str]:
        """All of a time in milliseconds, to the last page; and why not all could be read, if so."""
        found: dict[str, Issue] = {}
        cursor, told = "", ""
        asked = {cursor}
        for _ in range(_MOST_PAGES):
            given = {"account": account, "cursor": cursor or None, "start": start, "end": end}
            page, faults = await self._issues(given, account)
            found |= {issue.id: issue for issue in page.issues}
            told = told or (self._words(faults) if faults else "")
            cursor = page.cursor
            if not cursor:
                return list(found.values()), told
            if cursor in asked:
                raise Refused(f"{self._title} gives the same page of issues again; not all seen")
            asked.add(cursor)
        raise Refused(f"{self._title} has too many open issues; not all seen")

    async def alerting(self, narrowed: str = "") -> tuple[Sequence[Entity], int | None]:
        """Entities in trouble, to the last page, as many as are counted; and how many there are in any state."""
        searches = {"search": _searching(_TROUBLED, narrowed), "every": _searching(_ANY, narrowed)}
        found: dict[str, Entity] = {}
        cursor = ""
        asked = {cursor}
        for _ in range(_MOST_PAGES):
            page, every = await self._entities({**searches, "cursor": cursor or None})
            found |= {entity.guid: entity for entity in page.results.entities}
            cursor = page.results.cursor
            if not cursor:
                if len(found) < page.count:
                    raise Refused(f"{self._title} speaks of {page.count} entities and shows {len(found)}; not all seen")
                return list(found.values()), every
            if cursor in asked:
                raise Refused(f"{self._title} gives the same page of entities again; not all seen")
            asked.add(cursor)
        raise Refused(f"{self._title} has too many alerting entities; not all seen")

    async def who(self, account: int) -> None:
        """Whether the key is somebody's, and may see the account."""
        data, faults = await self._asked(_WHO, {"account": account}, _SEE)
        if faults:
            raise self._refusal(faults, _SEE)
        actor = self._read(WhoData, data).actor
        if actor.account is None:
            raise self._unseen(account)
        if actor.user is None:
            raise NotAuthorised(
                f"{self._title} knows no user of this key. Set NEW_RELIC_API_KEY to a user key (NRAK-…)"
            )

    async def _issues(self, given: Mapping[str, Any], account: int) -> tuple[IssuePage, Sequence[Fault]]:
        data, faults = await self._asked(_ISSUES, given, _READ_ISSUES)
        if data is None:
            raise self._refusal(faults, _READ_ISSUES)
        seen = _part(data, ("actor", "account", "aiIssues", "issues"))
        if seen is None and faults:
            raise self._refusal(faults, _READ_ISSUES)
        found = self._read(IssuesData, data).actor.account
        if found is None:
            raise self._unseen(account)
        if found.ai is None or found.ai.issues is None:
            raise Refused(f"{self._title} gives no issues, and no reason for it")
        return found.ai.issues, faults

    async def _entities(self, given: Mapping[str, Any]) -> tuple[EntitySearch, int | None]:
        data, faults = await self._asked(_ENTITIES, given, _READ_ENTITIES)
        if faults:
            raise self._refusal(faults, _READ_ENTITIES)
        found = self._read(EntitiesData, data).actor
        if found.search is None:
            raise Refused(f"{self._title} gives no entities, and no reason for it")
        return found.search, found.every.count if found.every is not None else None

    async def _asked(
        self, query: str, variables: Mapping[str, Any], right: str
    ) -> tuple[Mapping[str, Any] | None, Sequence[Fault]]:
        body = {"query": query, "variables": variables}
        response = await self._api.call("POST", "/graphql", json=body, headers=_OPT_IN, right=right)
        answer = response.read_as(Envelope)
        if answer.data is None and not answer.errors:
            raise Refused(f"{self._title} answered in a form we do not know (neither data nor errors)")
        return answer.data, answer.errors

    def _read(self, kind: type[M], data: object) -> M:
        try:
            return kind.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = self._api.wording.clean(".".join(str(part) for part in first["loc"])) or "the whole"
            raise Refused(
                f"{self._title} answered in a form we do not know ({where}: {first['type']})"
            ) from None  # the original quotes what came in

    def _refusal(self, faults: Sequence[Fault], right: str) -> VendorError:
        """What an error inside a 200 means."""
        kind, words = faults[0].kind if faults else "", self._words(faults)
        if kind in _LATER:
            return Unavailable(f"{self._title} has trouble answering: {words}")
        if kind in _TOO_MANY:
            return RateLimited(f"{self._title} asks for a pause: {words}", retry_after=USUAL_PAUSE, named=False)
        if kind in _NO_RIGHT or "api key" in words.lower():
            remedy = f"NEW_RELIC_API_KEY needs the right to {right}"
            return NotAuthorised(f"{self._title} refused: {self._words(faults, limit=90)}. {remedy}.")
        return Refused(f"{self._title} refused: {words}")

    def _unseen(self, account: int) -> VendorError:
        return NotAuthorised(
            f"{self._title} shows nothing of account {account} to this key. Check NEW_RELIC_ACCOUNT_ID and"
            " NEW_RELIC_REGION, and the role of the user of NEW_RELIC_API_KEY."
        )

    def _words(self, faults: Sequence[Fault], *, limit: int = 140) -> str:
        first = faults[0] if faults else Fault()
        words = self._api.wording.clean(first.message or first.kind) or "an error without words"
        return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"

    @property
    def _title(self) -> str:
        return self._api.wording.title


def _searching(states: str, narrowed: str) -> str:
    return f"{states} AND ({narrowed})" if narrowed else states


def _part(data: object, path: Sequence[str]) -> object:
    """What stands at a place, None when something on the way is missing."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data
