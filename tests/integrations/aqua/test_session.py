"""How Aqua is logged in to: three ways, a signature over the very bytes, one more login, and no token to strangers."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, Refused, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.aqua.adapter import Aqua
from bot.integrations.aqua.places import console_of, places_of
from bot.integrations.aqua.settings import AquaSettings
from bot.integrations.http import Outside
from tests.integrations.aqua.scripted import ENVS, HOSTS, KEY, SCRIPT, SECRET, TOKENS
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT, still

PASSWORD = "aq-password-5512"
LOGIN = "POST /api/v1/login"
SIGN_IN = "POST /v2/signin"


@dataclass(slots=True)
class Door:
    """Gives tokens to who proves themselves, and lets nobody in without the newest one."""

    ends_after: int = 10**6
    ese_url: str = ""
    asked: list[Request] = field(default_factory=list)
    given: int = 0
    used: int = 0

    def __call__(self, request: Request) -> Canned:
        self.asked.append(request)
        if request.method == "POST":
            return self._gives(request)
        if request.headers.get("authorization") != f"Bearer token-{self.given}":
            return told({"message": "who?"}, 401)
        if request.line == ENVS:
            return told({"data": {"ese_url": self.ese_url or request.headers["host"]}})
        self.used += 1
        if self.used > self.ends_after:
            self.used, self.given = 0, self.given + 1_000  # whatever was given before has ended
            return told({"message": "expired"}, 401)
        return SCRIPT.replying()(request)

    def _gives(self, request: Request) -> Canned:
        body = json.loads(request.body)
        proved = {
            LOGIN: body == {"id": "daywatch", "password": PASSWORD},
            SIGN_IN: body == {"email": "daywatch", "password": PASSWORD},
            TOKENS: self._signed(request),
        }
        if not proved.get(request.line):
            return told({"code": 401, "message": "invalid"}, 401)
        self.given += 1
        token = f"token-{self.given}"
        return told({LOGIN: {"token": token}, SIGN_IN: {"data": {"token": token}}}.get(request.line, {"data": token}))

    def _signed(self, request: Request) -> bool:
        text = request.headers.get("x-timestamp", "").encode() + b"POST/v2/tokens" + request.body
        right = hmac.digest(SECRET.encode(), text, hashlib.sha256).hex()
        fresh = request.headers.get("x-timestamp") == str(int(AT.timestamp()))
        return fresh and request.headers.get("x-api-key") == KEY and request.headers.get("x-signature") == right


@asynccontextmanager
async def aqua(door: Door, **settings: Any) -> AsyncIterator[Aqua]:
    """Any: whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(door) as address:
            given: dict[str, Any] = {
                name: one.format(address) if isinstance(one, str) else one for name, one in settings.items()
            }
            yield Aqua.connect(AquaSettings(**{"url": address, **given}), Wiring(outside=outside))
    finally:
        await outside.aclose()


BY_KEY: dict[str, Any] = {"api_key": SecretStr(KEY), "api_secret": SecretStr(SECRET)}
BY_USER: dict[str, Any] = {"username": "daywatch", "password": SecretStr(PASSWORD)}
HOSTED_USER: dict[str, Any] = {**BY_USER, "region": "eu-1", "token_url": "{}", "provision_url": "{}"}


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (BY_KEY, [TOKENS, ENVS, HOSTS]),
        (BY_USER, [LOGIN, HOSTS]),
        (HOSTED_USER, [SIGN_IN, ENVS, HOSTS]),
    ],
)
async def test_each_way_to_log_in(settings: dict[str, Any], lines: list[str]) -> None:
    door = Door()
    async with aqua(door, **settings) as ours:
        for _ in range(2):
            assert (await ours.enforcers()).status is Status.OK
    assert [one.line for one in door.asked] == [*lines, HOSTS]  # one login serves both


async def test_an_api_key_asks_for_no_more_than_reading() -> None:
    door = Door()
    async with aqua(door, **BY_KEY, roles="Auditor, Second") as ours:
        await ours.enforcers()
    asked = json.loads(door.asked[0].body)
    assert (asked["allowed_endpoints"], asked["csp_roles"]) == (["GET"], ["Auditor", "Second"])


async def test_a_token_that_has_ended_is_fetched_anew_once() -> None:
    door = Door(ends_after=1)
    async with aqua(door, **BY_USER) as ours:
        assert (await ours.enforcers()).status is Status.OK
        assert (await ours.enforcers()).status is Status.OK
    assert [one.line for one in door.asked] == [LOGIN, HOSTS, HOSTS, LOGIN, HOSTS]


