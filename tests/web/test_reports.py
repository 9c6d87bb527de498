"""CI posts what it found: proven, bounded, read by the system's reader, and refused aloud where it cannot be read."""

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.domain.capabilities import ReportReader
from bot.domain.errors import StoreDown, Unreadable
from bot.domain.report import KeptReport, Report
from bot.store.database import Store
from bot.store.reports import ReportRows, TooMuch
from bot.store.tables import report
from bot.web import reports
from bot.web.reading import Reading
from bot.web.reports import Poster, Reports
from bot.web.tokens import digest_of
from tests.store import opened

NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TOKEN = "5f2d8c1e9b7a46308c1e9b7a4630d2f5"
EU = "q3Zt8VnL0wXyR5kBsD2fGh"


@dataclass(frozen=True)
class Counting(ReportReader):
    """`{"name": …, "bad": …}`; some names make it misbehave as readers and bodies can."""

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        try:
            told: dict[str, Any] = json.loads(body)
            name = about.get("name") or told["name"]
        except (ValueError, KeyError):
            raise Unreadable("this is not the output of count: post it with ?name=") from None
        if name == "breaks":
            raise ZeroDivisionError("the secret is hunter2")
        if name == "swells":
            bytearray(8 * 1024**3)
        if name == "never ends":
            while True:
                pass
        made = datetime.fromisoformat(told["made_at"]) if "made_at" in told else None
        return Report(name=name, facts={"bad": told["bad"]}, words=f"{told['bad']} bad", made_at=made)


@dataclass(slots=True)
class Door:
    rows: ReportRows
    store: Store
    posters: dict[str, list[Poster]]
    client: httpx.AsyncClient
    now: datetime = NIGHT
    reading: Reading = field(default_factory=Reading)

    async def post(self, content: Any = b"", path: str = "/reports/count", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {TOKEN}"} | more.pop("headers", {})
        return await self.client.post(path, content=content, headers=headers, **more)

    async def names(self, instance: str | None = None) -> Sequence[str]:
        return [one.report.name for one in await self.rows.kept("count", instance)]


@asynccontextmanager
async def a_door(folder: Path, **more: Any) -> AsyncIterator[Door]:
    async with opened(folder) as store:
        mine = [
            Poster(instance=None, token=digest_of(TOKEN), reader=Counting()),
            Poster(instance="eu", token=digest_of(EU), reader=Counting()),
        ]
        rows, app = more.pop("rows", None) or ReportRows(store), FastAPI()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://daywatch.test") as client:
            made = Door(rows, store, {"count": mine}, client)
            app.include_router(Reports(posters=made.posters, rows=rows, clock=lambda: made.now, **more).routes())
            yield made


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with a_door(tmp_path) as made:
        yield made


def told(name: str = "shop", bad: int = 3, **more: Any) -> bytes:
    return json.dumps({"name": name, "bad": bad} | more).encode()


async def test_what_was_understood_is_answered_and_only_that_is_kept(door: Door) -> None:
    answer = await door.post(told(secret="hunter2"))
    assert (answer.status_code, answer.json()) == (202, {"detail": "count: shop, 3 bad"})
    (one,) = await door.rows.kept("count", None)
    assert one == KeptReport(
        report=Report(name="shop", facts={"bad": 3}, words="3 bad", made_at=None), received_at=NIGHT
    )
    assert "hunter2" not in str(await door.store.all(select(report)))


async def test_the_query_goes_to_the_reader(door: Door) -> None:
    assert (await door.post(told(), "/reports/count?name=cart")).json() == {"detail": "count: cart, 3 bad"}


async def test_the_token_says_which_instance_it_is(door: Door) -> None:
    answer = await door.post(told(), headers={"Authorization": f"bearer {EU}"})
    assert (answer.status_code, await door.names("eu"), await door.names()) == (202, ["shop"], [])


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", b"Bearer \xff\xfe"]
)
async def test_without_the_token_nothing_is_read(door: Door, header: str | bytes) -> None:
    given = header if isinstance(header, bytes) else header.encode()
    answer = await door.client.post("/reports/count", content=told("breaks"), headers={b"Authorization": given})
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["detail"]


async def test_what_is_switched_off_or_unknown_is_not_there(door: Door) -> None:
    answer = await door.post(told(), "/reports/trivy")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "No reports of 'trivy' are taken here: set the system's report token to switch them on.",
    )


async def test_what_cannot_be_read_fails_with_the_remedy(door: Door) -> None:
    answer = await door.post(b"FATAL: no such image")
    assert (answer.status_code, answer.json()) == (
        422,
        {"detail": "this is not the output of count: post it with ?name="},
    )
    assert await door.names() == []


