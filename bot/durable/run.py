"""What a flow gets in hand: steps that are done once and remembered, rounds of them, waits, and people's answers."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar, overload

from bot.durable.plain import Json

P = ParamSpec("P")
T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")
T6 = TypeVar("T6")

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Failed:
    """What stands in a round for a step that did not succeed; it is tried again once the flow's body has ended."""

    name: str
    reason: str


class DoneWithout(Exception):
    """A person decided to go on without this step, or nobody came for long. Ends the flow quietly if not caught."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """One outside effect, begun only when it is awaited or given to `together`."""

    name: str
    doing: Callable[[], Awaitable[T]]
    finish: "Callable[[Step[T]], Coroutine[Any, Any, T]]"

    def __await__(self) -> Generator[Any, None, T]:
        return self.finish(self).__await__()


class Run(ABC):
    """One run of a flow, under its business key.

    Between the steps a flow only decides: no clock, no chance, no input or output, since a restart goes through it
    again with the recorded results. Results are plain JSON. Step names are for ever, and people see them.
    """

    def __init__(self, key: str) -> None:
        self.key = key

    def step(self, name: str, doing: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> Step[T]:
        """A step; `await` it, and it is done when you get the result: a failure is waited out, or `DoneWithout`."""
        if not name or len(name) > LONGEST_NAME:
            raise ValueError(f"a step's name has 1 to {LONGEST_NAME} characters, not {name!r}")
        return Step(name, partial(doing, *args, **kwargs), self.finish)

    @overload
    async def together(self, a: Step[T1], /) -> tuple[T1 | Failed]: ...
    @overload
    async def together(self, a: Step[T1], b: Step[T2], /) -> tuple[T1 | Failed, T2 | Failed]: ...
    @overload
    async def together(
        self, a: Step[T1], b: Step[T2], c: Step[T3], /
    ) -> tuple[T1 | Failed, T2 | Failed, T3 | Failed]: ...
    @overload
    async def together(
        self, a: Step[T1], b: Step[T2], c: Step[T3], d: Step[T4], /
    ) -> tuple[T1 | Failed, T2 | Failed, T3 | Failed, T4 | Failed]: ...
    @overload
    async def together(
        self, a: Step[T1], b: Step[T2], c: Step[T3], d: Step[T4], e: Step[T5], /
    ) -> tuple[T1 | Failed, T2 | Failed, T3 | Failed, T4 | Failed, T5 | Failed]: ...
    @overload
    async def together(
        self, a: Step[T1], b: Step[T2], c: Step[T3], d: Step[T4], e: Step[T5], f: Step[T6], /
    ) -> tuple[T1 | Failed, T2 | Failed, T3 | Failed, T4 | Failed, T5 | Failed, T6 | Failed]: ...
    @overload
    async def together(self, *steps: Step[T]) -> tuple[T | Failed, ...]: ...
    async def together(self, *steps: Step[Any]) -> tuple[Any, ...]:
        """Start all in the written order, wait for all; one that failed is a value and stops none of its neighbours."""
        names = [step.name for step in steps]
        if len(set(names)) < len(names):
            raise ValueError(f"steps done together need names of their own: {', '.join(names)}")
        return await self.all_of(steps)

    @abstractmethod
    async def finish(self, step: Step[T]) -> T:
        """What awaiting a step does."""

    @abstractmethod
    async def all_of(self, steps: tuple[Step[Any], ...]) -> tuple[Any, ...]:
        """What `together` does."""

    @abstractmethod
    async def record(
        self, name: str, doing: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """A step in one transaction of the store: what it changes and the acts it returns are saved together."""

    @abstractmethod
    async def wait(self, topic: str, seconds: float) -> Mapping[str, Json] | None:
        """The next words that somebody sends this flow on the topic; None when nobody does in time."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None: ...
