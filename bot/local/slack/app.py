"""Puts the Slack stand-in together from the workspace's settings."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.local.config import LocalConfig
from bot.local.keep import Keep
from bot.local.slack.delivery import Delivery
from bot.local.slack.events import Newsroom
from bot.local.slack.limits import Limits
from bot.local.slack.response_urls import ResponseUrls
from bot.local.slack.seed import Ids
from bot.local.slack.signed import SignedPosts
from bot.local.slack.slack import Slack
from bot.local.slack.socketmode import SocketMode
from bot.local.slack.triggers import Triggers
from bot.local.slack.world import World


def create_slack(config: LocalConfig, keep: Keep, now: Callable[[], float] = time.time) -> Slack:
    """A Slack with its world loaded from the shelf; `now` is the clock by which everything expires."""
    world = World(shelf=keep, ids=Ids.of(config.prefix), url=config.url, now=now)
    patience = config.patience
    socket = SocketMode(
        ids=world.ids,
        link_url=f"ws://127.0.0.1:{config.port}/slack/link/",
        ack_seconds=patience.ack_seconds,
        refresh_grace_seconds=patience.refresh_grace_seconds,
        now=now,
    )
    over_socket = config.slack_mode == "socket"
    way = socket if over_socket else _signed_posts(config, now)
    delivery = Delivery(way=way, redeliver_after=patience.redeliver_after, now=now)
    slack = Slack(
        world=world,
        url=config.url,
        bot_token=config.bot_token,
        app_token=config.app_token,
        scopes=config.scopes,
        limits=Limits(on=config.limits == "real", now=now),
        triggers=Triggers(seconds=patience.trigger_seconds, now=now),
        delivery=delivery,
        news=Newsroom(world=world, delivery=delivery, subscribed=config.bot_events, scopes=lambda: slack.scopes),
        socket=socket,
        response_urls=ResponseUrls(base=f"{config.url}/slack/response/", now=now),
        uploads=_folder(config.data_dir),
        socket_mode_on=over_socket,
        escaped_commands=_escaped_commands(config.manifest),
    )
    return slack


def _escaped_commands(manifest: Mapping[str, Any]) -> frozenset[str]:
    commands = manifest.get("features", {}).get("slash_commands", ())
    return frozenset(each["command"] for each in commands if each.get("should_escape"))


def _signed_posts(config: LocalConfig, now: Callable[[], float]) -> SignedPosts:
    return SignedPosts(
        url=f"{config.bot_url}/slack/events",
        signing_secret=config.signing_secret,
        ack_seconds=config.patience.ack_seconds,
        now=now,
    )


def _folder(data_dir: Path | None) -> Path | None:
    return data_dir / "uploads" if data_dir else None
