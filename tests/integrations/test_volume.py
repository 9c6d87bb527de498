"""How much was logged is judged by itself and against earlier days."""

from collections.abc import Callable, Sequence

import pytest

from bot.domain.check import Status
from bot.integrations.volume import Lines, error_rate, ingest


def limits(**given: float) -> Callable[[str, float], float]:
    def limit(name: str, default: float) -> float:
        return given.get(name, default)

    return limit


@pytest.mark.parametrize(
    ("now", "earlier", "status", "words"),
    [
        ((0, 0), [(1000, 1)], Status.FAIL, "Nothing was logged in the last hour"),
        ((1000, 0), [], Status.OK, "0% of 1,000 lines in the last hour are errors (0); nothing to compare with"),
        ((1000, 5), [(1000, 4)], Status.OK, "0.5% of 1,000 lines in the last hour are errors (5); usual at this hour"),
        ((1000, 49), [(1000, 49)], Status.OK, "4.9% of"),
        ((1000, 50), [(1000, 50)], Status.WARN, "5.0% of"),
        ((1000, 200), [(1000, 200)], Status.FAIL, "20% of"),
        ((1000, 20), [(1000, 10), (1000, 10), (1000, 40)], Status.WARN, "usual at this hour: 1.0%"),
        ((1000, 19), [(1000, 10), (1000, 10), (1000, 40)], Status.OK, "usual at this hour: 1.0%"),
        ((100_000, 500), [(100_000, 100)], Status.FAIL, "usual at this hour: 0.1%"),
        ((1000, 9), [(1000, 1)], Status.OK, "usual at this hour: 0.1%"),
        ((1000, 10), [(1000, 0), (0, 0)], Status.WARN, "usual at this hour: 0%"),
        ((100, 130), [], Status.FAIL, "100% of 100 lines"),
    ],
)
def test_a_share_of_errors_is_high_in_itself_or_against_the_usual(
    now: tuple[int, int], earlier: Sequence[tuple[int, int]], status: Status, words: str
) -> None:
    lines = [Lines(every=every, errors=errors) for every, errors in earlier]
    answer = error_rate(Lines(every=now[0], errors=now[1]), lines, limits())
    assert answer.status is status
    assert answer.summary.startswith(words) or answer.summary.endswith(words)


@pytest.mark.parametrize(
    ("now", "earlier", "status"),
    [
        (0, [100], Status.FAIL),
        (0, [], Status.FAIL),
        (1, [], Status.OK),
        (1, [0, 0], Status.OK),
        (49, [100, 400, 100], Status.WARN),
        (50, [100, 400, 0], Status.OK),
    ],
)
def test_ingest_that_stopped_fails_and_that_fell_behind_warns(now: int, earlier: list[int], status: Status) -> None:
    assert ingest(now, earlier, 15, limits()).status is status


def test_a_team_s_own_limits_count() -> None:
    now, earlier = Lines(every=1000, errors=100), [Lines(every=1000, errors=90)]
    assert error_rate(now, earlier, limits(warn=0.11)).status is Status.OK
    assert error_rate(now, earlier, limits(warn=0.11, warn_times=1.1)).status is Status.WARN
    assert error_rate(now, earlier, limits(fail=0.1)).status is Status.FAIL
    assert (
        error_rate(Lines(every=9, errors=1), [Lines(every=9, errors=0)], limits(warn=1, least=1)).status is Status.WARN
    )
    assert ingest(95, [100], 5, limits(share=0.99)).status is Status.WARN
