"""Every connected system asked at once whether it is reachable and lets us do what we need, each within a limit."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import structlog

from bot.connecting import SwitchedOn, connect, switched_on
from bot.doctor.finding import Finding, broken, not_tried, ok, warn
from bot.domain.capabilities import Probe
from bot.domain.errors import VendorError
from bot.domain.plan import Plan
from bot.features.operations.systems import SystemState
from bot.integrations import Connected, System, card, names
from bot.integrations.entry import speaks_of
from bot.integrations.http import Outside
from bot.settings import BadSettings

log = structlog.get_logger(__name__)

PATIENCE: Final = 12.0
APART: Final = 60.0
"""Seconds between a system's clock and ours from which on times cannot be compared."""
AREA: Final = "systems"


async def states(systems: Sequence[System], patience: float = PATIENCE) -> Sequence[SystemState]:
    """How each does, in their order. One that hangs or breaks says so and holds up nobody."""
    return await asyncio.gather(*(_state(one, patience) for one in systems))


async def _state(system: System, patience: float) -> SystemState:
    if not isinstance(system.adapter, Probe):
        return SystemState(title=system.label)
    began = time.perf_counter()
    try:
        async with asyncio.timeout(patience):
            told = await system.adapter.probe()
            tried = tuple((what, words and system.speaks(words)) for what, words in told)
            return SystemState(title=system.label, tried=tried, took=time.perf_counter() - began)
    except TimeoutError:
        return SystemState(title=system.label, trouble=f"no answer in {patience:.0f} s")
    except VendorError as error:
        return SystemState(title=system.label, trouble=system.speaks(str(error)))
    except Exception:
        log.exception("probe failed", system=system.label)
        return SystemState(title=system.label, trouble="our own mistake, see the log")


def off(connected: Connected, plan: Plan) -> Sequence[str]:
    """The titles of the systems that are not on."""
    on = {one.integration.name for one in connected.systems}
    if plan.heartbeats:
        on.add("heartbeats")
    return [card(name).title for name in names() if name not in on]


async def examined(plan: Plan, patience: float = PATIENCE) -> Sequence[Finding]:
    """Each system with what it lets us do, and the doors that stay closed for want of a secret."""
    try:
        on = switched_on(plan)
    except BadSettings as error:
        return [broken(AREA, "settings", line, "Correct it; serve does not start so.") for line in _lines(error)]
    if not on:
        words = "Nothing is connected: every checklist item is done by hand."
        return [warn(AREA, "none", words, "Set a system's variables, see .env.example.")]
    outside = Outside()
    connected = connect(on, outside, plan)
    try:
        asked = await states(connected.systems, patience)
    finally:
        for system in connected.systems:
            close = getattr(system.adapter, "aclose", None)
            if close is not None:
                await close()
        await outside.aclose()
    found = [finding for state in asked for finding in _findings(state, outside.apart.get(state.title))]
    return [*found, *(finding for one in on for finding in _closed_door(one))]


def _findings(state: SystemState, apart: float | None = None) -> Sequence[Finding]:
    if not state.asked:
        return [not_tried(AREA, state.title, "on, and there is nothing to ask it")]
    if state.trouble is not None:
        return [broken(AREA, state.title, state.trouble), *_clock(state.title, apart)]
    works = ", ".join(what for what, words in state.tried if words is None)
    told = [works, f"took {state.took:.1f} s" if state.took is not None else ""]
    told.append(f"clock {abs(apart):.0f} s apart" if apart is not None else "")
    found = [ok(AREA, state.title, " · ".join(filter(None, told)))] if works else []
    found += [broken(AREA, state.title, f"{what}: {words}") for what, words in state.tried if words is not None]
    return [*found, *_clock(state.title, apart)]


def _clock(title: str, apart: float | None) -> Sequence[Finding]:
    if apart is None or abs(apart) < APART:
        return ()
    words = f"its clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} ours: what is late looks in time"
    return [warn(AREA, f"{title} clock", words, "Set the clocks of both machines (NTP).")]


def _closed_door(one: SwitchedOn) -> Sequence[Finding]:
    """It could call us, but nothing says how it would prove itself."""
    settings = one.settings
    if one.integration.webhook is None or settings.on("inbound"):
        return ()
    group = settings.GROUPS.get("inbound")
    variables = ", ".join(sorted(settings.variable_name(name) for name in group.fields)) if group else "its secret"
    words = f"/webhooks/{one.integration.name} answers 404: no secret is set, and unsigned notices are never taken."
    put = speaks_of(type(settings), one.integration.name, one.instance)
    return [warn(AREA, f"{one.integration.title} webhook", words, put(f"Set {variables} if it should call us."))]


def _lines(error: BadSettings) -> Sequence[str]:
    return str(error).splitlines()
