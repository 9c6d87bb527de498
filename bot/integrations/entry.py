"""What is said of a system that stands in the YAML file: its keys there, where a text names environment variables."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cache, partial

from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check
from bot.domain.errors import VendorError
from bot.integrations.settings import SystemSettings

Speaks = Callable[[str], str]


@cache
def speaks_of(settings: type[SystemSettings], system: str, instance: str | None) -> Speaks:
    """How to put words about one instance. The unnamed one has its settings from the environment: as they are."""
    if instance is None:
        return str
    keys = {settings.variable_name(field): field for field in settings.model_fields}
    longest_first = sorted(map(re.escape, keys), key=len, reverse=True)
    variable = re.compile(rf"(?<![A-Z0-9_])(?:{'|'.join(longest_first)})(?![A-Z0-9_])")
    where = f" (systems: {system} {instance})"

    def put(text: str) -> str:
        found = variable.search(text)
        if found is None:
            return text
        begun = f"{text[: found.start()]}{keys[found[0]]}{where}"
        return begun + variable.sub(lambda more: keys[more[0]], text[found.end() :])

    return put


class OfEntry(DailyCheck):
    """The checks of such a system."""

    def __init__(self, checked: DailyCheck, put: Speaks) -> None:
        self._checked, self._put = checked, put

    def checks(self) -> Sequence[Check]:
        return [replace(one, ask=partial(self._asked, one.ask)) for one in self._checked.checks()]

    async def _asked(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            answer = await ask()
        except VendorError as error:
            error.args = tuple(self._put(one) if isinstance(one, str) else one for one in error.args)
            raise
        put = self._put
        return replace(
            answer,
            summary=put(answer.summary),
            reason=put(answer.reason) if answer.reason else answer.reason,
            evidence=[replace(one, title=put(one.title), detail=put(one.detail)) for one in answer.evidence],
        )
