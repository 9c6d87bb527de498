"""Slack: tokens, granted scopes, the clock, the channels and people that the settings name."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.finding import Finding, broken, not_tried, ok, warn
from bot.domain.errors import NotFound, VendorError
from bot.domain.plan import Plan
from bot.settings import Settings
from bot.slack.channels import Channels
from bot.slack.client import SlackApi, web_client
from bot.slack.manifest import scopes

AREA: Final = "slack"
PATIENCE: Final = 60.0
MOST_LOOKED_UP: Final = 40
LATE: Final = 10.0
FAR_OFF: Final = 120.0
"""Seconds between our clock and Slack's. Slack's signatures are good for five minutes."""

_USER: Final = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the headers of an answer say: the scopes we have, and Slack's clock."""

    scopes: frozenset[str] | None
    at: datetime | None


async def examined(settings: Settings, plan: Plan) -> Sequence[Finding]:
    if settings.slack_mode is None:
        words = "No Slack variable is set: serve starts the local workspace."
        if settings.daywatch_require_slack:
            return [broken(AREA, "tokens", words, "DAYWATCH_REQUIRE_SLACK forbids that: set the Slack variables.")]
        return [warn(AREA, "tokens", words, "Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN to join a real one.")]
    found = list(_shapes(settings))
    try:
        async with (
            asyncio.timeout(PATIENCE),
            web_client(settings.slack_bot_token or SecretStr(""), settings.slack_api_url) as client,
        ):
            api = SlackApi(client=client)
            answer = await api.call("auth.test")
            team, bot = str(answer.get("team", "")), str(answer.get("user_id", ""))
            found.append(ok(AREA, "SLACK_BOT_TOKEN", f"speaks for {answer.get('user', bot)} in {team}"))
            told = await _headers(client)
            found += [*_scopes(told), *_clock(told)]
            found += await _channels(Channels(api=api, bot_user=bot), plan, told.scopes or frozenset())
            found += await _people(api, plan)
    except VendorError as error:
        found.append(broken(AREA, "SLACK_BOT_TOKEN", str(error), "Nothing more of Slack was tried."))
    except TimeoutError:
        found.append(not_tried(AREA, "the rest", f"Slack took longer than {PATIENCE:.0f} s"))
    return found


def _shapes(settings: Settings) -> Sequence[Finding]:
    """Tokens by their looks. Opening a socket costs one of the few openings a minute, so that is left to serve."""
    found: list[Finding] = []
    for name, token, starts in (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, ("xoxb-", "xoxe.xoxb-")),
        ("SLACK_APP_TOKEN", settings.slack_app_token, ("xapp-",)),
    ):
        if token is not None and not token.get_secret_value().startswith(starts):
            found.append(broken(AREA, name, f"does not begin with {starts[0]}", "Copy it again from the app's page."))
        elif token is not None and name == "SLACK_APP_TOKEN":
            found.append(not_tried(AREA, name, "looks right; serve tries it when it connects"))
    if settings.slack_mode == "http":
        secret = settings.slack_signing_secret or SecretStr("")
        if re.fullmatch(r"[0-9a-f]{32}", secret.get_secret_value()):
            found.append(not_tried(AREA, "SLACK_SIGNING_SECRET", "looks right; only a request of Slack's can tell"))
        else:
            words = "is not 32 hexadecimal digits"
            found.append(warn(AREA, "SLACK_SIGNING_SECRET", words, "Copy it again from the app's page."))
    return found


async def _headers(client: AsyncWebClient) -> _Told:
    try:
        response = await client.api_call("auth.test")
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
        return _Told(scopes=None, at=None)
    headers = {name.lower(): str(value) for name, value in response.headers.items()}
    given = headers.get("x-oauth-scopes")
    try:
        at = parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except ValueError:
        at = None
    return _Told(scopes=frozenset(part.strip() for part in given.split(",")) if given else None, at=at)


