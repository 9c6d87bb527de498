"""Mailboxes without passwords: the token that is fetched, sent as it must be, and fetched anew after a refusal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, Refused, Unavailable
from bot.integrations.email.adapter import Email
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.contract.server import serving as web
from tests.integrations.email.server import Server
from tests.integrations.email.test_adapter import QUIET, mailbox

SECRET: Final = "app-secret-77aa10"
GOOD: Final = told({"access_token": "good", "expires_in": 3599})


@asynccontextmanager
async def with_app(
    server: Server, *answers: Canned, **settings: Any
) -> AsyncIterator[tuple[Email, list[dict[str, list[str]]]]]:
    """A mailbox, and a token server that answers so; what that was asked. Any: any of the settings."""
    left, asked = list(answers), list[dict[str, list[str]]]()

    def answer(request: Request) -> Canned:
        assert request.line == "POST /tenant/oauth2/v2.0/token"
        asked.append(parse_qs(request.body.decode()))
        return left.pop(0)

    async with web(answer) as address:
        app = {
            "password": SecretStr(""),
            "oauth_token_url": f"{address}/tenant/oauth2/v2.0/token",
            "oauth_client_id": "app",
            "oauth_client_secret": SecretStr(SECRET),
            **settings,
        }
        async with mailbox(server=server, **app) as email:
            yield email, asked


async def test_a_token_is_fetched_once_and_sent_by_sasl() -> None:
    server = Server(mails=(QUIET,), token="good")
    async with with_app(server, GOOD) as (email, asked):
        assert (await email.alerts()).status is Status.OK
        await email.arrived(None)
    assert asked == [
        {
            "grant_type": ["client_credentials"],
            "client_id": ["app"],
            "client_secret": [SECRET],
            "scope": ["https://outlook.office365.com/.default"],
        }
    ]
    assert "user=alerts\1auth=Bearer good\1\1" in server.asked
    assert [line for line in server.asked if line.startswith("LOGIN")] == []


async def test_a_token_that_is_refused_is_told_and_the_next_one_is_a_new_one() -> None:
    server = Server(mails=(QUIET,), token="good")
    async with with_app(server, told({"access_token": "old"}), GOOD) as (email, asked):
        with pytest.raises(NotAuthorised, match=r"IMAP\.AccessAsApp"):
            await email.arrived(None)
        assert len((await email.arrived(None)).notices) == 0
    assert len(asked) == 2


async def test_a_refresh_token_is_used_where_there_is_one() -> None:
    server = Server(mails=(QUIET,), token="good")
    async with with_app(server, GOOD, oauth_refresh_token=SecretStr("r-1")) as (email, asked):
        await email.mailbox()
    assert (asked[0]["grant_type"], asked[0]["refresh_token"]) == (["refresh_token"], ["r-1"])


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            told({"error": "invalid_client", "error_description": SECRET}, 401),
            NotAuthorised,
            "IMAP_OAUTH_CLIENT_SECRET",
        ),
        (told({"error": "invalid_grant"}, 400), NotAuthorised, "Renew IMAP_OAUTH_CLIENT_SECRET"),
        (told({}, 500), Unavailable, "trouble answering"),
        (told({}), Refused, "a form we do not know"),
        (Canned(body=b"<html>", headers={"content-type": "text/html"}), Refused, "a web page"),
    ],
)
async def test_without_a_token_nothing_is_ok(answer: Canned, kind: type[Exception], words: str) -> None:
    async with with_app(Server(mails=(QUIET,)), answer) as (email, _):
        with pytest.raises(kind, match=words) as refused:
            await email.alerts()
    assert SECRET not in str(refused.value)
