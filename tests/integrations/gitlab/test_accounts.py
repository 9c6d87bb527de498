"""Who has access to a group and its projects, as the access review gets them."""

import pytest

from bot.domain.access import Access, Holder
from bot.domain.capabilities import AccessList
from bot.domain.errors import NotAuthorised
from tests.integrations.contract.server import Canned, told
from tests.integrations.gitlab.scripted import (
    GROUP_TOKENS,
    INSIDE,
    KEYS,
    MEMBERS,
    PROJECT_TOKENS,
    day,
    deploy_key,
    member,
    token,
)
from tests.integrations.gitlab.test_adapter import gitlab

WHOLE = {
    MEMBERS: told([member(), member("bob", 2, 30, expires_at=day(days=9)), member("bob", 2, 20)]),
    INSIDE: told([member("bob", 2, 40), member("gil", 9, 77), member("project_12_bot_9c", 71, 30)]),
    GROUP_TOKENS: told([token(expires_at=None)]),
    KEYS: told([deploy_key(can_push=True)]),
}


async def test_people_tokens_and_keys_come_with_what_they_may() -> None:
    async with gitlab(WHOLE) as ours:
        assert isinstance(ours, AccessList)
        found = await ours.access()
    assert found.unread == []
    seen = {(one.principal, one.role): (one.holder, one.strong, one.note) for one in found.access}
    assert seen == {
        ("ana", "owner of acme"): (Holder.PERSON, True, ""),
        ("bob", "developer of acme"): (Holder.PERSON, False, ""),
        ("bob", "maintainer of acme/shop"): (Holder.PERSON, False, ""),
        ("gil", "level 77 of acme/shop"): (Holder.GUEST, True, ""),
        ("project_12_bot_9c", "developer of acme/shop"): (Holder.MACHINE, False, ""),
        ("token 42", "access token of acme"): (Holder.KEY, False, "has no end"),
        ("token 43", "access token of acme/shop"): (Holder.KEY, False, ""),
        ("deploy key 8", "write to acme/shop"): (Holder.KEY, False, ""),
    }
    ends = {one.principal: one.expires for one in found.access if one.expires}
    assert ends["bob"].date().isoformat() == day(days=9)


@pytest.mark.parametrize(
    ("line", "words", "kept"),
    [
        (MEMBERS, "a member of the group", {"token 42", "token 43", "deploy key 8"}),
        (INSIDE, "a member of the group", {"ana", "bob", "token 42", "token 43", "deploy key 8"}),
        (PROJECT_TOKENS, "role Owner", {"ana", "bob", "gil", "project_12_bot_9c", "deploy key 8"}),
        (KEYS, "role Maintainer", {"ana", "bob", "gil", "project_12_bot_9c", "token 42", "token 43"}),
    ],
)
async def test_a_part_that_cannot_be_read_is_told_and_hides_no_other(line: str, words: str, kept: set[str]) -> None:
    async with gitlab(WHOLE | {line: told({}, 403)}) as ours:
        found = await ours.access()
    assert words in " ".join(found.unread)
    assert {one.principal for one in found.access} == kept


@pytest.mark.parametrize("people", [told([]), told([member(level=30)])])
async def test_a_group_without_an_owner_is_not_the_whole(people: Canned) -> None:
    async with gitlab({MEMBERS: people}) as ours:
        assert "shows no owner of acme" in (await ours.access()).unread[0]


async def test_where_nothing_is_told_it_fails_and_where_nothing_is_asked_for_there_is_nothing() -> None:
    async with gitlab(server=lambda one: told({}, 401)) as ours:
        with pytest.raises(NotAuthorised):
            await ours.access()
    async with gitlab(groups=()) as ours:
        found = await ours.access()
    nothing: list[Access] = []
    assert (found.access, found.unread) == (nothing, [])
