"""How people are called where they must not be mentioned."""

from typing import Protocol

from bot.domain.person import Person


class Names(Protocol):
    """People by id, from memory."""

    def name(self, user: str | None) -> str:
        """The display name; the id itself for somebody unknown, "nobody" for None."""

    def known(self, user: str) -> Person | None: ...

    def by_email(self, email: str) -> Person | None: ...

    def by_name(self, name: str) -> Person | None: ...
