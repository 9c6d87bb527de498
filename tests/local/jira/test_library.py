"""The `jira` library against both flavours of the stand-in: what the bot will use works as against the real ones."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jira import JIRA, JIRAError

from tests.local.jira.conftest import EMAIL, PAT, TOKEN, JiraUnderTest, running


@contextmanager
def library(jira: JiraUnderTest, token: str = TOKEN) -> Iterator[JIRA]:
    credentials: dict[str, Any] = {"basic_auth": (EMAIL, token)} if jira.site.config.cloud else {"token_auth": PAT}
    client = JIRA(server=f"{jira.url}/jira", max_retries=0, timeout=5, **credentials)
    try:
        yield client
    finally:
        client.close()  # type: ignore[no-untyped-call]  # the library is half typed


async def story(jira: JiraUnderTest, told: Callable[[JIRA], Any], token: str = TOKEN) -> Any:
    def tell() -> Any:
        with library(jira, token) as client:
            return told(client)

    return await asyncio.to_thread(tell)


def walk(client: JIRA) -> Any:
    fields = {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Incident"},
        "summary": "Checkout errors",
        "description": "h2. What happened",
        "labels": ["daywatch-inc-142"],
    }
    issue = client.create_issue(fields=fields)
    task = client.create_issue(fields=fields | {"issuetype": {"name": "Task"}, "labels": []})
    client.add_comment(issue.key, "Looking")
    step = next(one["id"] for one in client.transitions(issue.key) if one["name"].lower() == "in progress")
    client.transition_issue(issue.key, step)
    client.create_issue_link("Relates", task.key, issue.key)
    outside = {"url": "https://slack.example/c/1", "title": "#inc-142"}
    with pytest.warns(Warning, match="Unable to gather applicationlinks"):
        client.add_remote_link(issue.key, outside, globalId="slack-incident=142")
    client.assign_issue(issue.key, "bob" if not client._is_cloud else "Bob Brown")
    client.add_issue_property(issue.key, "daywatch", {"incident": 142})
    issue.update(fields={"summary": "Checkout is down"})
    return client.issue(issue.key)


@pytest.mark.parametrize("flavour", ["cloud", "server"])
async def test_a_ticket_is_made_moved_linked_and_found(flavour: str) -> None:
    wanted = {} if flavour == "cloud" else {"flavour": "server", "api_token": "", "pat": PAT}
    async with running(**wanted) as jira:
        await made_moved_linked_and_found(jira)


async def made_moved_linked_and_found(jira: JiraUnderTest) -> None:
    issue = await story(jira, walk)
    assert (issue.fields.summary, issue.fields.status.name) == ("Checkout is down", "In Progress")
    assert issue.fields.assignee.displayName == "Bob Brown"
    assert [comment.body for comment in issue.fields.comment.comments] == ["Looking"]
    assert issue.fields.issuelinks[0].inwardIssue.key == "OPS-2"
    assert issue.fields.description == "h2. What happened"

    found = await story(
        jira,
        lambda client: client.search_issues('labels = "daywatch-inc-142"', fields=["summary", "status"], maxResults=10),
    )
    assert [(one.key, one.fields.status.statusCategory.key) for one in found] == [("OPS-1", "indeterminate")]
    links = await story(jira, lambda client: [link.raw["globalId"] for link in client.remote_links("OPS-1")])
    assert links == ["slack-incident=142"]


async def test_the_library_pages_through_everything_on_cloud(cloud: JiraUnderTest) -> None:
    for number in range(130):
        await cloud.create(summary=f"Issue {number}")

    def read(client: JIRA) -> tuple[int, int, int]:
        everything = client.search_issues("project = OPS", fields=["summary"], maxResults=False)
        first = client.search_issues("project = OPS", fields=["summary"], maxResults=150)
        return len(everything), len(first), client.approximate_issue_count("project = OPS")

    assert await story(cloud, read) == (130, 100, 130)


async def test_the_library_reads_screens_and_people_on_server(server: JiraUnderTest) -> None:
    def read(client: JIRA) -> tuple[list[str], list[str], str]:
        types = [one.name for one in client.project_issue_types("OPS")]
        fields = [one.fieldId for one in client.project_issue_fields("OPS", "10100") if one.required]
        return types, fields, client.myself()["name"]

    assert await story(server, read) == (
        ["Incident", "Task", "Bug", "Change"],
        ["issuetype", "project", "summary"],
        "daywatch",
    )


@pytest.mark.parametrize("flavour", ["cloud", "server"])
async def test_the_library_asks_what_our_account_may_do(flavour: str) -> None:
    wanted = {} if flavour == "cloud" else {"flavour": "server", "api_token": "", "pat": PAT}
    async with running(**wanted) as jira:
        told = await story(jira, lambda client: client.my_permissions("OPS", permissions="CREATE_ISSUES,LINK_ISSUES"))
        rights = {name: right["havePermission"] for name, right in told["permissions"].items()}
        assert rights == {"CREATE_ISSUES": True, "LINK_ISSUES": True}
        for project, permissions, status in (("OPS", "FLY", 400), ("NONE", "LINK_ISSUES", 404)):
            with pytest.raises(JIRAError) as refused:
                await story(jira, lambda client: client.my_permissions(project, permissions=permissions))  # noqa: B023 - called at once
            assert refused.value.status_code == status


async def test_the_library_raises_what_is_refused(cloud: JiraUnderTest) -> None:
    with pytest.raises(JIRAError) as missing:
        await story(cloud, lambda client: client.issue("OPS-99"))
    assert missing.value.status_code == 404
    with pytest.raises(JIRAError) as refused:
        await story(cloud, lambda client: client.myself(), token="wrong")
    assert refused.value.status_code == 401
    fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Incident"}, "summary": "x", "customfield_1": "y"}
    with pytest.raises(JIRAError) as unknown:
        await story(cloud, lambda client: client.create_issue(fields=fields))
    assert (unknown.value.status_code, "not on the appropriate screen" in str(unknown.value.text)) == (400, True)
