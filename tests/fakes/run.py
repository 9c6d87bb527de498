"""A run without an engine: steps are done directly and in order, so a flow is tested as the plain function it is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from bot.domain.errors import VendorError
from bot.durable.plain import Json, plain
from bot.durable.run import DoneWithout, Failed, Run, Step

P = ParamSpec("P")
T = TypeVar("T")


class PlainRun(Run):
    """`answers` are the words that wait for the flow, by topic. A step that fails in a round is in `failed`.

    A failing step that the flow awaits is tried `tries` times and then done without, as if a person had said so.
    What is not a vendor's error comes through: it is a mistake, and a test wants to see it.
    """

    def __init__(
        self, key: str = "test:1", *, answers: Mapping[str, Mapping[str, Json] | None] | None = None, tries: int = 1
    ) -> None:
        super().__init__(key)
        self.steps: list[str] = []
        self.rounds: list[tuple[str, ...]] = []
        self.acts: list[object] = []
        self.failed: list[Failed] = []
        self.slept: list[float] = []
        self._pending: list[Step[Any]] = []
        self._answers = dict(answers or {})
        self._tries = tries

    async def finish(self, step: Step[T]) -> T:
        for _ in range(self._tries):
            done, value = await self._try(step)
            if done:
                return value  # type: ignore[no-any-return]  # what the step returned, as plain JSON
        raise DoneWithout(step.name)

    async def all_of(self, steps: tuple[Step[Any], ...]) -> tuple[Any, ...]:
        self.rounds.append(tuple(step.name for step in steps))
        results: list[Any] = []
        for step in steps:
            done, value = await self._try(step)
            if not done:
                self._pending.append(step)
                value = self.failed[-1]
            results.append(value)
        return tuple(results)

    async def settle(self) -> None:
        """Try what failed in the rounds once more, as the engine does after the flow's body."""
        pending, self._pending = self._pending, []
        for step in pending:
            done, _ = await self._try(step)
            if not done:
                self._pending.append(step)

    async def record(
        self, name: str, doing: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """What `doing` returns is added to `acts`."""
        self.steps.append(name)
        acts = await doing(*args, **kwargs)
        self.acts.extend(acts if isinstance(acts, list | tuple) else [acts])

    async def wait(self, topic: str, seconds: float) -> Mapping[str, Json] | None:
        self.slept.append(seconds)
        return self._answers.pop(topic, None)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _try(self, step: Step[Any]) -> tuple[bool, Any]:
        self.steps.append(step.name)
        try:
            return True, plain(await step.doing(), f"the result of step {step.name!r}")
        except VendorError as error:
            self.failed.append(Failed(step.name, str(error)))
            return False, None
