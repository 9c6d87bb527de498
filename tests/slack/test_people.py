"""People from memory: roles from the settings, guests never more than viewers, nobody waited for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.access import Holder
from bot.domain.errors import Unavailable
from bot.domain.person import Role
from bot.domain.plan import Permissions
from bot.slack.access import WorkspaceAccess
from bot.slack.people import People

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
GIVEN = Permissions(responder=("@oncall",), operator=("@sre", "U0KIM"), admin=("U0ANN",))


def member(user: str, name: str, **more: Any) -> dict[str, Any]:
    profile = {"display_name": name, "email": f"{name.split(' ', maxsplit=1)[0].lower()}@example.com"}
    return {"id": user, "team_id": "T0ACME", "name": name.lower(), "profile": profile, "tz": "Europe/Berlin"} | more


class Workspace:
    """Answers as Slack does, a page at a time."""

    def __init__(self, *members: dict[str, Any], groups: tuple[dict[str, Any], ...] = ()) -> None:
        self.members = list(members)
        self.groups = list(groups)
        self.calls: list[str] = []
        self.down: list[Exception] = []

    async def __call__(self, method: str, **args: Any) -> Mapping[str, Any]:
        self.calls.append(method)
        if self.down:
            raise self.down.pop(0)
        if method == "users.list":
            start = int(args.get("cursor") or 0)
            more = str(start + 2) if start + 2 < len(self.members) else ""
            return {"members": self.members[start : start + 2], "response_metadata": {"next_cursor": more}}
        if method == "usergroups.list":
            return {"usergroups": self.groups}
        found = [one for one in self.members if one["id"] == args["user"]]
        return {"user": found[0]} if found else {}


ONCALL = {"id": "S1", "handle": "oncall", "users": ["U0BOB"]}
SRE = {"id": "S2", "handle": "sre", "users": ["U0EVE", "U0GIL"]}
EVERYBODY = (
    member("U0ANN", "Ann"),
    member("U0BOB", "Bob"),
    member("U0KIM", "Kim"),
    member("U0EVE", "Eve Adams"),
    member("U0SAM", "Sam"),
    member("U0GIL", "Gil", is_restricted=True),
    member("U0OUT", "Olga", team_id="T0OTHER"),
    member("U0EX", "Max", deleted=True),
    member("U0ROBOT", "Robot", is_bot=True),
)


async def remembered(permissions: Permissions = GIVEN) -> People:
    people = People(Workspace(*EVERYBODY, groups=(ONCALL, SRE)), lambda: permissions, "T0ACME")
    await people.refresh(AT)
    return people


def role(people: People, user: str) -> Role:
    known = people.known(user)
    assert known is not None
    return known.role


async def test_roles_come_from_ids_and_groups_and_the_highest_counts() -> None:
    people = await remembered()
    assert [role(people, f"U0{name}") for name in ("ANN", "BOB", "KIM", "EVE", "SAM")] == [
        Role.ADMIN,
        Role.RESPONDER,
        Role.OPERATOR,
        Role.OPERATOR,
        Role.VIEWER,
    ]
    assert people.as_of == AT


async def test_guests_outsiders_the_departed_and_bots_are_never_more_than_viewers() -> None:
    everybody = Permissions(admin=("U0GIL", "U0OUT", "U0EX", "U0ROBOT"))
    for permissions in (everybody, Permissions(), GIVEN):
        people = await remembered(permissions)
        assert {role(people, user) for user in ("U0GIL", "U0OUT", "U0EX", "U0ROBOT")} == {Role.VIEWER}


async def test_without_permissions_full_members_are_responders_and_nobody_is_more() -> None:
    people = await remembered(Permissions())
    assert {role(people, user) for user in ("U0ANN", "U0BOB", "U0SAM")} == {Role.RESPONDER}
    assert [one.name for one in people.having(Role.OPERATOR)] == []


async def test_who_has_a_role_is_told_by_name() -> None:
    people = await remembered()
    assert [one.name for one in people.having(Role.OPERATOR)] == ["Ann", "Eve Adams", "Kim"]


async def test_an_event_changes_a_group_at_once() -> None:
    people = await remembered()
    people.remember_group({"id": "S1", "handle": "oncall", "users": ["U0SAM"]})
    assert (role(people, "U0BOB"), role(people, "U0SAM")) == (Role.VIEWER, Role.RESPONDER)
    people.change_members("S1", ["U0BOB"], ["U0SAM"])
    assert (role(people, "U0BOB"), role(people, "U0SAM")) == (Role.RESPONDER, Role.VIEWER)


async def test_an_event_without_members_leaves_them_who_they_were() -> None:
    people = await remembered()
    people.remember_group({"id": "S1", "handle": "oncall", "name": "On call"})
    assert role(people, "U0BOB") is Role.RESPONDER


async def test_a_renamed_or_disabled_group_gives_no_role_under_its_old_name() -> None:
    people = await remembered()
    people.remember_group({"id": "S1", "handle": "retired", "users": ["U0BOB"]})
    assert role(people, "U0BOB") is Role.VIEWER
    people.remember_group({"id": "S2", "handle": "sre", "date_delete": 1795400000, "users": ["U0EVE"]})
    assert role(people, "U0EVE") is Role.VIEWER


async def test_a_person_who_leaves_loses_the_role_by_event() -> None:
    people = await remembered()
    people.remember(member("U0ANN", "Ann", deleted=True))
    assert role(people, "U0ANN") is Role.VIEWER


async def test_somebody_unknown_is_looked_up_and_else_a_viewer() -> None:
    slack = Workspace(member("U0NEW", "Nia"))
    people = People(slack, Permissions, "T0ACME")
    assert people.known("U0NEW") is None
    assert (await people.look_up("U0NEW")).role is Role.RESPONDER
    assert (await people.look_up("U0NOBODY")).role is Role.VIEWER
    slack.down = [Unavailable("down")]
    assert (await people.look_up("U0OTHER")).name == "U0OTHER"


async def test_a_group_that_was_disabled_gives_nothing_any_more() -> None:
    """Its event may have been missed; it is just not listed any more."""
    workspace = Workspace(*EVERYBODY, groups=(ONCALL, SRE))
    people = People(workspace, lambda: GIVEN, "T0ACME")
    await people.refresh(AT)
    assert role(people, "U0EVE") is Role.OPERATOR
    workspace.groups = [ONCALL]
    await people.refresh(AT)
    assert (role(people, "U0EVE"), role(people, "U0BOB")) == (Role.VIEWER, Role.RESPONDER)


async def test_a_refresh_that_fails_forgets_nobody() -> None:
    slack = Workspace(*EVERYBODY, groups=(ONCALL, SRE))
    people = People(slack, lambda: GIVEN, "T0ACME")
    await people.refresh(AT)
    slack.down = [Unavailable("down")]
    with pytest.raises(Unavailable):
        await people.refresh(AT)
    assert role(people, "U0BOB") is Role.RESPONDER


async def test_people_are_found_by_mail_and_by_a_name_that_is_theirs_alone() -> None:
    people = await remembered()
    assert (people.by_email("EVE@example.com") or people.stranger("?")).id == "U0EVE"
    assert (people.by_name("@eve") or people.stranger("?")).id == "U0EVE"
    assert people.by_name("@nobody") is None
    people.remember(member("U0EVE2", "Eve Other"))
    assert people.by_name("@eve") is None
    assert (people.name("U0BOB"), people.name("U0X"), people.name(None)) == ("Bob", "U0X", "nobody")


async def test_a_payload_of_nobody_asks_nothing() -> None:
    workspace = Workspace(*EVERYBODY)
    people = People(workspace, lambda: GIVEN, "T0ACME")
    assert (await people.look_up("")).role is Role.VIEWER
    assert workspace.calls == []


async def test_who_may_do_much_or_is_from_outside_is_told_for_the_access_review() -> None:
    workspace = Workspace(
        member("U0ANN", "Ann", is_owner=True, is_admin=True, has_2fa=True),
        member("U0EVA", "Eva", is_primary_owner=True, is_owner=True, is_admin=True),
        member("U0KIM", "Kim", is_admin=True, has_2fa=False),
        member("U0BOB", "Bob"),
        member("U0SAM", "Sam", has_2fa=False),
        member("U0GIL", "Gil", is_restricted=True),
        member("U0ONE", "Uno", is_restricted=True, is_ultra_restricted=True),
        member("U0EX", "Max", is_admin=True, deleted=True),
        member("U0ROBOT", "Robot", is_bot=True, is_admin=True),
        member("USLACKBOT", "Slackbot"),
    )
    found = await WorkspaceAccess(People(workspace, Permissions, "T0ACME")).access()
    assert found.unread == ()
    assert [(one.title, one.role, one.holder, one.strong, one.note) for one in found.access] == [
        ("ann", "owner", Holder.PERSON, True, ""),
        ("eva", "primary owner", Holder.PERSON, True, ""),
        ("kim", "admin", Holder.PERSON, True, "no second factor"),
        ("sam", "member", Holder.PERSON, False, "no second factor"),
        ("gil", "guest", Holder.GUEST, False, ""),
        ("uno", "guest of one channel", Holder.GUEST, False, ""),
    ]
    assert (found.access[0].person, found.access[0].email) == ("U0ANN", "ann@example.com")


async def test_a_workspace_that_does_not_answer_is_not_an_empty_one() -> None:
    workspace = Workspace(*EVERYBODY)
    workspace.down = [Unavailable("Slack does not answer")]
    with pytest.raises(Unavailable):
        await WorkspaceAccess(People(workspace, Permissions, "T0ACME")).access()
