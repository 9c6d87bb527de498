"""A workspace of four people, known by id, e-mail and first name."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.names import Names
from bot.domain.person import Person, Role

ANN = Person(id="U024BE7LH", name="Ann", role=Role.ADMIN, email="ann@example.com", timezone="Europe/Berlin")
BOB = Person(id="U0BOB0001", name="Bob", role=Role.RESPONDER, email="bob@example.com", timezone="Europe/Berlin")
KIM = Person(id="U0KIM0001", name="Kim", role=Role.OPERATOR, email="kim@example.com", timezone="America/Los_Angeles")
GIL = Person(id="U0GIL0001", name="Gil", role=Role.VIEWER, email=None, guest=True)


@dataclass(frozen=True, slots=True)
class Staff(Names):
    people: Sequence[Person] = (ANN, BOB, KIM, GIL)

    def name(self, user: str | None) -> str:
        found = self.known(user or "")
        return found.name if found else (user or "nobody")

    def known(self, user: str) -> Person | None:
        return next((one for one in self.people if one.id == user), None)

    def by_email(self, email: str) -> Person | None:
        return next((one for one in self.people if one.email == email.casefold()), None)

    def by_name(self, name: str) -> Person | None:
        return next((one for one in self.people if one.name.casefold() == name.lstrip("@").casefold()), None)
