"""What Slack's answers, and its silence, mean for us."""

import asyncio
from typing import Any

import pytest

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable
from bot.slack.client import SlackApi, form
from bot.slack.refusals import BlocksRefused, SlackRefused
from tests.slack.scripted import Line, Start


async def test_arguments_travel_as_form_fields_with_json_in_them(scripted: Start) -> None:
    slack = await scripted({})
    await slack.api.call("chat.postMessage", channel="C1", text="größer", blocks=[{"type": "divider"}], thread_ts=None)
    assert slack.heard == [
        ("chat.postMessage", {"channel": "C1", "text": "größer", "blocks": '[{"type": "divider"}]'}),
    ]


def test_switches_are_written_as_json_and_nothing_for_none() -> None:
    assert form({"a": True, "b": 20, "c": None, "d": "x"}) == {"a": "true", "b": "20", "d": "x"}


@pytest.mark.parametrize("code", ["already_in_channel", "already_pinned", "already_reacted", "already_archived"])
async def test_a_wanted_state_that_is_there_already_counts_as_done(scripted: Start, code: str) -> None:
    slack = await scripted({"pins.add": [Line(body={"ok": False, "error": code})]})
    assert (await slack.api.call("pins.add"))["error"] == code


UNAVAILABLE = [
    Line(status=503, body="upstream sent too big header"),
    Line(status=500, body={"ok": False, "error": "internal_error"}),
    Line(status=200, body={"ok": False, "error": "fatal_error"}),
    Line(status=200, body={"ok": False, "error": "service_unavailable"}),
    Line(status=200, body={"ok": False, "error": "request_timeout"}),
    Line(status=200, body="<html>captive portal</html>"),
    Line(status=200, body="not json at all", kind="application/json"),
    Line(status=200, body="plainly odd", kind="text/plain"),
    Line(status=200, body="[1, 2]", kind="application/json"),
    Line(status=404, body="nothing here", kind="text/plain"),
    Line(body=None),
]


@pytest.mark.parametrize("line", UNAVAILABLE, ids=lambda line: f"{line.status} {str(line.body)[:20]}")
async def test_trouble_on_the_way_may_have_been_applied_and_is_never_repeated_by_itself(
    scripted: Start, line: Line
) -> None:
    slack = await scripted({"chat.postMessage": [line]})
    with pytest.raises(Unavailable) as caught:
        await slack.api.call("chat.postMessage", channel="C1", text="x")
    assert not isinstance(caught.value, RateLimited)
    assert len(slack.heard) == 1


async def test_silence_ends_after_the_time_out(scripted: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    slack = await scripted({})

    async def never(*_args: Any, **_more: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(slack.api.client, "api_call", never)
    slack.api.timeout = 0.05
    with pytest.raises(Unavailable, match="did not answer"):
        await slack.api.call("auth.test")


async def test_nobody_there_is_unavailable(scripted: Start) -> None:
    slack = await scripted({})
    slack.api.client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(Unavailable, match="could not be reached"):
        await slack.api.call("auth.test")


async def test_a_missing_scope_names_it_and_what_to_do(scripted: Start) -> None:
    lacking = {"ok": False, "error": "missing_scope", "needed": "pins:write", "provided": "chat:write"}
    slack = await scripted({"pins.add": [Line(body=lacking)]})
    with pytest.raises(NotAuthorised, match=r"pins:write.*reinstall"):
        await slack.api.call("pins.add")


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive", "not_authed"])
async def test_a_bad_token_needs_a_person(scripted: Start, code: str) -> None:
    slack = await scripted({"auth.test": [Line(body={"ok": False, "error": code})]})
    with pytest.raises(NotAuthorised, match=code):
        await slack.api.call("auth.test")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("channel_not_found", NotFound),
        ("message_not_found", NotFound),
        ("is_archived", SlackRefused),
        ("invalid_blocks", BlocksRefused),
        ("something_new", SlackRefused),
    ],
)
async def test_a_refusal_carries_slacks_own_word(scripted: Start, code: str, kind: type[Refused]) -> None:
    slack = await scripted({"chat.update": [Line(body={"ok": False, "error": code})]})
    with pytest.raises(kind) as caught:
        await slack.api.call("chat.update")
    assert isinstance(caught.value, SlackRefused)
    assert caught.value.code == code


async def test_slacks_pointer_to_the_bad_block_is_told(scripted: Start) -> None:
    said = {"messages": ["[ERROR] must provide a string [json-pointer:/blocks/0/text]"]}
    body = {"ok": False, "error": "invalid_blocks", "response_metadata": said}
    slack = await scripted({"chat.postMessage": [Line(body=body)]})
    with pytest.raises(BlocksRefused, match="json-pointer:/blocks/0/text"):
        await slack.api.call("chat.postMessage")


def limited(after: str) -> Line:
    return Line(status=429, body={"ok": False, "error": "ratelimited"}, headers={"Retry-After": after})


async def _at_once(api: SlackApi) -> list[float]:
    """Let the budget's clock jump instead of sleeping."""
    slept: list[float] = []
    moment = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal moment
        slept.append(seconds)
        moment += seconds

    api.budget.clock = lambda: moment
    api.budget.sleep = sleep
    api.budget.jitter = lambda: 0.0
    return slept


async def test_a_429_was_not_applied_so_it_is_waited_out_and_repeated(scripted: Start) -> None:
    slack = await scripted({"chat.update": [limited("7")]})
    slept = await _at_once(slack.api)
    assert (await slack.api.call("chat.update"))["ok"] is True
    assert (len(slack.heard), round(sum(slept))) == (2, 7)


async def test_a_429_longer_than_our_patience_is_handed_on_at_once(scripted: Start) -> None:
    slack = await scripted({"chat.update": [limited("90")]})
    slept = await _at_once(slack.api)
    with pytest.raises(RateLimited) as caught:
        await slack.api.call("chat.update", patience=30)
    assert (caught.value.retry_after, slept, len(slack.heard)) == (90, [], 1)
    with pytest.raises(RateLimited):
        await slack.api.call("chat.update", patience=30)
    assert len(slack.heard) == 1, "the pause holds: the second call was not even made"


async def test_three_tries_and_no_more(scripted: Start) -> None:
    slack = await scripted({"chat.update": [limited("1")] * 5})
    await _at_once(slack.api)
    with pytest.raises(RateLimited):
        await slack.api.call("chat.update")
    assert len(slack.heard) == 3


@pytest.mark.parametrize("header", ["", "soon", "-5", "99999999", "1e9"])
async def test_a_strange_retry_after_is_taken_for_a_second(scripted: Start, header: str) -> None:
    slack = await scripted({"chat.update": [limited(header)]})
    with pytest.raises(RateLimited) as caught:
        await slack.api.call("chat.update", patience=0)
    assert caught.value.retry_after == 1


async def test_every_call_is_observed_with_its_outcome(scripted: Start) -> None:
    seen: list[tuple[str, str]] = []
    slack = await scripted({"pins.add": [Line(body={"ok": False, "error": "not_pinnable"})]})
    slack.api.observed = lambda method, outcome, _seconds: seen.append((method, outcome))
    with pytest.raises(SlackRefused):
        await slack.api.call("pins.add")
    await slack.api.call("pins.add")
    assert seen == [("pins.add", "not_pinnable"), ("pins.add", "ok")]


async def test_the_token_is_in_no_error(scripted: Start) -> None:
    slack = await scripted({"auth.test": [Line(status=500, body="oops")]})
    with pytest.raises(Unavailable) as caught:
        await slack.api.call("auth.test")
    assert "xoxb-test" not in f"{caught.value!r} {caught.value.__cause__!r}"
