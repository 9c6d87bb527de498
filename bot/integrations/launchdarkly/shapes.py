"""What LaunchDarkly's API answers and what its webhook sends, as far as we read it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, BeforeValidator, Field

T = TypeVar("T")
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]
Named = Annotated[dict[str, T], BeforeValidator(lambda given: {} if given is None else given)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
_LATEST: Final = 221_845_392_000_000
"""The year 9000; near the end of all dates other zones have none any more."""


def _moment(given: object) -> object:
    """Milliseconds since 1970 as a moment; anything else is refused."""
    if isinstance(given, datetime):
        return given
    # Whole numbers of this size come as text from some writers of JSON.
    number = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 16 else given
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < _LATEST:
        raise ValueError("no moment")
    return datetime.fromtimestamp(number / 1000, UTC)


def _moment_or_none(given: object) -> object:
    """Where nothing rests on it, a date that is none is not known."""
    try:
        return _moment(given)
    except ValueError:
        return None


Moment = Annotated[datetime, BeforeValidator(_moment)]
MaybeMoment = Annotated[datetime | None, BeforeValidator(_moment_or_none)]


class Link(BaseModel):
    href: Text = ""


class Summary(BaseModel):
    """How a flag is set up in an environment: one entry for each variation that can be given."""

    variations: Named[object] = {}


class Config(BaseModel):
    """A flag in one environment."""

    on: bool
    changed: MaybeMoment = Field(None, alias="lastModified")
    summary: Summary | None = Field(None, alias="_summary")


class Maintainer(BaseModel):
    email: Text = ""


class Flag(BaseModel):
    key: str = Field(min_length=1)
    name: Text = ""
    temporary: bool
    archived: bool
    deprecated: bool | None = None
    created: MaybeMoment = Field(None, alias="creationDate")
    tags: Listed[str] = []
    maintainer: Maintainer | None = Field(None, alias="_maintainer")
    environments: Named[Config] = {}
    project: str = ""
    """Ours: the list does not say whose it is."""


class FlagPage(BaseModel):
    items: list[Flag]
    total: int | None = Field(None, alias="totalCount")


class FlagStatus(BaseModel):
    """`new`, `active`, `inactive` or `launched`. Whose it is stands in its links."""

    name: Text = ""
    links: Annotated[dict[str, Link], Field(alias="_links")]

    @property
    def flag(self) -> str:
        for link in ("parent", "self"):
            href = self.links[link].href if link in self.links else ""
            if key := unquote(href.partition("?")[0].rstrip("/").rpartition("/")[2]):
                return key
        return ""


class StatusPage(BaseModel):
    items: list[FlagStatus]


class Member(BaseModel):
    email: Text = ""
    first: Text = Field("", alias="firstName")
    last: Text = Field("", alias="lastName")
    name: Text = ""

    @property
    def words(self) -> str:
        return self.email or " ".join(filter(None, (self.first, self.last))) or self.name


class Target(BaseModel):
    name: Text = ""
    resources: Listed[str] = []


def _place(resource: str) -> Mapping[str, str]:
    """`proj/shop:env/production:flag/new-checkout;tag` as its parts."""
    parts = (part.partition("/") for part in resource.split(":"))
    return {kind: key.partition(";")[0] for kind, slash, key in parts if slash}


class Entry(BaseModel):
    """An entry of the audit log; the webhook sends the same, with more."""

    id: str = Field(alias="_id", min_length=1)
    date: Moment
    kind: str
    name: Text = ""
    verb: Text = Field("", alias="titleVerb")
    title: Text = ""
    comment: Text = ""
    member: Member | None = None
    token: Member | None = None
    subject: Member | None = None
    target: Target | None = None

    @property
    def by(self) -> str:
        people = (one.words for one in (self.member, self.subject, self.token) if one is not None)
        return next(filter(None, people), "")

    @property
    def places(self) -> list[Mapping[str, str]]:
        return [_place(one) for one in (self.target.resources if self.target else [])]

    def place(self, part: str) -> str:
        """The key of the flag, the environment or the project that it is about; empty where it does not say."""
        return next((one[part] for one in self.places if one.get(part)), "")


class LogPage(BaseModel):
    items: list[Entry]
    links: Named[Link] = Field({}, alias="_links")

    @property
    def following(self) -> str:
        return self.links["next"].href if "next" in self.links else ""
