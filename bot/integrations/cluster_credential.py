"""The tokens with which we log in to a cluster: from a file that is renewed, or from a program that gives them."""

import asyncio
import os
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from bot.domain.errors import NotAuthorised
from bot.integrations.aside import Aside
from bot.integrations.cluster_access import Plugin
from bot.integrations.foreign import shown
from bot.integrations.settings import listed

READ_AGAIN_AFTER: Final = 60.0
"""Seconds. The kubelet renews a service account's token about hourly, and the old one dies soon after."""
_EARLY: Final = 60.0
"""Seconds before its end at which a plugin's token is no longer used."""
_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_LONGEST: Final = 100_000
_PREFIXES: Final = ("SLACK_", "DAYWATCH_")


class Tokens(Protocol):
    async def token(self, refused: str = "") -> str:
        """The token; another than the one that was refused, if there is one."""


class Renewing(httpx.Auth):
    """Sends a token, and after a 401 a newer one, if there is one. `known` takes what must not be shown."""

    def __init__(self, tokens: Tokens, known: set[str]) -> None:
        self._tokens, self._known = tokens, known
        self._turn = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self._token()
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != 401:
            return
        newer = await self._token(refused=token)
        if newer != token:
            request.headers["authorization"] = f"Bearer {newer}"
            yield request

    async def _token(self, refused: str = "") -> str:
        async with self._turn:  # of several that were refused at once the first renews it for all
            token = await self._tokens.token(refused)
        if not (token.isascii() and token.isprintable() and token):
            raise NotAuthorised("Kubernetes: the token is empty or has characters that cannot be sent")
        self._known.add(token)
        return token


class TokenFile:
    """A token in a file that somebody renews."""

    def __init__(self, path: Path, aside: Aside, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._aside, self._clock = path, aside, clock
        self._token, self._read_at = "", float("-inf")

    async def token(self, refused: str = "") -> str:
        if refused == self._token or self._clock() - self._read_at >= READ_AGAIN_AFTER:
            self._token = await self._aside(self._read)
            self._read_at = self._clock()
        return self._token

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not text"
            raise NotAuthorised(f"Kubernetes: the token file {self._path} cannot be read ({why})") from error


class _Granted(BaseModel):
    token: str = Field("", repr=False)
    until: AwareDatetime | None = Field(None, alias="expirationTimestamp")
    certificate: str = Field("", alias="clientCertificateData", repr=False)


class _Credential(BaseModel):
    status: _Granted


class PluginTokens:
    """What `aws eks get-token` and its like give. A kubeconfig that anybody could have written is not obeyed."""

    def __init__(self, plugin: Plugin, aside: Aside, now: Callable[[], datetime]) -> None:
        self._plugin, self._aside, self._now = plugin, aside, now
        self._granted: _Granted | None = None

    async def token(self, refused: str = "") -> str:
        if self._granted is None or refused == self._granted.token or self._ending(self._granted):
            self._granted = await self._ask()
        return self._granted.token

    def _ending(self, granted: _Granted) -> bool:
        return granted.until is not None and (granted.until - self._now()).total_seconds() < _EARLY

    async def _ask(self) -> _Granted:
        plugin = self._plugin
        name = shown(plugin.command, limit=80)
        await self._aside(lambda: _refuse_unless_ours(plugin.source))
        if plugin.version not in _VERSIONS:
            raise NotAuthorised(f"Kubernetes: {name} is asked for {shown(plugin.version)}, not for {_VERSIONS[0]}")
        try:
            granted = _Credential.model_validate_json(await self._ran(name)).status
        except ValidationError:
            raise NotAuthorised(f"Kubernetes: what {name} gave is no credential") from None  # it may quote a token
        if not granted.token:
            what = "a certificate, which Daywatch does not take from it" if granted.certificate else "no token"
            raise NotAuthorised(f"Kubernetes: {name} gave {what}")
        return granted

    async def _ran(self, name: str) -> bytes:
        plugin = self._plugin
        variables = {**_for_others(), **dict(plugin.variables), "KUBERNETES_EXEC_INFO": plugin.told}
        try:
            program = await asyncio.create_subprocess_exec(
                plugin.command,
                *plugin.arguments,
                env=variables,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
            )
        except OSError as error:
            hint = f" {plugin.hint}" if plugin.hint else ""
            raise NotAuthorised(f"Kubernetes: {name}, which gives the token, cannot be run.{hint}") from error
        try:
            said, complaint = await program.communicate()
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        if program.returncode:
            why = shown(complaint[-_LONGEST:].decode("utf-8", "replace"), limit=120) or f"code {program.returncode}"
            raise NotAuthorised(f"Kubernetes: {name}, which gives the token, failed: {why}")
        return said[:_LONGEST]


def _for_others() -> dict[str, str]:
    """Our environment without our own settings: the program needs its login, and none of our tokens."""
    ours = _ours()
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in ours and not name.upper().startswith(_PREFIXES)
    }


@cache
def _ours() -> frozenset[str]:
    return frozenset(name for names in listed().values() for name in names) - {"KUBECONFIG"} | {"DATABASE_URL"}


def _refuse_unless_ours(file: Path) -> None:
    """Obeying it is running a program: it must be root's or our own, and nobody else may write it."""
    try:
        found = file.stat()
    except OSError as error:
        raise NotAuthorised(f"KUBECONFIG: {file} is not there any more") from error
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
        raise NotAuthorised(
            f"KUBECONFIG: {file} names a program to run, so it must belong to root or to Daywatch's own user and be"
            " writable by nobody else"
        )
