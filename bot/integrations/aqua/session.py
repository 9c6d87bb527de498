"""How we log in to Aqua, in one of its three ways, and ask its console with what that gave us."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import httpx
from pydantic import SecretStr

from bot.domain.errors import NotAuthorised
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.aqua.places import Places, console_of
from bot.integrations.aqua.settings import AquaSettings
from bot.integrations.aqua.shapes import Environments, Signed, SignedIn, Token
from bot.integrations.http import Api, Response, bearer
from bot.integrations.pace import Pace

Params = Mapping[str, str | int]

_MINUTES: Final = 240
_EVERY: Final = 0.1
_AT_ONCE: Final = 3
"""Calls, and the seconds between those after."""
_REFUSED: Final = (400, 401, 403)


class Session:
    """Logs in when it is first asked, and once more when a token is refused."""

    def __init__(self, settings: AquaSettings, places: Places, wiring: Wiring) -> None:
        self._settings = settings
        self._places = places
        self._wiring = wiring
        # As its own client does.
        self._pace = Pace(every=_EVERY, at_once=_AT_ONCE)
        self._lock = asyncio.Lock()
        self._known: Api | None = None

    @property
    def title(self) -> str:
        return self._wiring.titled("Aqua")

    @property
    def variables(self) -> tuple[str, str]:
        """Those of the credential."""
        key = self._settings.api_key.get_secret_value()
        return ("AQUA_API_KEY", "AQUA_API_SECRET") if key else ("AQUA_USERNAME", "AQUA_PASSWORD")

    @property
    def _address(self) -> str:
        """The variable that says where the hosted Aqua is."""
        return "AQUA_URL" if self._settings.url else "AQUA_REGION"

    async def get(self, path: str, params: Params, right: str) -> Response:
        console = await self._console()
        await self._pace.turn()
        found = await console.get(path, params, answers=(401,), right=right)
        if found.status != 401:
            return found
        console = await self._console(instead_of=console)
        await self._pace.turn()
        return await console.get(path, params, right=right)

    async def _console(self, *, instead_of: Api | None = None) -> Api:
        """Whoever comes while another logs in takes what that one gets."""
        async with self._lock:
            if self._known is None or self._known is instead_of:
                self._known = None
                self._known = await self._logged_in()
            return self._known

    async def _logged_in(self) -> Api:
        if not self._places.hosted:
            given = {"id": self._settings.username, "password": self._password}
            answer = await self._login("/api/v1/login", self._places.console, "AQUA_URL", given)
            return self._api(self._places.console, "AQUA_URL", answer.read_as(Signed).token)
        token = await (self._of_key() if self._settings.api_key.get_secret_value() else self._of_user())
        provision = self._api(self._places.provision, self._address, token)
        await self._pace.turn()
        told = await provision.get("/v1/envs", right="see its environment")
        console = console_of(told.read_as(Environments).data.ese_url, self._places, self.title)
        return self._api(console, "AQUA_URL", token)

    async def _of_user(self) -> str:
        given = {"email": self._settings.username, "password": self._password}
        answer = await self._login("/v2/signin", self._places.tokens, self._address, given)
        return answer.read_as(SignedIn).data.token

    async def _of_key(self) -> str:
        """Only reading is asked for. The host is not signed; the body is, as it is sent."""
        path = "/v2/tokens"
        body = {"validity": _MINUTES, "allowed_endpoints": ["GET"], "csp_roles": list(self._settings.roles)}
        stamp = str(int(self._wiring.outside.now().timestamp()))
        signed = f"{stamp}POST{path}{json.dumps(body)}"
        secret = self._settings.api_secret.get_secret_value().strip()
        headers: Headers = {
            "x-api-key": self._settings.api_key,
            "x-timestamp": stamp,
            "x-signature": hmac.digest(secret.encode(), signed.encode(), hashlib.sha256).hex(),
        }
        return (await self._login(path, self._places.tokens, self._address, body, headers)).read_as(Token).data

    async def _login(
        self,
        path: str,
        place: str,
        address: str,
        body: Mapping[str, Any],  # JSON
        headers: Headers | None = None,
    ) -> Response:
        api = self._opened(
            base_url=place,
            address=address,
            auth=httpx.Auth(),  # changes nothing, and tells that this call carries a credential
            secrets={self._settings.password.get_secret_value(), self._settings.api_secret.get_secret_value()} - {""},
        )
        await self._pace.turn()
        found = await api.call("POST", path, json=body, headers=headers, answers=_REFUSED)
        if found.status not in _REFUSED:
            return found
        why = f" ({found.why()})" if found.why() else ""
        clock = " or set this machine's clock" if headers else ""
        raise NotAuthorised(f"{self.title} refused the login{why}. Renew {' and '.join(self.variables)}{clock}.")

    @property
    def _password(self) -> str:
        return self._settings.password.get_secret_value().strip()

    def _api(self, base_url: str, address: str, token: str) -> Api:
        return self._opened(base_url=base_url, address=address, headers=bearer(SecretStr(token)))

    @property
    def _opened(self) -> "partial[Api]":
        settings = self._settings
        return partial(
            self._wiring.outside.api,
            title=self.title,
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            variables=self.variables,
        )
