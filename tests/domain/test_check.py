"""The checklist's nouns: an item is as bad as its worst check, and nothing seen is not ok."""

import pytest

from bot.domain.check import Answer, Check, Item, Status, worst


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((Status.OK, Status.WARN, Status.UNKNOWN, Status.FAIL), Status.FAIL),
        ((Status.OK, Status.WARN, Status.UNKNOWN), Status.UNKNOWN),
        ((Status.OK, Status.WARN), Status.WARN),
        ((Status.OK,), Status.OK),
        ((), Status.UNKNOWN),
    ],
)
def test_the_worst_counts_and_nothing_is_unknown(statuses: tuple[Status, ...], status: Status) -> None:
    assert worst(statuses) is status
    assert worst(reversed(statuses)) is status


def test_the_nine_items_stand_in_their_order_each_with_a_heading() -> None:
    keys = "dashboards alerting pipelines backups incidents deployments patches security drift"
    assert [item.value for item in Item] == keys.split()
    assert len({item.heading for item in Item}) == 9


def test_an_unknown_says_why() -> None:
    answer = Answer.unknown("no answer in 10 s")
    assert (answer.status, answer.reason, answer.summary) == (Status.UNKNOWN, "no answer in 10 s", "no answer in 10 s")


def test_a_checks_system_is_the_first_part_of_its_name() -> None:
    async def ask() -> Answer:
        return Answer.unknown("never asked")

    check = Check(name="velero.schedules", item=Item.BACKUPS, question="?", ask=ask)
    assert check.system == "velero"
