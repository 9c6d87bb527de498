"""A healthy Jira Cloud for the contract suite, and one whose tickets bear hostile names."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.jira.settings import JiraSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told

TOKEN: Final = "ATATT-contract-55f0"
WEBHOOK_SECRET: Final = "jira-webhook-7c1d"
_SEARCH: Final = "GET /rest/api/2/search/jql"


def found(*issues: dict[str, Any]) -> Canned:
    return told({"issues": list(issues), "isLast": True})


def issue(key: str, summary: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": "10042",
        "key": key,
        "fields": {
            "summary": summary,
            "status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
            "assignee": {"accountId": "5b10", "displayName": "Ana", "active": True},
            "created": "2026-03-02T06:15:10.123+0000",
            "duedate": None,
            "issuetype": {"name": "Task"},
            "priority": {"name": "Medium"},
            **fields,
        },
    }


def _answer(request: Request) -> Canned | None:
    """Everybody's tickets are owned, and nothing is overdue."""
    if request.line != _SEARCH:
        return None
    return found() if "duedate <" in request.query["jql"][0] else found(issue("OPS-42", "Checkout errors"))


def _named(name: str) -> Mapping[str, Canned]:
    lost = issue("OPS-13", name, assignee=None, duedate="2026-03-01", issuetype={"name": "Incident"})
    lost["fields"]["status"]["name"] = name
    return {_SEARCH: found(lost)}


def _settings(url: str) -> JiraSettings:
    return JiraSettings(
        url=url,
        email="bot@example.com",
        api_token=SecretStr(TOKEN),
        project="OPS",
        webhook_secret=SecretStr(WEBHOOK_SECRET),
    )


SCRIPT: Final = Script(
    settings=_settings,
    secrets=(TOKEN, WEBHOOK_SECRET),
    healthy={"GET /rest/api/2/project/OPS": told({"id": "10000", "key": "OPS", "name": "Operations"})},
    answer=_answer,
    named=_named,
    shows_names=("jira.open", "jira.overdue", "jira.incidents"),
    empty={
        "jira.open": {
            _SEARCH: found(),
            "GET /rest/api/2/project/OPS": told({"errorMessages": ["No project could be found with key 'OPS'."]}, 404),
        }
    },
    prove=lambda body: {
        "x-hub-signature": "sha256=" + hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest(),
        "x-atlassian-webhook-identifier": "1f2e3d4c",
    },
)
