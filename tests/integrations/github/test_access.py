"""Who has access to an organisation: what is odd, and what could not be seen, which is never nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Status
from bot.domain.errors import NotAuthorised
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.github.scripted import GRANTS, KEYS, MEMBERS, OUTSIDERS, SCRIPT, deploy_key, grant, member
from tests.integrations.github.test_adapter import github
from tests.integrations.moment import ago


async def reviewed(
    instead: Mapping[str, Canned] | None = None, server: Callable[[Request], Canned] | None = None, **changes: Any
) -> Answer:
    """Any: whatever the settings take."""
    async with github(instead, server=server, **changes) as ours:
        return await ours.access_review()


def filtered(**rows: Canned) -> Callable[[Request], Canned]:
    """Answers the lists of people by their filter."""

    def server(request: Request) -> Canned:
        kind = "".join(request.query.get("filter", []))
        people = request.line in (MEMBERS, OUTSIDERS)
        return rows[f"of_{kind}"] if people and f"of_{kind}" in rows else SCRIPT.replying()(request)

    return server


async def test_nothing_odd_is_ok_and_says_what_was_left_out() -> None:
    assert (await reviewed()).summary == "Nothing odd about who has access to acme"
    answer = await reviewed(review=("owners", "outsiders"))
    assert (answer.status, answer.summary) == (
        Status.OK,
        "Nothing odd about who has access to acme (not looked at: second factor, tokens, keys)",
    )
    assert (await reviewed(review=())).reason == "GITHUB_REVIEW is empty, so nothing is reviewed"


async def test_an_owner_whom_nobody_named_fails_and_without_names_warns() -> None:
    answer = await reviewed(known_owners=("BOB",))
    assert (answer.status, answer.evidence[0].title) == (Status.FAIL, "acme: ana")
    assert (await reviewed(known_owners=("ANA",))).status is Status.OK
    assert (await reviewed(known_owners=())).status is Status.WARN


async def test_an_outside_collaborator_warns_until_named() -> None:
    found = {OUTSIDERS: told([member("gil")])}
    answer = await reviewed(found, review=("outsiders",))
    assert (answer.status, "acme: gil: an outside collaborator" in answer.summary) == (Status.WARN, True)
    assert (await reviewed(found, review=("outsiders",), known_outsiders=("Gil",))).status is Status.OK


@pytest.mark.parametrize(("kind", "status"), [("of_2fa_disabled", Status.FAIL), ("of_2fa_insecure", Status.WARN)])
async def test_a_missing_second_factor_fails_and_a_weak_one_warns(kind: str, status: Status) -> None:
    answer = await reviewed(server=filtered(**{kind: told([member("sam")])}))
    assert (answer.status, "second factor" in answer.summary) == (status, True)


@pytest.mark.parametrize("code", [403, 404, 422])
async def test_a_filter_that_only_owners_may_use_is_unknown_and_names_the_owner_s_token(code: int) -> None:
    no = told({"message": "Only owners can use this filter."}, code)
    answer = await reviewed(server=filtered(of_2fa_disabled=no))
    assert answer.status is Status.UNKNOWN
    assert "second factor not seen" in (answer.reason or "")
    assert "GITHUB_OWNER_TOKEN" in answer.evidence[0].detail


async def test_the_owner_s_token_is_used_for_second_factors_and_nothing_else() -> None:
    seen: dict[str, set[str]] = {}

    def server(request: Request) -> Canned:
        kind = "owner" if request.query.get("filter") else "other"
        seen.setdefault(kind, set()).add(request.headers["authorization"])
        return SCRIPT.replying()(request)

    answer = await reviewed(server=server, owner_token=SecretStr("owner-7c"))
    assert answer.status is Status.OK
    assert seen["owner"] == {"Bearer owner-7c"}
    assert "Bearer owner-7c" not in seen["other"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"token_expires_at": None}, Status.WARN, "has no end"),
        ({"token_expires_at": ago(days=-10)}, Status.WARN, "ends on"),
        ({"token_last_used_at": ago(days=91)}, Status.WARN, "not used since"),
        ({"token_last_used_at": None}, Status.WARN, "never used"),
        ({"token_expired": True, "token_expires_at": ago(days=1)}, Status.WARN, "expired"),
        ({"token_expires_at": ago(days=5), "token_last_used_at": ago(days=1)}, Status.FAIL, "expired and in use"),
        ({"token_last_used_at": None, "access_granted_at": ago(days=3)}, Status.OK, ""),
    ],
)
async def test_stale_and_endless_tokens_are_told(changes: dict[str, Any], status: Status, words: str) -> None:
    answer = await reviewed({GRANTS: told([grant(**changes)])})
    assert (answer.status, words in answer.summary) == (status, True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"last_used": ago(days=91)}, Status.WARN),
        ({"last_used": None}, Status.WARN),
        ({"last_used": None, "created_at": ago(days=2)}, Status.OK),
        ({"last_used": None, "enabled": False}, Status.OK),
    ],
)
async def test_deploy_keys_that_nobody_uses_are_told(changes: dict[str, Any], status: Status) -> None:
    assert (await reviewed({KEYS: told([deploy_key(**changes)])})).status is status


@pytest.mark.parametrize(
    ("line", "part", "right"),
    [
        (OUTSIDERS, "outsiders", "Members: read"),
        (GRANTS, "tokens", "Personal access tokens: read"),
        (KEYS, "keys", "Administration: read"),
    ],
)
@pytest.mark.parametrize("code", [403, 404, 422])
async def test_what_cannot_be_read_is_unknown_and_names_the_right(line: str, part: str, right: str, code: int) -> None:
    answer = await reviewed({line: told({"message": "no"}, code)})
    assert answer.status is Status.UNKNOWN
    assert [one.title for one in answer.evidence if one.title == f"acme: {part} not seen"]
    assert right in " ".join(one.detail for one in answer.evidence) or code == 422


async def test_an_organisation_without_an_owner_is_one_that_is_not_shown() -> None:
    answer = await reviewed(server=lambda one: told([]), review=("owners", "outsiders"))
    assert (answer.status, "shows no owner" in (answer.reason or "")) == (Status.UNKNOWN, True)


async def test_where_nothing_can_be_read_the_credential_is_named() -> None:
    with pytest.raises(NotAuthorised, match="Renew GITHUB_TOKEN"):
        await reviewed(server=lambda one: told({"message": "Bad credentials"}, 401))


async def test_deploy_keys_are_not_seen_where_no_repository_is_watched() -> None:
    answer = await reviewed(repos=("other/shop",))
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.UNKNOWN, ["acme: keys not seen"])
