"""The thresholds by which a team's morning is judged: they hold while its checks are asked, and for these alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Thresholds = Mapping[str, Mapping[str, float]]
"""By the name of a check."""

_HELD: ContextVar[Thresholds] = ContextVar("thresholds", default={})  # noqa: B039 - read only


@contextmanager
def judged_by(thresholds: Thresholds) -> Iterator[None]:
    """Systems are connected once for all teams, so who asks says by what to judge. Tasks begun inside inherit it."""
    token = _HELD.set(thresholds)
    try:
        yield
    finally:
        _HELD.reset(token)


def held(check: str, name: str) -> float | None:
    return _HELD.get().get(check, {}).get(name)
