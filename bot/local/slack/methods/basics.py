"""Methods about the app itself: who am I, open a Socket Mode link, the team, the bot."""

from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json


async def api_test(_slack: Slack, args: Arguments) -> Json:
    if args.has("error"):
        raise SlackError(args.text("error"), args=dict(args.given))
    return {"args": {name: value for name, value in args.given.items() if name != "token"}}


async def auth_test(slack: Slack, _args: Arguments) -> Json:
    ids = slack.world.ids
    return {
        "url": f"{slack.url}/",
        "team": ids.team_name,
        "user": slack.world.users[ids.bot_user].name,
        "team_id": ids.team,
        "user_id": ids.bot_user,
        "bot_id": ids.bot,
        "is_enterprise_install": False,
    }


async def connections_open(slack: Slack, _args: Arguments) -> Json:
    if not slack.socket_mode_on:
        raise SlackError("forbidden_team")
    return {"url": slack.socket.open_link()}


async def team_info(slack: Slack, _args: Arguments) -> Json:
    ids = slack.world.ids
    return {
        "team": {
            "id": ids.team,
            "name": ids.team_name,
            "url": f"{slack.url}/",
            "domain": ids.team_domain,
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


async def bots_info(slack: Slack, args: Arguments) -> Json:
    ids = slack.world.ids
    if args.text("bot", ids.bot) != ids.bot:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": ids.bot,
            "deleted": False,
            "name": slack.world.users[ids.bot_user].name,
            "updated": slack.world.users[ids.bot_user].updated,
            "app_id": ids.app,
            "user_id": ids.bot_user,
            "icons": {},
        }
    }
