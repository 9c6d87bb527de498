"""How we log in: with a user, a token, or an OAuth client that fetches a token of half an hour."""

import re
import time
from collections.abc import AsyncGenerator, Callable
from typing import Final

import httpx
from pydantic import BaseModel, Field, SecretStr, ValidationError

from bot.domain.errors import NotAuthorised, Refused, Unavailable
from bot.integrations import Wiring
from bot.integrations.address import basic, bearer
from bot.integrations.http import Api
from bot.integrations.servicenow.settings import ServiceNowSettings

_EARLY: Final = 60.0
"""Seconds before its end from which on a token is fetched anew."""


class _Token(BaseModel):
    access_token: str = Field(min_length=1, max_length=10_000)
    expires_in: float = 1_800


class ClientLogin(httpx.Auth):
    """The grant client_credentials: a token when it is needed, and another one when it is refused."""

    def __init__(
        self, title: str, address: str, client: str, secret: SecretStr, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title, self._address, self._client, self._secret = title, address, client, secret
        self._clock = clock
        self._token, self._until = SecretStr(""), float("-inf")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        fresh = self._clock() >= self._until - _EARLY
        if fresh:
            await self._take((yield self._asking()))
        answer = yield self._with_token(request)
        if answer.status_code == 401 and not fresh:
            await self._take((yield self._asking()))
            yield self._with_token(request)

    def _asking(self) -> httpx.Request:
        secret = self._secret.get_secret_value().strip()
        given = {"grant_type": "client_credentials", "client_id": self._client, "client_secret": secret}
        accept = {"accept": "application/json"}
        return httpx.Request("POST", f"{self._address}/oauth_token.do", data=given, headers=accept)

    async def _take(self, answer: httpx.Response) -> None:
        body = await answer.aread()
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable(f"{self._title} gives no token at the moment ({answer.status_code})")
        if answer.status_code != 200:
            raise NotAuthorised(f"{self._title} refused the OAuth client. Renew SERVICENOW_CLIENT_SECRET.")
        try:
            token = _Token.model_validate_json(body)
        except ValidationError:
            raise Refused(
                f"{self._title} answered with something else than a token. Check SERVICENOW_INSTANCE."
            ) from None
        self._token, self._until = SecretStr(token.access_token), self._clock() + token.expires_in

    def _with_token(self, request: httpx.Request) -> httpx.Request:
        request.headers["authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


def api_of(settings: ServiceNowSettings, wiring: Wiring) -> Api:
    title, address = wiring.titled("ServiceNow"), address_of(settings.instance)
    auth: httpx.Auth | None = None
    if settings.token.get_secret_value():
        headers, variables = bearer(settings.token), ("SERVICENOW_TOKEN",)
    elif settings.username:
        headers, variables = basic(settings.username, settings.password), ("SERVICENOW_PASSWORD",)
    else:
        headers, variables = {}, ("SERVICENOW_CLIENT_SECRET",)
        auth = ClientLogin(title, address, settings.client_id, settings.client_secret)
    return wiring.outside.api(
        title=title,
        base_url=address,
        headers=headers,
        auth=auth,
        verify=settings.ca_file or True,
        address="SERVICENOW_INSTANCE",
        variables=variables,
        right="read its tables",
    )


def address_of(instance: str) -> str:
    """`acme` and `acme.service-now.com` for the address."""
    given = instance.strip().rstrip("/")
    if re.fullmatch(r"[\w-]+", given):
        return f"https://{given}.service-now.com"
    return given if "://" in given else f"https://{given}"
