"""The people of the local workspace: the same five in the Slack, PagerDuty and Jira stand-ins."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPerson:
    """Somebody to act as; `guest` is a Slack guest (restricted user)."""

    slack: str
    pagerduty: str
    jira: str
    name: str
    real_name: str
    email: str
    guest: bool = False


def _person(slack: str, name: str, real_name: str, *, guest: bool = False) -> LocalPerson:
    key = name.upper()
    return LocalPerson(
        slack=slack,
        pagerduty=f"PU{key}01",
        jira=f"5b10a2{name}",
        name=name,
        real_name=real_name,
        email=f"{name}@example.com",
        guest=guest,
    )


ANN: Final = _person("U0ANN0001", "ann", "Ann Adams")
BOB: Final = _person("U0BOB0001", "bob", "Bob Brown")
KIM: Final = _person("U0KIM0001", "kim", "Kim Keller")
SAM: Final = _person("U0SAM0001", "sam", "Sam Stone")
GIL: Final = _person("U0GIL0001", "gil", "Gil Grant", guest=True)
PEOPLE: Final = (ANN, BOB, KIM, SAM, GIL)
