"""Jira's issues by raw HTTP: creating, editing, moving, commenting, and how it refuses."""

from typing import Any

import httpx
import pytest

from tests.local.jira.conftest import JiraUnderTest, running

DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "It broke"},
                {"type": "hardBreak"},
                {"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://x.example"}}]},
            ],
        },
        {"type": "codeBlock", "content": [{"type": "text", "text": "kubectl get pods"}]},
    ],
}


async def post(jira: JiraUnderTest, version: int = 2, **fields: object) -> httpx.Response:
    required = {"project": {"key": "OPS"}, "issuetype": {"name": "Incident"}, "summary": "Checkout errors"}
    return await jira.http.post(f"/rest/api/{version}/issue", json={"fields": required | fields})


async def fields_of(jira: JiraUnderTest, key: str, version: int = 2) -> dict[str, Any]:
    return (await jira.http.get(f"/rest/api/{version}/issue/{key}")).json()["fields"]  # type: ignore[no-any-return]  # JSON


async def test_a_new_issue_has_a_key_and_is_to_do(cloud: JiraUnderTest) -> None:
    answer = await post(cloud, labels=["slackbot", "INC-42"], priority={"name": "High"}, duedate="2026-03-05")
    assert (answer.status_code, set(answer.json())) == (201, {"id", "key", "self"})
    assert answer.json()["key"] == "OPS-1"
    fields = await fields_of(cloud, "OPS-1")
    assert (fields["status"]["name"], fields["status"]["statusCategory"]["key"]) == ("To Do", "new")
    assert (fields["priority"]["name"], fields["labels"], fields["duedate"]) == (
        "High",
        ["INC-42", "slackbot"],
        "2026-03-05",
    )
    assert fields["created"] == "2026-03-02T06:11:09.310+0000"
    assert fields["reporter"]["displayName"] == "Daywatch"
    assert fields["assignee"] is None


async def test_text_is_a_string_in_v2_and_a_document_in_v3(cloud: JiraUnderTest) -> None:
    by_v3 = await cloud.create(version=3, description=DOCUMENT)
    assert (await fields_of(cloud, by_v3, 3))["description"] == DOCUMENT
    assert (await fields_of(cloud, by_v3, 2))["description"] == "It broke\nhere\n\nkubectl get pods"
    by_v2 = await cloud.create(description="First\nline\n\nSecond")
    assert [one["type"] for one in (await fields_of(cloud, by_v2, 3))["description"]["content"]] == ["paragraph"] * 2
    assert (await fields_of(cloud, by_v2, 2))["description"] == "First\nline\n\nSecond"


@pytest.mark.parametrize(
    ("version", "fields", "field", "reason"),
    [
        (3, {"description": "plain"}, "description", "Operation value must be an Atlassian Document"),
        (3, {"description": {"type": "doc", "version": 1}}, "description", "Atlassian Document"),
        (2, {"description": DOCUMENT}, "description", "Operation value must be a string"),
        (2, {"summary": "x" * 256}, "summary", "255"),
        (2, {"summary": "two\nlines"}, "summary", "newline"),
        (2, {"summary": " "}, "summary", "must specify a summary"),
        (2, {"labels": ["two words"]}, "labels", "contains spaces"),
        (2, {"priority": {"name": "Blazing"}}, "priority", "invalid"),
        (2, {"issuetype": {"name": "Epic"}}, "issuetype", "invalid"),
        (2, {"project": {"key": "NOPE"}}, "project", "valid project is required"),
        (2, {"assignee": {"accountId": "nobody"}}, "assignee", "does not exist"),
        (2, {"duedate": "soon"}, "duedate", "Error parsing date"),
        (2, {"customfield_10010": "x"}, "customfield_10010", "not on the appropriate screen, or unknown"),
    ],
)
async def test_a_field_that_makes_no_sense_is_named_in_the_refusal(
    cloud: JiraUnderTest, version: int, fields: dict[str, object], field: str, reason: str
) -> None:
    answer = await post(cloud, version, **fields)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == []
    assert list(answer.json()["errors"]) == [field]
    assert reason in answer.json()["errors"][field]
    assert cloud.site.tracker.issues() == ()


