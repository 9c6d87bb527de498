"""How methods find what their arguments name, and refuse as Slack does when the bot may not see or touch it."""

from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.ids import fresh_id
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Message, User


def channel(slack: Slack, args: Arguments, name: str = "channel") -> Channel:
    """A channel the bot can see; private ones only from within."""
    found = slack.world.channels.get(args.needed(name))
    if found is None or (found.private and not slack.world.bot_is_in(found)):
        raise SlackError("channel_not_found")
    return found


def own_channel(slack: Slack, args: Arguments) -> Channel:
    """A living channel the bot is a member of."""
    found = channel(slack, args)
    if found.archived:
        raise SlackError("is_archived")
    if not slack.world.bot_is_in(found):
        raise SlackError("not_in_channel")
    return found


def place(slack: Slack, args: Arguments) -> Channel:
    """Where to post: an id, a #name, or a person (then their direct message)."""
    wanted = args.needed("channel")
    person = slack.world.users.get(wanted)
    if person is not None and not person.bot_id:
        return direct(slack, person)
    found = slack.world.channels.get(wanted) or slack.world.channel_named(wanted)
    if found is None or (found.private and not slack.world.bot_is_in(found)):
        raise SlackError("channel_not_found")
    if found.archived:
        raise SlackError("is_archived")
    return found


def direct(slack: Slack, person: User) -> Channel:
    """The direct message between the bot and a person, opened at need."""
    known = slack.world.direct_with(person.id)
    if known is not None:
        return known
    bot = slack.world.ids.bot_user
    made = Channel(
        id=fresh_id("D"),
        name="",
        creator=bot,
        created=int(slack.world.now()),
        partner=person.id,
        members=[person.id, bot],
    )
    slack.world.keep_channel(made)
    return made


def user(slack: Slack, user_id: str) -> User:
    found = slack.world.users.get(user_id)
    if found is None:
        raise SlackError("user_not_found")
    return found


def message(slack: Slack, where: Channel, ts: str) -> Message:
    found = slack.world.message(where.id, ts)
    if found is None:
        raise SlackError("message_not_found")
    return found
