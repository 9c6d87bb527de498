"""A healthy New Relic account, and one in which things bear hostile names."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.newrelic.settings import NewRelicSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told

KEY: Final = "NRAK-7C1F09E2B5"
WEBHOOK_SECRET: Final = "newrelic-hook-30be11"
ACCOUNT: Final = 1234567
GRAPH: Final = "POST /graphql"


def issue(title: Any = None, **changes: Any) -> dict[str, Any]:
    """An issue as NerdGraph gives it. Any: whatever JSON can hold."""
    found = {
        "issueId": "7c1e0000-aaaa",
        "title": ["Checkout error rate > 2%"] if title is None else title,
        "priority": "CRITICAL",
        "state": "ACTIVATED",
        "acknowledgedAt": None,
        "activatedAt": 1772431800000,
        "createdAt": 1772431740000,
        "entityNames": ["checkout"],
        "totalIncidents": 2,
    }
    return found | changes


def entity(name: str = "checkout", **changes: Any) -> dict[str, Any]:
    found = {
        "guid": "MXxBUE18QVBQTElDQVRJT058MQ",
        "name": name,
        "alertSeverity": "CRITICAL",
        "reporting": True,
        "permalink": "https://one.newrelic.com/redirect/entity/MXxBUE18QVBQTElDQVRJT058MQ",
    }
    return found | changes


def issues(*found: dict[str, Any], cursor: Any = None, errors: Any = None) -> Canned:
    page = {"issues": list(found), "nextCursor": cursor}
    data = {"actor": {"account": {"aiIssues": {"issues": page}}}}
    return told({"data": data} | ({"errors": errors} if errors else {}))


def entities(*found: dict[str, Any], cursor: Any = None, count: int | None = None, every: int | None = 40) -> Canned:
    results = {"entities": list(found), "nextCursor": cursor}
    search = {"count": len(found) if count is None else count, "results": results}
    counted = {"every": {"count": every}} if every is not None else {}
    return told({"data": {"actor": {"entitySearch": search, **counted}}})


def fault(message: str = "No", kind: str | None = "ACCESS_DENIED", data: Any = None) -> Canned:
    extensions = {"extensions": {"errorClass": kind}} if kind else {}
    return told({"data": data, "errors": [{"message": message, "path": ["actor"], **extensions}]})


def asked_of(request: Request) -> tuple[str, dict[str, Any]]:
    """Which of its three questions it is, and its variables."""
    body = json.loads(request.body)
    words = ("aiIssues", "entitySearch", "user")
    return next(word for word in words if word in body["query"]), body["variables"]


def answer(request: Request) -> Canned | None:
    assert request.headers["api-key"] == KEY
    assert request.headers["nerd-graph-unsafe-experimental-opt-in"] == "AiIssues"
    assert request.headers["content-type"] == "application/json"
    assert request.line == GRAPH
    who = {"actor": {"user": {"email": "daywatch@example.com"}, "account": {"name": "Shop"}}}
    return {"aiIssues": issues(), "entitySearch": entities(), "user": told({"data": who})}[asked_of(request)[0]]


def named(name: str) -> Mapping[str, Canned]:
    page = {"issues": [issue([name], entityNames=[name])], "nextCursor": None}
    account = {"aiIssues": {"issues": page}}
    search = {"count": 1, "results": {"entities": [entity(name, permalink=name)]}}
    return {GRAPH: told({"data": {"actor": {"account": account, "entitySearch": search}}})}


SCRIPT: Final = Script(
    settings=lambda address: NewRelicSettings(
        api_url=address,
        api_key=SecretStr(KEY),
        account_id=(ACCOUNT,),
        webhook_secret=SecretStr(WEBHOOK_SECRET),
    ),
    secrets=(KEY, WEBHOOK_SECRET),
    healthy={},
    answer=answer,
    named=named,
    shows_names=("newrelic.issues", "newrelic.entities"),
    empty={
        "newrelic.issues": {GRAPH: told({"data": {"actor": {"account": None}}})},
        "newrelic.entities": {GRAPH: entities(every=0)},
    },
    prove=lambda _body: {"authorization": f"Bearer {WEBHOOK_SECRET}"},
)
