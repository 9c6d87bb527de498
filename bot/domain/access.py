"""Who may do what in a system, as far as it tells: what an access review looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Holder(StrEnum):
    """Who or what has it. GUEST is somebody from outside; KEY is a token or key, MACHINE an account of a program."""

    PERSON = "person"
    GUEST = "guest"
    MACHINE = "machine"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Texts are foreign and arrive raw. (system, principal, role) is unique: another role is another access.

    `principal` is the system's own name of whoever has it, and stays the same; `title` is how people call them. `role`
    says all of what they may ("Admin", "write to acme/shop"). `email` and `person` (Slack's user id) tell whose it is.
    """

    system: str
    principal: str
    role: str
    holder: Holder = Holder.PERSON
    title: str = ""
    email: str | None = None
    person: str | None = None
    strong: bool = False
    """May do nearly everything there."""
    last_used: datetime | None = None
    expires: datetime | None = None
    note: str = ""
    """What is wrong with it, if anything ("no second factor")."""
    url: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.system, self.principal, self.role


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFound:
    """What a source has. `unread` are the parts that it did not tell, each in a sentence with the remedy.

    Where there are any, nobody is gone because they are not among the others.
    """

    access: Sequence[Access]
    unread: Sequence[str] = ()