async def test_a_console_that_takes_no_token_is_not_asked_for_ever() -> None:
    door = Door(ends_after=0)
    async with aqua(door, **BY_USER) as ours:
        with pytest.raises(NotAuthorised, match=r"not valid \(any more\). Renew AQUA_USERNAME and AQUA_PASSWORD"):
            await ours.enforcers()
    assert [one.line for one in door.asked] == [LOGIN, HOSTS, LOGIN, HOSTS]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({**BY_KEY, "api_secret": SecretStr("wrong")}, r"Renew AQUA_API_KEY and AQUA_API_SECRET or set this machine's"),
        ({**BY_USER, "password": SecretStr("wrong")}, r"Renew AQUA_USERNAME and AQUA_PASSWORD\."),
        ({**HOSTED_USER, "password": SecretStr("wrong")}, r"Renew AQUA_USERNAME and AQUA_PASSWORD\."),
    ],
)
async def test_a_refused_login_says_what_to_renew(settings: dict[str, Any], words: str) -> None:
    door = Door()
    async with aqua(door, **settings) as ours:
        with pytest.raises(NotAuthorised, match=rf"Aqua refused the login \(invalid\)\. {words}"):
            await ours.enforcers()
    assert len(door.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [told({}), told({"data": ""}), told({"token": ""}), told({"data": {"token": None}}), told({}, 503), told({}, 404)],
)
async def test_a_login_that_gives_no_token_is_told(answer: Canned) -> None:
    for settings in (BY_KEY, BY_USER, HOSTED_USER):
        outside = Outside(patience=3, now=still)
        async with serving(lambda _request: answer) as address:
            given: dict[str, Any] = {
                name: one.format(address) if isinstance(one, str) else one for name, one in settings.items()
            }
            ours = Aqua.connect(AquaSettings(**{"url": address, **given}), Wiring(outside=outside))
            with pytest.raises((Refused, Unavailable)):
                await ours.enforcers()
        await outside.aclose()


@pytest.mark.parametrize(
    "console", ["evil.example.com", "aquasec.com.evil.example", "evilaquasec.com", "a@b.aquasec.com"]
)
async def test_a_token_goes_to_no_stranger(console: str) -> None:
    door = Door(ese_url=console)
    async with aqua(door, **BY_KEY) as ours:
        with pytest.raises(Refused, match="on a host that is not Aqua's; the token was not sent there"):
            await ours.enforcers()
    assert [one.line for one in door.asked] == [TOKENS, ENVS]


async def test_a_password_goes_over_plain_http_to_loopback_only() -> None:
    outside = Outside(patience=2, now=still)
    for settings in (BY_KEY, BY_USER):
        ours = Aqua.connect(AquaSettings(url="http://aqua.example.com", **settings), Wiring(outside=outside))
        with pytest.raises(VendorError, match="is plain http, which shows the credential to the network"):
            await ours.enforcers()
    await outside.aclose()


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        ({**BY_KEY}, ("https://cloud.aquasec.com", "https://api.cloudsploit.com", "https://prov.cloud.aquasec.com")),
        (
            {**BY_KEY, "region": "eu-1"},
            (
                "https://eu-1.cloud.aquasec.com",
                "https://eu-1.api.cloudsploit.com",
                "https://prov-eu-1.cloud.aquasec.com",
            ),
        ),
        (
            {**BY_KEY, "url": "https://abc.asia-2.cloud.aquasec.com/"},
            (
                "https://abc.asia-2.cloud.aquasec.com",
                "https://asia-2.api.cloudsploit.com",
                "https://prov-asia-2.cloud.aquasec.com",
            ),
        ),
        (
            {**BY_KEY, "url": "https://abc.cloud.aquasec.com"},
            (
                "https://abc.cloud.aquasec.com",
                "https://api.cloudsploit.com",
                "https://prov.cloud.aquasec.com",
            ),
        ),
        (
            {**BY_USER, "region": "ap-2"},
            (
                "https://ap-2.cloud.aquasec.com",
                "https://ap-2.api.cloudsploit.com",
                "https://prov-ap-2.cloud.aquasec.com",
            ),
        ),
        ({**BY_USER, "url": "https://aqua.example.com/"}, ("https://aqua.example.com",) * 3),
        ({**BY_KEY, "url": "https://proxy.example.com"}, ("https://proxy.example.com",) * 3),
    ],
)
def test_each_region_has_its_hosts(settings: dict[str, Any], places: tuple[str, str, str]) -> None:
    found = places_of(AquaSettings(**settings))
    assert (found.console, found.tokens, found.provision) == places
    assert found.hosted is (places[0] != "https://aqua.example.com")


def test_a_tenant_s_console_is_spoken_to_over_tls() -> None:
    places = places_of(AquaSettings(**BY_KEY))
    for told_of in ("abc.cloud.aquasec.com", "https://abc.cloud.aquasec.com/", "http://abc.cloud.aquasec.com"):
        assert console_of(told_of, places, "Aqua") == "https://abc.cloud.aquasec.com"
    for wrong in ("abc.cloud.aquasec.com:99999", "https://abc.cloud.aquasec.com:8443", "https://[::1", "", "https://"):
        with pytest.raises(Refused):
            console_of(wrong, places, "Aqua")


async def test_an_address_that_is_none_is_told_by_the_first_call() -> None:
    outside = Outside(patience=2, now=still)
    for settings in (BY_KEY, BY_USER):
        ours = Aqua.connect(AquaSettings(url="https://[::1", **settings), Wiring(outside=outside))
        with pytest.raises(Refused, match="AQUA_URL is not an address"):
            await ours.enforcers()
    await outside.aclose()
