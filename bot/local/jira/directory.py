"""What the Jira site knows from the start: people, issue types, priorities, statuses, the workflow, kinds of link."""

from dataclasses import dataclass
from typing import Final

from bot.local.people import GIL, PEOPLE, LocalPerson


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Anything that is only an id and a name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status and the category that says what it means."""

    id: str
    name: str
    category: str  # new | indeterminate | done


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A step of the workflow. Ids differ per status, as in real workflows."""

    id: str
    to: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in: a person, or the bot's own account."""

    id: str
    name: str  # the user name of Server and Data Center
    title: str
    email: str


TO_DO: Final = Status(id="10000", name="To Do", category="new")
IN_PROGRESS: Final = Status(id="3", name="In Progress", category="indeterminate")
IN_REVIEW: Final = Status(id="10001", name="In Review", category="indeterminate")
DONE: Final = Status(id="10002", name="Done", category="done")
STATUSES: Final = {status.id: status for status in (TO_DO, IN_PROGRESS, IN_REVIEW, DONE)}
CATEGORIES: Final = {"new": (2, "To Do"), "indeterminate": (4, "In Progress"), "done": (3, "Done")}

WORKFLOW: Final = {
    TO_DO.id: (Transition(id="11", to=IN_PROGRESS), Transition(id="12", to=DONE)),
    IN_PROGRESS.id: (
        Transition(id="21", to=IN_REVIEW),
        Transition(id="22", to=DONE),
        Transition(id="23", to=TO_DO),
    ),
    IN_REVIEW.id: (Transition(id="31", to=DONE), Transition(id="32", to=IN_PROGRESS)),
    DONE.id: (Transition(id="41", to=TO_DO), Transition(id="42", to=IN_PROGRESS)),
}

ISSUE_TYPES: Final = {
    one.id: one
    for one in (
        Named(id="10100", name="Incident"),
        Named(id="10101", name="Task"),
        Named(id="10102", name="Bug"),
        Named(id="10103", name="Change"),
    )
}
PRIORITIES: Final = {
    str(rank): Named(id=str(rank), name=name)
    for rank, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), start=1)
}
MEDIUM: Final = PRIORITIES["3"]
RESOLVED_AS: Final = Named(id="10000", name="Done")
LINK_TYPES: Final = {
    one.id: one
    for one in (
        LinkType(id="10000", name="Blocks", inward="is blocked by", outward="blocks"),
        LinkType(id="10001", name="Cloners", inward="is cloned by", outward="clones"),
        LinkType(id="10002", name="Duplicate", inward="is duplicated by", outward="duplicates"),
        LinkType(id="10003", name="Relates", inward="relates to", outward="relates to"),
    )
}
PROJECT_ID: Final = "10200"
ADMINISTRATION: Final = "ADMINISTER_PROJECTS"
PERMISSIONS: Final = (
    "ADMINISTER_PROJECTS",
    "ADD_COMMENTS",
    "ASSIGNABLE_USER",
    "ASSIGN_ISSUES",
    "BROWSE_PROJECTS",
    "CLOSE_ISSUES",
    "CREATE_ATTACHMENTS",
    "CREATE_ISSUES",
    "DELETE_ISSUES",
    "EDIT_ISSUES",
    "LINK_ISSUES",
    "MODIFY_REPORTER",
    "RESOLVE_ISSUES",
    "SCHEDULE_ISSUES",
    "TRANSITION_ISSUES",
)


def account_of(person: LocalPerson) -> Account:
    return Account(id=person.jira, name=person.name, title=person.real_name, email=person.email)


PEOPLE_ACCOUNTS: Final = tuple(account_of(person) for person in PEOPLE if person is not GIL)
AUTOMATION: Final = Account(id="5b10a2daywatch", name="daywatch", title="Daywatch", email="daywatch@example.com")


def accounts(own_email: str) -> dict[str, Account]:
    """Give everybody, with the bot's own account when its e-mail is nobody else's."""
    everybody = list(PEOPLE_ACCOUNTS)
    if own_email not in {one.email for one in everybody}:
        name, title = AUTOMATION.name, AUTOMATION.title
        everybody.append(Account(id=AUTOMATION.id, name=name, title=title, email=own_email))
    return {one.id: one for one in everybody}
