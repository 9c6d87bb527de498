"""When a number is on its way over its limit, and when it only moves about."""

from datetime import date, timedelta

import pytest

from bot.domain.trend import Trend, crossing

TODAY = date(2026, 11, 23)


def trend(*values: float, limit: float = 20) -> Trend:
    """The last value is yesterday's."""
    points = [(TODAY - timedelta(days=len(values) - place), value) for place, value in enumerate(values)]
    return Trend(name="Alerts a day, platform", unit="a day", limit=limit, points=points)


def test_a_rise_that_reaches_the_limit_within_a_week_is_told_in_words_with_the_last_value() -> None:
    found = crossing(trend(*range(2, 16)), TODAY)
    assert found is not None
    assert found.on == date(2026, 11, 27)
    assert found.at(TODAY) == pytest.approx(16)
    assert found.at(found.on) == pytest.approx(20)
    assert found.words == (
        "Alerts a day, platform: 2 a day on 9 Nov, 15 a day on 22 Nov and rising; "
        "at this pace over the limit of 20 a day on 27 Nov."
    )


@pytest.mark.parametrize(
    ("values", "limit"),
    [
        ((), 20),
        ((10, 12, 14, 16, 18, 19), 20),  # too few days
        (range(15, 1, -1), 20),  # falls
        ([15] * 14, 20),  # stands
        ((1, 19, 2, 18, 1, 19, 2, 19, 1, 18, 2, 19, 1, 19), 20),  # jumps about
        (range(2, 16), 40),  # stays below for a week
        (range(2, 16), 12),  # over it already: the number says so
        ((*range(2, 15), 21), 20),  # over it since yesterday
        ((*([0] * 12), 1, 18), 20),  # one loud day is no trend
    ],
)
def test_anything_else_is_no_news(values: list[float], limit: float) -> None:
    assert crossing(trend(*values, limit=limit), TODAY) is None


def test_days_that_are_left_out_keep_their_place() -> None:
    every = trend(*range(2, 16))
    some = Trend(name="x", unit="min", limit=20, points=every.points[::2])
    found = crossing(some, TODAY)
    assert found is not None
    assert found.on == date(2026, 11, 27)
