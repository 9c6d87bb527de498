"""Who and what the PagerDuty account knows from the start: people, services, policies, schedules, priorities."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.local.people import ANN, BOB, GIL, KIM, PEOPLE, SAM, LocalPerson

USERS: Final = {person.pagerduty: person for person in PEOPLE if person is not GIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Anything that is only an id and a name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose week comes after; `late` leaves a hole before it."""

    person: LocalPerson
    late: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of an escalation policy; without a schedule its person is on call for good."""

    person: LocalPerson
    schedule: Named | None = None
    then: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    id: str
    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    id: str
    name: str
    description: str
    policy: Policy
    integration: Named


CHECKOUT_POLICY: Final = Policy(
    id="PPOL001",
    name="Checkout on call",
    levels=(
        Level(person=BOB, schedule=Named(id="PSCH001", name="Checkout week"), then=(Turn(person=KIM),)),
        Level(person=KIM),
    ),
)
SEARCH_POLICY: Final = Policy(
    id="PPOL002",
    name="Search on call",
    levels=(
        Level(
            person=ANN,
            schedule=Named(id="PSCH002", name="Search week"),
            # Nobody has the Monday: what a hole in a rota looks like.
            then=(Turn(person=SAM, late=timedelta(days=1)),),
        ),
        Level(person=KIM),
    ),
)
POLICIES: Final = {policy.id: policy for policy in (CHECKOUT_POLICY, SEARCH_POLICY)}

CHECKOUT: Final = Service(
    id="PSVC001",
    name="Checkout",
    description="Basket, payment and order confirmation",
    policy=CHECKOUT_POLICY,
    integration=Named(id="PINT001", name="Checkout events"),
)
SEARCH: Final = Service(
    id="PSVC002",
    name="Search",
    description="Product search and suggestions",
    policy=SEARCH_POLICY,
    integration=Named(id="PINT002", name="Search events"),
)
SERVICES: Final = {service.id: service for service in (CHECKOUT, SEARCH)}

PRIORITIES: Final = {f"PPRI00{rank}": Named(id=f"PPRI00{rank}", name=f"P{rank}") for rank in range(1, 6)}
SUBSCRIPTION: Final = Named(id="PWHS001", name="Daywatch")


def user_by_email(email: str) -> LocalPerson | None:
    wanted = email.strip().lower()
    return next((person for person in USERS.values() if person.email == wanted), None)


def user_by_anything(text: str) -> LocalPerson | None:
    """Find a person by PagerDuty id, short name or e-mail; the panel is kind about which."""
    wanted = text.strip().lower()
    return next((p for p in USERS.values() if wanted in {p.pagerduty.lower(), p.name, p.email, p.slack.lower()}), None)


def service_by_anything(text: str) -> Service | None:
    wanted = text.strip().lower()
    return next(
        (service for service in SERVICES.values() if wanted in {service.id.lower(), service.name.lower()}), None
    )


def priority_by_anything(text: str) -> Named | None:
    wanted = text.strip().lower()
    return next((one for one in PRIORITIES.values() if wanted in {one.id.lower(), one.name.lower()}), None)
