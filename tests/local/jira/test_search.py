"""Searching in Jira: both ways of paging, bounded queries, the lag of the index, and the JQL that is spoken."""

import pytest

from tests.local.jira.conftest import JiraUnderTest, running


def keys(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["key"] for one in found["issues"]]


async def test_cloud_pages_by_token_and_never_says_a_total(cloud: JiraUnderTest) -> None:
    for number in range(5):
        await cloud.create(summary=f"Issue {number}")
    first = await cloud.find("project = OPS ORDER BY key ASC", maxResults=3)
    assert (keys(first), first["isLast"], "total" in first) == (["OPS-1", "OPS-2", "OPS-3"], False, False)
    token = first["nextPageToken"]
    last = await cloud.find("project = OPS ORDER BY key ASC", maxResults=3, nextPageToken=token)
    assert (keys(last), last["isLast"], "nextPageToken" in last) == (["OPS-4", "OPS-5"], True, False)
    other = {"jql": "labels = x", "nextPageToken": token}
    assert (await cloud.http.post("/rest/api/3/search/jql", json=other)).status_code == 400
    cloud.clock.forward(days=8)
    stale = {"jql": "project = OPS ORDER BY key ASC", "nextPageToken": token}
    assert (await cloud.http.post("/rest/api/3/search/jql", json=stale)).status_code == 400


async def test_cloud_gives_ids_only_unless_fields_are_named(cloud: JiraUnderTest) -> None:
    await cloud.create()
    bare = (await cloud.http.get("/rest/api/3/search/jql", params={"jql": "project = OPS"})).json()
    assert bare == {"issues": [{"id": "10001"}], "isLast": True}
    named = {"jql": "project = OPS", "fields": "summary,status"}
    (issue,) = (await cloud.http.get("/rest/api/3/search/jql", params=named)).json()["issues"]
    assert set(issue["fields"]) == {"summary", "status"}
    but_one = await cloud.find("project = OPS", fields=["*all", "-comment"])
    assert "comment" not in but_one["issues"][0]["fields"]
    assert "description" in but_one["issues"][0]["fields"]


async def test_cloud_refuses_unbounded_queries_and_the_removed_search(cloud: JiraUnderTest) -> None:
    unbounded = await cloud.http.post("/rest/api/3/search/jql", json={"jql": "order by created"})
    assert unbounded.status_code == 400
    assert unbounded.json()["errorMessages"][0].startswith("Unbounded JQL queries are not allowed here.")
    for method in ("GET", "POST"):
        gone = await cloud.http.request(method, "/rest/api/3/search", json={"jql": "project = OPS"})
        assert gone.status_code == 410
    for wrong in ({"startAt": 5}, {"expand": ["names"]}, {"maxResults": "many"}, {"fields": {"summary": True}}):
        answer = await cloud.http.post("/rest/api/3/search/jql", json={"jql": "project = OPS"} | wrong)
        assert answer.status_code == 400


async def test_a_count_is_given_for_bounded_queries(cloud: JiraUnderTest) -> None:
    await cloud.create(labels=["a"])
    await cloud.create()
    path = "/rest/api/3/search/approximate-count"
    assert (await cloud.http.post(path, json={"jql": "labels = a"})).json() == {"count": 1}
    assert (await cloud.http.post(path, json={"jql": ""})).status_code == 400


async def test_a_just_made_issue_is_missing_until_the_index_has_it() -> None:
    async with running(index_lag=3.0) as cloud:
        await cloud.create()
        assert (await cloud.find("project = OPS"))["issues"] == []
        assert keys(await cloud.find("project = OPS", reconcileIssues=[10001])) == ["OPS-1"]
        assert (await cloud.http.get("/rest/api/3/issue/OPS-1")).status_code == 200
        too_many = {"jql": "project = OPS", "reconcileIssues": list(range(51))}
        assert (await cloud.http.post("/rest/api/3/search/jql", json=too_many)).status_code == 400
        cloud.clock.forward(seconds=3)
        assert keys(await cloud.find("project = OPS")) == ["OPS-1"]


