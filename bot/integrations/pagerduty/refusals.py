"""What PagerDuty's error codes mean: whether to try again, and who must do what."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.response import LONGEST_PAUSE, Response, asked_pause, refusal

_RENEW: Final = (
    "PagerDuty refused: the API key is not valid (any more). Renew PAGERDUTY_API_KEY and check PAGERDUTY_REGION."
)
_WIDEN: Final = (
    "PagerDuty refused: the API key is not allowed to do this. "
    "A read-only key cannot change anything; give PAGERDUTY_API_KEY a key with full access."
)
_OWN_PAUSE: Final = 30.0
"""Seconds: half of the minute that PagerDuty counts calls in."""


class AlreadyDone(Refused):
    """The incident is in the wanted state, or past it."""


class UnknownSender(Refused):
    """The e-mail we act as is no user's (any more)."""


def refused(response: Response, path: str, now: datetime) -> VendorError:
    """The error behind a status code outside 2xx. https://developer.pagerduty.com/docs/errors"""
    if response.status == 429:
        return _pause(response, now)
    known = _BY_CODE.get(_code(response)) or _BY_STATUS.get(response.status)
    if known is None:
        return refusal(response, path, now)
    kind, words = known
    return kind(words)


def _pause(response: Response, now: datetime) -> RateLimited:
    """The pause it asks for. `ratelimit-reset` counts seconds, and some 429 come without any header."""
    wait, named = asked_pause(response, now), True
    if wait is None:
        reset = response.headers.get("ratelimit-reset", "")
        known = reset.isascii() and reset.isdigit() and len(reset) < 6
        wait, named = (min(float(reset), LONGEST_PAUSE), True) if known else (_OWN_PAUSE, False)
    words = f"PagerDuty asks for a pause of {wait:.0f} s (too many calls)"
    return RateLimited(words, retry_after=wait, named=named)


def _code(response: Response) -> int | None:
    """The number in `{"error": {"code": …}}`; now and then the error is a plain text."""
    try:
        match json.loads(response.body):
            case {"error": {"code": int(code)}}:
                return code
    except (ValueError, RecursionError):
        return None  # no JSON, so no code: the status has to tell
    return None


_BY_CODE: Final[Mapping[int | None, tuple[type[VendorError], str]]] = {
    1001: (AlreadyDone, "PagerDuty says that the incident is resolved already"),
    1002: (AlreadyDone, "PagerDuty says that the incident is acknowledged already"),
    1005: (Unavailable, "PagerDuty says that the incident was changed at the same moment"),
    1008: (UnknownSender, "PagerDuty knows no user with the e-mail we act as. Correct PAGERDUTY_FROM_EMAIL."),
    2006: (NotAuthorised, _RENEW),
    2010: (NotAuthorised, _WIDEN),
    2100: (NotFound, "PagerDuty does not know it (any more)"),
    5001: (NotFound, "PagerDuty does not know it (any more)"),
}
_BY_STATUS: Final[Mapping[int, tuple[type[VendorError], str]]] = {
    401: (NotAuthorised, _RENEW),
    402: (Refused, "PagerDuty refused: the account's plan does not include this."),
    403: (NotAuthorised, _WIDEN),
}
