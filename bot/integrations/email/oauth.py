"""OAuth2 for mailboxes that take no passwords (Exchange Online): a token, fetched when it is needed."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, Field, SecretStr

from bot.domain.errors import NotAuthorised
from bot.integrations import Wiring
from bot.integrations.email.settings import EmailSettings

_EARLY: Final = 120.0
"""Seconds before its end from which on a token is fetched anew."""


class _Answer(BaseModel):
    access_token: str = Field(min_length=1, max_length=20_000)
    expires_in: float = 3_600


class Tokens:
    """The grant client_credentials, or refresh_token where one is set."""

    def __init__(self, settings: EmailSettings, wiring: Wiring, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._turn = asyncio.Lock()
        self._token, self._until = SecretStr(""), float("-inf")
        self._api = wiring.outside.api(
            title=wiring.titled("The mailbox's token server"),
            base_url=settings.oauth_token_url,
            address="IMAP_OAUTH_TOKEN_URL",
            variables=("IMAP_OAUTH_CLIENT_SECRET",),
        )

    async def token(self) -> SecretStr:
        async with self._turn:
            if self._clock() >= self._until - _EARLY:
                await self._renew()
            return self._token

    def forget(self) -> None:
        """It was refused: the next one is a new one."""
        self._until = float("-inf")

    async def _renew(self) -> None:
        ours = self._settings
        refresh = ours.oauth_refresh_token.get_secret_value()
        form = {
            "grant_type": "refresh_token" if refresh else "client_credentials",
            "client_id": ours.oauth_client_id,
            "client_secret": ours.oauth_client_secret.get_secret_value(),
            "scope": ours.oauth_scope,
            **({"refresh_token": refresh} if refresh else {}),
        }
        answer = await self._api.call("POST", "", form=form, answers=(400, 401, 403))
        if answer.status >= 400:
            # Its own words may hold what was sent.
            renew = "IMAP_OAUTH_REFRESH_TOKEN or IMAP_OAUTH_CLIENT_SECRET" if refresh else "IMAP_OAUTH_CLIENT_SECRET"
            raise NotAuthorised(f"{self._api.wording.title} refused the client. Renew {renew}.")
        told = answer.read_as(_Answer)
        self._token, self._until = SecretStr(told.access_token), self._clock() + told.expires_in
