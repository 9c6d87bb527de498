"""What people type finds its row: the longest verb, any case, with a prefix; near misses are asked back."""

import pytest

from bot.acts import Acts, Ask
from bot.domain.person import Role
from bot.slack.command import Command
from bot.slack.typed import Typed, match


async def _run(_service: object, _ask: Ask) -> Acts:
    return ()


TABLE = (
    Command("/incident", object, _run, "Declare", "[what is wrong]", who=Role.RESPONDER),
    Command("/incident role", object, _run, "Give a role", "<lead> [@ann]", who=Role.RESPONDER),
    Command("/incident role lead", object, _run, "Lead", who=Role.RESPONDER),
    Command("/incident resolve", object, _run, "It is over", who=Role.RESPONDER),
    Command("/incident list", object, _run, "List", who=Role.VIEWER),
    Command("/checklist", object, _run, "Today", who=Role.VIEWER),
    Command("/checklist claim", object, _run, "Claim", who=Role.VIEWER),
    Command("/slo show", object, _run, "Show", who=Role.VIEWER),
)


def found(text: str, command: str = "/incident", prefix: str = "") -> Typed:
    return match(TABLE, command, text, prefix)


def path(typed: Typed) -> str | None:
    return typed.row.path if typed.row else None


@pytest.mark.parametrize(
    ("text", "row", "rest"),
    [
        ("", "/incident", ""),
        ("role lead @bob", "/incident role lead", "@bob"),
        ("role scribe @bob", "/incident role", "scribe @bob"),
        ("ROLE  Lead", "/incident role lead", ""),
        ("  resolve   rolled  back ", "/incident resolve", "rolled  back"),
        ("resolve\nrolled back\nto 2.14", "/incident resolve", "rolled back\nto 2.14"),
        ("checkout is slow", "/incident", "checkout is slow"),
        ("resolved it is", "/incident", "resolved it is"),
        ("broken", "/incident", "broken"),
        ("支付很慢", "/incident", "支付很慢"),
    ],
)
def test_the_longest_verb_wins_and_the_rest_is_kept_as_typed(text: str, row: str, rest: str) -> None:
    assert (path(found(text)), found(text).text) == (row, rest)


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("resolv", "/incident resolve"),
        ("Resovle", "/incident resolve"),
        ("lst", "/incident list"),
        ("rol", "/incident role"),
    ],
)
def test_one_word_near_a_verb_is_asked_back(text: str, guess: str) -> None:
    assert (found(text).row, found(text).guess) == (None, guess)


@pytest.mark.parametrize("text", ["help", "HELP", "?", "-h", "--help"])
def test_help_is_help_and_no_incident(text: str) -> None:
    assert (found(text).row, found(text).text) == (None, "help")


def test_a_sentence_that_begins_with_help_is_a_sentence() -> None:
    assert path(found("help the checkout is down")) == "/incident"


def test_a_command_that_takes_no_words_says_what_it_takes() -> None:
    assert found("clam", "/checklist").guess == "/checklist claim"
    typed = found("something else", "/checklist")
    assert (typed.row, typed.guess) == (None, "/checklist")
    assert path(found("", "/slo")) is None


def test_a_prefix_stands_before_every_name_and_is_not_part_of_it() -> None:
    assert path(found("list", "/dw-incident", "dw-")) == "/incident list"
    assert path(found("list", "/incident", "dw-")) == "/incident list"
    assert found("resolv", "/dw-incident", "dw-").prefix == "dw-"


def test_an_unknown_command_knows_nothing() -> None:
    assert list(found("x", "/nonsense").known) == []
