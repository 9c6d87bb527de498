"""Whether what a Docker host runs is still supported."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.check import Answer, Item, Status
from bot.integrations import Wiring
from bot.integrations.docker.adapter import Docker
from bot.integrations.docker.settings import DockerSettings
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from tests.integrations.contract.server import serving, told
from tests.integrations.docker.scripted import INFO, INFO_FOUND, SCRIPT, host, inspected, listed, state


async def ask(*containers: tuple[dict[str, Any], dict[str, Any]], **info: Any) -> Answer:
    """The answer on a day on which our own table is fresh. Any: whatever JSON can hold."""
    outside = Outside(now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    instead = {**(host(*containers) if containers else {}), INFO: told({**INFO_FOUND, **info})}
    try:
        async with serving(SCRIPT.replying(instead)) as address:
            settings = DockerSettings(host=address.replace("http://", "tcp://"))
            ours = Docker.connect(settings, Wiring(outside=outside, lifecycles=Lifecycles(outside)))
            check = next(one for one in ours.checks() if one.name == "docker.support")
            assert check.item is Item.PATCHES
            return await check.ask()
    finally:
        await outside.aclose()


async def test_an_engine_its_system_and_its_images_are_judged_by_their_end_of_life() -> None:
    answer = await ask(
        (listed("db", Image="postgres:12"), inspected("db")),
        (listed("gone", "exited", Image="node:8"), inspected("gone", state("exited", ExitCode=0))),
        (listed("web", Image="shop:12"), inspected("web")),
        ServerVersion="28.0.4",
        OperatingSystem="Debian GNU/Linux 11 (bullseye)",
    )
    assert [(one.title, one.status) for one in answer.evidence] == [
        ("Debian GNU/Linux 11 (bullseye)", Status.FAIL),
        ("Image postgresql 12", Status.FAIL),
    ]
    assert answer.evidence[1].detail == "unsupported since 14 Nov 2024; db"


async def test_an_engine_that_is_supported_is_ok_and_one_without_a_version_is_not() -> None:
    well = await ask(ServerVersion="29.1.0", OperatingSystem="Debian GNU/Linux 13 (trixie)")
    assert well.status is Status.OK
    assert (await ask(ServerVersion="", OperatingSystem="")).status is Status.UNKNOWN
    old = await ask(ServerVersion="20.10.24+dfsg1", OperatingSystem="")
    assert (old.status, old.evidence[0].title) == (Status.FAIL, "Docker Engine 20.10")
