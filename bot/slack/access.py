"""Who may do much in the Slack workspace, or is there from outside, for the access review."""

from collections.abc import Mapping
from typing import Any, Final

from bot.domain.access import Access, AccessFound, Holder
from bot.domain.capabilities import AccessList
from bot.slack.people import People

_ROLES: Final = (
    # https://docs.slack.dev/reference/objects/user-object: the first that holds says the most.
    ("is_primary_owner", "primary owner"),
    ("is_owner", "owner"),
    ("is_admin", "admin"),
    ("is_ultra_restricted", "guest of one channel"),
    ("is_restricted", "guest"),
)
_GUESTS: Final = frozenset({"guest", "guest of one channel"})


class WorkspaceAccess(AccessList):
    """Owners, admins and guests. Ordinary members come only where something is wrong with them."""

    def __init__(self, people: People) -> None:
        self._people = people

    @property
    def source(self) -> str:
        return "slack"

    async def access(self) -> AccessFound:
        found = (_access(one) for one in await self._people.accounts())
        return AccessFound(access=[one for one in found if one is not None])


def _access(member: Mapping[str, Any]) -> Access | None:
    if member.get("deleted") or member.get("is_bot") or not member.get("id") or member["id"] == "USLACKBOT":
        return None
    role = next((words for flag, words in _ROLES if member.get(flag)), "member")
    # Slack tells this only to those who administer it; where it is not told it is not known.
    bare = member.get("has_2fa") is False
    if role == "member" and not bare:
        return None
    profile = member.get("profile") or {}
    return Access(
        system="Slack",
        principal=str(member["id"]),
        role=role,
        holder=Holder.GUEST if role in _GUESTS else Holder.PERSON,
        title=str(profile.get("real_name") or member.get("real_name") or member.get("name") or ""),
        email=profile.get("email"),
        person=str(member["id"]),
        strong=role not in _GUESTS and role != "member",
        note="no second factor" if bare else "",
    )
