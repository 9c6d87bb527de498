"""Shows what a vendor did not do yet: the engine's desk, written into the store and redrawn where people look."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.acts import Act, Acts, Post, Tell
from bot.durable.ports import Outcome
from bot.perform import Performer
from bot.store.pending import Pending, PendingRows

QUIET_TRIES = 2
"""A hiccup that heals within two tries is nobody's news."""
LONG = timedelta(seconds=15)
"""Unless the second try is this far away: a rate limit can ask for a pause in which people wonder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDesk:
    """Hears of steps that did not succeed; each call may come twice."""

    rows: PendingRows
    performer: Performer
    clock: Callable[[], datetime]

    async def failed(
        self,
        key: str,
        step: str,
        reason: str,
        *,
        attempt: int,
        tries: int | None,
        next_try: datetime | None,
        final: bool,
    ) -> None:
        one = Pending(
            flow_key=key,
            step=step,
            reason=reason[:500],
            attempt=attempt,
            tries=tries,
            next_try_at=next_try,
            final=final,
            outcome=None,
            at=self.clock(),
        )

        async def write() -> Acts:
            await self.rows.put(one)
            return self._redraw(key, step) if _shown(one) else ()

        await self.performer.record(write)

    async def settled(self, key: str, step: str, outcome: Outcome) -> None:
        async def write() -> Acts:
            known = await self.rows.get(key, step)
            if known is None or known.outcome is not None:
                return ()
            await self.rows.settle(key, step, outcome, self.clock())
            return self._redraw(key, step) if _shown(known) else ()

        await self.performer.record(write)

    async def try_again(self) -> None:
        """Once more what is not tried again by itself: with a start come new credentials, the usual remedy."""

        async def told() -> Acts:
            stopped = await self.rows.stopped()
            return tuple(Tell(once=one.flow_key, words={"step": one.step, "do": "retry"}) for one in stopped)

        await self.performer.record(told)

    def _redraw(self, key: str, step: str) -> Acts:
        acts: list[Act] = [Post(f"pending:{key}|{step}")]
        kind, _, rest = key.partition(":")
        number = rest.partition(":")[0]
        if kind == "incident" and number.isdigit():
            acts.append(Post(f"incident.card:{number}", 0.5))
        if kind == "postmortem" and number.isdigit():
            acts.append(Post(f"postmortem.filed:{number}", 0.5))
        return tuple(acts)


def _shown(one: Pending) -> bool:
    far = one.next_try_at is not None and one.next_try_at - one.at >= LONG
    return one.final or one.attempt >= QUIET_TRIES or far
