"""Our checks and our fetching beside a real Dovecot: real logins, real flags, real numbering."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.collecting import Collector
from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, NotFound
from bot.integrations import Wiring
from bot.integrations.email.adapter import Email
from bot.integrations.email.settings import EmailSettings
from bot.integrations.http import Outside
from bot.store.deliveries import Deliveries
from bot.web.inbox import Inbox
from tests.integrations.email.dovecot import PASSWORD, USER, dovecot, flags, put
from tests.integrations.email.mails import mail, nagios
from tests.store import opened

pytestmark = [pytest.mark.program("dovecot"), pytest.mark.timeout(120)]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with dovecot() as found:
        yield found


@asynccontextmanager
async def reading(port: int, **settings: Any) -> AsyncIterator[Email]:  # any of the settings
    given = {"host": "127.0.0.1", "port": port, "security": "none", "user": USER, "password": SecretStr(PASSWORD)}
    outside = Outside()
    email = Email.connect(EmailSettings(**{**given, **settings}), Wiring(outside=outside))
    try:
        yield email
    finally:
        await email.aclose()
        await outside.aclose()


async def test_the_checks_tell_an_empty_a_quiet_and_a_troubled_mailbox_apart(port: int) -> None:
    async with reading(port) as email:
        assert (await email.mailbox()).status is Status.UNKNOWN
        assert (await email.alerts()).status is Status.UNKNOWN
    put(port, mail("Weekly report").content, seen=True)
    async with reading(port) as email:
        assert (await email.mailbox()).status is Status.OK
        assert (await email.alerts()).status is Status.OK
    put(port, nagios().content, mail("Box is hot").content)
    before = flags(port)
    async with reading(port) as email:
        answer = await email.alerts()
    assert answer.status is Status.FAIL
    assert [one.title for one in answer.evidence] == ["db1/Disk / is CRITICAL", "Box is hot"]
    assert flags(port) == before
    put(port, nagios("RECOVERY", "OK").content)
    async with reading(port) as email:
        assert [one.title for one in (await email.alerts()).evidence] == ["Box is hot"]


async def test_a_wrong_password_and_a_wrong_folder_are_told_and_any_folder_is_found(port: int) -> None:
    async with reading(port, password=SecretStr("wrong")) as email:
        with pytest.raises(NotAuthorised, match="Renew IMAP_PASSWORD"):
            await email.mailbox()
    async with reading(port, password=SecretStr("wröng")) as email:
        with pytest.raises(NotAuthorised, match="Renew IMAP_PASSWORD"):
            await email.mailbox()
    async with reading(port, folder="Nowhere") as email:
        with pytest.raises(NotFound, match="Check IMAP_FOLDER"):
            await email.mailbox()
    put(port, mail("Hello").content, folder='"Alerts &AOk-t&AOk- &- co"')
    async with reading(port, folder="Alerts été & co") as email:
        assert [one.title for one in (await email.alerts()).evidence] == ["Hello"]


async def test_each_mail_comes_into_intake_once_across_looks_restarts_and_replicas(port: int, tmp_path: Path) -> None:
    put(port, nagios().content, mail("Box is hot", number="1").content)
    async with opened(tmp_path) as store:
        deliveries = Deliveries(store)

        async def kept() -> list[str]:
            found = await deliveries.due(datetime.now(UTC), limit=100)
            return [notice.alert.title for one in found for notice in reader.parse(one.body)]  # type: ignore[union-attr]

        inbox = Inbox(deliveries=deliveries, kept=lambda: None)
        running = asyncio.create_task(inbox.run())
        try:
            async with reading(port) as reader:
                collector = Collector(sources=(reader,), inbox=inbox, clock=lambda: datetime.now(UTC))
                upto = await collector.look(reader, None)
                assert await kept() == ["db1/Disk / is CRITICAL", "Box is hot"]
                # Dovecot answers a search for what came later with the last mail, too.
                assert await collector.look(reader, upto) == upto
                put(port, mail("Fan", number="2").content, mail("Box is hot", number="1").content)
                assert await collector.look(reader, upto) != upto
            async with reading(port) as reader:  # another replica, or this one after a restart
                await Collector(sources=(reader,), inbox=inbox, clock=lambda: datetime.now(UTC)).look(reader, None)
                assert await kept() == ["db1/Disk / is CRITICAL", "Box is hot", "Fan"]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
