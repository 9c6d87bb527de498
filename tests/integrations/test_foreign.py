"""Foreign text made fit for people."""

import time

import pytest

from bot.integrations.foreign import LIMIT, shown, sound
from bot.integrations.labels import key_of, line_of, without


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain words", "plain words"),
        ("a\n\tb\x00c\u202ed", "a b c d"),
        ('Get "http://u:p@h:9090/m?token=x&y=1": refused', 'Get "http://h:9090/m": refused'),
        ("https://h/cb#access_token=1", "https://h/cb"),
        ("is it up? a=b", "is it up? a=b"),
        ("/m?token=x", "/m"),
        ("", ""),
    ],
)
def test_credentials_queries_and_controls_are_taken_out(text: str, wanted: str) -> None:
    assert shown(text) == wanted


def test_secrets_are_blotted_out_wherever_they_stand() -> None:
    assert shown("the token s3cret is bad", secrets=["s3cret", "is"]) == "the token … is bad"


def test_long_text_is_cut_at_a_word() -> None:
    cut = shown("lorem ipsum " * 100)
    assert len(cut) <= LIMIT
    assert cut.endswith(("lorem…", "ipsum…"))
    assert len(shown("x" * 1_000)) == LIMIT


@pytest.mark.parametrize(
    "text", ["://" + "a" * 100_000, "?" * 50_000, "http://x#" * 20_000, " " * 100_000 + "x", "a?b" * 30_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    shown(text)
    assert time.perf_counter() - began < 1


def test_sound_values_can_be_stored_anywhere() -> None:
    assert sound({"a\ud800": ["\x00", 1, None, "ok"]}) == {"a\ufffd": ["\ufffd", 1, None, "ok"]}


def test_a_key_is_the_same_whatever_the_order_and_differs_with_every_label() -> None:
    one = key_of("Disk", {"a": "1", "b": "2"})
    assert one == key_of("Disk", {"b": "2", "a": "1"})
    assert one.startswith("Disk:")
    assert (
        len(
            {
                one,
                key_of("Disk", {"a": "1"}),
                key_of("Disk", {"a": "12", "b": ""}),
                key_of("Disk", {"a": "1b", "": "2"}),
            }
        )
        == 4
    )


def test_a_line_tells_what_the_title_does_not() -> None:
    labels = {"alertname": "Disk", "severity": "page", "b": "2", "a": "1", "replica": "x"}
    assert line_of(without(labels, {"replica"})) == "a=1, b=2"
