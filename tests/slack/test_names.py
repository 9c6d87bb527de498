"""Channel names in any script, within Slack's rules."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.names import candidates, channel_name, sanitised

ALLOWED = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout: 5xx at 12 %", "inc-142-checkout-5xx-at-12"),
        ("", "inc-142"),
        ("🔥🔥", "inc-142"),
        ("Überlastung der Zahlung", "inc-142-uberlastung-der-zahlung"),
        ("Платежи не проходят", "inc-142-platezhi-ne-prokhodiat"),
        ("x" * 200, "inc-142-" + "x" * 32),
        ("a very long title that goes on and on for ever", "inc-142-a-very-long-title-that-goes-on"),
    ],
)
def test_a_channel_is_named_by_its_number_and_then_its_title(title: str, name: str) -> None:
    assert channel_name("inc-142", title) == name


@given(st.text(max_size=200), st.text(max_size=300))
def test_whatever_the_title_slack_takes_the_name(prefix: str, title: str) -> None:
    assert ALLOWED.fullmatch(sanitised(channel_name(prefix, title), "inc-142"))


@given(st.text(max_size=300))
def test_every_candidate_is_a_name(name: str) -> None:
    every = list(candidates(sanitised(name, "inc-142")))
    assert all(ALLOWED.fullmatch(one) for one in every)
    assert len(every) == len(set(every)) >= 9


def test_after_nine_tries_the_number_alone_is_left() -> None:
    every = list(candidates("inc-142-checkout"))
    assert (every[0], every[1], every[8], every[9:]) == (
        "inc-142-checkout",
        "inc-142-checkout-2",
        "inc-142-checkout-9",
        ["inc-142"],
    )
