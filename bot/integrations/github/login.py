"""How we log in: with a person's token, or as a GitHub App that fetches a token of an hour."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import jwt
from pydantic import AwareDatetime, BaseModel, Field, SecretStr, ValidationError

from bot.domain.errors import NotAuthorised, Refused, Unavailable
from bot.integrations import Wiring
from bot.integrations.address import bearer
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.http import Api, segment

_EARLY: Final = timedelta(minutes=5)
_BEHIND: Final = timedelta(seconds=60)
"""GitHub's clock may be behind ours."""
_VALID: Final = timedelta(minutes=9)
_KEY: Final = "GITHUB_APP_PRIVATE_KEY"


class _Token(BaseModel):
    token: str = Field(min_length=1, max_length=10_000)
    expires_at: AwareDatetime


class AppLogin(httpx.Auth):
    """A signed note says which App we are; for it GitHub gives a token of the installation.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
    """

    def __init__(self, settings: GitHubSettings, title: str, now: Callable[[], datetime]) -> None:
        self._settings, self._title, self._now = settings, title, now
        self._turn = asyncio.Lock()
        self._token = SecretStr("")
        self._until: datetime | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        async with self._turn:
            fresh = self._until is None or self._now() >= self._until - _EARLY
            if fresh:
                await self._take((yield self._asking()))
        used = self._token
        answer = yield self._with_token(request)
        if answer.status_code != 401 or fresh:
            return
        async with self._turn:
            if self._token is used:
                await self._take((yield self._asking()))
        yield self._with_token(request)

    def _asking(self) -> httpx.Request:
        address = self._settings.api_url.strip().rstrip("/")
        number = segment(self._settings.installation_id.strip())
        headers = {
            "authorization": f"Bearer {self._note()}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": self._settings.api_version,
            "user-agent": "daywatch",
        }
        return httpx.Request("POST", f"{address}/app/installations/{number}/access_tokens", headers=headers)

    def _note(self) -> str:
        now = self._now()
        claims = {"iss": self._settings.app_id.strip(), "iat": now - _BEHIND, "exp": now + _VALID}
        try:
            return jwt.encode(claims, self._private_key(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            raise NotAuthorised(
                f"{_KEY} is not an RSA private key in PEM form. Copy it again."
            ) from None  # it may quote the key

    def _private_key(self) -> str:
        given = self._settings.app_private_key.get_secret_value()
        if given:
            return given.replace("\\n", "\n").strip()
        try:
            return Path(self._settings.app_private_key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Refused(f"The file that {_KEY}_FILE names cannot be read") from None

    async def _take(self, answer: httpx.Response) -> None:
        body = await answer.aread()
        if answer.status_code >= 500 or answer.status_code == 429 or b"rate limit" in body[:2_000].lower():
            raise Unavailable(f"{self._title} gives no token at the moment ({answer.status_code})")
        if answer.status_code == 404:
            raise NotAuthorised(f"{self._title} knows no such installation of the App. Check GITHUB_INSTALLATION_ID.")
        if answer.status_code != 201:
            raise NotAuthorised(
                f"{self._title} refused the App ({answer.status_code}). Check GITHUB_APP_ID, renew {_KEY}."
            )
        try:
            token = _Token.model_validate_json(body)
        except ValidationError:
            raise Refused(f"{self._title} answered with something else than a token. Check GITHUB_API_URL.") from None
        self._token, self._until = SecretStr(token.token), token.expires_at

    def _with_token(self, request: httpx.Request) -> httpx.Request:
        request.headers["authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


def api_of(settings: GitHubSettings, wiring: Wiring) -> Api:
    if settings.as_app:
        auth = AppLogin(settings, wiring.titled("GitHub"), wiring.outside.now)
        return _api(settings, wiring, None, auth, (_KEY, "GITHUB_INSTALLATION_ID"))
    return _api(settings, wiring, settings.token, None, ("GITHUB_TOKEN",))


def api_of_owner(settings: GitHubSettings, wiring: Wiring) -> Api | None:
    """The door through which an organisation's owner looks; None where nobody gave us one."""
    if settings.owner_token.get_secret_value():
        return _api(settings, wiring, settings.owner_token, None, ("GITHUB_OWNER_TOKEN",))
    return None if settings.as_app else api_of(settings, wiring)


def _api(
    settings: GitHubSettings,
    wiring: Wiring,
    token: SecretStr | None,
    auth: httpx.Auth | None,
    variables: tuple[str, ...],
) -> Api:
    return wiring.outside.api(
        title=wiring.titled("GitHub"),
        base_url=settings.api_url,
        headers={
            "accept": "application/vnd.github+json",
            "x-github-api-version": settings.api_version,
            **(bearer(token) if token and token.get_secret_value() else {}),
        },
        auth=auth,
        verify=settings.ca_file or True,
        address="GITHUB_API_URL",
        variables=variables,
        right="read metadata, Actions and deployments",
    )
