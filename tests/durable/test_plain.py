"""Only what comes out of the journal as it went in gets into it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TypedDict

import pytest

from bot.durable.plain import plain


class Channel(TypedDict):
    id: str
    members: list[str]


class Colour(StrEnum):
    RED = "red"


def test_plain_json_stays_as_it_is() -> None:
    channel: Channel = {"id": "C1", "members": ["U1", "U2"]}
    assert plain(channel, "it") == channel
    assert plain([None, True, 1, 1.5, "a", {}], "it") == [None, True, 1, 1.5, "a", {}]


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1: "a"}, {"a": {2}}, datetime.now(UTC), Colour.RED, b"bytes", float("nan"), float("inf"), object()],
)
def test_anything_else_is_refused_with_its_name(value: object) -> None:
    with pytest.raises(TypeError, match="the result of step 'create'"):
        plain(value, "the result of step 'create'")


def test_half_a_surrogate_pair_of_a_vendor_is_replaced() -> None:
    assert plain({"title": "broken \ud83d here"}, "it") == {"title": "broken ? here"}


def test_what_is_too_big_belongs_into_the_store() -> None:
    with pytest.raises(TypeError, match="store it, and return its id"):
        plain("x" * 300_000, "it")


def test_a_bottomless_nest_is_refused() -> None:
    nest: list[object] = []
    for _ in range(60):
        nest = [nest]
    with pytest.raises(TypeError, match="nested deeper"):
        plain(nest, "it")