async def test_an_empty_text_node_is_no_document(cloud: JiraUnderTest) -> None:
    empty = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]}
    assert (await post(cloud, 3, description=empty)).status_code == 400


async def test_editing_assigning_and_deleting(cloud: JiraUnderTest) -> None:
    key = await cloud.create(labels=["old"])
    path = f"/rest/api/2/issue/{key}"
    wish = {"fields": {"summary": "Better"}, "update": {"labels": [{"add": "new"}, {"remove": "old"}]}}
    assert (await cloud.http.put(path, json=wish)).status_code == 204
    assigned = await cloud.http.put(f"{path}/assignee", json={"accountId": "5b10a2bob"})
    assert (assigned.status_code, assigned.content) == (204, b"")
    fields = await fields_of(cloud, key)
    assert (fields["summary"], fields["labels"], fields["assignee"]["displayName"]) == ("Better", ["new"], "Bob Brown")
    await cloud.http.put(f"{path}/assignee", json={"accountId": None})
    assert (await fields_of(cloud, key))["assignee"] is None
    assert (await cloud.http.put(f"{path}/assignee", json={"accountId": "x"})).status_code == 400
    assert (await cloud.http.put(path, json={})).status_code == 400
    assert (await cloud.http.delete(path)).status_code == 204
    gone = await cloud.http.get(path)
    message = "Issue does not exist or you do not have permission to see it."
    assert (gone.status_code, gone.json()) == (404, {"errorMessages": [message], "errors": {}})
    assert await cloud.create() == "OPS-2"


async def test_transitions_differ_by_status_and_walk_to_done(cloud: JiraUnderTest) -> None:
    key = await cloud.create()
    path = f"/rest/api/2/issue/{key}/transitions"
    seen: list[str] = []
    for name in ("In Progress", "In Review", "Done"):
        offered = (await cloud.http.get(path)).json()["transitions"]
        step = next(one["id"] for one in offered if one["name"] == name)
        assert step not in seen
        seen.append(step)
        moved = await cloud.http.post(path, json={"transition": {"id": step}})
        assert (moved.status_code, moved.content) == (204, b"")
    fields = await fields_of(cloud, key)
    assert (fields["status"]["statusCategory"]["key"], fields["resolution"]["name"]) == ("done", "Done")
    stale = await cloud.http.post(path, json={"transition": {"id": seen[0]}})
    assert (stale.status_code, stale.json()["errorMessages"]) == (
        400,
        ["Transition id '11' is not valid for this issue."],
    )
    assert (await cloud.http.post(path, json={})).status_code == 400
    screenless = {"transition": {"id": "41"}, "fields": {"resolution": {"name": "Done"}}}
    assert "resolution" in (await cloud.http.post(path, json=screenless)).json()["errors"]


async def test_comments_in_both_ways_of_writing(cloud: JiraUnderTest) -> None:
    key = await cloud.create()
    made = await cloud.http.post(f"/rest/api/3/issue/{key}/comment", json={"body": DOCUMENT})
    assert (made.status_code, made.json()["body"]) == (201, DOCUMENT)
    assert (await cloud.http.post(f"/rest/api/3/issue/{key}/comment", json={"body": "plain"})).status_code == 400
    assert (await cloud.http.post(f"/rest/api/2/issue/{key}/comment", json={"body": ""})).status_code == 400
    await cloud.http.post(f"/rest/api/2/issue/{key}/comment", json={"body": "plain"})
    listed = (await cloud.http.get(f"/rest/api/2/issue/{key}/comment")).json()
    assert (listed["total"], listed["comments"][1]["body"]) == (2, "plain")
    assert (await cloud.http.get(f"/rest/api/2/issue/{key}/comment/{made.json()['id']}")).status_code == 200
    assert (await cloud.http.get(f"/rest/api/2/issue/{key}/comment/1")).status_code == 404


