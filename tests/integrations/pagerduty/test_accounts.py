"""PagerDuty's users and their roles, as the access review gets them."""

from typing import Any

import pytest

from bot.domain.capabilities import AccessList
from bot.domain.errors import NotAuthorised
from tests.integrations.pagerduty.conftest import KEY, Connect, Script

Vendor = tuple[Script, str]


def user(number: int, role: str = "limited_user", **changes: Any) -> dict[str, Any]:
    return {"id": f"PU{number}", "type": "user", "name": f"User {number}", "email": f"u{number}@example.com"} | {
        "role": role,
        **changes,
    }


def page(*users: dict[str, Any], more: bool = False, total: int | None = None) -> dict[str, Any]:
    return {"users": list(users), "limit": 100, "offset": 0, "more": more, "total": total}


async def test_every_user_comes_with_their_role_and_whoever_rules_is_marked(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer(
        "GET",
        "/users",
        page(user(1, "owner"), user(2, "admin"), more=True, total=5),
        page(user(3), user(4, "read_only_user", invitation_sent=True), user(5, "of_tomorrow"), total=5),
    )
    adapter = connected(api_key=KEY, api_url=url)
    assert isinstance(adapter, AccessList)
    found = await adapter.access()
    assert found.unread == []
    assert [(one.principal, one.role, one.strong, one.note) for one in found.access] == [
        ("PU1", "account owner", True, ""),
        ("PU2", "global admin", True, ""),
        ("PU3", "responder", False, ""),
        ("PU4", "full stakeholder", False, "was invited and never came"),
        ("PU5", "of_tomorrow", False, ""),
    ]
    assert (found.access[0].system, adapter.source) == ("PagerDuty", "pagerduty")
    assert found.access[0].email == "u1@example.com"


async def test_a_part_of_the_users_or_none_at_all_is_not_the_whole(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", page(user(1), more=True), page(more=True))
    assert "not all were looked at" in (await connected(api_key=KEY, api_url=url).access()).unread[0]
    vendor.answer("GET", "/users", page())
    assert "shows no users" in (await connected(api_key=KEY, api_url=url).access()).unread[0]
    vendor.answer("GET", "/users", (403, {}))
    with pytest.raises(NotAuthorised):
        await connected(api_key=KEY, api_url=url).access()
