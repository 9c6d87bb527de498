"""What can be done in the Jira stand-in; each act is remembered at once and announced by webhook."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.local.jira.directory import DONE, ISSUE_TYPES, PRIORITIES, Transition, accounts
from bot.local.jira.issue import Issue, Now, stamp
from bot.local.jira.shapes import Shapes
from bot.local.jira.text import Rich, as_text
from bot.local.keep import Document, Keep

Announce = Callable[[str, str, Document], None]  # event, issue key, what else the body says

_ISSUE: Final = "jira.issue"
_COMMENT: Final = "jira.comment"
_LINK: Final = "jira.link"
_REMOTE: Final = "jira.remotelink"
_PROPERTY: Final = "jira.property"
_COUNTER: Final = "jira.counter"


@dataclass(slots=True)
class Tracker:
    """The issues of one project, with their comments, links and properties."""

    keep: Keep
    shapes: Shapes
    announce: Announce
    now: Now

    def issue(self, id_or_key: str) -> Issue | None:
        found = self.keep.get(_ISSUE, id_or_key.upper())
        if found is not None:
            return Issue.from_document(found)
        return next((one for one in self.issues() if one.id == id_or_key), None)

    def issues(self) -> tuple[Issue, ...]:
        return tuple(Issue.from_document(document) for document in self.keep.all(_ISSUE).values())

    def create(self, fields: Mapping[str, Any], by: str) -> Issue:
        number = self._next("issue")
        at = stamp(self.now())
        key = f"{self.shapes.config.project}-{number}"
        issue = Issue(id=str(10_000 + number), key=key, created=at, updated=at, **{"reporter": by} | dict(fields))
        self._save(issue)
        self._tell("jira:issue_created", "issue_created", issue, by, [])
        return issue

    def edit(self, issue: Issue, fields: Mapping[str, Any], by: str) -> Issue:
        """Change fields; an edit that changes nothing is not announced."""
        changed = replace(issue, **fields)
        items = [self._item(name, issue, changed) for name in fields if getattr(issue, name) != getattr(changed, name)]
        if not items:
            return issue
        changed = self._save(replace(changed, updated=stamp(self.now())))
        kind = "issue_assigned" if set(fields) == {"assignee"} else "issue_updated"
        self._tell("jira:issue_updated", kind, changed, by, items)
        return changed

    def move(self, issue: Issue, transition: Transition, by: str) -> Issue:
        at = stamp(self.now())
        resolved = at if transition.to == DONE else None
        moved = self._save(replace(issue, status=transition.to.id, resolutiondate=resolved, updated=at))
        items = [self._item("status", issue, moved)]
        if bool(issue.resolutiondate) != bool(resolved):
            before, after = (None, "Done") if resolved else ("Done", None)
            items.append(_change("resolution", before, before, after, after))
        self._tell("jira:issue_updated", "issue_generic", moved, by, items)
        return moved

    def delete(self, issue: Issue, by: str) -> None:
        self._tell("jira:issue_deleted", "issue_deleted", issue, by, [])
        for kind in (_COMMENT, _REMOTE, _PROPERTY):
            for key, part in self.keep.all(kind).items():
                if part["issue"] == issue.id:
                    self.keep.drop(kind, key)
        for key, link in self.keep.all(_LINK).items():
            if issue.id in {link["inward"], link["outward"]}:
                self.keep.drop(_LINK, key)
        self.keep.drop(_ISSUE, issue.key)

    def comment(self, issue: Issue, body: Rich, by: str) -> Document:
        at = stamp(self.now())
        identity = str(20_000 + self._next("comment"))
        kept = {"id": identity, "issue": issue.id, "body": body, "author": by, "created": at, "updated": at}
        self.keep.put(_COMMENT, identity, kept)
        touched = self._save(replace(issue, updated=at))
        brief = self.shapes.linked(touched, 2)
        said = {"comment": self.shapes.comment(kept, 2), "issue": brief, "eventType": "primaryAction"}
        self.announce("comment_created", issue.key, said)
        return kept

    def comments(self, issue: Issue) -> list[Document]:
        return [one for one in self.keep.all(_COMMENT).values() if one["issue"] == issue.id]

    def link(self, kind: str, inward: Issue, outward: Issue) -> None:
        """Link two issues; the same link again is no second link."""
        wanted = {"type": kind, "inward": inward.id, "outward": outward.id}
        if any(wanted.items() <= known.items() for known in self.keep.all(_LINK).values()):
            return
        identity = str(30_000 + self._next("link"))
        self.keep.put(_LINK, identity, {"id": identity} | wanted)

    def links(self, issue: Issue) -> list[tuple[Document, Issue]]:
        found = []
        for link in self.keep.all(_LINK).values():
            ends = (link["inward"], link["outward"])
            if issue.id in ends:
                other = self.issue(ends[1] if ends[0] == issue.id else ends[0])
                if other is not None:
                    found.append((link, other))
        return found

    def remote_link(self, issue: Issue, given: Document) -> tuple[Document, bool]:
        """Add a link to something outside; the same `globalId` changes the one that is there. True: it is new."""
        wanted = given.get("globalId")
        known = next((one for one in self.remote_links(issue) if wanted and one["globalId"] == wanted), None)
        identity = known["id"] if known else 40_000 + self._next("remotelink")
        kept = {"id": identity, "issue": issue.id, "globalId": wanted, "given": given}
        self.keep.put(_REMOTE, str(identity), kept)
        return kept, known is None

    def remote_links(self, issue: Issue) -> list[Document]:
        return [one for one in self.keep.all(_REMOTE).values() if one["issue"] == issue.id]

    def set_property(self, issue: Issue, name: str, value: object) -> bool:
        """Set a property; True: it is new."""
        key = f"{issue.id}/{name}"
        new = self.keep.get(_PROPERTY, key) is None
        self.keep.put(_PROPERTY, key, {"issue": issue.id, "name": name, "value": value})
        return new

    def drop_property(self, issue: Issue, name: str) -> None:
        self.keep.drop(_PROPERTY, f"{issue.id}/{name}")

    def properties(self, issue: Issue) -> dict[str, Any]:
        return {one["name"]: one["value"] for one in self.keep.all(_PROPERTY).values() if one["issue"] == issue.id}

    def full(self, issue: Issue, version: int) -> Document:
        """Draw an issue with every field it has."""
        links = [self.shapes.link(link, issue, other, version) for link, other in self.links(issue)]
        comments = [self.shapes.comment(comment, version) for comment in self.comments(issue)]
        counted = {"comments": comments, "maxResults": len(comments), "total": len(comments), "startAt": 0}
        fields = self.shapes.fields(issue, version) | {"issuelinks": links, "comment": counted}
        return {"expand": "operations,editmeta,changelog"} | self.shapes.reference(issue, version) | {"fields": fields}

    def _save(self, issue: Issue) -> Issue:
        self.keep.put(_ISSUE, issue.key, issue.document())
        return issue

    def _next(self, what: str) -> int:
        counted = self.keep.get(_COUNTER, what) or {"last": 0}
        number = int(counted["last"]) + 1
        self.keep.put(_COUNTER, what, {"last": number})
        return number

    def _tell(self, event: str, kind: str, issue: Issue, by: str, items: list[Document]) -> None:
        issue_shape = self.shapes.reference(issue, 2) | {"fields": self.shapes.fields(issue, 2)}
        said: Document = {"issue_event_type_name": kind, "user": self.shapes.user(by), "issue": issue_shape}
        if items:
            said["changelog"] = {"id": str(50_000 + self._next("changelog")), "items": items}
        self.announce(event, issue.key, said)

    def _item(self, name: str, before: Issue, after: Issue) -> Document:
        return _change(name, *self._worded(name, before), *self._worded(name, after))

    def _worded(self, name: str, issue: Issue) -> tuple[str | None, str | None]:
        """Give a field's value for a changelog: its id, and what a person reads."""
        match name:
            case "status":
                return issue.status, issue.state.name
            case "priority":
                return issue.priority, PRIORITIES[issue.priority].name
            case "type":
                return issue.type, ISSUE_TYPES[issue.type].name
            case "assignee" | "reporter":
                account = accounts(self.shapes.config.email).get(getattr(issue, name) or "")
                return (account.id, account.title) if account else (None, None)
            case "labels":
                return None, " ".join(issue.labels)
            case _:
                return None, as_text(getattr(issue, name))


def _change(
    name: str, before: str | None, before_text: str | None, after: str | None, after_text: str | None
) -> Document:
    field = "issuetype" if name == "type" else name
    return {
        "field": field,
        "fieldtype": "jira",
        "fieldId": field,
        "from": before,
        "fromString": before_text,
        "to": after,
        "toString": after_text,
    }