@pytest.mark.parametrize("size", [0, 300_000])
async def test_packed_or_not_small_or_large_it_is_read_alike(door: Door, size: int) -> None:
    body = told(noise=[7] * (size // 3), made_at="2026-11-23T01:00:00+00:00")
    assert (await door.post(body)).status_code == 202
    packed = await door.post(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    assert (packed.status_code, packed.json()) == (202, {"detail": "count: shop, 3 bad"})
    kept = await door.rows.kept("count", None)
    assert [one.at for one in kept] == [NIGHT - timedelta(hours=1)]  # posted twice, there once


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(told())[:-4], b""])
async def test_a_body_that_is_not_packed_as_it_says_is_refused(door: Door, body: bytes) -> None:
    answer = await door.post(body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 422
    assert "gzip" in answer.json()["detail"]


async def test_several_packed_parts_are_one_body(door: Door) -> None:
    body = told(noise=random.Random(7).randbytes(9_000).hex())
    parts = gzip.compress(body[:9]) + gzip.compress(b"") * 5_000 + gzip.compress(body[9:])
    assert (await door.post(parts, headers={"Content-Encoding": "gzip"})).status_code == 202
    assert (await door.post(parts[:-9], headers={"Content-Encoding": "gzip"})).status_code == 422


async def test_another_packing_is_refused(door: Door) -> None:
    assert (await door.post(told(), headers={"Content-Encoding": "br"})).status_code == 415


async def test_what_is_too_large_before_or_after_unpacking_is_refused(tmp_path: Path) -> None:
    async with a_door(tmp_path, reading=Reading(largest=400_000)) as door:
        bomb = gzip.compress(b" " * 3_000_000)
        answer = await door.post(bomb, headers={"Content-Encoding": "gzip"})
        assert (answer.status_code, len(bomb) < 10_000) == (413, True)
        assert (await door.post(b" " * 500_000)).status_code == 413
        assert "gzip" in answer.json()["detail"]


async def test_more_than_is_taken_at_all_is_not_read_on(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "LIMIT", 1000)
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(50):
            read += 1
            yield b" " * 500

    assert (await door.post(pieces())).status_code == 413
    assert read < 10
    assert (await door.post(b"", headers={"Content-Length": "1001"})).status_code == 413


async def test_a_slow_sender_is_given_up(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with a_door(tmp_path, seconds=0.05) as door:
        assert (await door.post(pieces())).status_code == 408


async def test_while_others_fill_the_room_a_sender_is_told_to_come_again(tmp_path: Path) -> None:
    gone = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield told()
        await gone.wait()

    async with a_door(tmp_path, turn=0.05) as door:
        holding = [asyncio.create_task(door.post(slowly())) for _ in range(reports.AT_ONCE)]
        await asyncio.sleep(0)
        answer = await door.post(told("late"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        gone.set()
        assert [one.status_code for one in await asyncio.gather(*holding)] == [202, 202]
        assert (await door.post(told("late"))).status_code == 202


@pytest.mark.parametrize("size", [0, 300_000])
async def test_a_mistake_of_ours_is_called_one_and_quotes_nothing(
    door: Door, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await door.post(told("breaks", noise="7" * size))
    assert (answer.status_code, "Our own mistake" in answer.json()["detail"]) == (500, True)
    logged = "".join(capsys.readouterr())
    assert ("ZeroDivisionError at" in logged, "hunter2" in logged) == (True, False)


async def test_what_swells_beyond_all_bounds_hurts_only_its_reader(door: Door) -> None:
    answer = await door.post(told("swells", noise="7" * 300_000))
    assert (answer.status_code, "bounds of time and memory" in answer.json()["detail"]) == (413, True)
    assert (await door.post(told())).status_code == 202


async def test_what_takes_for_ever_is_ended(tmp_path: Path) -> None:
    async with a_door(tmp_path, reading=Reading(patience=1.0)) as door:
        assert (await door.post(told("never ends", noise="7" * 300_000))).status_code == 413


async def test_too_many_in_a_minute_are_asked_to_wait(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST", 2)
    codes = [(await door.post(told())).status_code for _ in range(3)]
    assert codes == [202, 202, 429]
    assert (await door.post(told(), headers={"Authorization": f"Bearer {EU}"})).status_code == 202
    door.now += timedelta(minutes=1)
    assert (await door.post(told())).status_code == 202


@pytest.mark.parametrize("query", ["a=" + "x" * 400, "&".join(f"a{n}=1" for n in range(30)), "name=a&name=b"])
async def test_an_odd_query_is_refused(door: Door, query: str) -> None:
    assert (await door.post(told(), f"/reports/count?{query}")).status_code == 422


class Down(ReportRows):
    async def add(self, system: str, instance: str | None, kept: KeptReport) -> None:
        raise StoreDown("the database does not answer")


class Full(ReportRows):
    async def add(self, system: str, instance: str | None, kept: KeptReport) -> None:
        raise TooMuch("500 names are kept already")


async def test_a_store_that_is_down_asks_for_another_try(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, a_door(tmp_path, rows=Down(store)) as door:
        answer = await door.post(told())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


class Broken(ReportRows):
    async def add(self, system: str, instance: str | None, kept: KeptReport) -> None:
        raise ValueError("Out of range float values are not JSON compliant")


async def test_a_mistake_while_keeping_it_is_told_in_the_same_form(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, a_door(tmp_path, rows=Broken(store)) as door:
        answer = await door.post(told())
    assert (answer.status_code, "Our own mistake" in answer.json()["detail"]) == (500, True)


async def test_what_is_too_much_to_keep_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, a_door(tmp_path, rows=Full(store)) as door:
        answer = await door.post(told())
    assert (answer.status_code, answer.json()["detail"]) == (422, "count: 500 names are kept already.")
