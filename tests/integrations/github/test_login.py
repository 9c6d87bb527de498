"""The login as a GitHub App: a signed note for a token of an hour, fetched anew in time."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, Refused, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.github.adapter import connect
from bot.integrations.http import Outside
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.github.scripted import SCRIPT, settings
from tests.integrations.moment import AT, still

PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PAIR.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
ASKED = "POST /app/installations/4711/access_tokens"


class App:
    """A GitHub that gives tokens to its App, each with a number, and remembers who asked."""

    def __init__(self, hours: float = 1, answer: Canned | None = None) -> None:
        self.hours, self.answer = hours, answer
        self.notes: list[Request] = []
        self.used: list[str] = []
        self.refused: set[str] = set()

    def __call__(self, request: Request) -> Canned:
        given = request.headers["authorization"]
        if request.line == ASKED:
            self.notes.append(request)
            ends = (AT + timedelta(hours=self.hours)).isoformat()
            return self.answer or told({"token": f"ghs_{len(self.notes)}", "expires_at": ends}, 201)
        self.used.append(given)
        return told({"message": "Bad credentials"}, 401) if given in self.refused else SCRIPT.replying()(request)


def as_app(**changes: Any) -> dict[str, Any]:
    return {
        "token": SecretStr(""),
        "app_id": "Iv1.8a61",
        "installation_id": "4711",
        "app_private_key": SecretStr(PEM),
        **changes,
    }


async def asked(app: App, times: int = 1, **changes: Any) -> list[Status]:
    outside = Outside(patience=3, now=still)
    try:
        async with serving(app) as address:
            ours = connect(settings(address, **as_app(**changes)), Wiring(outside=outside))
            assert ours is not None
            return [(await ours.limits()).status for _ in range(times)]
    finally:
        await outside.aclose()


async def test_the_note_is_signed_by_the_app_and_the_token_serves_for_its_hour() -> None:
    app = App()
    assert await asked(app, 3) == [Status.OK] * 3
    (note,) = app.notes
    kind, _, signed = note.headers["authorization"].partition(" ")
    read = jwt.decode(
        signed, PAIR.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert (kind, read["iss"]) == ("Bearer", "Iv1.8a61")
    assert read["iat"] == int(AT.timestamp()) - 60
    assert 0 < read["exp"] - int(AT.timestamp()) <= 600
    assert note.headers["user-agent"]
    assert note.headers["x-github-api-version"] == "2022-11-28"
    assert app.used == ["Bearer ghs_1"] * 3


async def test_a_token_that_ends_within_five_minutes_is_fetched_anew() -> None:
    app = App(hours=4 / 60)
    assert await asked(app, 2) == [Status.OK] * 2
    assert app.used == ["Bearer ghs_1", "Bearer ghs_2"]


async def test_a_token_that_is_refused_is_fetched_anew_once() -> None:
    app = App()
    app.refused = {"Bearer ghs_2"}
    outside = Outside(patience=3, now=still)
    async with serving(app) as address:
        ours = connect(settings(address, **as_app()), Wiring(outside=outside))
        assert ours is not None
        await ours.limits()
        app.refused = {"Bearer ghs_1"}
        assert (await ours.limits()).status is Status.OK
        app.refused = {"Bearer ghs_2", "Bearer ghs_3"}
        with pytest.raises(NotAuthorised, match="GITHUB_APP_PRIVATE_KEY"):
            await ours.limits()
    await outside.aclose()
    assert len(app.notes) == 3


async def test_many_questions_at_once_need_one_token() -> None:
    app = App()
    outside = Outside(patience=3, now=still)
    async with serving(app) as address:
        ours = connect(settings(address, **as_app()), Wiring(outside=outside))
        assert ours is not None
        for ask in (ours.queue, ours.deployments):
            assert (await ask()).status is Status.OK
    await outside.aclose()
    assert len(app.notes) == 1


async def test_the_key_may_stand_in_a_file_or_on_one_line(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(PEM)
    assert await asked(App(), app_private_key=SecretStr(""), app_private_key_file=str(file)) == [Status.OK]
    assert await asked(App(), app_private_key=SecretStr(PEM.replace("\n", "\\n"))) == [Status.OK]


def wrong() -> Iterator[tuple[App, dict[str, Any], type[VendorError], str]]:
    yield App(), {"app_private_key": SecretStr("hunter2-not-a-key")}, NotAuthorised, "not an RSA private key"
    yield App(), {"app_private_key": SecretStr(""), "app_private_key_file": "/nowhere/x.pem"}, Refused, "cannot be read"
    yield App(answer=told({"message": "no"}, 401)), {}, NotAuthorised, "renew GITHUB_APP_PRIVATE_KEY"
    yield App(answer=told({"message": "no"}, 404)), {}, NotAuthorised, "Check GITHUB_INSTALLATION_ID"
    yield App(answer=told({"message": "no"}, 500)), {}, Unavailable, "no token at the moment"
    yield App(answer=told({"message": "API rate limit exceeded"}, 403)), {}, Unavailable, "no token at the moment"
    yield App(answer=told({"token": ""}, 201)), {}, Refused, "something else than a token"


@pytest.mark.parametrize(
    ("app", "changes", "kind", "words"), list(wrong()), ids=lambda one: one if isinstance(one, str) else ""
)
async def test_what_is_wrong_with_the_login_is_told(
    app: App, changes: dict[str, Any], kind: type[VendorError], words: str
) -> None:
    with pytest.raises(kind, match=words) as error:
        await asked(app, **changes)
    assert "hunter2" not in str(error.value)


async def test_an_app_cannot_see_who_has_no_second_factor_so_that_is_unknown() -> None:
    outside = Outside(patience=3, now=still)
    async with serving(App()) as address:
        ours = connect(settings(address, **as_app()), Wiring(outside=outside))
        assert ours is not None
        answer = await ours.access_review()
    await outside.aclose()
    assert (answer.status, "GITHUB_OWNER_TOKEN" in answer.evidence[0].detail) == (Status.UNKNOWN, True)