async def test_server_pages_by_number_and_counts(server: JiraUnderTest) -> None:
    for _ in range(3):
        await server.create()
    asked = {"jql": "ORDER BY key ASC", "startAt": 1, "maxResults": 1, "fields": ["summary"]}
    found = (await server.http.post("/rest/api/2/search", json=asked)).json()
    assert (keys(found), found["startAt"], found["maxResults"], found["total"]) == (["OPS-2"], 1, 1, 3)
    by_get = (await server.http.get("/rest/api/2/search", params={"jql": "key in (OPS-1, OPS-3)"})).json()
    assert keys(by_get) == ["OPS-3", "OPS-1"]
    assert (await server.http.post("/rest/api/2/search/jql", json={"jql": "project = OPS"})).status_code == 404


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ("project = OPS", "321"),
        ('project = "Operations" AND issuetype = Task', "2"),
        ("labels = INC-1", "1"),
        ('labels in ("INC-1", postmortem) ORDER BY key', "12"),
        ("labels not in (INC-1)", "32"),
        ('labels = "with \\"quote\\" and \\\\"', "3"),
        ("key = ops-2", "2"),
        ("issuekey in (OPS-1, OPS-3) order by key desc", "31"),
        ("id = 10002", "2"),
        ("status = 'In Progress'", "2"),
        ("statusCategory != Done", "321"),
        ('statusCategory in (new, "In Progress") and status != "to do"', "2"),
        ("type = Bug OR type = Task", "32"),
        ("NOT (type = Bug OR type = Task)", "1"),
        ("assignee is EMPTY", "31"),
        ("assignee = 5b10a2ann or reporter = currentUser() and labels = INC-1", "21"),
        ("priority = High", "1"),
        ("created >= -1d", "32"),
        ("created < '2026-03-03'", "1"),
        ("created >= startOfDay() AND created <= now()", "32"),
        ("duedate < 2026-03-05", "2"),
        ("due is not EMPTY", "2"),
        ('updated > "2026/03/03 00:00"', "32"),
        ("summary ~ checkout", "1"),
        ('text ~ "found in description"', "2"),
        ("project = OPS ORDER BY priority DESC, key ASC", "123"),
        ("project = OPS ORDER BY duedate", "231"),
    ],
)
async def test_the_jql_that_is_spoken(jql: str, expected: str) -> None:
    async with running() as cloud:
        await cloud.create(summary="Checkout errors", labels=["INC-1"], priority={"name": "High"})
        cloud.clock.forward(days=2)
        task: dict[str, object] = {"issuetype": {"name": "Task"}, "labels": ["postmortem"], "duedate": "2026-03-04"}
        await cloud.create(
            2, summary="Two", description="Found in Description", assignee={"accountId": "5b10a2ann"}, **task
        )
        await cloud.http.post("/rest/api/2/issue/OPS-2/transitions", json={"transition": {"id": "11"}})
        await cloud.create(summary="Three", issuetype={"name": "Bug"})
        # No API can make such a label; the quoting rules must hold all the same.
        cloud.site.tracker.edit(cloud.site.tracker.issues()[2], {"labels": ('with "quote" and \\',)}, "5b10a2ann")
        found = keys(await cloud.find(jql, maxResults=10))
        assert "".join(key.removeprefix("OPS-") for key in found) == expected


@pytest.mark.parametrize(
    ("jql", "words"),
    [
        ("sprint = 5", "Field 'sprint' does not exist or you do not have permission to view it."),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Flying", "The value 'Flying' does not exist for the field 'status'."),
        ("key = OPS-99", "An issue with key 'OPS-99' does not exist for field 'key'."),
        ("summary = exact", "The operator '=' is not supported by the 'summary' field."),
        ("labels > x", "The operator '>' is not supported by the 'labels' field."),
        ("created ~ x", "The operator '~' is not supported by the 'created' field."),
        ("created > tomorrow", "Date value 'tomorrow' for field 'created' is invalid."),
        ("created > " + "99999w" * 6, "Date value"),
        ("created > endOfYear()", "Unable to find JQL function 'endOfYear()'."),
        ("labels", "Expecting an operator before the end of the query."),
        ("labels =", "Expecting a value before the end of the query."),
        ("labels was x", "Expecting operator but got 'was'."),
        ("labels = a b", "Expecting either 'OR' or 'AND' but got 'b'."),
        ("labels in (a, b", "Expecting ')' but got the end of the query."),
        ("labels = ,", "Expecting either a value, list or function but got ','."),
        ("labels is 5", "Expecting 'EMPTY' or 'NULL'"),
        ('labels = "open', "is not expected here"),
        ("project = OPS ORDER BY Rank", "Not able to sort using field 'Rank'."),
        ("NOT " * 2000 + "labels = x", "nested too deeply"),
        ("labels = " + "x" * 10_001, "too long"),
    ],
)
async def test_what_is_not_spoken_is_refused_in_jiras_words(jql: str, words: str) -> None:
    async with running() as cloud:
        await cloud.create()
        answer = await cloud.http.post("/rest/api/3/search/jql", json={"jql": jql})
        assert answer.status_code == 400
        assert words in answer.json()["errorMessages"][0]
