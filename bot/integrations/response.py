"""What a system outside answered: read as JSON or text, or turned into the error that says who must act."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.foreign import shown, sound

T = TypeVar("T")
LONGEST_PAUSE: Final = 3_600.0
USUAL_PAUSE: Final = 30.0
"""Seconds, for a vendor that says 429 and not for how long."""
_A_MOMENT: Final = 1_000_000_000
"""A time of reset from here on is seconds since 1970; below it is what some (Datadog) give: the seconds until then."""
_ENDED: Final = re.compile(r"\b(?:is|has|been|was|token|key|jwt) (expired|revoked)\b(?!,? or)")
"""Said of this credential, and not as one of several reasons that there may be."""
_WHY_KEYS: Final = ("message", "error", "detail", "error_description", "errorMessages", "errors", "title", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How error texts speak of a system: its title, and the variables that a person would change."""

    title: str
    address: str = ""
    """The variable that holds its address, e.g. `PROMETHEUS_URL`."""
    variables: Sequence[str] = ()
    """The variables that hold its credential."""
    right: str = ""
    """What the credential must be allowed, e.g. "read rules and targets"."""
    credential: bool = False
    """Whether a credential is sent at all."""
    certificate: bool = False
    """Whether that is a certificate, which many refuse without a word."""
    secrets: Collection[str] = field(default=(), repr=False)

    @property
    def check_address(self) -> str:
        return f" Check {self.address}." if self.address else ""

    def clean(self, text: object) -> str:
        return shown(text, secrets=self.secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer with its body, read in full and within its limit. Header names are lower case."""

    wording: Wording
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        return self.content_type in ("application/json", "text/json") or self.content_type.endswith("+json")

    @property
    def is_web_page(self) -> bool:
        # A page is a page, whatever it claims to be.
        named = self.content_type in ("text/html", "application/xhtml+xml")
        return named or self.body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))

    def text(self) -> str:
        """The body as text; a web page is refused, since nothing we ask for is one."""
        if self.is_web_page:
            raise Refused(_web_page(self.wording))
        return self.body.decode("utf-8", "replace").replace("\x00", "\ufffd")

    def json(self) -> Any:
        """The body as JSON, parsed only when it claims to be that: a proxy's page must not pass for an empty answer."""
        title = self.wording.title
        if not self.body.strip():
            raise Refused(f"{title} gave an empty answer where JSON was expected")
        if self.is_web_page:
            raise Refused(_web_page(self.wording))
        if not self.is_json:
            kind = self.wording.clean(self.content_type) or "something of no type"
            raise Refused(f"{title} answered with {kind} where JSON was expected.{self.wording.check_address}")
        try:
            value = json.loads(self.body)
            # Only escapes can bring these in; looking for them first spares the walk over megabytes.
            return sound(value) if b"\\ud" in self.body.lower() or b"\\u0000" in self.body else value
        except (ValueError, RecursionError):
            raise Refused(
                f"{title} answered with JSON that cannot be read (cut off?)"
            ) from None  # it quotes what came in

    def read_as(self, kind: type[T]) -> T:
        """The JSON body as a pydantic model (or any type pydantic knows); another shape is refused, not guessed at."""
        try:
            return TypeAdapter(kind).validate_python(self.json())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise Refused(
                f"{self.wording.title} answered in a form we do not know ({self.wording.clean(where)}: {first['type']})"
            ) from None  # the original quotes what came in

    def why(self) -> str:
        """The vendor's own short explanation of a failure, made fit for people; empty when there is none."""
        if self.is_web_page or not self.body:
            return ""
        if not self.is_json:
            return self.wording.clean(self.body[:1_000].decode("utf-8", "replace"))
        try:
            value = self.json()
        except Refused:
            return ""
        return self.wording.clean(_first_text(value))


def _web_page(wording: Wording) -> str:
    return f"{wording.title} answered with a web page (a login page or proxy?).{wording.check_address}"


def refusal(response: Response, path: str, now: datetime, right: str = "") -> VendorError:
    """The error that a status code outside 2xx means."""
    wording, status, pause = response.wording, response.status, asked_pause(response, now)
    if status == 429 or (status == 403 and pause is not None):
        # Some (GitHub) say 403 where they mean "too many".
        wait = USUAL_PAUSE if pause is None else pause
        words = f"{wording.title} asks for a pause of {wait:.0f} s (too many calls)"
        return RateLimited(words, retry_after=wait, named=pause is not None)
    if status in (401, 403, 407):
        return NotAuthorised(_not_authorised(response, right or wording.right))
    if status in (404, 410):
        return NotFound(
            f"{wording.title} has nothing at {shown(path, secrets=wording.secrets, limit=80)}.{wording.check_address}"
        )
    if 300 <= status < 400:
        return Refused(f"{wording.title} sends us to another address (a login page or proxy?).{wording.check_address}")
    why = response.why()
    because = f": {why}" if why else f" ({status})"
    if status >= 500 or status in (408, 425):
        return Unavailable(f"{wording.title} has trouble answering{because}")
    return Refused(f"{wording.title} refused{because}")


def asked_pause(response: Response, now: datetime) -> float | None:
    """How many seconds the vendor wants us to wait, from its headers; None when they do not say."""
    given = response.headers.get("retry-after", "").strip()
    if given:
        return _bounded(_seconds(given, now))
    if response.headers.get("x-ratelimit-remaining") == "0":
        reset = response.headers.get("x-ratelimit-reset", "")
        if reset.isascii() and reset.isdigit() and len(reset) < 12:
            return _bounded(int(reset) - (now.timestamp() if int(reset) >= _A_MOMENT else 0))
    return None


def _seconds(given: str, now: datetime) -> float:
    if given.isascii() and given.isdigit() and len(given) < 12:
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except (ValueError, TypeError, OverflowError):
        return USUAL_PAUSE  # neither seconds nor a date: the wish for a pause stands all the same
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _not_authorised(response: Response, right: str) -> str:
    wording = response.wording
    names = " and ".join(wording.variables)
    if not wording.credential:
        return f"{wording.title} asks for a credential.{f' Set {names}.' if names else ''}"
    if response.status == 403:
        remedy = f"Give it the right to {right}." if right else "It needs more rights."
        return f"{wording.title} refused: the credential is not allowed to do this. {remedy}"
    told = "" if response.is_web_page else response.body[:2_000].decode("utf-8", "replace").lower()
    found = _ENDED.search(told)
    state = f"has {'' if found[1] == 'expired' else 'been '}{found[1]}" if found else "is not valid (any more)"
    return f"{wording.title} refused: the credential {state}.{f' Renew {names}.' if names else ''}"


def _first_text(value: object, depth: int = 4) -> str:
    """The first explanation in a vendor's error body, whichever of the usual keys it stands under."""
    if isinstance(value, str):
        return value
    if not depth or not value:
        return ""
    if isinstance(value, list):
        return _first_text(value[0], depth - 1)
    if isinstance(value, dict):
        found = (_first_text(value[key], depth - 1) for key in _WHY_KEYS if key in value)
        return next((text for text in found if text), "")
    return ""
