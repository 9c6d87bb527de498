"""Asks every system that keeps feature flags."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain.capabilities import Connections, Flags
from bot.domain.errors import VendorError
from bot.domain.flag import Flag

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all of them told. `troubles` are the sentences of those that did not."""

    flags: Sequence[Flag]
    troubles: Sequence[str] = ()
    asked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagLists:
    connections: Connections
    patience: float = 15.0

    async def all(self) -> Seen:
        """All systems at once; one that is slow or down says so."""
        keepers = self.connections.all(Flags)
        told = await asyncio.gather(*(self._told(one) for one in keepers))
        return Seen(
            flags=sorted((flag for found in told for flag in found.flags), key=_order),
            troubles=[words for found in told for words in found.troubles],
            asked=len(keepers),
        )

    async def one(self, flag: Flag) -> Flag | None:
        """As it is now; None where the list is all that can be told."""
        for keeper in self.connections.all(Flags):
            if keeper.source != flag.source:
                continue
            try:
                async with asyncio.timeout(self.patience):
                    return await keeper.flag(flag.project, flag.key)
            except (TimeoutError, VendorError) as error:
                log.info("flag not shown by itself", source=flag.source, reason=str(error) or "no answer in time")
        return None

    async def _told(self, keeper: Flags) -> Seen:
        try:
            async with asyncio.timeout(self.patience):
                return Seen(flags=await keeper.flags())
        except TimeoutError:
            return Seen(flags=(), troubles=(f"{keeper.source} gave no answer in {self.patience:.0f} s",))
        except VendorError as error:
            return Seen(flags=(), troubles=(str(error),))
        except Exception:
            log.exception("asking for flags failed", source=keeper.source)
            return Seen(flags=(), troubles=(f"{keeper.source}: our own mistake, see the log",))


def _order(one: Flag) -> tuple[object, ...]:
    """Kill switches first, then what could be taken out, then what is on."""
    return not one.kill_switch, not one.stale, not one.on_in_production, one.key, one.project


def matching(flags: Sequence[Flag], text: str) -> Sequence[Flag]:
    """By all of the words; one whose key is just that is the one."""
    words = text.casefold().split()
    exact = [one for one in flags if one.key.casefold() == text.strip().casefold()]
    if exact:
        return exact
    return [one for one in flags if all(word in f"{one.key} {one.title} {one.project}".casefold() for word in words)]
