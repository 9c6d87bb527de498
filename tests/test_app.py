"""The wiring: what is refused before anything is touched."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import Daywatch
from bot.connecting import connect, switched_on
from bot.domain.alert import AlertChanged
from bot.domain.plan import Plan
from bot.durable.database import FolderInUse, only_one
from bot.integrations.http import Outside
from bot.settings import PlanFile, load_settings
from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery
from tests.integrations.email.mails import nagios
from tests.integrations.email.server import Server, serving


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
