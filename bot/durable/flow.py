"""A row of the table of flows: a function that may take days, and what it needs to be called."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, is_typeddict

from bot.durable.plain import Json, plain
from bot.durable.run import Run


@dataclass(frozen=True, slots=True)
class Flow:
    """`name` is for ever. `function` is `async def f(run: Run, <services by their type>, <plain JSON by name>)`.

    `at_once` limits how many of these are busy at the same time in one process; one that waits does not count.
    """

    name: str
    function: Callable[..., Awaitable[None]]
    _: KW_ONLY
    at_once: int | None = None
    step_seconds: float = 30.0


class FlowMisfit(Exception):
    """A flow's function asks for something that nobody gives it; said at the start, not in the night."""


class BoundFlow:
    """A flow with its services found; only the plain arguments are still to come."""

    def __init__(self, flow: Flow, provide: Mapping[Any, object]) -> None:
        self.row = flow
        self._services: dict[str, object] = {}
        self._plain: dict[str, inspect.Parameter] = {}
        parameters = list(inspect.signature(flow.function, eval_str=True).parameters.values())
        if not parameters or parameters[0].annotation is not Run:
            raise FlowMisfit(f"flow {flow.name!r}: its function's first parameter must be `run: Run`")
        for parameter in parameters[1:]:
            self._sort_in(parameter, provide)

    def _sort_in(self, parameter: inspect.Parameter, provide: Mapping[Any, object]) -> None:
        wanted = parameter.annotation
        optional = _without_none(wanted)
        if wanted in provide:
            self._services[parameter.name] = provide[wanted]
        elif _is_plain(wanted):
            self._plain[parameter.name] = parameter
        elif optional is not None:
            # `Pager | None`: a capability that need not be connected.
            self._services[parameter.name] = provide.get(optional)
        else:
            raise FlowMisfit(
                f"flow {self.row.name!r} wants `{parameter.name}: {_spelled(wanted)}`, "
                "which is neither provided nor plain JSON"
            )

    def check(self, given: Mapping[str, Json]) -> dict[str, Json]:
        """The plain arguments, if they are the ones that the function takes."""
        missing = [n for n, p in self._plain.items() if p.default is inspect.Parameter.empty and n not in given]
        unknown = [name for name in given if name not in self._plain]
        if missing or unknown:
            raise TypeError(f"flow {self.row.name!r}: missing {missing}, unknown {unknown}")
        kept = plain(dict(given), f"what flow {self.row.name!r} is given")
        return kept if isinstance(kept, dict) else {}

    async def __call__(self, run: Run, given: Mapping[str, Json]) -> None:
        await self.row.function(run, **self._services, **given)


def bound(flows: Iterable[Flow], provide: Mapping[Any, object]) -> dict[str, BoundFlow]:
    """All flows by name."""
    by_name: dict[str, BoundFlow] = {}
    for flow in flows:
        if flow.name in by_name:
            raise FlowMisfit(f"two flows are called {flow.name!r}")
        by_name[flow.name] = BoundFlow(flow, provide)
    return by_name


def _without_none(wanted: object) -> object | None:
    """`X` of `X | None`, else None."""
    parts = get_args(wanted) if isinstance(wanted, UnionType) or get_origin(wanted) is Union else ()
    rest = [part for part in parts if part is not NoneType]
    return rest[0] if NoneType in parts and len(rest) == 1 else None


def _is_plain(wanted: object) -> bool:
    if wanted in (None, NoneType, bool, int, float, str, list, dict) or wanted == Json or is_typeddict(wanted):
        return True
    if isinstance(wanted, str):  # the `"Json"` inside the alias itself
        return wanted == "Json"
    parts = get_args(wanted)
    if isinstance(wanted, UnionType) or get_origin(wanted) in (Union, list, dict):
        return all(_is_plain(part) for part in parts)
    return False


def _spelled(wanted: object) -> str:
    return wanted.__name__ if isinstance(wanted, type) else str(wanted)
