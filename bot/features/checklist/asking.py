"""Asks every check at once, each under its own patience: a system that is slow or down becomes an "unknown" line."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from bot.domain.capabilities import Connections, DailyCheck, Duty
from bot.domain.check import Answer, Check, Item, Result, Status
from bot.domain.digest import OnDuty
from bot.domain.errors import NotInstalled, VendorError
from bot.domain.limits import judged_by
from bot.domain.names import Names
from bot.domain.oncall import OnCall
from bot.domain.plan import Plan
from bot.features.checklist.own import Own
from bot.features.checklist.routine import Routine

log = structlog.get_logger(__name__)

LONGEST: Final = 20.0
"""Seconds that a round takes at most, however patient its checks are."""
GRACE: Final = 1.0
"""Seconds that a check has to end once it was told to."""
DUTY_PATIENCE: Final = 8.0
OWN_MISTAKE: Final = "our own mistake, see the log"

Told = Callable[[int, int, Check | None], None]
"""How many of how many checks have answered, and which one just did (None at the start)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSeen:
    """A check that is on, and when it last answered what."""

    check: Check
    answered_at: datetime | None
    status: Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of asking brought; a line for every check."""

    results: Sequence[Result]
    on_call: OnDuty
    at: datetime
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`more` are a team's daily checks that are not a connected system's, such as the heartbeats of our own store."""

    connections: Callable[[], Connections]
    own: Own
    plan: Callable[[], Plan]
    names: Names
    clock: Callable[[], datetime]
    more: Callable[[str], Sequence[DailyCheck]] = lambda _team: ()
    timer: Callable[[], float] = time.monotonic

    def checks(self, routine: Routine, only: Item | None = None) -> Sequence[Check]:
        """What this team is asked every morning, in the order of the page."""
        connected = [
            check
            for source in (*self.connections().all(DailyCheck), *self.more(routine.team))
            for check in _declared(source)
        ]
        # With nothing connected all nine items are by hand; our own incidents stand under "Today" all the same.
        every = [*connected, *(self.own.checks(routine) if connected else ())]
        order = list(Item)
        shown = (check for check in every if routine.shows(check) and only in (None, check.item))
        return sorted(shown, key=lambda check: (order.index(check.item), check.name, check.instance or ""))

    async def ask(self, routine: Routine, *, only: Item | None = None, told: Told | None = None) -> Round:
        """One round. Never raises for what a check does, and never loses one."""
        began, at = self.timer(), self.clock()
        checks = self.checks(routine, only)
        duty = asyncio.create_task(self._duty(routine)) if only is None else None
        try:
            with judged_by(self.plan().thresholds_of(routine.team)):
                results = await self._all(checks, told)
            # Asked beside the checks, so it seldom has to be waited for.
            on_call = await duty if duty is not None else OnDuty()
        finally:
            if duty is not None:
                duty.cancel()
        return Round(results=results, on_call=on_call, at=at, duration=self.timer() - began)

    async def _all(self, checks: Sequence[Check], told: Told | None) -> Sequence[Result]:
        done = 0

        async def one(check: Check) -> Result:
            nonlocal done
            result = await self._ask(check)
            done += 1
            if told is not None:
                told(done, len(checks), check)
            return result

        if told is not None:
            told(0, len(checks), None)
        tasks = [asyncio.create_task(one(check)) for check in checks]
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=LONGEST + GRACE)
            return [self._outcome(check, task) for check, task in zip(checks, tasks, strict=True)]
        finally:
            for task in tasks:
                task.cancel()

    def _outcome(self, check: Check, task: "asyncio.Task[Result]") -> Result:
        """One that does not even end when it is cancelled, or was cancelled by somebody else, has its line too."""
        if not task.done():
            log.error("a check cannot be stopped", check=check.name)
            return _unknown(check, f"no answer in {LONGEST:g} s", LONGEST)
        if task.cancelled():
            log.error("a check was cancelled from within", check=check.name)
            return _unknown(check, OWN_MISTAKE, 0.0)
        return task.result()

    async def _ask(self, check: Check) -> Result:
        began = self.timer()
        patience = min(check.patience, LONGEST)
        limit = asyncio.timeout(patience)
        try:
            async with limit:
                answer = await check.ask()
                return Result(check=check, answer=_sound(answer), duration=self.timer() - began)
        except TimeoutError:
            reason = f"no answer in {patience:g} s" if limit.expired() else "no answer in time"
        except NotInstalled as error:
            answer = Answer.unknown(str(error))
            return Result(check=check, answer=answer, duration=self.timer() - began, absent=True)
        except VendorError as error:
            reason = str(error)
        except Exception:
            log.exception("check failed", check=check.name)
            reason = OWN_MISTAKE
        return _unknown(check, reason, self.timer() - began)

    async def _duty(self, routine: Routine) -> OnDuty:
        """Who is on call for the team's services; for a team without any, whoever is on call."""
        pagers = self.connections().all(Duty)
        if not pagers:
            return OnDuty()
        plan = self.plan()
        services = [plan.service(name) for name in routine.services]
        refs = {ref for one in services if one for ref in one.match.refs.values()}
        asked = await asyncio.gather(*(_on_call(pager) for pager in pagers))
        found = [one for told, _ in asked for one in told]
        trouble = next((words for _, words in asked if words), None)
        first = [one for one in found if one.level == 1 and (not refs or one.service_ref in refs)]
        names = {one.name: self._user(one) for one in first}
        return OnDuty(names=tuple(names.items())[:3], trouble=None if names else trouble, asked=True)

    def _user(self, one: OnCall) -> str | None:
        person = self.names.by_email(one.email) if one.email else None
        return person.id if person else None


async def _on_call(pager: Duty) -> tuple[Sequence[OnCall], str | None]:
    """Who a system says is on call, or why it says nothing."""
    try:
        async with asyncio.timeout(DUTY_PATIENCE):
            return await pager.on_call(), None
    except TimeoutError:
        return (), f"no answer in {DUTY_PATIENCE:g} s"
    except VendorError as error:
        return (), str(error)
    except Exception:
        log.exception("on call not known")
        return (), OWN_MISTAKE


def _declared(source: DailyCheck) -> Sequence[Check]:
    """What a system declares; one that cannot even do that has a line that says so."""
    try:
        return tuple(source.checks())
    except Exception:
        log.exception("checks not declared", system=type(source).__name__)

    async def mistake() -> Answer:
        return Answer.unknown(OWN_MISTAKE)

    name = f"{type(source).__name__.lower()}.checks"
    return (Check(name=name, item=Item.INCIDENTS, question="Which checks does it offer?", ask=mistake),)


def _sound(answer: Answer) -> Answer:
    """An adapter that answers something else has made a mistake, and a mistake is not a status.

    A date at the edges of time, as some write "never", cannot be told in every time zone, so it is none.
    """
    if not isinstance(answer, Answer):
        raise TypeError(f"a check answers an Answer, not {type(answer).__name__}")
    if all(one.since is None or 1 < one.since.year < 9999 for one in answer.evidence):
        return answer
    told = [one if one.since and 1 < one.since.year < 9999 else replace(one, since=None) for one in answer.evidence]
    return replace(answer, evidence=told)


def _unknown(check: Check, reason: str, duration: float) -> Result:
    return Result(check=check, answer=Answer.unknown(reason), duration=duration)
