"""Methods about the app itself: who am I, open a Socket Mode link, the team, the bot."""

from bot.local.slack import shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json


async def api_test(_slack: Slack, args: Arguments) -> Json:
    if args.has("error"):
        raise SlackError(args.text("error"), args=dict(args.given))
    return {"args": dict(args.given)} if args.given else {}


async def auth_test(slack: Slack, args: Arguments) -> Json:
    ids = slack.world.ids
    if args.by_app_token:
        return {"app_name": slack.world.users[ids.bot_user].real_name, "app_id": ids.app}
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
            "icon": {
                **{
                    f"image_{size}": f"https://avatars.example.com/{ids.team}_{size}.png"
                    for size in (34, 44, 68, 88, 102, 132, 230)
                },
                "image_default": True,
            },
            "avatar_base_url": "https://avatars.example.com/",
            "is_verified": False,
            "lob_sales_home_enabled": False,
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
            "icons": shapes.icons(slack.world),
        }
    }
