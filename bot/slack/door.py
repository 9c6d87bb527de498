"""How Slack's payloads come in: Bolt with one catch-all listener for each kind, over Socket Mode or signed HTTP."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreDown
from bot.slack.asks import Payload
from bot.slack.people import People
from bot.slack.router import Router

log = structlog.get_logger(__name__)

ANY: Final = re.compile(r".*", re.DOTALL)
KEPT_EVENTS: Final = frozenset(
    {
        "message",
        "app_mention",
        "reaction_added",
        "reaction_removed",
        "pin_added",
        "pin_removed",
        "member_joined_channel",
        "member_left_channel",
        "channel_joined",
        "channel_left",
        "group_left",
        "channel_rename",
        "group_rename",
        "channel_archive",
        "group_archive",
        "channel_unarchive",
        "group_unarchive",
        "channel_deleted",
        "group_deleted",
        "channel_id_changed",
        "app_home_opened",
    }
)
FOLLOWED_MESSAGES: Final = frozenset({"message_changed", "message_deleted"})

MOVED_CHANNEL: Final = frozenset(
    {
        "channel_rename",
        "group_rename",
        "channel_archive",
        "group_archive",
        "channel_unarchive",
        "group_unarchive",
        "channel_deleted",
        "group_deleted",
        "channel_id_changed",
    }
)
"""After these a `#name` may mean another channel, or none."""

Keep = Callable[[str, str, bytes], Awaitable[None]]
"""(event id, object key, the event's JSON) → kept, or raises."""


@dataclass(slots=True, kw_only=True)
class SlackDoor:
    """Interactions go to the router; events go into intake under their id, then the ack."""

    router: Router
    people: People
    keep: Keep
    clock: Callable[[], datetime]
    bot_user: str
    bot_id: str
    token: str = field(repr=False)
    forget: Callable[[str], None] = lambda _channel: None
    """Told the id of a channel whose name is to be looked up again; by default nobody remembers any."""

    def app(self, client: AsyncWebClient, signing_secret: str | None) -> AsyncApp:
        """Bolt's app. Over Socket Mode there is nothing to verify; over HTTP every request's signature is."""
        ours = AuthorizeResult(
            enterprise_id=None,
            team_id=self.router.team,
            bot_user_id=self.bot_user,
            bot_id=self.bot_id,
            bot_token=self.token,
        )

        async def authorized() -> AuthorizeResult:
            # One workspace an installation, known since the start: no `auth.test` stands before an ack.
            return ours

        app = AsyncApp(
            client=client,
            authorize=authorized,
            signing_secret=signing_secret or "",
            request_verification_enabled=signing_secret is not None,
            ignoring_self_events_enabled=False,
            raise_error_for_unhandled_request=True,
            logger=logging.getLogger("slack_bolt"),
        )
        app.use(self._ours_only)
        app.use(self._kept_first)
        app.command(ANY)(self._command)
        app.action(ANY)(self._action)
        app.view(ANY)(self._view)
        app.view_closed(ANY)(self._closed)
        app.shortcut(ANY)(self._shortcut)
        app.options(ANY)(self._options)
        app.event(ANY)(self._event_acked)
        app.error(self._error)
        return app

    async def _ours_only(self, body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> BoltResponse | None:  # noqa: A002 - Bolt finds it by this name
        if self.router.ours(body):
            await next()
            return None
        log.warning("payload of another workspace or app refused", team=body.get("team_id"))
        return BoltResponse(status=403, body="not for this app")

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self.router.command(ack, body)

    async def _action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self.router.action(ack, body)

    async def _view(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self.router.form(ack, body)

    async def _closed(self, ack: AsyncAck) -> None:
        await ack()

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self.router.shortcut(ack, body)

    async def _options(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self.router.options(ack, body)

    async def _kept_first(self, body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> None:  # noqa: A002 - as above
        """Events are kept, then acked: what is acked and lost by a crash is not sent again.

        Before the listeners, since Bolt acks an event before its listener runs. A failure leaves it unacked.
        """
        if body.get("type") == "event_callback":
            await self._event(body)
        await next()

    async def _event_acked(self, ack: AsyncAck) -> None:
        await ack()

    async def _event(self, body: Payload) -> None:
        event = body.get("event") or {}
        kind = str(event.get("type", ""))
        if kind == "member_joined_channel" and event.get("user") == self.bot_user:
            kind = "channel_joined"  # Slack's own word for it, which it does not send to apps
            event = {**event, "type": kind}
        self._remember(kind, event)
        if kind in KEPT_EVENTS and not self._noise(kind, event):
            text = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
            await self.keep(str(body.get("event_id") or ""), object_of(event), text)

    def _noise(self, kind: str, event: Payload) -> bool:
        """Plain messages are nobody else's business: only edits and deletions are followed, and not what we did."""
        if kind == "message":
            # Each redraw of ours comes back as an edit.
            ours = (event.get("message") or {}).get("user") == self.bot_user
            return ours or event.get("subtype") not in FOLLOWED_MESSAGES
        return event.get("user") == self.bot_user and kind in ("reaction_added", "pin_added", "reaction_removed")

    def _remember(self, kind: str, event: Payload) -> None:
        if kind in ("user_change", "team_join") and isinstance(event.get("user"), Mapping):
            self.people.remember(event["user"])
        elif kind in ("subteam_updated", "subteam_created") and isinstance(event.get("subteam"), Mapping):
            self.people.remember_group(event["subteam"])
        elif kind == "subteam_members_changed":
            gone = event.get("removed_users") or ()
            self.people.change_members(str(event.get("subteam_id", "")), event.get("added_users") or (), gone)
        elif kind in MOVED_CHANNEL:
            channel = event.get("channel") or event.get("old_channel_id")
            self.forget(str(channel.get("id") if isinstance(channel, Mapping) else channel))

    async def _error(self, error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        if isinstance(error, BoltUnhandledRequestError):
            log.info("nothing for this payload", kind=body.get("type"))
            return BoltResponse(status=200, body="")
        if isinstance(error, StoreDown):
            # Not acked: an event comes again, and a person is told by Slack.
            log.warning("payload not taken", kind=body.get("type"), reason=str(error))
            return BoltResponse(status=503, body="", headers={"Retry-After": "5"})
        log.error("payload failed", kind=body.get("type"), error=type(error).__name__, exc_info=error)
        return BoltResponse(status=500, body="")


def object_of(event: Payload) -> str:
    """Events of one channel are worked off in their order."""
    item = event.get("item")
    channel = (
        event.get("channel") or event.get("channel_id") or (item.get("channel") if isinstance(item, Mapping) else "")
    )
    if isinstance(channel, Mapping):
        channel = channel.get("id")
    return f"channel:{channel}" if channel else f"user:{event.get('user', '')}"
