"""Every webhook: proof before anything, fixtures that parse, and no surprise from what it does not know."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations import card
from tests.integrations.contract.script import NAMES, TESTS, script

_FORGED: Sequence[Mapping[str, str]] = (
    {},
    {"authorization": ""},
    {"authorization": "Bearer "},
    {"authorization": "Bearer wrong"},
    {"authorization": "Bearer \u00e9\u00ff"},
    {"authorization": "Basic !!!"},
    {"authorization": "Basic " + base64.b64encode(b"daywatch:wrong").decode()},
    {"x-pagerduty-signature": "v1=00", "x-hub-signature": "sha256=00", "x-signature": "\u00e9"},
)
_GARBAGE = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"\xff\xfe",
    b"{" * 5_000,
    b"[" * 5_000,
    b'{"id": ' + b"9" * 5_000 + b"}",
    b'{"version":"4","alerts":[]}',
)


def webhook_of(name: str) -> Webhook | None:
    make = card(name).webhook
    return None if make is None else make(script(name).settings("http://127.0.0.1:1"))


def fixtures(name: str) -> list[Path]:
    return sorted((TESTS / name / "fixtures").glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_notice_without_proof_is_refused(name: str) -> None:
    webhook = webhook_of(name)
    if webhook is None:
        return
    body = b'{"a": 1}'
    for headers in _FORGED:
        with pytest.raises(BadSignature) as refused:
            webhook.verify(headers, body)
        assert str(refused.value) == name


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_in_a_header_is_taken_in_both_forms_and_nothing_that_is_like_it(name: str) -> None:
    webhook, prove, body = webhook_of(name), script(name).prove, b"{}"
    sent = prove(body).get("authorization", "") if prove else ""
    if webhook is None or not sent.startswith("Bearer "):
        return
    secret = sent.removeprefix("Bearer ")
    for header in (sent, f"bearer  {secret} ", basic(f"{name}:{secret}"), basic(f":{secret}")):
        webhook.verify({"authorization": header}, body)
    near = (secret, f"Bearer {secret[:-1]}", f"Bearer {secret}x", f"Token {secret}", basic(secret), basic(f"{secret}:"))
    for header in (*near, basic(f"{name}:{secret}x"), "Bearer", "Basic", "Basic e"):
        with pytest.raises(BadSignature, match=f"^{name}$"):
            webhook.verify({"authorization": header}, body)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_secret_of_ours_nobody_is_let_in(name: str) -> None:
    make, prove, body = card(name).webhook, script(name).prove, b"{}"
    if make is None:
        return
    settings = script(name).settings("http://127.0.0.1:1")
    kinds = {field: type(getattr(settings, field)) for field in settings.GROUPS["inbound"].fields}
    webhook = make(settings.model_copy(update={field: kind("") for field, kind in kinds.items()}))
    assert prove is not None
    for headers in (prove(body), *_FORGED, {"authorization": basic(":")}):
        with pytest.raises(BadSignature, match=f"^{name}$"):
            webhook.verify(headers, body)


@pytest.mark.parametrize("name", NAMES)
def test_every_fixture_proves_its_sender_and_parses(name: str) -> None:
    webhook = webhook_of(name)
    if webhook is None:
        return
    prove, found = script(name).prove, fixtures(name)
    assert prove is not None, f"{name}'s scripted.py must say how a notice proves its sender"
    assert found, f"{name} follows events but has no fixtures"
    for path in found:
        body = path.read_bytes()
        headers: Mapping[str, str] = prove(body)
        webhook.verify(headers, body)
        assert webhook.object_key(body), path.name
        assert webhook.delivery_key(headers, body) == webhook.delivery_key(headers, body)
        assert isinstance(list(webhook.parse(body)), list)


@pytest.mark.parametrize("name", NAMES)
def test_garbage_is_unreadable_or_nothing_and_never_our_mistake(name: str) -> None:
    webhook = webhook_of(name)
    if webhook is None:
        return
    for body in _GARBAGE:
        assert isinstance(webhook.object_key(body), str)
        webhook.delivery_key({}, body)
        read: Sequence[object] = ()
        words = ""
        try:
            read = webhook.parse(body)
        except Unreadable as error:
            words = str(error)
        assert not read
        assert len(words) < 300