async def test_a_link_reads_from_the_inward_issue_to_the_outward_one(cloud: JiraUnderTest) -> None:
    cause, effect = await cloud.create(summary="Cause"), await cloud.create(summary="Effect")
    wish = {"type": {"name": "Blocks"}, "inwardIssue": {"key": cause}, "outwardIssue": {"key": effect}}
    linked = await cloud.http.post("/rest/api/3/issueLink", json=wish)
    assert (linked.status_code, linked.content) == (201, b"")
    (here,) = (await fields_of(cloud, cause))["issuelinks"]
    assert (here["type"]["outward"], here["outwardIssue"]["key"]) == ("blocks", effect)
    (there,) = (await fields_of(cloud, effect))["issuelinks"]
    assert (there["type"]["inward"], there["inwardIssue"]["key"]) == ("is blocked by", cause)
    assert (await cloud.http.post("/rest/api/3/issueLink", json=wish | {"type": {"name": "Eats"}})).status_code == 404
    unknown = wish | {"outwardIssue": {"key": "OPS-99"}}
    assert (await cloud.http.post("/rest/api/3/issueLink", json=unknown)).status_code == 404
    types = (await cloud.http.get("/rest/api/3/issueLinkType")).json()["issueLinkTypes"]
    assert "Relates" in {one["name"] for one in types}


