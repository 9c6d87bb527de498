"""Who is who in the workspace, from memory, so that no ack ever waits for a look-up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from bot.domain.errors import VendorError
from bot.domain.person import Person, Role
from bot.domain.plan import Permissions

log = structlog.get_logger(__name__)

Call = Callable[..., Awaitable[Mapping[str, Any]]]
"""`call("users.list", limit=200)` → Slack's answer; raises our error tree."""

REFRESH_EVERY = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    id: str
    name: str
    email: str | None
    guest: bool
    deleted: bool
    timezone: str


class People:
    """People and their roles. Refreshed every ten minutes and by events; nothing is asked before an ack."""

    def __init__(self, call: Call, permissions: Callable[[], Permissions], team: str) -> None:
        self._call = call
        self._permissions = permissions
        self._team = team
        self._members: dict[str, _Member] = {}
        self._groups: dict[str, frozenset[str]] = {}
        self._group_ids: dict[str, str] = {}
        self.as_of: datetime | None = None

    def known(self, user: str) -> Person | None:
        """The person as remembered; None for somebody not seen yet."""
        member = self._members.get(user)
        return None if member is None else self._person(member)

    def stranger(self, user: str) -> Person:
        """Somebody who cannot be looked up: a viewer."""
        return Person(id=user, name=user, role=Role.VIEWER)

    def name(self, user: str | None) -> str:
        member = self._members.get(user or "")
        return member.name if member else (user or "nobody")

    def by_email(self, email: str) -> Person | None:
        wanted = email.casefold()
        return next(
            (self._person(one) for one in self._members.values() if (one.email or "").casefold() == wanted), None
        )

    def by_name(self, name: str) -> Person | None:
        """For a typed `@name` that Slack did not turn into a mention; only when it is one person's alone."""
        wanted = name.lstrip("@").casefold()
        found = [
            one for one in self._members.values() if wanted in (one.name.casefold(), one.name.casefold().split(" ")[0])
        ]
        return self._person(found[0]) if len(found) == 1 else None

    def having(self, role: Role) -> list[Person]:
        """Everybody with at least this role, by name."""
        people = (self._person(one) for one in self._members.values() if not one.deleted)
        return sorted((one for one in people if one.role >= role), key=lambda one: one.name)

    async def look_up(self, user: str) -> Person:
        """Ask Slack about somebody unknown; a viewer when that fails."""
        if not user:
            return self.stranger(user)
        try:
            answer = await self._call("users.info", user=user)
            self.remember(answer["user"])
        except (VendorError, KeyError) as error:
            log.warning("person not found", user=user, reason=str(error))
        return self.known(user) or self.stranger(user)

    def remember(self, member: Mapping[str, Any]) -> None:
        """Take over a user object from a list or an event."""
        profile = member.get("profile") or {}
        shown = profile.get("display_name") or member.get("real_name") or profile.get("real_name") or member.get("name")
        outside = bool(member.get("is_stranger")) or (
            bool(self._team) and member.get("team_id", self._team) != self._team
        )
        self._members[member["id"]] = _Member(
            id=member["id"],
            name=str(shown or member["id"]),
            email=profile.get("email"),
            guest=bool(member.get("is_restricted") or member.get("is_ultra_restricted") or outside),
            deleted=bool(member.get("deleted")) or bool(member.get("is_bot")),
            timezone=str(member.get("tz") or "UTC"),
        )

    def remember_group(self, group: Mapping[str, Any]) -> None:
        """Take over a user group with its members."""
        number, handle = str(group.get("id", "")), str(group.get("handle", ""))
        before = self._groups.pop(self._group_ids.pop(number, handle), frozenset())
        if group.get("date_delete") or not handle:
            return
        # An event may leave the members out; then they are who they were.
        self._groups[handle] = frozenset(group["users"]) if group.get("users") is not None else before
        self._group_ids[number] = handle

    def change_members(self, group_id: str, added: Iterable[str], removed: Iterable[str]) -> None:
        handle = self._group_ids.get(group_id)
        if handle:
            self._groups[handle] = (self._groups.get(handle, frozenset()) | frozenset(added)) - frozenset(removed)

    async def refresh(self, now: datetime) -> None:
        """Read everybody and all groups anew, page by page. Raises our error tree; what was known stays known."""
        async for member in _pages(self._call, "users.list", "members", limit=200):
            self.remember(member)
        answer = await self._call("usergroups.list", include_users="true")
        # Only these: a group that was disabled is not listed any more, and whoever was in it has lost what it gave.
        self._groups, self._group_ids = {}, {}
        for group in answer.get("usergroups") or ():
            self.remember_group(group)
        self.as_of = now

    async def accounts(self) -> list[Mapping[str, Any]]:
        """Everybody as Slack lists them now, to the last page. Raises our error tree."""
        return [member async for member in _pages(self._call, "users.list", "members", limit=200)]

    async def keep_fresh(self, clock: Callable[[], datetime]) -> None:
        """Refresh for ever; a failure is logged, and the next try comes sooner."""
        while True:
            try:
                await self.refresh(clock())
                await asyncio.sleep(REFRESH_EVERY)
            except VendorError as error:
                log.warning("people not refreshed", reason=str(error))
                await asyncio.sleep(30)

    def _person(self, member: _Member) -> Person:
        person = Person(
            id=member.id,
            name=member.name,
            role=Role.VIEWER,
            email=member.email,
            guest=member.guest or member.deleted,
            timezone=member.timezone,
        )
        return replace(person, role=self._role(person))

    def _role(self, person: Person) -> Role:
        """Guests and outsiders are viewers. Without permissions full members are responders and nobody is more."""
        permissions = self._permissions()
        if person.guest:
            return Role.VIEWER
        if not permissions.given:
            return Role.RESPONDER
        for role, entries in (
            (Role.ADMIN, permissions.admin),
            (Role.OPERATOR, permissions.operator),
            (Role.RESPONDER, permissions.responder),
        ):
            if any(entry == person.id or person.id in self._groups.get(entry.lstrip("@"), ()) for entry in entries):
                return role
        return Role.VIEWER


async def _pages(call: Call, method: str, part: str, **args: Any) -> AsyncIterator[Mapping[str, Any]]:
    cursor = ""
    while True:
        answer = await call(method, **args, **({"cursor": cursor} if cursor else {}))
        for one in answer.get(part) or ():
            yield one
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
