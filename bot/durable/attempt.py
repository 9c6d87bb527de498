"""One try of one step: done, or why not, in a form that the journal keeps."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.domain.errors import RateLimited, Refused, VendorError
from bot.durable.plain import Json, plain

log = structlog.get_logger(__name__)

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Done:
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """`asked` is the pause a rate limit asked for; `again` is False when the same call will get the same answer."""

    reason: str
    asked: float | None = None
    again: bool = True


async def attempt(doing: Callable[[], Awaitable[object]], *, key: str, name: str, seconds: float) -> Done | NotDone:
    """Do it once, within the time. What goes wrong in it is an answer: a vendor's failure is a state, not an end."""
    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            return Done(plain(await doing(), f"the result of step {name!r}"))
    except RateLimited as error:
        return NotDone(reason=_short(error), asked=error.retry_after)
    except Refused as error:
        return NotDone(reason=_short(error), again=False)
    except VendorError as error:
        return NotDone(reason=_short(error))
    except Exception as error:  # our own mistake must not end the flow: logged, seen, tried again
        if isinstance(error, TimeoutError) and timer.expired():
            return NotDone(reason=f"no answer in {seconds:g} s")
        reference = secrets.token_hex(2).upper()
        log.exception("step failed by our own mistake", flow=key, step=name, ref=reference)
        return NotDone(reason=f"our own mistake, see the log (ref {reference})")


def _short(error: VendorError) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= LONGEST_REASON else f"{words[: LONGEST_REASON - 1]}…"
