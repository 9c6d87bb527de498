"""Who has access to a group: what is odd, and what could not be seen, which is never nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import NotAuthorised
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.gitlab.scripted import (
    GROUP,
    GROUP_TOKENS,
    INSIDE,
    KEYS,
    MEMBERS,
    PROJECT_TOKENS,
    USERS,
    day,
    deploy_key,
    group,
    member,
    project,
    token,
)
from tests.integrations.gitlab.test_adapter import gitlab
from tests.integrations.moment import ago

NOT_REQUIRED = {GROUP: told(group(require_two_factor_authentication=False))}


async def reviewed(
    instead: Mapping[str, Canned] | None = None, server: Callable[[Request], Canned] | None = None, **changes: Any
) -> Answer:
    """Any: whatever the settings take."""
    async with gitlab(instead, server=server, **changes) as ours:
        return await ours.access_review()


async def test_nothing_odd_is_ok_and_says_what_was_left_out() -> None:
    assert (await reviewed()).summary == "Nothing odd about who has access to acme"
    answer = await reviewed(review=("owners", "outsiders"))
    assert (answer.status, "not looked at: second factor, tokens, keys" in answer.summary) == (Status.OK, True)
    assert (await reviewed(review=())).reason == "GITLAB_REVIEW is empty, so nothing is reviewed"


async def test_an_owner_whom_nobody_named_fails_and_without_names_warns() -> None:
    answer = await reviewed(known_owners=("bob",))
    assert (answer.status, answer.evidence[0].title) == (Status.FAIL, "acme: ana")
    assert (await reviewed(known_owners=())).status is Status.WARN


async def test_a_member_of_a_project_alone_warns_until_named() -> None:
    found = {INSIDE: told([member("bob", 2, 40), member("gil", 9, 30)])}
    answer = await reviewed(found)
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.WARN, ["acme/shop: gil"])
    assert (await reviewed(found, known_outsiders=("Gil",))).status is Status.OK


async def test_the_users_of_access_tokens_are_nobody_from_outside_and_no_owners_but_a_name_alone_is_no_proof() -> None:
    bots = {
        MEMBERS: told([member(), member("bob", 2, 30), member("bob", 2, 20), member("group_3_bot_7f", 70)]),
        INSIDE: told([member("project_12_bot_9c", 71, 40)]),
    }
    answer = await reviewed(bots)
    assert {one.title for one in answer.evidence} == {"acme: group_3_bot_7f", "acme/shop: project_12_bot_9c"}
    theirs = {GROUP_TOKENS: told([token(user_id=70)]), PROJECT_TOKENS: told([token(user_id=71)])}
    assert (await reviewed(bots | theirs)).status is Status.OK
    unseen = {GROUP_TOKENS: told({}, 403), PROJECT_TOKENS: told({}, 404)}
    answer = await reviewed(bots | unseen, review=("owners", "outsiders"))
    assert (answer.status, len(answer.evidence)) == (Status.FAIL, 2)


@pytest.mark.parametrize(
    ("users", "status", "words"),
    [
        ([], Status.WARN, "does not require a second factor"),
        ([{"id": 2, "username": "bob", "two_factor_enabled": False}], Status.FAIL, "acme: bob: no second factor"),
        ([{"id": 99, "username": "eve", "two_factor_enabled": False}], Status.WARN, "does not require"),
        ([{"id": 2, "username": "bob", "two_factor_enabled": False, "bot": True}], Status.WARN, "does not require"),
        ([{"id": 2, "username": "bob"}], Status.UNKNOWN, "second factor not seen"),
    ],
)
async def test_second_factors_are_required_by_the_group_or_told_to_an_administrator(
    users: list[dict[str, Any]], status: Status, words: str
) -> None:
    answer = await reviewed(NOT_REQUIRED | {USERS: told(users)})
    assert (answer.status, words in answer.summary) == (status, True)


@pytest.mark.parametrize("canned", [told({"message": "403 Forbidden"}, 403), told({"message": "no"}, 404)])
async def test_second_factors_that_nobody_tells_are_unknown_and_name_the_right(canned: Canned) -> None:
    answer = await reviewed(NOT_REQUIRED | {USERS: canned})
    assert (answer.status, "an administrator's token" in answer.evidence[0].detail) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"expires_at": None}, Status.WARN, "has no end"),
        ({"expires_at": day(days=10)}, Status.WARN, "ends on"),
        ({"last_used_at": ago(days=91)}, Status.WARN, "not used since"),
        ({"last_used_at": None}, Status.WARN, "never used"),
        ({"last_used_at": None, "created_at": None}, Status.WARN, "never used"),
        ({"expires_at": day(days=-3), "last_used_at": ago(hours=1)}, Status.FAIL, "expired and in use"),
        ({"expires_at": day(days=-3), "last_used_at": ago(days=9)}, Status.WARN, "expired"),
        ({"last_used_at": None, "created_at": ago(days=3)}, Status.OK, ""),
    ],
)
@pytest.mark.parametrize("line", [GROUP_TOKENS, PROJECT_TOKENS])
async def test_stale_and_endless_tokens_are_told(
    line: str, changes: dict[str, Any], status: Status, words: str
) -> None:
    answer = await reviewed({line: told([token(**changes)])})
    assert (answer.status, words in answer.summary) == (status, True)


@pytest.mark.parametrize(
    ("days", "status"), [(None, Status.WARN), (5, Status.WARN), (-5, Status.WARN), (99, Status.OK)]
)
@pytest.mark.parametrize("written", [day, lambda *, days: ago(days=-days)], ids=["as a day", "with a time"])
async def test_deploy_keys_without_an_end_or_near_it_are_told(
    written: Callable[..., str], days: int | None, status: Status
) -> None:
    key = deploy_key(expires_at=None if days is None else written(days=days))
    assert (await reviewed({KEYS: told([key])})).status is status


@pytest.mark.parametrize(
    ("line", "part", "right"),
    [
        (MEMBERS, "owners", "a member of the group"),
        (INSIDE, "outsiders", "a member of the group"),
        (GROUP_TOKENS, "tokens", "role Owner"),
        (PROJECT_TOKENS, "tokens", "Maintainer of the projects"),
        (KEYS, "keys", "role Maintainer"),
    ],
)
@pytest.mark.parametrize("code", [403, 404])
async def test_what_cannot_be_read_is_unknown_and_names_the_right(line: str, part: str, right: str, code: int) -> None:
    answer = await reviewed({line: told({"message": "no"}, code)})
    assert answer.status is Status.UNKNOWN
    assert [one.title for one in answer.evidence if one.title == f"acme: {part} not seen"]
    assert right in " ".join(one.detail for one in answer.evidence)


async def test_a_part_for_which_no_project_is_watched_is_unknown_and_one_may_be_named_by_its_number() -> None:
    answer = await reviewed(projects=("other/shop",))
    assert answer.status is Status.UNKNOWN
    assert {one.title for one in answer.evidence} == {"acme: outsiders not seen", "acme: keys not seen"}
    numbered = {"GET /api/v4/projects/12": told(project()), KEYS: told([deploy_key(expires_at=None)])}
    answer = await reviewed(numbered, projects=("12",))
    assert [one.title for one in answer.evidence] == ["acme/shop: deploy key builder"]


@pytest.mark.parametrize("people", [[], [member(level=30)]])
async def test_a_group_without_an_owner_is_one_that_is_not_shown(people: list[dict[str, Any]]) -> None:
    answer = await reviewed({MEMBERS: told(people)}, review=("owners", "keys"))
    assert (answer.status, "shows no" in (answer.reason or "")) == (Status.UNKNOWN, True)


async def test_where_nothing_can_be_read_the_credential_is_named() -> None:
    with pytest.raises(NotAuthorised, match="Renew GITLAB_TOKEN"):
        await reviewed(server=lambda one: told({"message": "401 Unauthorized"}, 401))
