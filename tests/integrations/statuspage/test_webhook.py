"""What a vendor's page tells us: its incidents become alerts that page nobody, our own page's do not come back."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Notice
from bot.domain.errors import Unreadable
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.statuspage.adapter import connect
from bot.integrations.statuspage.settings import StatuspageSettings
from bot.integrations.statuspage.webhook import StatuspageWebhook
from tests.integrations.statuspage.scripted import SECRET

FIXTURES: Final = Path(__file__).parent / "fixtures"
TOLD: Final = json.loads((FIXTURES / "incident.investigating.json").read_bytes())


def read(own: str = "", **incident: Any) -> Sequence[Notice]:
    body = json.dumps({**TOLD, "incident": {**TOLD["incident"], **incident}}).encode()
    return StatuspageWebhook(SecretStr(SECRET), own=own).parse(body)


def test_a_vendor_s_incident_is_an_alert_that_pages_nobody() -> None:
    (news,) = read()
    assert isinstance(news, AlertChanged)
    alert = news.alert
    assert (news.change, alert.state, alert.urgency) == (Change.TRIGGERED, AlertState.FIRING, Urgency.LOW)
    assert (alert.source, alert.id, alert.title) == ("statuspage", "lbkhbwn21v5q", "Delays starting jobs")
    assert alert.occurred_at == datetime(2026, 11, 23, 6, 4, 11, tzinfo=UTC)
    assert alert.labels == {"page": "j2mfxwj97wnj", "impact": "critical", "status": "investigating"}
    assert (alert.url, alert.description) == ("https://stspg.io/9x2k", "We are investigating delays.")


@pytest.mark.parametrize("status", ["resolved", "postmortem"])
def test_it_is_over_when_the_page_says_so(status: str) -> None:
    (news,) = read(status=status)
    assert isinstance(news, AlertChanged)
    assert (news.change, news.alert.state) == (Change.RESOLVED, AlertState.RESOLVED)


def test_our_own_page_and_what_was_planned_are_nothing() -> None:
    assert read(own="j2mfxwj97wnj") == []
    assert [read(status=one) for one in ("scheduled", "in_progress", "verifying", "completed")] == [[]] * 4
    component = (FIXTURES / "component.degraded.json").read_bytes()
    assert StatuspageWebhook(SecretStr(SECRET)).parse(component) == []


def test_what_tells_no_time_is_kept_and_not_guessed() -> None:
    with pytest.raises(Unreadable, match="no time"):
        read(updated_at=None, created_at=None, incident_updates=[])
    (news,) = read(shortlink="javascript:alert(1)", name=None)
    assert isinstance(news, AlertChanged)
    assert (news.alert.url, news.alert.title) == (None, "An incident without a name")


def test_with_the_secret_alone_nothing_is_asked() -> None:
    settings = StatuspageSettings(webhook_secret=SecretStr(SECRET))
    assert settings.on("inbound")
    assert connect(settings, Wiring(outside=Outside())) is None
