"""A storm: distinct deliveries of few incidents, posted several times, out of order, at a steady rate.

Limit (architecture, budgets): as many incidents as services, nothing lost or double, answers p99 < 500 ms, memory
bounded. `python benchmarks/storm.py [posts a second] [incidents] [deliveries]`; the full size is 250 100 10000.
"""

import asyncio
import random
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta

from beside import Beside, beside, event, quantile, resident

COPIES = 3
P99_LIMIT = 0.5
GROWTH_LIMIT = 150
"""MiB: what a storm may add, however many deliveries it has."""


def _plan(services: int) -> str:
    rows = "".join(f"  - {{name: s{n}, match: {{pagerduty: PS{n:04d}}}}}\n" for n in range(services))
    return (
        "teams:\n  - {name: platform, channel: '#platform-ops'}\nservices:\n" + rows + "incidents:\n"
        "  announce: '#incidents'\n  triage: '#alerts'\n"
    )


def _bodies(services: int, deliveries: int) -> list[bytes]:
    start = datetime.now(UTC) - timedelta(minutes=5)
    bodies = []
    for number in range(deliveries):
        service = number % services
        at = (start + timedelta(milliseconds=20 * number)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        bodies.append(
            event(number, incident=f"Q{number:09d}", service=f"PS{service:04d}", title=f"Alert {number}", at=at)
        )
    return bodies


async def storm(pair: Beside, rate: int, services: int, deliveries: int) -> bool:
    """Run it and tell what was seen; False when a limit is passed."""
    posts = _bodies(services, deliveries) * COPIES
    random.Random(7).shuffle(posts)
    before, answers, refused = resident(pair.process.pid), [], 0
    started = time.monotonic()

    async def post(index: int, body: bytes) -> None:
        nonlocal refused
        await asyncio.sleep(max(started + index / rate - time.monotonic(), 0))
        sent = time.monotonic()
        status = await pair.page(body)
        answers.append(time.monotonic() - sent)
        refused += status != 202

    for first in range(0, len(posts), 2000):
        await asyncio.gather(*(post(first + n, body) for n, body in enumerate(posts[first : first + 2000])))
    took = time.monotonic() - started
    waited = await _worked_off(pair)
    names = [one["name"] for one in (await pair.state())["channels"] if one["name"].startswith("inc-")]
    print("left:", _left(pair))
    after, p99 = resident(pair.process.pid), quantile(answers, 0.99)
    print(f"{len(posts)} posts of {deliveries} deliveries in {took:.1f} s ({len(posts) / took:.0f} a second)")
    print(
        f"answers: p50 {quantile(answers, 0.5) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (limit {P99_LIMIT * 1000:.0f})"
    )
    print(f"refused {refused}, worked off {waited:.1f} s after the last, memory {before:.0f} → {after:.0f} MiB")
    print(f"incident channels: {len(names)} (wanted {services})")
    kept, wanted = _kept(pair), {"deliveries": deliveries, "alerts in an incident": deliveries, "incidents": services}
    print(f"kept: {kept} (wanted {wanted})")
    grown = after - before
    print(f"memory grew by {grown:.0f} MiB (limit {GROWTH_LIMIT})")
    whole = len(names) == services and kept == wanted
    return refused == 0 and p99 < P99_LIMIT and whole and grown < GROWTH_LIMIT


def _kept(pair: Beside) -> dict[str, int]:
    """What the store holds now: every delivery once, and its alert in the one incident of its service."""
    with sqlite3.connect(pair.log.parent / "bot" / "daywatch.db") as store:
        return {
            "deliveries": store.execute("SELECT count(*) FROM delivery WHERE source = 'pagerduty'").fetchone()[0],
            "alerts in an incident": store.execute(
                "SELECT count(*) FROM alert JOIN incident ON incident.id = alert.incident_id"
                " WHERE incident.service = alert.service"
            ).fetchone()[0],
            "incidents": store.execute("SELECT count(*) FROM incident").fetchone()[0],
        }


def _left(pair: Beside) -> dict[str, int]:
    """Rows of work that are still open."""
    with sqlite3.connect(pair.log.parent / "bot" / "daywatch.db") as store:
        return {
            "deliveries": store.execute("SELECT count(*) FROM delivery WHERE done_at IS NULL").fetchone()[0],
            "acts": store.execute("SELECT count(*) FROM act WHERE handed_at IS NULL").fetchone()[0],
            "messages": store.execute("SELECT count(*) FROM message WHERE shown < wanted").fetchone()[0],
        }


async def _worked_off(pair: Beside) -> float:
    """Seconds until no delivery and no act is left, and Slack has heard all for a while."""
    started, last, still = time.monotonic(), -1, 0
    while still < 6 and time.monotonic() - started < 900:
        await asyncio.sleep(0.5)
        calls, left = len(await pair.calls()), _left(pair)
        still = still + 1 if calls == last and not left["deliveries"] and not left["acts"] else 0
        last = calls
    return time.monotonic() - started - still * 0.5


async def main() -> int:
    rate, services, deliveries = (int(word) for word in (*sys.argv[1:], *("250", "100", "10000")[len(sys.argv) - 1 :]))
    async with beside(_plan(services)) as pair:
        good = await storm(pair, rate, services, deliveries)
        trouble = pair.log.read_text()[-3000:]
        if trouble:
            print("the bot's warnings:\n" + trouble)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
