"""What webhooks read bodies with: never our mistake, never a quote, and keys that tell things apart."""

import hmac

import pytest
from pydantic import BaseModel

from bot.domain.errors import Unreadable
from bot.integrations.credential import signed
from bot.integrations.notice import key_of, opened, read


class Build(BaseModel):
    number: int
    words: str = ""


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{" * 5_000, b"[" * 100_000, b"tok-5ecret", b'{"words": "a\nb"}'])
def test_what_is_no_json_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^ci: the body is not JSON$"):
        read(Build, body, "ci")


def test_what_has_another_shape_says_where_and_quotes_nothing() -> None:
    with pytest.raises(Unreadable, match=r"^ci: number: int_parsing$") as unreadable:
        read(Build, b'{"number": "tok-5ecret"}', "ci")
    assert unreadable.value.__cause__ is None


def test_a_template_s_line_breaks_are_taken_where_that_is_said() -> None:
    assert read(Build, b'{"number": 1, "words": "a\nb"}', "ci", strict=False).words == "a\nb"


def test_half_a_character_does_not_get_past() -> None:
    assert opened(b'{"words": "\\ud83d \\u0000"}', "ci") == {"words": "\ufffd \ufffd"}


def test_keys_tell_apart_what_is_apart() -> None:
    assert key_of("a", "b/c") == key_of("a", "b/c")
    assert len({key_of("a", "b/c"), key_of("a/b", "c"), key_of("ab/c"), key_of("\ud83d"), key_of()}) == 5


def test_only_the_hmac_of_this_body_with_this_secret_proves_anything() -> None:
    body, secret = b'{"number": 1}', b"5ecret"
    good = hmac.digest(secret, body, "sha256").hex()
    assert signed(f" {good} ", secret, body)
    assert not signed(good, secret, body + b" ")
    assert not signed(good, b"another", body)
    assert not signed(good, secret, body, "sha512")
    assert not signed("\u00e9\u2603\ud83d", secret, body)
    assert not signed(hmac.digest(b"", body, "sha256").hex(), b"", body)
