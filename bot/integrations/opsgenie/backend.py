"""What we need of Opsgenie and of its successor alike, and how the outcome of an act is followed."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from bot.domain.errors import Refused, Unavailable
from bot.integrations.http import Api
from bot.integrations.opsgenie.shapes import Accepted, Alert, Found, Heartbeat, Outcome, Watch
from bot.integrations.response import Response

T = TypeVar("T")
Responder = Mapping[str, str]
PAGE: Final = 100
_MOST: Final = 2_000
"""Things a list is read to: twenty calls."""
PAUSES: Final = (0.2, 0.4, 0.8, 1.6, 2.0)
"""Seconds before each look at what became of an act: it is done in the background, mostly within a second."""
_LONGEST_KEY: Final = 500


class Backend(Protocol):
    """One of the two systems behind this integration."""

    async def answers(self) -> None:
        """A harmless look that shows whether it answers and takes our credential."""

    async def open_alerts(self) -> Found: ...

    async def watches(self) -> Sequence[Watch]: ...

    async def heartbeats(self, wanted: Sequence[str]) -> Sequence[Heartbeat]: ...

    async def alert(self, alert: str) -> Alert: ...

    async def with_alias(self, alias: str) -> Alert | None: ...

    async def notes(self, alert: str) -> Sequence[str]: ...

    async def acknowledge(self, alert: str, by: str) -> Outcome: ...

    async def close(self, alert: str, by: str, words: str) -> Outcome: ...

    async def note(self, alert: str, by: str, words: str) -> Outcome: ...

    async def raise_alert(self, title: str, words: str, responder: Responder, *, by: str, alias: str) -> Outcome:
        """Call people: `responder` is a team by its id or a person by their user name."""

    @property
    def names_who_acts(self) -> bool:
        """Whether an act can say on whose behalf it is done; else a note has to."""


async def every_page(
    page: Callable[[Mapping[str, str]], Awaitable[tuple[Sequence[T], str]]],
    first: Mapping[str, str],
    key: Callable[[T], Hashable],
    *,
    size: str,
) -> tuple[Sequence[T], bool]:
    """A list to its end, and whether that was reached. A page says where the next one begins by its address.

    Only the parameters of that address are taken, never its host. A full page that names no next one may yet have one.
    """
    found: dict[Hashable, T] = {}
    params = {**first, size: str(PAGE), "offset": "0"}
    asked: set[tuple[tuple[str, str], ...]] = set()
    things: Sequence[T] = ()
    while tuple(sorted(params.items())) not in asked:
        asked.add(tuple(sorted(params.items())))
        things, following = await page(params)
        before = len(found)
        found |= {key(one): one for one in things}
        if not following and len(things) < PAGE:
            return list(found.values()), True
        if len(found) >= _MOST or len(asked) * PAGE >= _MOST or (things and len(found) == before):
            return list(found.values()), False
        told = dict(parse_qsl(urlsplit(following).query))
        params = {**params, **(told or {"offset": str(len(found))})}
    # Pages that name each other for ever: the end was reached only if the last of them had nothing.
    return list(found.values()), not things


async def settled(api: Api, path: str, read: Callable[[Response], Outcome], pauses: Sequence[float]) -> Outcome:
    """What became of an act. Until it is done its outcome is not there (404)."""
    for pause in pauses:
        await asyncio.sleep(pause)
        response = await api.get(path, answers=(404,), right="read alerts")
        if response.status != 404:
            return read(response)
    raise Unavailable(f"{api.wording.title} took the request, and has not said yet whether it did it")


def request_of(api: Api, response: Response) -> str:
    """The id under which the outcome is told. What was asked may have been taken, so a strange answer is no refusal."""
    try:
        return response.read_as(Accepted).request_id
    except Refused as error:
        raise Unavailable(f"{api.wording.title} gave no id for what it took: {error}") from error


def cut_key(once: str) -> str:
    return once[:_LONGEST_KEY]
