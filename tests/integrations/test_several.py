"""Several instances of one system: each secret opens the one door, and nothing else does."""

import pytest
from pydantic import SecretStr

from bot.domain.errors import BadSignature
from bot.integrations import Connected, System, card
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.several import Several
from tests.integrations.grafana.scripted import prove

BODY = b'{"groupKey":"{}","alerts":[]}'


def systems(*secrets: str) -> Connected:
    found = [
        System(
            integration=card("grafana"),
            settings=GrafanaSettings(webhook_secret=SecretStr(secret)),
            instance=f"instance {number}",
            adapter=None,
        )
        for number, secret in enumerate(secrets)
    ]
    return Connected(found)


def test_each_instance_s_secret_proves_the_sender_and_no_other() -> None:
    webhooks = systems("one", "", "two", "three").webhooks()
    integration, webhook = webhooks["grafana"]
    assert (integration.name, list(webhooks)) == ("grafana", ["grafana"])
    keys = set()
    for secret in ("one", "two", "three"):
        headers = prove(BODY, secret=secret)
        webhook.verify(headers, BODY)
        keys.add(webhook.delivery_key(headers, BODY))
        assert webhook.delivery_key(headers, BODY) == webhook.delivery_key(headers, BODY)
    assert len(keys - {None}) == 3
    for secret in ("four", "ones"):
        with pytest.raises(BadSignature, match=r"^grafana$"):
            webhook.verify(prove(BODY, secret=secret), BODY)
    with pytest.raises(BadSignature):
        webhook.verify({}, BODY)
    assert webhook.delivery_key({}, BODY) is None
    assert webhook.object_key(BODY) == webhook.object_key(BODY)


def test_one_instance_is_its_own_reader() -> None:
    assert not isinstance(systems("one").webhooks()["grafana"][1], Several)
    assert systems("").webhooks() == {}
