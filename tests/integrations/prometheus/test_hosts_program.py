"""The whole way of a host's figures: Debian's own script, node exporter, a real Prometheus, our checks."""

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from bot.integrations.prometheus.adapter import Prometheus
from bot.integrations.prometheus.job import BackupJob
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.programs import free_port, node_exporter, prometheus, until
from tests.integrations.prometheus.test_program import checking

SCRIPT: Final = "/usr/share/prometheus-node-exporter-collectors/apt_info.py"
pytestmark = [
    pytest.mark.program("prometheus", "promtool", "prometheus-node-exporter", SCRIPT),
    pytest.mark.timeout(120),
]

SECURITY: Final = 'apt_upgrades_pending{origin="Debian:bookworm-security/oldstable-security",arch="amd64"'
BOTH: Final = SECURITY.replace('security",arch="amd64"', 'security,Debian:bookworm/oldstable",arch="all"')
RECORDED: Final = f"""
{SECURITY}}} 52
{BOTH}}} 17
apt_upgrades_pending{{origin="Debian:bookworm/oldstable",arch="amd64"}} 48
apt_upgrades_held{{origin="",arch=""}} 0
apt_autoremove_pending 0
apt_package_cache_timestamp_seconds NOW
node_reboot_required 1
"""
BACKUP: Final = """
backup_last_success_timestamp_seconds{job_name="pg"} NOW
backup_last_exit_code{job_name="pg"} CODE
backup_last_size_bytes{job_name="pg"} 8123456789
"""
CONFIG: Final = """
global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
  - {job_name: node, static_configs: [{targets: [OURS, THEIRS]}]}
"""
A_STEP: Final = 6 * 3_600


def apt_told() -> str:
    """What Debian's script tells of this very machine."""
    return subprocess.run(["/usr/bin/python3", SCRIPT], check=True, capture_output=True, text=True).stdout


def history(folder: Path, instance: str, now: datetime) -> None:
    """Blocks of a Prometheus that saw the host fine until three days ago, and with updates and a reboot since then."""
    last = int(now.timestamp()) // A_STEP * A_STEP
    began = (now - timedelta(days=3)).timestamp()
    times = [last - back * A_STEP for back in range(40)][::-1]
    host = f'instance="{instance}",job="node"'
    lines = ["# TYPE apt_upgrades_pending gauge"]
    lines += [f"{SECURITY},{host}}} {52 if at > began else 0} {at}" for at in times]
    lines += ["# TYPE node_reboot_required gauge"]
    lines += [f"node_reboot_required{{{host}}} {int(at > began)} {at}" for at in times]
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "history.txt"
    told.write_text("\n".join([*lines, "# EOF\n"]))
    given = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(told), str(folder / "store")]
    subprocess.run(given, check=True, capture_output=True)


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made = Outside()
    yield made
    await made.aclose()


async def test_updates_reboots_and_backups_are_seen_as_the_hosts_tell_them(
    tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.integrations.prometheus.adapter._SHARED_FOR", 0.1)
    now = datetime.now(UTC)
    here, there = free_port(), free_port()
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    told = apt_told()
    (ours / "apt.prom").write_text(told)
    (theirs / "apt.prom").write_text(RECORDED.replace("NOW", str(now.timestamp())))
    backup = BACKUP.replace("NOW", str(now.timestamp() - 600))
    (theirs / "backup.prom").write_text(backup.replace("CODE", "0"))
    config = CONFIG.replace("OURS", f"127.0.0.1:{here}").replace("THEIRS", f"127.0.0.1:{there}")
    history(tmp_path / "server", f"127.0.0.1:{there}", now)
    async with (
        node_exporter(ours, here),
        node_exporter(theirs, there),
        prometheus(tmp_path / "server", config) as address,
    ):
        job = BackupJob(name="pg", schedule="0 * * * *")
        checks = checking(address, outside, backups=(job,), hosts='job="node"')

        async def seen() -> Answer | None:
            try:
                answer = await checks.patches()
            except VendorError:
                return None  # not scraped yet
            told_by = [one.title for one in answer.evidence if not one.key.startswith("hosts:")]
            whole = len(told_by) == len(answer.evidence) and "of 2 hosts" in answer.summary
            return answer if whole and any(str(there) in one for one in told_by) else None

        patches = await until(seen, 30, "both hosts are scraped")
        (recorded,) = [one for one in patches.evidence if str(there) in one.title]
        # 69 are more than the 50 that may wait.
        assert recorded.status is Status.FAIL
        assert recorded.detail == "69 security updates for 2 days; a reboot is pending; 48 other updates"
        assert recorded.since is not None
        assert timedelta(days=2.7) < now - recorded.since < timedelta(days=3.1)
        lines = [line for line in told.splitlines() if line.startswith("apt_upgrades_pending{")]
        security = int(sum(float(line.rpartition(" ")[2]) for line in lines if "security" in line.lower()))
        real = [one.detail for one in patches.evidence if str(here) in one.title]
        assert patches.summary.startswith(f"{69 + security} security updates pending; ")
        assert not security or f"{security} security update" in real[0]

        reboots = await checks.reboots()
        assert (reboots.status, len(reboots.evidence)) == (Status.WARN, 1)
        assert reboots.evidence[0].detail == "a reboot is pending for 2 days"

        wiring = Wiring(outside=outside, lifecycles=Lifecycles(outside))
        releases = await Prometheus.connect(PrometheusSettings(url=address), wiring).releases()
        # Both run here, so that there is one system.
        assert "systems" in releases.summary
        assert len(releases.evidence) <= 1

        assert (await checks.backups()).status is Status.OK
        (theirs / "backup.prom").write_text(backup.replace("CODE", "3"))
        failed = await until(lambda: failing(checks.backups), 20, "the exit code is scraped")
        assert failed.evidence[0].detail == "the last run failed with exit status 3"

        # One broken line, and node exporter drops the whole file.
        (theirs / "apt.prom").write_text(RECORDED.replace("NOW", "yesterday"))

        async def silent() -> Answer | None:
            answer = await checks.patches()
            return answer if "no apt or yum metrics from 1 of 2 node exporters" in answer.summary else None

        answer = await until(silent, 20, "the broken file is missed")
        assert answer.status in (Status.UNKNOWN, Status.FAIL)


async def failing(ask: Callable[[], Awaitable[Answer]]) -> Answer | None:
    answer = await ask()
    return answer if answer.status is Status.FAIL else None
