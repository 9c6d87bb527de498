"""Who we are in Slack: the bot's user, its app and its workspace."""

from dataclasses import dataclass

from bot.domain.errors import Refused
from bot.slack.client import SlackApi


@dataclass(frozen=True, slots=True)
class Identity:
    """`app` is empty where Slack does not tell it (then payloads are checked by workspace alone)."""

    user: str
    team: str
    app: str
    url: str
    bot: str = ""
    """The bot's own id (`B…`), beside its user's."""


async def identify(api: SlackApi) -> Identity:
    """Two calls. Raises our error tree; `NotAuthorised` for a token that is not valid."""
    answer = await api.call("auth.test")
    app = ""
    if answer.get("bot_id"):
        try:
            bot = await api.call("bots.info", bot=answer["bot_id"])
            app = str((bot.get("bot") or {}).get("app_id") or "")
        except Refused:
            app = ""
    return Identity(
        user=str(answer.get("user_id", "")),
        team=str(answer.get("team_id", "")),
        app=app,
        url=str(answer.get("url", "")),
        bot=str(answer.get("bot_id", "")),
    )
