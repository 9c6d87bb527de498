"""Incidents and deployments as Datadog's events."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.domain.errors import NotAuthorised
from bot.domain.mark import Mark
from bot.integrations import Wiring
from bot.integrations.datadog.connecting import connect
from bot.integrations.datadog.marking import MarkingDatadog
from bot.integrations.datadog.settings import DatadogSettings
from bot.integrations.http import Outside
from bot.integrations.settings import IncompleteSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.datadog.scripted import API_KEY, APP_KEY
from tests.integrations.moment import AT, still

MARK = Mark(
    once="daywatch-inc-142", title="INC-142 SEV1 5xx", since=AT, tags=("incident",), link="https://x.example.com"
)


async def posted(*marks: Mark, answer: Canned | None = None) -> list[dict[str, object]]:
    """What Datadog was told."""
    asked: list[dict[str, object]] = []

    def answering(request: Request) -> Canned:
        assert request.line == "POST /api/v1/events"
        assert request.headers["dd-api-key"] == API_KEY
        asked.append(json.loads(request.body))
        return answer or told({"status": "ok", "event": {"id": 1}}, 202)

    outside = Outside(patience=3, now=still)
    try:
        async with serving(answering) as address:
            settings = DatadogSettings(
                api_url=address, events=True, api_key=SecretStr(API_KEY), app_key=SecretStr(APP_KEY)
            )
            ours = connect(settings, Wiring(outside=outside))
            assert isinstance(ours, MarkingDatadog)
            for mark in marks:
                await ours.mark(mark)
    finally:
        await outside.aclose()
    return asked


async def test_an_incident_is_two_events_under_one_key() -> None:
    began, ended = await posted(MARK, replace(MARK, until=AT + timedelta(hours=1)))
    assert (began["title"], began["alert_type"], began["date_happened"]) == (
        "INC-142 SEV1 5xx",
        "error",
        int(AT.timestamp()),
    )
    assert (ended["title"], ended["alert_type"]) == ("INC-142 SEV1 5xx: over", "success")
    assert began["aggregation_key"] == ended["aggregation_key"] == "daywatch-inc-142"
    assert began["tags"] == ["source:daywatch", "daywatch:daywatch-inc-142", "incident"]


async def test_a_deployment_is_no_trouble() -> None:
    (one,) = await posted(replace(MARK, bad=False, until=AT))
    assert (one["title"], one["alert_type"]) == ("INC-142 SEV1 5xx", "info")


async def test_a_key_that_may_not_post_says_so() -> None:
    with pytest.raises(NotAuthorised, match="post events"):
        await posted(MARK, answer=told({"errors": ["Forbidden"]}, 403))


def test_without_the_switch_it_only_reads() -> None:
    settings = DatadogSettings(api_key=SecretStr(API_KEY), app_key=SecretStr(APP_KEY))
    assert not isinstance(connect(settings, Wiring(outside=Outside())), MarkingDatadog)


def test_the_switch_alone_names_what_is_missing() -> None:
    DatadogSettings(api_key=SecretStr(API_KEY), app_key=SecretStr(APP_KEY)).refuse_half_set()
    with pytest.raises(IncompleteSettings, match="DD_API_KEY"):
        DatadogSettings(events=True).refuse_half_set()
