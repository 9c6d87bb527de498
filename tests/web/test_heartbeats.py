"""Scripts report their runs: each with its own token, bounded, and told apart as runs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from bot.domain.backup import Job, Run
from bot.domain.check import Status
from bot.domain.errors import StoreDown
from bot.integrations.heartbeats.adapter import Heartbeats as Adapter
from bot.store.database import Store
from bot.store.heartbeats import HeartbeatRows, Ping, PingKind, paired
from bot.web.heartbeats import Heartbeats, hashed
from tests.store import opened

NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TOKEN = "5f2d8c1e9b7a46308c1e9b7a4630d2f5"
OTHER = "q3Zt8VnL0wXyR5kBsD2fGh"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(slots=True)
class Door:
    client: httpx.AsyncClient
    rows: HeartbeatRows
    store: Store
    now: datetime = NIGHT

    async def post(self, path: str, **more: object) -> httpx.Response:
        return await self.client.post(path, **{"headers": BEARER} | more)  # type: ignore[arg-type]  # httpx's own words

    async def runs(self) -> Sequence[Run]:
        return await self.rows.runs("pg-nightly")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as store:
        tokens = hashed({"pg-nightly": SecretStr(TOKEN), "files": SecretStr(OTHER)})
        rows = HeartbeatRows(store)
        app = FastAPI()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://daywatch.test") as client:
            made = Door(client, rows, store)
            app.include_router(Heartbeats(tokens=lambda: tokens, rows=rows, clock=lambda: made.now).routes())
            yield made


async def test_a_success_is_accepted_and_remembered(door: Door) -> None:
    answer = await door.post("/heartbeats/pg-nightly", json={"size_bytes": 8123456789, "duration_s": 41.5})
    assert (answer.status_code, answer.headers["cache-control"]) == (202, "no-store")
    (run,) = await door.runs()
    assert (run.ok, run.ended_at, run.size_bytes, run.duration_s) == (True, NIGHT, 8123456789, 41.5)


async def test_a_start_and_its_end_are_one_run(door: Door) -> None:
    await door.post("/heartbeats/pg-nightly/start")
    door.now += timedelta(minutes=5)
    await door.post("/heartbeats/pg-nightly/0")
    (run,) = await door.runs()
    assert (run.started_at, run.ended_at, run.ok, run.exit_code) == (NIGHT, door.now, True, 0)


@pytest.mark.parametrize(("ending", "code"), [("fail", None), ("1", 1), ("255", 255)])
async def test_a_failure_is_told_with_its_exit_status(door: Door, ending: str, code: int | None) -> None:
    assert (await door.post(f"/heartbeats/pg-nightly/{ending}", content="pg_dump: no space left")).status_code == 202
    (run,) = await door.runs()
    assert (run.ok, run.exit_code) == (False, code)
    assert await door.rows.note("pg-nightly") == "pg_dump: no space left"


@pytest.mark.parametrize("ending", ["256", "-1", "start/2", "log", "1e2", "٣", "00000"])
async def test_any_other_ending_is_unknown(door: Door, ending: str) -> None:
    assert (await door.post(f"/heartbeats/pg-nightly/{ending}")).status_code == 404
    assert await door.runs() == []


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/heartbeats/pg-nightly", "Bearer wrong"),
        ("/heartbeats/pg-nightly", f"Bearer {OTHER}"),
        ("/heartbeats/pg-nightly", f"Basic {TOKEN}"),
        ("/heartbeats/pg-nightly", ""),
        ("/heartbeats/pg-nightly", "Bearer"),
        ("/heartbeats/nobody", f"Bearer {TOKEN}"),
        ("/heartbeats/nobody", "Bearer "),
        ("/heartbeats/t", f"Bearer {TOKEN}"),
    ],
)
async def test_an_unknown_name_and_a_wrong_token_look_the_same(door: Door, path: str, header: str) -> None:
    answer = await door.post(path, headers={"Authorization": header})
    assert answer.status_code == 404
    assert answer.json() == {"detail": "No heartbeat of that name with that token."}
    assert await door.runs() == []


async def test_a_token_with_strange_bytes_is_refused_and_breaks_nothing(door: Door) -> None:
    answer = await door.post("/heartbeats/pg-nightly", headers={"Authorization": b"Bearer \xff\xfe"})
    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_who_can_only_call_an_address_has_the_token_in_it(door: Door, method: str) -> None:
    answer = await door.client.request(method, f"/heartbeats/t/{TOKEN}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert [run.ok for run in await door.runs()] == [True]


async def test_an_address_takes_the_same_endings(door: Door) -> None:
    assert (await door.client.get(f"/heartbeats/t/{TOKEN}/start")).status_code == 200
    assert (await door.client.get(f"/heartbeats/t/{TOKEN}/7")).status_code == 200
    assert [run.exit_code for run in await door.runs()] == [7]
    for unknown in (f"{TOKEN}x", "start", "pg-nightly"):
        assert (await door.client.get(f"/heartbeats/t/{unknown}")).status_code == 404


async def test_a_get_by_name_is_nothing(door: Door) -> None:
    assert (await door.client.get("/heartbeats/pg-nightly", headers=BEARER)).status_code == 405


async def test_five_reports_a_minute_are_taken_and_another_jobs_are_not_counted(door: Door) -> None:
    codes = [(await door.post("/heartbeats/pg-nightly")).status_code for _ in range(6)]
    assert codes == [202] * 5 + [429]
    refused = await door.post("/heartbeats/pg-nightly")
    assert refused.headers["retry-after"] == "60"
    assert (await door.client.get(f"/heartbeats/t/{OTHER}")).status_code == 200
    door.now += timedelta(seconds=60)
    assert (await door.post("/heartbeats/pg-nightly")).status_code == 202


async def test_of_a_long_log_the_end_is_kept_and_the_failure_it_tells_counts(door: Door) -> None:
    log = "log line ä\n".encode() * 50_000 + b"disk full"
    assert (await door.post("/heartbeats/pg-nightly/fail", content=log)).status_code == 202
    assert [run.ok for run in await door.runs()] == [False]
    note = await door.rows.note("pg-nightly")
    assert (len(note.encode()), note[-9:]) == (100_000, "disk full")


async def test_a_body_of_more_than_a_megabyte_is_too_large(door: Door) -> None:
    assert (await door.post("/heartbeats/pg-nightly", content=b"x" * 1024 * 1024)).status_code == 202
    assert (await door.post("/heartbeats/pg-nightly", content=b"x" * (1024 * 1024 + 1))).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1]",
        b'{"size_bytes": true}',
        b'{"size_bytes": -1}',
        b'{"size_bytes": 1e400}',
        b'{"size_bytes": NaN}',
        b'{"size_bytes": "8 GB"}',
        b"[" * 50_000,
        b"\xff\x00",
    ],
)
async def test_a_body_that_cannot_be_read_fails_no_script_and_tells_no_size(door: Door, body: bytes) -> None:
    answer = await door.post(
        "/heartbeats/pg-nightly", content=body, headers=BEARER | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 202
    assert [run.size_bytes for run in await door.runs()] == [None]


async def test_numbers_are_read_only_from_json(door: Door) -> None:
    await door.post("/heartbeats/pg-nightly", content=b'{"size_bytes": 5}')
    assert [run.size_bytes for run in await door.runs()] == [None]


async def test_runs_that_overlap_are_told_apart_by_their_ids(door: Door) -> None:
    one, two = uuid4(), uuid4()
    await door.post(f"/heartbeats/pg-nightly/start?rid={one}")
    await door.post(f"/heartbeats/pg-nightly/start?rid={two}")
    await door.post(f"/heartbeats/pg-nightly/1?rid={one}")
    await door.post(f"/heartbeats/pg-nightly?rid={two}")
    assert [(run.ok, run.exit_code) for run in await door.runs()] == [(True, None), (False, 1)]


async def test_an_id_that_is_none_is_left_aside(door: Door) -> None:
    assert (await door.post("/heartbeats/pg-nightly?rid=%00nightly")).status_code == 202


async def test_the_morning_check_judges_by_what_was_reported(door: Door) -> None:
    jobs = [Job(name=name, schedule="0 2 * * *") for name in ("pg-nightly", "files")]
    await door.post("/heartbeats/pg-nightly")
    adapter = Adapter(jobs, door.rows, now=lambda: NIGHT + timedelta(hours=6))
    answer = await adapter.jobs()
    assert {one.key: one.status for one in answer.evidence} == {"pg-nightly": Status.OK, "files": Status.FAIL}


class Down(HeartbeatRows):
    async def add(self, ping: Ping, *, most: int, since: datetime) -> bool:
        raise StoreDown("the database does not answer")


async def test_a_store_that_is_down_asks_for_another_try(door: Door) -> None:
    app = FastAPI()
    rows, tokens = Down(door.store), hashed({"j": SecretStr(TOKEN)})
    app.include_router(Heartbeats(tokens=lambda: tokens, rows=rows, clock=lambda: NIGHT).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://daywatch.test") as client:
        answer = await client.post("/heartbeats/j", headers=BEARER)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_old_reports_are_forgotten_but_the_last_of_each_job_stays(door: Door) -> None:
    for _ in range(3):
        await door.post("/heartbeats/pg-nightly")
        door.now += timedelta(days=1)
    assert await door.rows.prune(door.now + timedelta(days=1)) == 2
    assert len(await door.runs()) == 1


@pytest.mark.parametrize("token", ["", "secret", "5f2d8c1e9b7a4630", "5f2d8c1e9b7a46308c1e9b7a4630d2f"])
def test_a_token_that_could_be_guessed_stops_the_start_and_is_not_shown(token: str) -> None:
    with pytest.raises(ValueError, match="openssl rand -hex 16") as error:
        hashed({"pg-nightly": SecretStr(token)})
    assert not token or token not in str(error.value)


def test_each_job_has_a_token_and_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="the token of another job"):
        hashed({"a": SecretStr(TOKEN), "b": SecretStr(TOKEN)})
    with pytest.raises(ValueError, match="another name"):
        hashed({"t": SecretStr(TOKEN)})


def pings(*kinds: str, rid: str | None = None) -> Sequence[Ping]:
    return [
        Ping(name="j", at=NIGHT + timedelta(minutes=number), kind=PingKind(kind), run_id=rid)
        for number, kind in enumerate(kinds)
    ]


def test_a_failure_overrides_an_earlier_success_of_the_same_run_and_stays() -> None:
    runs = paired(pings("start", "success", "fail", "success", rid="r"))
    assert [(run.ok, run.ended_at) for run in runs] == [(False, NIGHT + timedelta(minutes=2))]


def test_without_ids_each_end_without_a_start_is_a_run_of_its_own() -> None:
    assert [run.ok for run in paired(pings("success", "fail", "start", "success"))] == [True, False, True]


def test_a_start_that_never_ended_stays_open_beside_the_next_run() -> None:
    runs = paired(pings("start", "start", "success"))
    assert [(run.ok, run.ended_at is None) for run in runs] == [(True, False), (None, True)]


def test_a_start_that_comes_after_its_end_opens_nothing() -> None:
    assert [run.ok for run in paired(pings("success", "start", rid="r"))] == [True]
