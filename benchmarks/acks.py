"""How soon a command is acknowledged, at 50 a second for a minute and with 200 at once.

Limits (architecture, budgets): p99 < 100 ms; 200 at once: all within a second. `python benchmarks/acks.py [seconds]`
"""

import asyncio
import sys
import time

from beside import Beside, beside, quantile

RATE = 50
P99_LIMIT = 0.1
BURST, BURST_LIMIT = 200, 1.0


async def _command(pair: Beside, text: str) -> float:
    """Seconds from the person's Enter to the ack, as the workspace saw it."""
    given = {"user": "ann", "channel": "platform-ops", "command": "/incident", "text": text}
    started = time.monotonic()
    answer = (await pair.http.post(f"{pair.workspace}/_/slack/command", json=given)).json()
    assert answer["taken"], answer
    return time.monotonic() - started


async def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    async with beside() as pair:
        await _command(pair, "list")
        started, waiting = time.monotonic(), []
        for number in range(RATE * seconds):
            await asyncio.sleep(max(started + number / RATE - time.monotonic(), 0))
            waiting.append(asyncio.create_task(_command(pair, "list" if number % 5 else "status monitoring")))
        taken = await asyncio.gather(*waiting)
        burst = await asyncio.gather(*(_command(pair, "list") for _ in range(BURST)))
        trouble = pair.log.read_text()[-2000:]
    p99 = quantile(list(taken), 0.99)
    print(f"{RATE} a second: p50 {quantile(list(taken), 0.5) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (limit 100)")
    print(f"{BURST} at once: last after {max(burst):.2f} s (limit {BURST_LIMIT:.0f})")
    if trouble:
        print("the bot's warnings:\n" + trouble)
    return 0 if p99 < P99_LIMIT and max(burst) < BURST_LIMIT else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
