"""Channel names in any script, within Slack's rules."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.incident import channel_name
from bot.slack.names import candidates, sanitised

ALLOWED = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@given(st.text(max_size=20), st.text(max_size=300))
def test_whatever_the_title_slack_takes_the_name(prefix: str, title: str) -> None:
    assert ALLOWED.fullmatch(sanitised(channel_name(prefix, 142, title), "inc-142"))


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
