"""Until when a release is supported: facts about products, and how a version that runs somewhere is judged by them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown

_SOON: Final = timedelta(days=90)
_MOST: Final = 200
_LARGEST: Final = 2_000
"""Releases of a product that are read."""
_NUMBERS: Final = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,4})(?!\d)")
SYSTEMS: Final[Mapping[str, str]] = {
    "debian": "debian",
    "ubuntu": "ubuntu",
    "rhel": "rhel",
    "almalinux": "almalinux",
    "rocky": "rocky-linux",
    "alpine": "alpine-linux",
    "amzn": "amazon-linux",
    "ol": "oracle-linux",
    "fedora": "fedora",
    "centos": "centos",
    "sles": "sles",
    "opensuse-leap": "opensuse",
}
"""Products by the `ID` of /etc/os-release."""
_PRETTY: Final[Mapping[str, str]] = {
    "Debian GNU/Linux": "debian",
    "Ubuntu": "ubuntu",
    "Red Hat Enterprise Linux": "rhel",
    "AlmaLinux": "almalinux",
    "Rocky Linux": "rocky-linux",
    "Alpine Linux": "alpine-linux",
    "Amazon Linux": "amazon-linux",
}
IMAGES: Final[Mapping[str, str]] = {
    "postgres": "postgresql",
    "node": "nodejs",
    "python": "python",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "alpine": "alpine-linux",
    "almalinux": "almalinux",
    "rockylinux": "rocky-linux",
    "docker": "docker-engine",
}
"""Products by the name of Docker's own image; others may call theirs what they like."""


def _day(given: Any) -> Any:
    """A date, or the flags that older forms have in its place. Any: JSON."""
    return None if isinstance(given, bool) else given


Day = Annotated[date | None, BeforeValidator(_day)]


class Release(BaseModel):
    """https://endoflife.date/docs/api/v1/ Whether it has ended is worked out from the dates: its flags grow old."""

    name: str = Field(min_length=1, max_length=100)
    ends: Day = Field(default=None, alias="eolFrom")
    extended: Day = Field(default=None, alias="eoesFrom")
    ended: bool | None = Field(default=None, alias="isEol")

    @property
    def numbers(self) -> tuple[int, ...] | None:
        return numbers_of(self.name)


