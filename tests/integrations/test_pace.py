"""A few calls go at once, the others one after the other, and a pause gives the few again."""

from bot.integrations.pace import Pace


async def test_three_calls_go_at_once_and_then_ten_a_second() -> None:
    now, slept = 100.0, list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))

    pace = Pace(every=0.1, at_once=3, clock=lambda: now, sleep=sleep)
    for _ in range(5):
        await pace.turn()
    assert slept == [0.1, 0.2]
    now = 200.0
    await pace.turn()
    assert len(slept) == 2
