"""LaunchDarkly's notices: who signed them, and which change they tell of."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.change import ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.launchdarkly.webhook import LaunchDarklyWebhook
from tests.integrations.launchdarkly.scripted import WEBHOOK_SECRET, prove

FIXTURES = Path(__file__).parent / "fixtures"
TURNED_ON = (FIXTURES / "flag-turned-on.json").read_bytes()
webhook = LaunchDarklyWebhook(SecretStr(WEBHOOK_SECRET), address="https://app.launchdarkly.com")


def test_a_signature_over_the_body_proves_the_sender() -> None:
    webhook.verify(prove(TURNED_ON), TURNED_ON)


def test_anything_else_is_refused() -> None:
    for headers, body in (
        ({}, TURNED_ON),
        (prove(TURNED_ON), TURNED_ON + b" "),
        (prove(TURNED_ON, "another"), TURNED_ON),
        ({"x-ld-signature": "\u00e9"}, TURNED_ON),
    ):
        with pytest.raises(BadSignature):
            webhook.verify(headers, body)
    with pytest.raises(BadSignature):
        LaunchDarklyWebhook(SecretStr("")).verify(prove(TURNED_ON, ""), TURNED_ON)


def test_an_entry_about_a_flag_is_a_change() -> None:
    (told,) = webhook.parse(TURNED_ON)
    assert isinstance(told, ChangeReported)
    assert told.change.id == webhook.delivery_key({}, TURNED_ON) == "65e2c1f0a1b2c3d4e5f60718"
    assert told.change.title == "flag new-checkout turned on in production"
    assert told.change.url == "https://app.launchdarkly.com/shop/production/features/new-checkout"
    assert (told.at, told.change.by) == (told.change.started_at, "ana@example.com")


def test_other_entries_are_not_followed() -> None:
    assert webhook.parse((FIXTURES / "environment-updated--not-followed.json").read_bytes()) == []


@pytest.mark.parametrize("date", [b"null", b'"yesterday"', b"true", b"0", b"253402300798000", b"99999999999999999999"])
def test_a_moment_that_is_none_is_unreadable(date: bytes) -> None:
    with pytest.raises(Unreadable, match="date"):
        webhook.parse(TURNED_ON.replace(b"1772432093053", date))
