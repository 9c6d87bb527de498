"""Methods that make, show and change channels."""

import html
import re
from typing import Final

from bot.local.slack import shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError, invalid_arguments
from bot.local.slack.happenings import add_member, rename_channel, say_in_channel, take_member
from bot.local.slack.ids import fresh_id, is_stamp
from bot.local.slack.methods import finding
from bot.local.slack.methods.paging import page
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Label

_LONGEST_NAME: Final = 80
_LONGEST_TOPIC: Final = 250
_MOST_INVITED: Final = 100
_RESERVED: Final = frozenset({"archive", "channel", "everyone", "group", "here", "me", "slackbot", "team", "threads"})


def check_name(slack: Slack, name: str) -> str:
    """Slack's rules for a channel name; a name is taken even by what the bot cannot see."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > _LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise SlackError("invalid_name_specials")
    if not re.search(r"[a-z0-9]", name):
        raise SlackError("invalid_name_punctuation")
    if name in _RESERVED or slack.world.channel_named(name) is not None:
        raise SlackError("name_taken")
    return name


def _private_scope(slack: Slack, *, private: bool, public_scope: str, private_scope: str) -> None:
    needed = private_scope if private else public_scope
    if needed not in slack.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(slack.scopes)))


async def create(slack: Slack, args: Arguments) -> Json:
    private = args.flag("is_private")
    _private_scope(slack, private=private, public_scope="channels:manage", private_scope="groups:write")
    name = check_name(slack, args.text("name"))
    bot = slack.world.ids.bot_user
    made = Channel(id=fresh_id("C"), name=name, creator=bot, created=int(slack.world.now()), private=private)
    slack.world.keep_channel(made)
    slack.news.channel("channel_created", made, bot)
    add_member(slack, made, bot)
    return {"channel": shapes.channel(made, slack.world)}


TYPE_OF: Final = {"channel": "public_channel", "group": "private_channel", "im": "im"}
_SCOPE_OF_TYPE: Final = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}


def conversation_types(slack: Slack, args: Arguments) -> list[str]:
    """The kinds asked for: each must exist, and each needs a scope of its own."""
    kinds = args.names("types") or ["public_channel"]
    if set(kinds) - set(_SCOPE_OF_TYPE):
        raise SlackError("invalid_types")
    lacking = [scope for kind, scope in _SCOPE_OF_TYPE.items() if kind in kinds and scope not in slack.scopes]
    if lacking:
        raise SlackError("missing_scope", needed=",".join(lacking), provided=",".join(sorted(slack.scopes)))
    return kinds


async def info(slack: Slack, args: Arguments) -> Json:
    found = finding.channel(slack, args)
    return {"channel": shapes.channel(found, slack.world, with_count=args.flag("include_num_members"))}


async def list_all(slack: Slack, args: Arguments) -> Json:
    kinds = conversation_types(slack, args)
    found = [
        each
        for each in slack.world.channels.values()
        if TYPE_OF[each.kind] in kinds
        and not (each.archived and args.flag("exclude_archived"))
        and (not each.private or slack.world.bot_is_in(each))
    ]
    part, more = page(found, args, usual=100, most=999)
    shown = [shapes.channel(each, slack.world, with_count=not each.direct, listed=True) for each in part]
    return {"channels": shown, "response_metadata": more}


async def members(slack: Slack, args: Arguments) -> Json:
    part, more = page(finding.channel(slack, args).members, args, usual=100, most=999)
    return {"members": part, "response_metadata": more}


async def invite(slack: Slack, args: Arguments) -> Json:
    where = finding.own_channel(slack, args)
    if where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    wanted = args.names("users")
    if not wanted:
        raise SlackError("no_user")
    if len(wanted) > _MOST_INVITED:
        raise invalid_arguments(f"no more than {_MOST_INVITED} items allowed [json-pointer:/users]")
    errors = [{"user": each, "ok": False, "error": code} for each in wanted if (code := _no_invite(slack, where, each))]
    refused = {each["user"] for each in errors}
    welcome = [each for each in dict.fromkeys(wanted) if each not in refused]
    if errors and (not args.flag("force") or not welcome):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    for user in welcome:
        add_member(slack, where, user, inviter=slack.world.ids.bot_user)
    answer: Json = {"channel": shapes.channel(where, slack.world)}
    return {**answer, "errors": errors} if errors else answer


def _no_invite(slack: Slack, where: Channel, user: str) -> str:
    if user == slack.world.ids.bot_user:
        return "cant_invite_self"
    person = slack.world.users.get(user)
    if person is None or person.deleted:
        return "user_not_found"
    if user == "USLACKBOT":
        return "cant_invite"
    return "already_in_channel" if user in where.members else ""


async def join(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    if where.private or where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    if where.archived:
        raise SlackError("is_archived")
    answer: Json = {"channel": shapes.channel(where, slack.world)}
    if slack.world.bot_is_in(where):
        warning = "already_in_channel"
        return {**answer, "warning": warning, "response_metadata": {"warnings": [warning]}}
    add_member(slack, where, slack.world.ids.bot_user)
    return {"channel": shapes.channel(where, slack.world)}


async def kick(slack: Slack, args: Arguments) -> Json:
    where = finding.own_channel(slack, args)
    if where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    user = args.needed("user")
    if user == slack.world.ids.bot_user:
        raise SlackError("cant_kick_self")
    finding.user(slack, user)
    if where.general:
        raise SlackError("cant_kick_from_general")
    if user not in where.members:
        raise SlackError("not_in_channel")
    take_member(slack, where, user)
    return {"errors": {}}


async def leave(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    if where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    if where.archived:
        raise SlackError("is_archived")
    if where.general:
        raise SlackError("cant_leave_general")
    if not slack.world.bot_is_in(where):
        return {"not_in_channel": True}
    take_member(slack, where, slack.world.ids.bot_user)
    return {}


async def open_direct(slack: Slack, args: Arguments) -> Json:
    if args.has("channel"):
        known = finding.channel(slack, args)
        if not known.direct:
            raise SlackError("method_not_supported_for_channel_type")
        return _opened(slack, args, known, before=True)
    users = args.names("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("missing_scope", needed="mpim:write", provided=",".join(sorted(slack.scopes)))
    person = finding.user(slack, users[0])
    if person.deleted:
        raise SlackError("user_disabled")
    if person.bot_id:
        raise SlackError("cannot_dm_bot")
    before = slack.world.direct_with(person.id) is not None
    return _opened(slack, args, finding.direct(slack, person), before=before)


def _opened(slack: Slack, args: Arguments, where: Channel, *, before: bool) -> Json:
    shown = shapes.channel(where, slack.world) if args.flag("return_im") else {"id": where.id}
    return {"no_op": True, "already_open": True, "channel": shown} if before else {"channel": shown}


async def rename(slack: Slack, args: Arguments) -> Json:
    where = finding.own_channel(slack, args)
    if where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    if where.creator != slack.world.ids.bot_user:
        raise SlackError("not_authorized")
    name = args.text("name")
    if name != where.name:
        rename_channel(slack, where, check_name(slack, name), by=slack.world.ids.bot_user)
    return {"channel": shapes.channel(where, slack.world)}


async def archive(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    if where.archived:
        raise SlackError("already_archived")
    if where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    if where.general:
        raise SlackError("cant_archive_general")
    bot = slack.world.ids.bot_user
    if bot not in where.members:
        raise SlackError("not_in_channel")
    say_in_channel(slack, where, bot, "channel_archive", f"<@{bot}> archived the channel")
    where.archived = True
    slack.news.channel("channel_archive", where, bot)
    # Archiving takes the bot out (sheet §8), so that a bot token cannot undo it.
    where.members.remove(bot)
    slack.world.keep_channel(where)
    return {}


async def unarchive(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    if not where.archived:
        raise SlackError("not_archived")
    raise SlackError("not_in_channel")


async def set_topic(slack: Slack, args: Arguments) -> Json:
    return _set_label(slack, args, "topic")


async def set_purpose(slack: Slack, args: Arguments) -> Json:
    return _set_label(slack, args, "purpose")


def _set_label(slack: Slack, args: Arguments, which: str) -> Json:
    where = finding.own_channel(slack, args)
    if where.direct:
        raise SlackError("method_not_supported_for_channel_type")
    words = args.text(which)
    if len(words) > _LONGEST_TOPIC:
        raise SlackError("too_long")
    bot = slack.world.ids.bot_user
    escaped = html.escape(html.unescape(words), quote=False)
    setattr(where, which, Label(value=escaped, creator=bot, last_set=int(slack.world.now())))
    slack.world.keep_channel(where)
    told = f"<@{bot}> set the channel {which}: {escaped}" if words else f"<@{bot}> cleared the channel {which}"
    say_in_channel(slack, where, bot, f"channel_{which}", told, extra={which: escaped})
    return {"channel": shapes.channel(where, slack.world)}


async def mark(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    if not is_stamp(args.needed("ts")):
        raise SlackError("invalid_timestamp")
    if not slack.world.bot_is_in(where):
        raise SlackError("not_in_channel")
    return {}
