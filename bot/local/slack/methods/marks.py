"""Methods that mark messages and channels: pins, reactions, bookmarks."""

import re
from typing import Final

from bot.local.slack import marking, shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.ids import fresh_id, is_stamp
from bot.local.slack.methods import finding
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message

_MOST_BOOKMARKS: Final = 100


def _member_place(slack: Slack, args: Arguments, name: str = "channel") -> Channel:
    where = finding.channel(slack, args, name)
    if not slack.world.bot_is_in(where):
        raise SlackError("not_in_channel")
    if where.archived:
        raise SlackError("is_archived")
    return where


def _target(slack: Slack, args: Arguments) -> Message:
    if not args.has("timestamp"):
        raise SlackError("no_item_specified")
    if not is_stamp(args.text("timestamp")):
        raise SlackError("bad_timestamp")
    return finding.message(slack, _member_place(slack, args), args.text("timestamp"))


async def pins_add(slack: Slack, args: Arguments) -> Json:
    marking.pin(slack, _target(slack, args), slack.world.ids.bot_user)
    return {}


async def pins_remove(slack: Slack, args: Arguments) -> Json:
    marking.unpin(slack, _target(slack, args), slack.world.ids.bot_user)
    return {}


async def pins_list(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    if not slack.world.bot_is_in(where):
        raise SlackError("not_in_channel")
    items = []
    for pin in reversed(where.pins):
        message = slack.world.message(where.id, pin["ts"])
        if message is not None:
            shape = {**shapes.message(message, slack.world), "permalink": slack.world.permalink(message)}
            made = {"created": pin["created"], "created_by": pin["user"]}
            items.append({"type": "message", "channel": where.id, "message": shape, **made})
    return {"items": items}


async def reactions_add(slack: Slack, args: Arguments) -> Json:
    name = _emoji(args)
    marking.react(slack, _target(slack, args), slack.world.ids.bot_user, name)
    return {}


async def reactions_remove(slack: Slack, args: Arguments) -> Json:
    name = _emoji(args)
    marking.unreact(slack, _target(slack, args), slack.world.ids.bot_user, name)
    return {}


async def reactions_get(slack: Slack, args: Arguments) -> Json:
    message = _target(slack, args)
    shape = {**shapes.message(message, slack.world), "permalink": slack.world.permalink(message)}
    return {"type": "message", "channel": message.channel, "message": shape}


def _emoji(args: Arguments) -> str:
    name = args.text("name")
    if not re.fullmatch(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?", name):
        raise SlackError("invalid_name")
    return name


async def bookmarks_add(slack: Slack, args: Arguments) -> Json:
    where = _member_place(slack, args, "channel_id")
    title, kind = args.needed("title"), args.needed("type")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    if len(where.bookmarks) >= _MOST_BOOKMARKS:
        raise SlackError("too_many_bookmarks")
    link = _link(args.needed("link"))
    stamp = int(slack.world.now())
    bookmark: Json = {
        "id": fresh_id("Bk"),
        "channel_id": where.id,
        "title": title,
        "link": link,
        "emoji": args.text("emoji"),
        "icon_url": None,
        "type": kind,
        "entity_id": None,
        "date_created": stamp,
        "date_updated": 0,
        "rank": f"{len(where.bookmarks):04d}",
        "last_updated_by_user_id": slack.world.ids.bot_user,
        "last_updated_by_team_id": slack.world.ids.team,
        "shortcut_id": None,
        "app_id": None,
        "app_action_id": None,
    }
    where.bookmarks.append(bookmark)
    slack.world.keep_channel(where)
    return {"bookmark": bookmark}


def _link(link: str) -> str:
    if not re.match(r"https?://[^\s/]+", link):
        raise SlackError("invalid_link")
    return link


def _bookmark(where: Channel, args: Arguments) -> Json:
    wanted = args.needed("bookmark_id")
    for bookmark in where.bookmarks:
        if bookmark["id"] == wanted:
            return bookmark
    raise SlackError("not_found")


async def bookmarks_edit(slack: Slack, args: Arguments) -> Json:
    where = _member_place(slack, args, "channel_id")
    bookmark = _bookmark(where, args)
    if args.has("link"):
        bookmark["link"] = _link(args.text("link"))
    for name in ("title", "emoji"):
        if args.has(name):
            bookmark[name] = args.text(name)
    bookmark["date_updated"] = int(slack.world.now())
    slack.world.keep_channel(where)
    return {"bookmark": bookmark}


async def bookmarks_remove(slack: Slack, args: Arguments) -> Json:
    where = _member_place(slack, args, "channel_id")
    where.bookmarks.remove(_bookmark(where, args))
    slack.world.keep_channel(where)
    return {}


async def bookmarks_list(slack: Slack, args: Arguments) -> Json:
    return {"bookmarks": list(finding.channel(slack, args, "channel_id").bookmarks)}
