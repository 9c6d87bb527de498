"""The Slack workspace we are in: who we are there, and all with which we speak, look and remember."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.plan import Permissions
from bot.slack.channels import Channels
from bot.slack.client import SlackApi
from bot.slack.files import Files
from bot.slack.identity import Identity
from bot.slack.people import People
from bot.slack.posts import Posts
from bot.slack.windows import Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    client: AsyncWebClient
    api: SlackApi
    identity: Identity
    posts: Posts
    windows: Windows
    channels: Channels
    files: Files
    people: People

    @classmethod
    def of(
        cls,
        client: AsyncWebClient,
        api: SlackApi,
        identity: Identity,
        *,
        http: httpx.AsyncClient,
        permissions: Callable[[], Permissions],
    ) -> "Workspace":
        """`http` is for answers to an address of Slack's and for files, which its Web API client does not send."""
        return cls(
            client=client,
            api=api,
            identity=identity,
            posts=Posts(api=api, http=http, bot_user=identity.user),
            windows=Windows(api=api),
            channels=Channels(api=api, bot_user=identity.user),
            files=Files(api=api, http=http),
            people=People(api.call, permissions, identity.team),
        )
