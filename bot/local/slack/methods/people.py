"""Methods about people and user groups."""

from bot.local.slack import shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.methods import finding
from bot.local.slack.methods.conversations import TYPE_OF, conversation_types
from bot.local.slack.methods.paging import page
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, User


def _shape(slack: Slack, person: User, args: Arguments) -> Json:
    with_email = "users:read.email" in slack.scopes
    return shapes.user(person, slack.world.ids, with_email=with_email, with_locale=args.flag("include_locale"))


async def users_list(slack: Slack, args: Arguments) -> Json:
    part, more = page(list(slack.world.users.values()), args, usual=200, most=1000)
    return {
        "members": [_shape(slack, person, args) for person in part],
        "cache_ts": int(slack.world.now()),
        "response_metadata": more,
    }


async def users_info(slack: Slack, args: Arguments) -> Json:
    return {"user": _shape(slack, finding.user(slack, args.needed("user")), args)}


async def lookup_by_email(slack: Slack, args: Arguments) -> Json:
    wanted = args.needed("email").lower()
    for person in slack.world.users.values():
        if person.email.lower() == wanted and not person.deleted:
            return {"user": _shape(slack, person, args)}
    raise SlackError("users_not_found")


async def users_conversations(slack: Slack, args: Arguments) -> Json:
    user = args.text("user", slack.world.ids.bot_user)
    finding.user(slack, user)
    kinds = conversation_types(slack, args)
    found = [
        each
        for each in slack.world.channels.values()
        if user in each.members
        and TYPE_OF[each.kind] in kinds
        and not (each.archived and args.flag("exclude_archived"))
        and (not each.private or slack.world.bot_is_in(each))
    ]
    part, more = page(found, args, usual=100, most=999)
    return {"channels": [shapes.channel(each, slack.world, listed=True) for each in part], "response_metadata": more}


async def usergroups_list(slack: Slack, args: Arguments) -> Json:
    with_users = args.flag("include_users")
    groups = [shapes.group(each, slack.world.ids, with_users=with_users) for each in slack.world.groups.values()]
    return {"usergroups": groups}


async def usergroups_users_list(slack: Slack, args: Arguments) -> Json:
    group = slack.world.groups.get(args.needed("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}
