"""Who has access to an organisation, as the access review gets them."""

import pytest

from bot.domain.access import Access, Holder
from bot.domain.capabilities import AccessList
from bot.domain.errors import NotAuthorised
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.github.scripted import GRANTS, KEYS, MEMBERS, OUTSIDERS, SCRIPT, deploy_key, grant, member
from tests.integrations.github.test_adapter import github
from tests.integrations.moment import ago


def server(request: Request) -> Canned:
    """An owner, a member, an outside collaborator; the member has no second factor."""
    asked = (request.line, "".join(request.query.get("filter", request.query.get("role", []))))
    people = {
        (MEMBERS, "admin"): [member()],
        (MEMBERS, "member"): [member("bob", 2)],
        (MEMBERS, "2fa_disabled"): [member("bob", 2)],
        (OUTSIDERS, ""): [member("gil", 3)],
    }
    return told(people[asked]) if asked in people else SCRIPT.replying()(request)


async def test_people_tokens_and_keys_come_with_what_they_may() -> None:
    keys = {KEYS: told([deploy_key(read_only=False, last_used=None)]), GRANTS: told([grant(token_expires_at=None)])}
    async with github(server=lambda one: keys.get(one.line) or server(one)) as ours:
        assert isinstance(ours, AccessList)
        found = await ours.access()
    assert found.unread == []
    seen = {one.principal: one for one in found.access}
    assert {name: (one.role, one.holder, one.strong, one.note) for name, one in seen.items()} == {
        "ana": ("owner of acme", Holder.PERSON, True, ""),
        "bob": ("member of acme", Holder.PERSON, False, "no second factor"),
        "gil": ("outside collaborator of acme", Holder.GUEST, False, ""),
        "token 25381": ("what ana may in acme", Holder.KEY, False, "has no end"),
        "deploy key 55": ("write to acme/shop", Holder.KEY, False, ""),
    }
    assert {one.system for one in found.access} == {"GitHub"}
    assert seen["token 25381"].title == "ci-helper"


@pytest.mark.parametrize(
    ("line", "words", "gone"),
    [
        (GRANTS, "Personal access tokens: read", "token 25381"),
        (KEYS, "Administration: read", "deploy key 55"),
        (OUTSIDERS, "Members: read", "gil"),
    ],
)
async def test_a_part_that_cannot_be_read_is_told_and_hides_no_other(line: str, words: str, gone: str) -> None:
    async with github(server=lambda one: told({}, 403) if one.line == line else server(one)) as ours:
        found = await ours.access()
    assert words in " ".join(found.unread)
    assert {one.principal for one in found.access} == {"ana", "bob", "gil", "token 25381", "deploy key 55"} - {gone}


async def test_second_factors_that_are_not_told_are_unread_and_those_not_wanted_are_not_asked() -> None:
    def refusing(one: Request) -> Canned:
        return told({"message": "Only owners can use this filter"}, 422) if "filter" in one.query else server(one)

    async with github(server=refusing) as ours:
        found = await ours.access()
    assert ("GITHUB_OWNER_TOKEN" in found.unread[0], len(found.unread), len(found.access)) == (True, 1, 5)
    async with github(server=refusing, review=("owners",)) as ours:
        found = await ours.access()
    assert (found.unread, {one.principal for one in found.access}) == ([], {"ana", "bob"})


async def test_an_organisation_without_an_owner_is_not_the_whole() -> None:
    async with github(server=lambda one: told([])) as ours:
        assert "shows no owner of acme" in (await ours.access()).unread[0]


async def test_where_nothing_is_told_it_fails_and_where_nothing_is_asked_for_there_is_nothing() -> None:
    async with github(server=lambda one: told({}, 401)) as ours:
        with pytest.raises(NotAuthorised):
            await ours.access()
    async with github(orgs=()) as ours:
        found = await ours.access()
    nothing: list[Access] = []
    assert (found.access, found.unread) == (nothing, [])


async def test_when_it_was_used_and_ends_is_told() -> None:
    used = {GRANTS: told([grant(token_expired=True)]), KEYS: told([deploy_key(last_used=ago(days=1))])}
    async with github(server=lambda one: used.get(one.line) or server(one)) as ours:
        seen = {one.principal: one for one in (await ours.access()).access}
    assert (seen["token 25381"].note, seen["deploy key 55"].role) == ("expired", "read acme/shop")
    assert None not in (seen["token 25381"].expires, seen["token 25381"].last_used, seen["deploy key 55"].last_used)
