"""PagerDuty's users and their roles, for the access review."""

from collections.abc import Mapping
from typing import Final

from bot.domain.access import Access, AccessFound
from bot.integrations.pagerduty.client import Listing
from bot.integrations.pagerduty.payloads import Account

# https://support.pagerduty.com/main/docs/advanced-permissions: what the API calls them, and what people do.
_ROLES: Final[Mapping[str, str]] = {
    "owner": "account owner",
    "admin": "global admin",
    "user": "manager",
    "limited_user": "responder",
    "observer": "observer",
    "restricted_access": "restricted access",
    "read_only_user": "full stakeholder",
    "read_only_limited_user": "limited stakeholder",
}
_STRONG: Final = frozenset({"owner", "admin"})


def found(users: Listing[Account], instance: str | None) -> AccessFound:
    system = f"PagerDuty {instance}" if instance else "PagerDuty"
    unread: list[str] = []
    if not users.complete:
        unread.append(f"{system} has more users than could be read; not all were looked at")
    if not users.things:
        unread.append(f"{system} shows no users, though one must have made the key. Check PAGERDUTY_API_KEY")
    return AccessFound(access=[_access(one, system) for one in users.things], unread=unread)


def _access(one: Account, system: str) -> Access:
    return Access(
        system=system,
        principal=one.id,
        role=_ROLES.get(one.role, one.role),
        title=one.called,
        email=one.email,
        strong=one.role in _STRONG,
        note="was invited and never came" if one.invitation_sent else "",
    )
