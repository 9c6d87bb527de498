"""Unleash's notices: who sent them, and which change they tell of."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.change import ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.unleash.webhook import UnleashWebhook
from tests.integrations.unleash.scripted import AUTHORIZATION, event

FIXTURES = Path(__file__).parent / "fixtures"
ENABLED = (FIXTURES / "feature-environment-enabled.json").read_bytes()
webhook = UnleashWebhook(SecretStr(AUTHORIZATION), address="https://flags.example.com/shop")


def read(name: str) -> ChangeReported:
    (one,) = webhook.parse((FIXTURES / f"{name}.json").read_bytes())
    assert isinstance(one, ChangeReported)
    return one


@pytest.mark.parametrize("ours", [AUTHORIZATION, f"Bearer {AUTHORIZATION}"])
@pytest.mark.parametrize("theirs", [AUTHORIZATION, f"Bearer {AUTHORIZATION}", f" bearer  {AUTHORIZATION} "])
def test_the_value_proves_the_sender_with_or_without_a_word_before_it(ours: str, theirs: str) -> None:
    UnleashWebhook(SecretStr(ours)).verify({"authorization": theirs}, ENABLED)


@pytest.mark.parametrize("given", ["", "wrong", AUTHORIZATION[:-1], f"Basic {AUTHORIZATION}", "\u00e9"])
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(BadSignature):
        webhook.verify({"authorization": given}, ENABLED)
    with pytest.raises(BadSignature):
        UnleashWebhook(SecretStr(" ")).verify({"authorization": given}, ENABLED)


def test_an_event_is_a_change() -> None:
    told = read("feature-environment-enabled")
    assert told.change.title == "flag new-checkout on in development"
    assert told.change.url == "https://flags.example.com/shop/projects/default/features/new-checkout"
    assert told.at == told.change.started_at == told.change.ended_at
    assert read("feature-strategy-update").change.title == "flag new-checkout strategy changed in production"
    assert read("feature-archived").change.title == "flag old-search archived"
    assert webhook.parse((FIXTURES / "segment-updated--not-followed.json").read_bytes()) == []


def test_the_same_event_has_the_same_keys_and_another_server_s_has_others() -> None:
    assert webhook.delivery_key({}, ENABLED) == read("feature-environment-enabled").change.id == "14-1772432093053"
    other = json.dumps(event(14, createdAt="2026-03-02T06:14:53.054Z")).encode()
    assert webhook.delivery_key({}, other) != webhook.delivery_key({}, ENABLED)
    assert webhook.object_key(other) != webhook.object_key(ENABLED)


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2026-03-02T06:14:53"])
def test_a_moment_that_is_none_is_unreadable(date: str) -> None:
    with pytest.raises(Unreadable):
        webhook.parse(json.dumps(event(14, createdAt=date)).encode())


@pytest.mark.parametrize("body", [b'{"text":"a template of the admin\'s own"}', b"flag on", b'{"id":"x"}'])
def test_a_body_by_a_template_is_unreadable_and_says_what_to_do(body: bytes) -> None:
    with pytest.raises(Unreadable):
        webhook.parse(body)
    assert webhook.delivery_key({}, body) is None