async def test_a_remote_link_with_the_same_global_id_is_changed_not_added(cloud: JiraUnderTest) -> None:
    path = f"/rest/api/3/issue/{await cloud.create()}/remotelink"
    wish = {"globalId": "slack-incident=42", "object": {"url": "https://slack.example/c/1", "title": "#inc-42"}}
    first = await cloud.http.post(path, json=wish)
    again = await cloud.http.post(
        path, json=wish | {"object": {"url": "https://slack.example/c/1", "title": "#inc-42-x"}}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    (link,) = (await cloud.http.get(path)).json()
    assert (link["globalId"], link["object"]["title"]) == ("slack-incident=42", "#inc-42-x")
    assert (await cloud.http.post(path, json={"object": {"url": "https://x.example"}})).status_code == 400


async def test_properties_are_set_read_and_dropped(cloud: JiraUnderTest) -> None:
    path = f"/rest/api/3/issue/{await cloud.create()}/properties"
    assert (await cloud.http.put(f"{path}/daywatch-inc-142", json={"incident": 142})).status_code == 201
    assert (await cloud.http.put(f"{path}/daywatch-inc-142", json={"incident": 143})).status_code == 200
    assert [one["key"] for one in (await cloud.http.get(path)).json()["keys"]] == ["daywatch-inc-142"]
    assert (await cloud.http.get(f"{path}/daywatch-inc-142")).json()["value"] == {"incident": 143}
    assert (await cloud.http.delete(f"{path}/daywatch-inc-142")).status_code == 204
    assert (await cloud.http.get(f"{path}/daywatch-inc-142")).status_code == 404


async def test_cloud_describes_itself_and_its_screens(cloud: JiraUnderTest) -> None:
    async with httpx.AsyncClient(base_url=cloud.http.base_url, trust_env=False) as nobody:
        info = (await nobody.get("/rest/api/2/serverInfo")).json()
        refused = await nobody.get("/rest/api/3/myself")
    assert info["deploymentType"] == "Cloud"
    assert (refused.status_code, refused.json()["errors"]) == (401, {})
    assert (await cloud.http.get("/rest/api/3/myself")).json()["accountId"] == "5b10a2daywatch"
    types = (await cloud.http.get("/rest/api/3/issue/createmeta/OPS/issuetypes")).json()
    assert [one["name"] for one in types["issueTypes"]] == ["Incident", "Task", "Bug", "Change"]
    page = (await cloud.http.get("/rest/api/3/issue/createmeta/OPS/issuetypes/10100?maxResults=4&startAt=8")).json()
    assert ([one["fieldId"] for one in page["fields"]], page["total"]) == (["reporter", "summary"], 10)
    assert (await cloud.http.get("/rest/api/3/project/NOPE")).status_code == 404
    assert {one["id"] for one in (await cloud.http.get("/rest/api/3/field")).json()} >= {"summary", "labels"}


@pytest.mark.parametrize("credentials", [("daywatch@example.com", "wrong"), ("ann@example.com", "api-token")])
async def test_wrong_credentials_are_refused(cloud: JiraUnderTest, credentials: tuple[str, str]) -> None:
    assert (await cloud.http.get("/rest/api/3/myself", auth=credentials)).status_code == 401
    assert (await cloud.http.get("/rest/api/3/issue/OPS-1", auth=credentials)).status_code == 401


async def test_people_are_found_by_mail_unless_mails_are_hidden(cloud: JiraUnderTest) -> None:
    path = "/rest/api/3/user/search?query=kim@example.com"
    assert [one["accountId"] for one in (await cloud.http.get(path)).json()] == ["5b10a2kim"]
    async with running(emails_hidden=True) as shy:
        assert (await shy.http.get(path)).json() == []
        (kim,) = (await shy.http.get("/rest/api/3/user/search?query=kim")).json()
        assert "emailAddress" not in kim


async def test_server_speaks_its_own_dialect(server: JiraUnderTest) -> None:
    assert (await server.http.get("/rest/api/2/serverInfo")).json()["deploymentType"] == "Server"
    assert (await server.http.get("/rest/api/3/myself")).status_code == 404
    assert (await server.http.get("/rest/api/2/myself")).json()["name"] == "daywatch"
    key = await server.create(assignee={"name": "ann"})
    assert (await fields_of(server, key))["assignee"]["key"] == "JIRAUSER-ann"
    assert (await server.http.put(f"/rest/api/2/issue/{key}/assignee", json={"name": "bob"})).status_code == 204
    types = (await server.http.get("/rest/api/2/issue/createmeta/OPS/issuetypes")).json()
    assert (types["isLast"], len(types["values"])) == (True, 4)
    assert (await server.http.get("/rest/api/2/issue/createmeta")).status_code == 404
    found = (await server.http.get("/rest/api/2/user/search?username=bob")).json()
    assert [one["name"] for one in found] == ["bob"]


async def test_the_ticket_page_shows_foreign_text_as_text(cloud: JiraUnderTest) -> None:
    key = await cloud.create(summary="<script>alert(1)</script>", description="<b>bold</b>")
    await cloud.http.post(f"/rest/api/2/issue/{key}/comment", json={"body": "<i>said</i>"})
    trap = {"object": {"url": "javascript:alert(1)", "title": "<u>trap</u>"}}
    await cloud.http.post(f"/rest/api/2/issue/{key}/remotelink", json=trap)
    page = await cloud.http.get(f"/browse/{key}")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for tag in ("<script>", "<b>bold", "<i>", "<u>", 'href="javascript'):
        assert tag not in page.text
    assert "&lt;script&gt;" in page.text
    missing = await cloud.http.get("/browse/OPS-99")
    assert (missing.status_code, "No such ticket" in missing.text) == (404, True)


async def test_bodies_that_are_no_json_or_too_large_are_refused(cloud: JiraUnderTest) -> None:
    assert (await cloud.http.post("/rest/api/3/issue", content=b"{")).status_code == 400
    assert (await cloud.http.post("/rest/api/3/issue", content=b'"' + b"x" * 1_100_000 + b'"')).status_code == 413
    assert (await cloud.http.post("/rest/api/3/issue", json={"fields": []})).status_code == 400


async def test_only_the_description_of_the_server_is_open_to_all(cloud: JiraUnderTest) -> None:
    key = await cloud.create()
    async with httpx.AsyncClient(base_url=cloud.http.base_url, trust_env=False) as nobody:
        for path in (f"/rest/api/3/issue/{key}/properties/serverInfo", "/rest/api/3/issue/serverInfo"):
            assert (await nobody.put(path, json=1)).status_code == 401


async def test_json_that_is_nested_without_end_is_refused(cloud: JiraUnderTest) -> None:
    assert (await cloud.http.post("/rest/api/3/issue", content=b"[" * 200_000)).status_code == 400
