"""`POST /reports/{system}`: CI posts what a scan, a plan or a playbook printed; the few facts in it are kept.

Unlike a webhook's, a body that cannot be read is refused: the job that posted it should fail where people look.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from bot.domain.capabilities import ReportReader
from bot.domain.errors import StoreDown, Unreadable
from bot.domain.report import KeptReport, Report
from bot.store.reports import ReportRows, TooMuch
from bot.web.bodies import TooLarge, TooSlow, gathered
from bot.web.reading import LARGEST, Body, Reading, TooHard
from bot.web.tokens import bearer_of, digest_of, same

log = structlog.get_logger(__name__)

LIMIT: Final = 32 * 1024 * 1024
"""Bytes of a body as it comes, packed or not."""
SECONDS: Final = 60.0
AT_ONCE: Final = 2
"""Bodies that are held in memory."""
TURN: Final = 30.0
"""Seconds that a sender waits for its turn before it is told to come again."""
MOST: Final = 120
WITHIN: Final = timedelta(minutes=1)
_MOST_ABOUT: Final = 20
_LONGEST_ABOUT: Final = 300
_LONGEST_DETAIL: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """One instance of a system: how its CI proves itself, and who reads what it posts."""

    instance: str | None
    token: bytes
    reader: ReportReader


class Answered(Exception):
    """What the sender is told, from however deep."""

    def __init__(self, *, status: int, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """404 for what is switched off, 401 for a wrong token, 422 with the remedy for what is not as documented."""

    posters: Mapping[str, Sequence[Poster]]
    """By the system's name; its instances share an address, and the token says which it is."""
    rows: ReportRows
    clock: Callable[[], datetime]
    reading: Reading = field(default_factory=Reading)
    turn: float = TURN
    seconds: float = SECONDS
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _lately: dict[tuple[str, str | None], deque[datetime]] = field(default_factory=dict)

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/reports/{system}", self.receive, methods=["POST"], status_code=202)
        return router

    async def receive(self, request: Request, system: str) -> JSONResponse:
        try:
            poster = self._poster(system, request.headers.get("authorization", ""))
            self._refuse_too_many(system, poster)
            about = _about(request)
            gzipped = _gzipped(request.headers.get("content-encoding", ""))
            report = await self._taken(request, poster, about, gzipped=gzipped)
            await self._keep(system, poster, report)
        except Answered as answer:
            headers = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
            log.warning("report not taken", system=system[:60], status=answer.status, detail=answer.detail)
            return JSONResponse({"detail": answer.detail}, answer.status, headers=headers)
        except Exception:
            log.exception("a report was not taken")
            return JSONResponse({"detail": "Our own mistake: it is in the bot's log, please report it."}, 500)
        log.info("report", system=system, instance=poster.instance)
        return JSONResponse({"detail": f"{system}: {report.name}, {report.words}"[:_LONGEST_DETAIL]}, 202)

    def _poster(self, system: str, authorization: str) -> Poster:
        posters = self.posters.get(system, ())
        if not posters:
            words = f"No reports of {system[:60]!r} are taken here: set the system's report token to switch them on."
            raise Answered(status=404, detail=words)
        given = digest_of(bearer_of(authorization))
        # All are compared, so that the time taken tells nothing about which one it was.
        found = [one for one in posters if same(given, one.token)]
        if not found:
            words = "The token is missing or wrong: send it as Authorization: Bearer, and compare it on both sides."
            raise Answered(status=401, detail=words)
        return found[0]

    def _refuse_too_many(self, system: str, poster: Poster) -> None:
        now = self.clock()
        lately = self._lately.setdefault((system, poster.instance), deque())
        while lately and lately[0] <= now - WITHIN:
            lately.popleft()
        if len(lately) >= MOST:
            raise Answered(
                status=429, detail=f"More than {MOST} reports in a minute; post again later.", retry_after=60
            )
        lately.append(now)

    async def _taken(self, request: Request, poster: Poster, about: Mapping[str, str], *, gzipped: bool) -> Report:
        """The report in the body, which is forgotten on the way out."""
        try:
            async with asyncio.timeout(self.turn):
                await self._room.acquire()
        except TimeoutError:
            raise Answered(status=503, detail="Too much is posted at once; post again later.", retry_after=30) from None
        try:
            body = Body(content=await gathered(request, LIMIT, self.seconds), gzipped=gzipped, about=about)
            return await self.reading.read(poster.reader, body)
        except (TooSlow, ClientDisconnect):
            raise Answered(status=408, detail="The body did not arrive in time.") from None
        except TooLarge:
            words = (
                f"The body is larger than {LIMIT // 1024**2} MiB, or {LARGEST // 1024**2} MiB unpacked: send it "
                "packed (gzip, Content-Encoding: gzip), or leave out what is not needed."
            )
            raise Answered(status=413, detail=words) from None
        except TooHard:
            words = "The body could not be read within the bounds of time and memory: leave out what is not needed."
            raise Answered(status=413, detail=words) from None
        except Unreadable as error:
            raise Answered(status=422, detail=str(error)[:_LONGEST_DETAIL]) from None
        finally:
            self._room.release()

    async def _keep(self, system: str, poster: Poster, report: Report) -> None:
        try:
            await self.rows.add(system, poster.instance, KeptReport(report=report, received_at=self.clock()))
        except TooMuch as error:
            raise Answered(status=422, detail=f"{system}: {error}.") from None
        except StoreDown:
            raise Answered(status=503, detail="The store is down; post again later.", retry_after=5) from None


def _about(request: Request) -> Mapping[str, str]:
    given = request.query_params.multi_items()
    if len(given) > _MOST_ABOUT or any(len(key) + len(value) > _LONGEST_ABOUT for key, value in given):
        words = f"The query is too long: at most {_MOST_ABOUT} parameters of {_LONGEST_ABOUT} characters."
        raise Answered(status=422, detail=words)
    twice = sorted({key for key, _ in given if sum(key == other for other, _ in given) > 1})
    if twice:
        raise Answered(status=422, detail=f"{twice[0]!r} is there twice in the query: send it once.")
    return dict(given)


def _gzipped(encoding: str) -> bool:
    told = encoding.strip().casefold()
    if told not in ("", "identity", "gzip", "x-gzip"):
        raise Answered(status=415, detail="Content-Encoding must be gzip, or not be there.")
    return told.endswith("gzip")