class Product(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    label: str = ""
    releases: list[Release] = Field(max_length=_LARGEST)
    told_on: date | None = None
    """The day of which these facts are."""


class Table(BaseModel):
    """As `GET /products/full` answers."""

    generated_at: datetime
    result: list[Product]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    status: Status
    words: str
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A version of a product that runs somewhere, by the name that people know.

    `mild`: another than its makers may support it for longer.
    """

    product: str
    version: str
    title: str
    where: str
    mild: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known, by product. Facts that are older than `max_age` make nothing ok."""

    products: Mapping[str, Product]
    max_age: timedelta

    def knows(self, product: str) -> bool:
        return product in self.products

    def fate(self, product: str, version: str, today: date) -> Fate:
        found = self.products.get(product)
        if found is None:
            return Fate(status=Status.UNKNOWN, words="nothing is known about its support")
        told = f"the table of {found.told_on:%d %b %Y}" if found.told_on else "a table without a date"
        numbers = numbers_of(version)
        candidates = _matching(found.releases, numbers) if numbers else []
        if not candidates:
            oldest = min(
                (one for one in found.releases if one.numbers), key=lambda one: one.numbers or (), default=None
            )
            if numbers and oldest is not None and numbers < (oldest.numbers or ()) and _over(oldest, today):
                return Fate(status=Status.FAIL, words="unsupported, older than all that are known")
            return Fate(status=Status.UNKNOWN, words=f"not in {told}")
        fate = min((_fate(one, today) for one in candidates), key=lambda one: one.status.rank)
        old = found.told_on is None or today - found.told_on > self.max_age
        if fate.status is Status.OK and old:
            return Fate(status=Status.WARN, words=f"{fate.words} by {told}, which is old")
        return fate

    def answer(self, seen: Iterable[Seen], today: date, *, things: str) -> Answer:
        """One line for each version, with where it runs; what ended first stands first."""
        places: dict[Seen, list[str]] = {}
        for one in seen:
            places.setdefault(replace(one, where=""), []).append(one.where)
        if not places:
            return Answer.unknown(f"No version of {things} is told")
        lines = [self._line(one, where, today) for one, where in places.items()]
        bad = sorted((line for line in lines if line.status is not Status.OK), key=_urgency)
        known = [self.products[one.product].told_on for one in places if one.product in self.products]
        told = min(filter(None, known), default=None)
        of = f" (facts of {told:%d %b %Y})" if told else ""
        if not bad:
            words = f"All {len(lines)} versions of {things} are" if len(lines) > 1 else f"The version of {things} is"
            return Answer(status=Status.OK, summary=f"{words} supported{of}")
        named = ", ".join(f"{shown(one.title, limit=60)} is {shown(one.detail, limit=70)}" for one in bad[:3])
        status = worst(line.status for line in bad)
        summary = shown(f"{len(bad)} of {len(lines)} versions of {things} to look at{of}: {named}", limit=230)
        return Answer(
            status=status,
            summary=summary,
            evidence=bad[:_MOST],
            reason=summary if status is Status.UNKNOWN else None,
        )

    def _line(self, seen: Seen, where: Sequence[str], today: date) -> Evidence:
        fate = self.fate(seen.product, seen.version, today)
        status, words = fate.status, fate.words
        if seen.mild and status is Status.FAIL:
            status, words = Status.WARN, f"{words} by its makers; your provider may support it for longer"
        names = sorted(set(where))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return Evidence(
            key=f"eol:{seen.product}:{shown(seen.version, limit=60)}",
            title=shown(seen.title, limit=100),
            status=status,
            since=datetime.combine(fate.since, time(tzinfo=UTC)) if fate.since and fate.since <= today else None,
            detail=shown(f"{words}; {', '.join(shown(name, limit=40) for name in names[:3])}{more}", limit=230),
        )


def numbers_of(version: str) -> tuple[int, ...] | None:
    """The leading numbers; what vendors put behind them (`-gke.100`, `+rke2r1`, `-alpine`) is theirs."""
    found = _NUMBERS.match(version.strip()[:60])
    return tuple(int(part) for part in found[1].split(".")) if found else None


def short(version: str) -> str:
    """The two numbers that support goes by, so that a patch is no new finding."""
    numbers = numbers_of(version)
    return ".".join(str(one) for one in numbers[:2]) if numbers else version


def images(references: Iterable[tuple[str, str]], facts: Facts, today: date) -> Sequence[Seen]:
    """Of references and where they run: the images of which it is sure what they hold, and known how long it lasts."""
    sure = ((image_of(reference), where) for reference, where in references)
    seen = [
        Seen(product=found[0], version=short(found[1]), title=f"Image {found[0]} {short(found[1])}", where=where)
        for found, where in sure
        if found is not None
    ]
    return [one for one in seen if facts.fate(one.product, one.version, today).status is not Status.UNKNOWN]


def image_of(reference: str) -> tuple[str, str] | None:
    """Product and version of an image of Docker's own library; None where that is not sure."""
    name, _, tag = reference.partition("@")[0].rpartition(":")
    folder, _, last = name.removeprefix("docker.io/").rpartition("/")
    product = IMAGES.get(last)
    if product is None or (folder and folder.rpartition("/")[2] != "library") or numbers_of(tag) is None or "/" in tag:
        return None
    return product, tag


def system_of(pretty: str) -> tuple[str, str] | None:
    """Product and version of a system by the name that people read, as `Debian GNU/Linux 12 (bookworm)`."""
    for name, product in _PRETTY.items():
        rest = pretty.removeprefix(name).removeprefix(" OS").removeprefix(" release").strip().removeprefix("v")
        if pretty.startswith(name) and numbers_of(rest):
            return product, rest.partition(" ")[0]
    return None


@cache
def packaged() -> Mapping[str, Product]:
    """Our own table of facts, as of the day that stands in it."""
    return read(files("bot.integrations").joinpath("eol.json").read_bytes())


def read(text: bytes) -> Mapping[str, Product]:
    """A table as the API's `/products/full` gives it. Raises ValueError for one that is none."""
    table = Table.model_validate_json(text)
    day = table.generated_at.date()
    return {one.name: one.model_copy(update={"told_on": one.told_on or day}) for one in table.result}


def _matching(releases: Sequence[Release], numbers: tuple[int, ...]) -> Sequence[Release]:
    """The release that the version is of; for a version that names less (`9`), all that it may mean."""
    named = [one for one in releases if one.numbers and numbers[: len(one.numbers)] == one.numbers]
    if named:
        return [max(named, key=lambda one: len(one.numbers or ()))]
    # `python:3` moves on by itself: it is the newest of them.
    return [one for one in releases if one.numbers and one.numbers[: len(numbers)] == numbers]


def _fate(release: Release, today: date) -> Fate:
    ends, extended = release.ends, release.extended
    if not _over(release, today):
        if ends is None:
            return Fate(status=Status.OK, words="supported, and no end is announced")
        if ends - today < _SOON:
            return Fate(status=Status.WARN, words=f"supported until {ends:%d %b %Y} only", since=ends)
        return Fate(status=Status.OK, words=f"supported until {ends:%d %b %Y}", since=ends)
    if extended is not None and today <= extended:
        since = f" since {ends:%d %b %Y}" if ends else ""
        words = f"past its usual support{since}, with extended support until {extended:%d %b %Y}"
        return Fate(status=Status.WARN, words=words, since=ends)
    return Fate(status=Status.FAIL, words=f"unsupported since {ends:%d %b %Y}" if ends else "unsupported", since=ends)


def _over(release: Release, today: date) -> bool:
    return today > release.ends if release.ends is not None else bool(release.ended)


def _urgency(one: Evidence) -> tuple[int, float, str]:
    return -one.status.rank, one.since.timestamp() if one.since else float("inf"), one.key
