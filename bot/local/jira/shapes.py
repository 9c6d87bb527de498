"""How Jira shows things: issues, people, comments, links; text as strings in v2 and as documents in v3."""

from dataclasses import dataclass
from typing import Final

from bot.local.jira.config import JiraConfig
from bot.local.jira.directory import (
    CATEGORIES,
    ISSUE_TYPES,
    LINK_TYPES,
    PRIORITIES,
    PROJECT_ID,
    RESOLVED_AS,
    Account,
    LinkType,
    Named,
    Status,
    accounts,
)
from bot.local.jira.issue import Issue
from bot.local.jira.text import Rich, as_document, as_text
from bot.local.keep import Document

FIELD_NAMES: Final = {
    "assignee": "Assignee",
    "comment": "Comment",
    "created": "Created",
    "creator": "Creator",
    "description": "Description",
    "duedate": "Due date",
    "environment": "Environment",
    "issuelinks": "Linked Issues",
    "issuetype": "Issue Type",
    "labels": "Labels",
    "priority": "Priority",
    "project": "Project",
    "reporter": "Reporter",
    "resolution": "Resolution",
    "resolutiondate": "Resolved",
    "status": "Status",
    "summary": "Summary",
    "updated": "Updated",
}


@dataclass(frozen=True, slots=True)
class Shapes:
    """Draws what is remembered as this flavour of Jira would."""

    config: JiraConfig

    def address(self, path: str, version: int = 2) -> str:
        return f"{self.config.base_url}/rest/api/{version}/{path}"

    def user(self, account: str | None) -> Document | None:
        found = accounts(self.config.email).get(account) if account else None
        return self.account(found) if found else None

    def account(self, account: Account) -> Document:
        shared = {"displayName": account.title, "active": True, "timeZone": "Etc/UTC"}
        if self.config.cloud:
            email = {} if self.config.emails_hidden else {"emailAddress": account.email}
            link = self.address(f"user?accountId={account.id}")
            return {"self": link, "accountId": account.id, "accountType": "atlassian"} | email | shared
        link = self.address(f"user?username={account.name}")
        key = f"JIRAUSER-{account.name}"
        return {"self": link, "name": account.name, "key": key, "emailAddress": account.email} | shared

    def named(self, kind: str, named: Named) -> Document:
        return {"self": self.address(f"{kind}/{named.id}"), "id": named.id, "name": named.name}

    def issue_type(self, identity: str) -> Document:
        return self.named("issuetype", ISSUE_TYPES[identity]) | {"description": "", "subtask": False}

    def status(self, status: Status) -> Document:
        number, name = CATEGORIES[status.category]
        category = {
            "self": self.address(f"statuscategory/{number}"),
            "id": number,
            "key": status.category,
            "name": name,
            "colorName": {"new": "blue-gray", "indeterminate": "yellow", "done": "green"}[status.category],
        }
        link = self.address(f"status/{status.id}")
        return {"self": link, "id": status.id, "name": status.name, "description": "", "statusCategory": category}

    def project(self) -> Document:
        key = self.config.project
        return {
            "self": self.address(f"project/{PROJECT_ID}"),
            "id": PROJECT_ID,
            "key": key,
            "name": "Operations",
            "projectTypeKey": "software",
        }

    def link_type(self, kind: LinkType) -> Document:
        link = self.address(f"issueLinkType/{kind.id}")
        return {"id": kind.id, "name": kind.name, "inward": kind.inward, "outward": kind.outward, "self": link}

    def rich(self, value: Rich, version: int) -> Rich:
        return as_document(value) if version == 3 else as_text(value)

    def comment(self, comment: Document, version: int) -> Document:
        path = f"issue/{comment['issue']}/comment/{comment['id']}"
        return {
            "self": self.address(path, version),
            "id": comment["id"],
            "author": self.user(comment["author"]),
            "body": self.rich(comment["body"], version),
            "updateAuthor": self.user(comment["author"]),
            "created": comment["created"],
            "updated": comment["updated"],
        }

    def reference(self, issue: Issue, version: int) -> Document:
        return {"id": issue.id, "key": issue.key, "self": self.address(f"issue/{issue.id}", version)}

    def linked(self, issue: Issue, version: int) -> Document:
        """Draw an issue at the other end of a link: a few of its fields."""
        fields = {
            "summary": issue.summary,
            "status": self.status(issue.state),
            "priority": self.named("priority", PRIORITIES[issue.priority]),
            "issuetype": self.issue_type(issue.type),
        }
        return self.reference(issue, version) | {"fields": fields}

    def link(self, link: Document, here: Issue, there: Issue, version: int) -> Document:
        """Draw a link as it shows on `here`; the other issue stands under the direction it has from here."""
        direction = "outwardIssue" if link["inward"] == here.id else "inwardIssue"
        return {
            "id": link["id"],
            "self": self.address(f"issueLink/{link['id']}", version),
            "type": self.link_type(LINK_TYPES[link["type"]]),
            direction: self.linked(there, version),
        }

    def fields(self, issue: Issue, version: int) -> Document:
        """Draw all fields that an issue has of itself; comments and links are added by whoever knows them."""
        return {
            "summary": issue.summary,
            "status": self.status(issue.state),
            "issuetype": self.issue_type(issue.type),
            "project": self.project(),
            "labels": list(issue.labels),
            "priority": self.named("priority", PRIORITIES[issue.priority]),
            "assignee": self.user(issue.assignee),
            "reporter": self.user(issue.reporter),
            "creator": self.user(issue.reporter),
            "created": issue.created,
            "updated": issue.updated,
            "duedate": issue.duedate,
            "resolution": self.named("resolution", RESOLVED_AS) if issue.resolutiondate else None,
            "resolutiondate": issue.resolutiondate,
            "description": self.rich(issue.description, version),
            "environment": self.rich(issue.environment, version),
        }