def _scopes(told: _Told) -> Sequence[Finding]:
    if told.scopes is None:
        return [not_tried(AREA, "scopes", "Slack did not say which it granted")]
    missing = [one for one in scopes() if one not in told.scopes]
    if missing:
        remedy = "Update the app with `daywatch manifest` and install it again."
        return [broken(AREA, "scopes", f"missing: {', '.join(missing)}", remedy)]
    return [ok(AREA, "scopes", f"all {len(scopes())} are granted")]


def _clock(told: _Told) -> Sequence[Finding]:
    if told.at is None:
        return ()
    apart = abs((datetime.now(UTC) - told.at).total_seconds())
    words = f"{apart:.0f} s apart from Slack's"
    if apart >= FAR_OFF:
        return [broken(AREA, "clock", words, "Set this machine's clock (NTP): signatures and times are wrong.")]
    if apart >= LATE:
        return [warn(AREA, "clock", words, "Set this machine's clock (NTP).")]
    return [ok(AREA, "clock", "as Slack's")]


async def _channels(channels: Channels, plan: Plan, granted: frozenset[str]) -> Sequence[Finding]:
    named = [*(team.channel for team in plan.teams), plan.incidents.announce, plan.incidents.triage]
    places = list(dict.fromkeys(place for place in named if place))
    found = [await _channel(channels, place, granted) for place in places[:MOST_LOOKED_UP]]
    if len(places) > MOST_LOOKED_UP:
        found.append(not_tried(AREA, "channels", f"{len(places) - MOST_LOOKED_UP} more"))
    return found


async def _channel(channels: Channels, place: str, granted: frozenset[str]) -> Finding:
    what = f"channel {place}"
    try:
        channel = await channels.info(await channels.where(place))
    except NotFound:
        words = "is not there, or is private and the bot is not in it"
        return broken(AREA, what, words, f"Make {place}, or type /invite @Daywatch in it.")
    except VendorError as error:
        return not_tried(AREA, what, str(error))
    if channel.get("is_archived"):
        return broken(AREA, what, "is archived", "Name another one, or unarchive it.")
    if channel.get("is_member"):
        return ok(AREA, what, "the bot is in it")
    if "chat:write.public" in granted and not channel.get("is_private"):
        return ok(AREA, what, "the bot posts there without being in it")
    return broken(AREA, what, "the bot is not in it and may not post", f"Type /invite @Daywatch in {place}.")


async def _people(api: SlackApi, plan: Plan) -> Sequence[Finding]:
    """Whom `permissions` names: a group or a person that is not there gives nobody a right."""
    entries = dict.fromkeys((*plan.permissions.admin, *plan.permissions.operator, *plan.permissions.responder))
    users = [one for one in entries if _USER.fullmatch(one)]
    groups = [one for one in entries if one not in users]
    found: list[Finding] = []
    if groups:
        found += await _groups(api, groups)
    for user in users[:MOST_LOOKED_UP]:
        try:
            known = (await api.call("users.info", user=user)).get("user") or {}
        except NotFound:
            known = {"deleted": True}
        except VendorError as error:
            found.append(not_tried(AREA, f"permissions {user}", str(error)))
            continue
        if known.get("deleted"):
            words = "is nobody in this workspace (any more)"
            found.append(broken(AREA, f"permissions {user}", words, "Take the id out, or correct it."))
    return found


async def _groups(api: SlackApi, groups: Sequence[str]) -> Sequence[Finding]:
    try:
        answer = await api.call("usergroups.list")
    except VendorError as error:
        return [not_tried(AREA, "user groups", str(error))]
    known = {str(one.get("handle", "")) for one in answer.get("usergroups") or ()}
    remedy = "Correct the handle, or make the group."
    return [
        broken(AREA, f"permissions {one}", "is no user group here", remedy)
        for one in groups
        if one.lstrip("@") not in known
    ]
