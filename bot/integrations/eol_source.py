"""Where facts about the support of releases come from: our own table, and the public one, looked at once a day.

What cannot be had is no trouble of anybody's systems: the facts at hand count, and their day is shown.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from pydantic import BaseModel, Field

from bot.domain.errors import VendorError
from bot.integrations.eol import IMAGES, SYSTEMS, Facts, Product, packaged, read
from bot.integrations.http import Api, Outside, segment
from bot.integrations.together import every

log = structlog.get_logger(__name__)

PUBLIC: Final = "https://endoflife.date/api/v1"
MAX_AGE: Final = timedelta(days=365)
_DAILY: Final = timedelta(days=1)
_TRIED_EVERY: Final = timedelta(hours=1)
"""From one try to the next, whatever came of it."""
_LARGEST: Final = 5_000_000
_LARGEST_PRODUCT: Final = 1_000_000
_AT_ONCE: Final = 4
_ASKED: Final = tuple(dict.fromkeys(("kubernetes", "docker-engine", "containerd", *SYSTEMS.values(), *IMAGES.values())))


class _Told(BaseModel):
    """As `GET /products/{product}/` answers."""

    result: Product


class _Kept(BaseModel):
    """What was fetched of a product, and when it was last found to be so."""

    product: Product
    etag: str = ""
    looked_at: datetime


class _Folder(BaseModel):
    source: str = ""
    kept: dict[str, _Kept] = Field(default_factory=dict)


class Lifecycles:
    """`source` is the address of an API like the public one, or a file with its `/products/full`; empty: our table."""

    def __init__(
        self, outside: Outside, *, source: str = "", folder: Path | None = None, max_age: timedelta = MAX_AGE
    ) -> None:
        self._outside = outside
        self._source = source.strip().removesuffix("/")
        self._path = folder / "eol.json" if folder is not None else None
        self._max_age = max_age
        self._kept: dict[str, _Kept] | None = None
        self._missing: dict[str, datetime] = {}
        self._from_file: Mapping[str, Product] = {}
        self._tried_at: datetime | None = None
        self._renewing: asyncio.Task[None] | None = None

    def facts(self) -> Facts:
        """What is at hand. Nobody waits for the source: what it tells is there the next time."""
        self._renew_beside()
        fetched = {name: _dated(one) for name, one in self._known.items()}
        return Facts({**packaged(), **self._from_file, **fetched}, self._max_age)

    async def renewed(self) -> None:
        """When the renewal that goes on, if any, has come to its end."""
        if self._renewing is not None:
            await self._renewing

    async def aclose(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    @property
    def _known(self) -> dict[str, _Kept]:
        if self._kept is None:
            self._kept = _read_kept(self._path, self._source)
        return self._kept

    def _renew_beside(self) -> None:
        now = self._outside.now()
        if not self._source or (self._tried_at is not None and now - self._tried_at < _TRIED_EVERY):
            return
        self._tried_at = now
        if "://" not in self._source:
            self._from_file = _file(Path(self._source))
        elif self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(now))

    async def _renew(self, now: datetime) -> None:
        looked = {**self._missing, **{name: one.looked_at for name, one in self._known.items()}}
        due = [name for name in _ASKED if name not in looked or now - looked[name] >= _DAILY]
        if not due:
            return
        api = self._outside.api(title="endoflife.date", base_url=self._source, address="EOL_SOURCE")
        try:
            # One first: where it cannot be reached the others need not be tried.
            await self._fetch(api, due[0], now)
            for first in range(1, len(due), _AT_ONCE):
                await every(self._fetch(api, name, now) for name in due[first : first + _AT_ONCE])
        except VendorError as error:
            log.info("end-of-life facts not renewed", why=str(error))
        _write_kept(self._path, _Folder(source=self._source, kept=self._known))

    async def _fetch(self, api: Api, name: str, now: datetime) -> None:
        """One product; that it is not there, or as before, is an answer."""
        kept = self._known
        before = kept.get(name)
        headers = {"if-none-match": before.etag} if before is not None and before.etag else {}
        found = await api.get(f"/products/{segment(name)}/", headers=headers, answers=(304, 404))
        if found.status == 304 and before is not None:
            kept[name] = before.model_copy(update={"looked_at": now})
        elif found.status == 404:
            self._missing[name] = now
        elif found.status == 200 and len(found.body) <= _LARGEST_PRODUCT:
            product = found.read_as(_Told).result
            if product.name == name and product.releases:
                kept[name] = _Kept(product=product, etag=found.headers.get("etag", "")[:200], looked_at=now)


def _dated(one: _Kept) -> Product:
    return one.product.model_copy(update={"told_on": one.looked_at.astimezone(UTC).date()})


def _file(path: Path) -> Mapping[str, Product]:
    try:
        if path.stat().st_size <= _LARGEST:
            return read(path.read_bytes())
        why = "larger than 5 MB"
    except (OSError, ValueError) as error:
        why = type(error).__name__
    log.warning("EOL_SOURCE cannot be read", path=str(path), why=why)
    return {}


def _read_kept(path: Path | None, source: str) -> dict[str, _Kept]:
    """What an earlier run fetched from the same source."""
    try:
        if path is None or path.stat().st_size > _LARGEST:
            return {}
        folder = _Folder.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return {}  # it is fetched anew
    return folder.kept if folder.source == source else {}


def _write_kept(path: Path | None, folder: _Folder) -> None:
    """In one go, so that a reader beside us never sees half of it."""
    if path is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix="eol.")
        with os.fdopen(handle, "w") as file:
            file.write(folder.model_dump_json(by_alias=True))
        Path(name).replace(path)
    except OSError as error:
        log.warning("end-of-life facts not kept", why=type(error).__name__)
