"""Silences of the example Alertmanager: made, changed and expired as at a real one; they survive a restart."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.local.keep import Document, Keep
from bot.local.systems.examples import NOISY_PROBE
from bot.local.systems.moments import Now, in_milliseconds

_KIND: Final = "systems.silence"
_EXAMPLE: Final = "00000000-0000-4000-8000-00000000e0e0"
_REQUIRED: Final = ("matchers", "startsAt", "endsAt", "createdBy", "comment")
_OPERATORS: Final = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}
_FILTER: Final = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"?([^"]*)"?\s*')
# Patterns come from outside. Without brackets and with few stars none of them can run for long.
_HARMLESS: Final = re.compile(r"[\w .:/|?*+^$\\-]{0,100}")
_MOST_STARS: Final = 3


class Refusal(Exception):  # an answer Alertmanager gives, not a fault of this program
    """An answer other than success; the body is a bare string or an object, as at the vendor."""

    def __init__(self, status: int, body: str | Document) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition on a label."""

    name: str
    value: str
    is_regex: bool
    is_equal: bool

    def holds(self, labels: dict[str, str]) -> bool:
        found = labels.get(self.name, "")
        same = re.fullmatch(self.value, found) is not None if self.is_regex else found == self.value
        return same == self.is_equal

    def document(self) -> Document:
        return {"name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.is_equal}


def read_filter(text: str) -> Matcher:
    """Read `severity="critical"`."""
    match = _FILTER.fullmatch(text)
    if match is None:
        raise Refusal(400, f"bad matcher format: {text}")
    name, operator, value = match.groups()
    is_regex, is_equal = _OPERATORS[operator]
    return _checked(Matcher(name=name, value=value, is_regex=is_regex, is_equal=is_equal))


class Silences:
    """The silences on the shelf; each start makes sure that there is an example which ends soon."""

    def __init__(self, keep: Keep, now: Now) -> None:
        self._keep, self._now = keep, now
        known = keep.get(_KIND, _EXAMPLE)
        if known is None or self._drawn(known)["status"]["state"] == "expired":
            self._put(
                _EXAMPLE,
                (Matcher(name="alertname", value=NOISY_PROBE.labels["alertname"], is_regex=False, is_equal=True),),
                (now() - timedelta(hours=2), now() + timedelta(hours=3)),
                ("Example", "Example: the probe is being moved"),
            )

    def all(self) -> list[Document]:
        """List every silence with its state, those that end first at the top."""
        drawn = [self._drawn(one) for one in self._keep.all(_KIND).values()]
        return sorted(drawn, key=lambda one: str(one["endsAt"]))

    def get(self, identity: str) -> Document:
        found = self._keep.get(_KIND, identity)
        if found is None:
            raise Refusal(404, "silence not found")
        return self._drawn(found)

    def expire(self, identity: str) -> None:
        """End a silence now; ending it twice is no error."""
        silence = self.get(identity)
        if silence["status"]["state"] != "expired":
            now = in_milliseconds(self._now())
            kept = {name: value for name, value in silence.items() if name != "status"}
            self._keep.put(_KIND, identity, kept | {"endsAt": now, "updatedAt": now})

    def save(self, given: Document) -> str:
        """Make a silence, or change one; with other matchers the old one expires and a new id comes back."""
        for name in _REQUIRED:
            if given.get(name) is None:
                raise Refusal(422, {"code": 602, "message": f"{name} in body is required"})
        matchers = _matchers(given["matchers"])
        starts, ends = _moment(given["startsAt"], "startsAt"), _moment(given["endsAt"], "endsAt")
        now = self._now()
        if ends <= now:
            raise Refusal(400, "failed to create silence: end time can't be in the past")
        starts = max(starts, now)
        if ends <= starts:
            raise Refusal(400, "failed to create silence: start time must be before end time")
        identity = self._place(given.get("id"), matchers)
        self._put(identity, matchers, (starts, ends), (str(given["createdBy"]), str(given["comment"])))
        return identity

    def silencing(self, labels: dict[str, str]) -> list[str]:
        """Name the active silences that hold back an alert with these labels."""
        active = (one for one in self.all() if one["status"]["state"] == "active")
        return [one["id"] for one in active if all(matcher.holds(labels) for matcher in _matchers(one["matchers"]))]

    def _place(self, identity: Any, matchers: tuple[Matcher, ...]) -> str:
        if not identity:
            return str(uuid.uuid4())
        known = self.get(str(identity))
        if known["status"]["state"] != "expired" and _matchers(known["matchers"]) == matchers:
            return str(identity)
        self.expire(str(identity))
        return str(uuid.uuid4())

    def _put(
        self,
        identity: str,
        matchers: tuple[Matcher, ...],
        times: tuple[datetime, datetime],
        words: tuple[str, str],
    ) -> None:
        kept: Document = {
            "id": identity,
            "matchers": [one.document() for one in matchers],
            "startsAt": in_milliseconds(times[0]),
            "endsAt": in_milliseconds(times[1]),
            "updatedAt": in_milliseconds(self._now()),
            "createdBy": words[0],
            "comment": words[1],
        }
        self._keep.put(_KIND, identity, kept)

    def _drawn(self, silence: Document) -> Document:
        now = in_milliseconds(self._now())
        state = "expired" if silence["endsAt"] <= now else "pending" if silence["startsAt"] > now else "active"
        return silence | {"status": {"state": state}}


def _matchers(given: Any) -> tuple[Matcher, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refusal(422, {"code": 612, "message": "matchers in body should have at least 1 items"})
    matchers = tuple(
        _checked(
            Matcher(
                name=str(one.get("name", "")),
                value=str(one.get("value", "")),
                is_regex=one.get("isRegex") is True,
                is_equal=one.get("isEqual", True) is True,
            )
        )
        for one in given
    )
    if all(matcher.holds({}) for matcher in matchers):
        raise Refusal(400, "failed to create silence: at least one matcher must not match the empty string")
    return matchers


def _checked(matcher: Matcher) -> Matcher:
    if not matcher.name:
        raise Refusal(400, "failed to create silence: invalid label name")
    if matcher.is_regex:
        stars = sum(matcher.value.count(sign) for sign in "*+?")
        try:
            re.compile(matcher.value)
        except re.error:
            raise Refusal(400, f"bad matcher format: {matcher.value}") from None
        if _HARMLESS.fullmatch(matcher.value) is None or stars > _MOST_STARS:
            raise Refusal(400, f"bad matcher format: {matcher.value} (this example takes simple patterns only)")
    return matcher


def _moment(given: Any, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refusal(422, {"code": 601, "message": f"{name} in body must be of type date-time"})
    return moment
