"""Health: anybody may ask whether we are ready, but why not and how we do is for us alone."""

from collections.abc import Mapping

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from bot.web.health import Health
from bot.web.slack_door import SlackHttp


async def ask(
    path: str, *, trouble: Mapping[str, str | None], token: str | None = None, host: str = "203.0.113.7", **headers: str
) -> httpx.Response:
    async def readiness() -> Mapping[str, str | None]:
        return trouble

    async def refresh() -> None:
        """Nothing to bring up to date."""

    app = FastAPI()
    app.include_router(Health(readiness=readiness, refresh=refresh, token=SecretStr(token) if token else None).routes())
    transport = httpx.ASGITransport(app=app, client=(host, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


FINE = {"store": None, "slack": None}
BROKEN = {"store": None, "slack": "Socket Mode is reconnecting"}


async def test_alive_is_a_plain_word() -> None:
    answer = await ask("/healthz", trouble=BROKEN)
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_ready_or_not_is_all_a_stranger_hears() -> None:
    assert (await ask("/readyz", trouble=FINE)).json() == {"ready": True}
    answer = await ask("/readyz", trouble=BROKEN)
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


async def test_reasons_are_for_loopback_and_for_the_token() -> None:
    parts = {"store": "ok", "slack": "Socket Mode is reconnecting"}
    assert (await ask("/readyz", trouble=BROKEN, host="127.0.0.1")).json() == {"ready": False, "parts": parts}
    assert (await ask("/readyz", trouble=BROKEN, host="::1")).json()["parts"] == parts
    told = await ask("/readyz", trouble=BROKEN, token="t0p", authorization="Bearer t0p")
    assert told.json()["parts"] == parts


@pytest.mark.parametrize("mark", ["x-forwarded-for", "x-real-ip", "forwarded", "via", "x-forwarded-host"])
async def test_what_a_proxy_on_this_machine_forwards_is_a_stranger(mark: str) -> None:
    assert (await ask("/metrics", trouble=FINE, host="127.0.0.1", **{mark: "x"})).status_code == 401


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Bearer t0", "bearer t0p"])
async def test_metrics_need_the_token_from_elsewhere(given: str) -> None:
    assert (await ask("/metrics", trouble=FINE, token="t0p", authorization=given)).status_code == 401
    assert (await ask("/metrics", trouble=FINE)).status_code == 401
    told = await ask("/metrics", trouble=FINE, token="t0p", authorization="Bearer t0p")
    assert told.status_code == 200
    assert "# HELP" in told.text


@pytest.mark.parametrize(("expected", "status"), [(False, 404), (True, 503)])
async def test_slacks_door_is_shut_in_socket_mode_and_starting_in_http_mode(*, expected: bool, status: int) -> None:
    app = FastAPI()
    app.include_router(SlackHttp(expected=expected).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot") as client:
        assert (await client.post("/slack/events", content=b"{}")).status_code == status
