"""What Jira answers on good days, as tests script it: both flavours' shapes, scrubbed."""

from typing import Any

from tests.integrations.jira.pretend import PretendJira, says

TODO = {"id": "10000", "name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}}
DOING = {"id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate", "name": "In Progress"}}
DONE = {"id": "10002", "name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done"}}
CANCELLED = {"id": "10003", "name": "Cancelled", "statusCategory": {"id": 3, "key": "done", "name": "Done"}}

Answered = dict[str, Any]  # Any: JSON


def issue(key: str = "OPS-42", **fields: Any) -> Answered:
    return {
        "id": "10042",
        "key": key,
        "fields": {"summary": "Checkout errors", "status": TODO, "labels": ["daywatch-inc-142"], **fields},
    }


def page(flavour: str, *issues: Answered) -> Answered:
    if flavour == "cloud":
        return {"issues": list(issues), "isLast": True}
    return {"issues": list(issues), "startAt": 0, "maxResults": 100, "total": len(issues)}


def search_of(flavour: str) -> str:
    return "GET search/jql" if flavour == "cloud" else "GET search"


def rule(name: str, *, required: bool = False, default: bool = False, **more: Any) -> Answered:
    return {
        "fieldId": name,
        "key": name,
        "name": name.title(),
        "required": required,
        "hasDefaultValue": default,
        **more,
    }


USUAL = (
    rule("project", required=True),
    rule("issuetype", required=True),
    rule("summary", required=True),
    rule("reporter", required=True, default=True),
    rule("description"),
    rule("labels"),
    rule("duedate"),
    rule("assignee"),
)


def screen(pretend: PretendJira, flavour: str, *rules: Answered) -> None:
    """A project with the types Task and Bug; `rules` is what the screen of Task takes."""
    types = [{"id": "10001", "name": "Task", "subtask": False}, {"id": "10002", "name": "Bug", "subtask": False}]
    whole = {"startAt": 0, "maxResults": 100}
    types_key, fields_key = ("issueTypes", "fields") if flavour == "cloud" else ("values", "values")
    pretend.on(
        "GET issue/createmeta/OPS/issuetypes", says({**whole, types_key: types, "total": len(types), "isLast": True})
    )
    pretend.on(
        "GET issue/createmeta/OPS/issuetypes/10001",
        says({**whole, fields_key: list(rules or USUAL), "total": len(rules or USUAL), "isLast": True}),
    )


def makes(pretend: PretendJira, flavour: str) -> None:
    """A Jira in which nothing is filed yet, and which makes OPS-42."""
    screen(pretend, flavour)
    pretend.on(search_of(flavour), says(page(flavour)))
    pretend.on("POST issue", says({"id": "10042", "key": "OPS-42", "self": "https://jira.example.com/x"}, 201))
    pretend.on("GET issue/OPS-42", says(issue()))
