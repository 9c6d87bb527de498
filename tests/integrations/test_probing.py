"""Rights are tried one by one; only where nothing works at all is there nothing to tell of each."""

import pytest

from bot.domain.errors import NotAuthorised, Refused
from bot.integrations.probing import tried


async def _works() -> str:
    return "found"


async def _lacks_a_right() -> str:
    raise NotAuthorised("give it the right to read")


async def _is_refused() -> str:
    raise Refused("no")


async def test_each_right_is_told_by_itself() -> None:
    asks = {"see": _works, "read": _lacks_a_right}
    assert await tried(asks) == [("see", None), ("read", "give it the right to read")]


async def test_where_nothing_works_the_first_reason_is_the_answer() -> None:
    with pytest.raises(NotAuthorised, match="right to read"):
        await tried({"read": _lacks_a_right, "list": _is_refused})


async def test_what_was_seen_to_work_before_is_told_and_keeps_the_rest_apart() -> None:
    assert await tried({"list": _is_refused}, proven="be reached") == [("be reached", None), ("list", "no")]
    assert await tried({}, proven="be reached") == [("be reached", None)]


async def test_a_mistake_of_ours_is_not_taken_for_a_missing_right() -> None:
    async def breaks() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tried({"see": _works, "break": breaks})
