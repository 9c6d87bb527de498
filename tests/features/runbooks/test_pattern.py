"""What a match pattern may say, and that no text can make it slow."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.runbooks.pattern import LONGEST_TEXT, BadPattern, label_pattern, title_pattern

CATASTROPHES = [
    "(a+)+$",
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+$",
    "(.*a){12}",
    "((ab?)*)*c",
    r"(\w+\s?)*!",
    ".*.*.*.*x",
    "(a?){60}a{60}",
]


@pytest.mark.parametrize("source", CATASTROPHES)
def test_a_pattern_that_could_take_for_ever_is_refused_with_a_remedy(source: str) -> None:
    with pytest.raises(BadPattern, match="leave some out"):
        title_pattern(source)


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("(?=x)y", "not taken"),
        (r"(a)\1", "not taken"),
        ("(?i)x", "ignore case already"),
        ("a**", "repeats a repeat"),
        ("*a", "nothing to apply to"),
        ("(a", r"write `\("),
        ("a)", r"write `\)"),
        ("[a", r"write `\["),
        ("[]a]", "empty class"),
        ("a{,3}", "no count"),
        ("a{3,2}", "counts"),
        ("a{1,999}", "beyond"),
        ("[z-a]", "no regular expression"),
        ("((((((((((a))))))))))", "deep"),
        ("", "empty"),
        ("a" * 201, "longer"),
        ("a\\", "not taken"),
    ],
)
def test_what_is_not_in_the_dialect_is_refused_with_a_remedy(source: str, remedy: str) -> None:
    with pytest.raises(BadPattern, match=re.escape(remedy)):
        label_pattern(source)


@pytest.mark.parametrize("source", [".*a.*x", r"\w+ \w+x", "(?:a|b)*.*x", "a{1,9}.*x$", "(aa|ab|ba)*.*x"])
def test_the_slowest_patterns_that_are_taken_answer_at_once(source: str) -> None:
    pattern = title_pattern(source)
    for text in ("a" * LONGEST_TEXT, "ab" * LONGEST_TEXT, "a" * 1_000_000):
        began = time.perf_counter()
        pattern.fits(text)
        assert time.perf_counter() - began < 1


def test_a_label_is_fitted_whole_and_with_its_capitals() -> None:
    pattern = label_pattern("KubePod.*")
    assert pattern.fits("KubePodCrashLooping")
    assert not pattern.fits("MyKubePodCrashLooping")
    assert not pattern.fits("kubepodcrashlooping")
    assert not pattern.fits("KubePod" + "x" * 1000)


def test_a_title_is_fitted_anywhere_whatever_the_capitals_and_spaces() -> None:
    pattern = title_pattern("crash.?loop back")
    assert pattern.fits("[FIRING:1]  Pod CRASH-LOOP \n back off")
    assert not pattern.fits("crash")


@given(st.text(alphabet="ab.*+?|()[]{}^$\\dwb-1,é ", max_size=30), st.text(alphabet="abé 1-", max_size=40))
@settings(max_examples=400, deadline=2000)
def test_any_text_is_a_pattern_or_a_friendly_refusal_and_agrees_with_python(source: str, text: str) -> None:
    try:
        pattern = label_pattern(source)
    except BadPattern:  # what the refusals say is told above
        return
    assert pattern.fits(text) == (re.fullmatch(source, text) is not None)


def test_a_pattern_that_fits_nothing_is_known_as_such() -> None:
    assert not label_pattern("a^b").is_reachable()
    assert not label_pattern(r"[^\s\S]").is_reachable()
    assert not title_pattern("x$y").is_reachable()
    assert label_pattern("Kube(Pod|Node)+.*").is_reachable()


def test_a_pattern_covers_another_only_when_that_is_certain() -> None:
    wide = label_pattern("Kube.*")
    assert wide.covers(label_pattern("Kube(Pod|Node)CrashLooping"))
    assert not wide.covers(label_pattern("(Kube|Node)Down"))
    assert not wide.covers(label_pattern("KubePod.*"))  # it does, but we cannot be certain


def test_the_alert_names_of_a_pattern_are_told() -> None:
    assert label_pattern("Kube(Pod|Node)Down.*").examples() == ("KubePodDown", "KubeNodeDown")
