"""Working days: weekdays without public holidays, counted from any day."""

from datetime import date

import pytest

from bot.domain.days import Workdays, monday_of
from bot.domain.plan import WEEKDAYS, Team

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
NEW_YEAR = date(2026, 1, 1)


def test_a_team_works_on_its_weekdays_and_not_on_holidays() -> None:
    at_work = Workdays.of(Team(name="platform", holidays="DE"))
    assert [day in at_work for day in (FRIDAY, SATURDAY, MONDAY, NEW_YEAR)] == [True, False, True, False]
    assert NEW_YEAR in Workdays.of(Team(name="platform"))


@pytest.mark.parametrize(("count", "day"), [(1, MONDAY), (2, date(2026, 11, 24)), (6, date(2026, 11, 30))])
def test_working_days_are_counted_over_the_weekend(count: int, day: date) -> None:
    assert Workdays(weekdays=WEEKDAYS[:5]).after(FRIDAY, count) == day


def test_who_never_works_gets_plain_days() -> None:
    assert Workdays(weekdays=()).after(FRIDAY, 3) == MONDAY


def test_a_week_begins_on_monday() -> None:
    assert [monday_of(day) for day in (MONDAY, date(2026, 11, 29))] == [MONDAY, MONDAY]
