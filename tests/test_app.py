"""The wiring: what is refused before anything is touched."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.app import Daywatch
from bot.connecting import connect, switched_on
from bot.doctor import reports
from bot.domain.alert import AlertChanged
from bot.domain.capabilities import DailyCheck
from bot.domain.check import Status
from bot.domain.plan import Plan
from bot.durable.database import FolderInUse, only_one
from bot.integrations.http import Outside
from bot.settings import PlanFile, load_settings
from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery
from tests.integrations.email.mails import nagios
from tests.integrations.email.server import Server, serving
from tests.integrations.trivy.outputs import body, result, scan, vulnerability


async def test_a_second_process_leaves_the_first_ones_files_alone(tmp_path: Path) -> None:
    settings = load_settings({"DAYWATCH_DATA_DIR": str(tmp_path), "DAYWATCH_CONFIG": ""})
    second = Daywatch(settings=settings, file=PlanFile(None, Plan()))
    with only_one(tmp_path / "engine.db"), pytest.raises(FolderInUse, match="another Daywatch uses this folder"):
        async with second.running():
            raise AssertionError("two at work in one folder")
    assert not (tmp_path / "daywatch.db").exists()


async def test_mails_are_fetched_into_intake_and_the_worker_knows_their_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = replace(nagios(), at=datetime.now(UTC))
    async with serving(Server(mails=[problem])) as mailbox:
        login = {"HOST": "127.0.0.1", "PORT": str(mailbox.port), "SECURITY": "none", "USER": "a", "PASSWORD": "b"}
        for name, value in login.items():
            monkeypatch.setenv(f"IMAP_{name}", value)
        slack = {"SLACK_API_URL": "http://127.0.0.1:1/", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
        settings = load_settings({"DAYWATCH_DATA_DIR": str(tmp_path), "DAYWATCH_CONFIG": "", **slack})
        async with Daywatch(settings=settings, file=PlanFile(None, Plan())).running():
            store = Store(settings.store_url)
            try:
                kept = await _first_kept(store)
            finally:
                await store.close()
    outside = Outside()
    readers = connect(switched_on(Plan()), outside, Plan()).readers()
    (news,) = readers[kept.source].parse(kept.body)
    assert isinstance(news, AlertChanged)
    assert news.alert.title == "db1/Disk / is CRITICAL"
    await outside.aclose()


async def _first_kept(store: Store) -> Delivery:
    async with asyncio.timeout(20):
        while True:
            for one in await Deliveries(store).due(datetime.now(UTC), limit=1):
                return one
            await asyncio.sleep(0.05)


async def test_what_ci_posts_is_in_the_morning_s_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIVY_REPORT_TOKEN", "a1" * 16)
    slack = {"SLACK_API_URL": "http://127.0.0.1:1/", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    settings = load_settings({"DAYWATCH_DATA_DIR": str(tmp_path), "DAYWATCH_CONFIG": "", **slack})
    async with Daywatch(settings=settings, file=PlanFile(None, Plan())).running() as web:
        transport = httpx.ASGITransport(app=web)
        async with httpx.AsyncClient(transport=transport, base_url="http://daywatch.test") as client:
            answer = await client.post(
                "/reports/trivy",
                content=body(scan(result(vulnerability()))),
                headers={"Authorization": f"Bearer {'a1' * 16}"},
            )
        assert answer.status_code == 202
        assert answer.json() == {"detail": "trivy: registry.example:5000/shop, 1 critical with a fix"}
        store, outside = Store(settings.store_url), Outside()
        (adapter,) = connect(switched_on(Plan()), outside, Plan(), store=store).all(DailyCheck)
        assert [(await check.ask()).status for check in adapter.checks()] == [Status.FAIL, Status.FAIL]
        found = await reports.examined(settings, Plan())
        await store.close()
        await outside.aclose()
    assert [(one.what, one.state.value) for one in found] == [("Trivy reports", "ok")]
    assert "/reports/trivy is open · 1 name · last 0.0 h ago: registry.example:5000/shop, 1 critical" in found[0].words
