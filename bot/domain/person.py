"""People and what they may do."""

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each role may do all that the ones before it may."""

    VIEWER = 0
    RESPONDER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the Slack workspace. `id` is Slack's user id; `guest` covers outsiders too."""

    id: str
    name: str
    role: Role
    email: str | None = None
    guest: bool = False
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """On whose behalf a vendor is asked to act: found there by `email`, else named in the text."""

    name: str
    email: str | None = None
