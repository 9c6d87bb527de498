"""What a refusal of Jira's means, and what a person can do about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.response import USUAL_PAUSE, Response, asked_pause, refusal


class FieldsRefused(Refused):
    """Jira does not take some fields; `fields` says which, and why in Jira's words."""

    def __init__(self, message: str, fields: Mapping[str, str]) -> None:
        super().__init__(message)
        self.fields = fields


def fault(response: Response, *, cloud: bool, now: datetime) -> VendorError | None:
    """The error in an answer; None for an answer that can be read."""
    if 200 <= response.status < 300:
        # With a wrong credential Jira may answer as if nobody had signed in: fewer issues, and no error.
        return _expired(response, cloud=cloud) if _nobody(response) else None
    if response.status == 401:
        return _expired(response, cloud=cloud)
    if response.status == 429:
        return _too_many(response, now)
    told = _TOLD.get(response.status)
    return (told(response) if told else None) or refusal(response, "this address", now)


def _nobody(response: Response) -> bool:
    # The header is one of Jira's sign-in layer (Seraph), sent by Cloud and Data Center alike.
    reason = response.headers.get("x-seraph-loginreason", "").upper()
    return "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason


def _expired(response: Response, *, cloud: bool) -> NotAuthorised:
    title = response.wording.title
    if cloud:
        return NotAuthorised(
            f"{title} did not let us in: the API token may have expired (they last a year). "
            "Make a new one and set JIRA_API_TOKEN; check that JIRA_EMAIL is its account."
        )
    return NotAuthorised(f"{title} did not let us in: the access token is wrong or has expired. Renew JIRA_PAT.")


def _not_allowed(response: Response) -> NotAuthorised:
    title = response.wording.title
    if "CAPTCHA" in response.headers.get("x-authentication-denied-reason", "").upper():
        return NotAuthorised(
            f"{title} wants a captcha after failed sign-ins. Sign in once as this account in a browser."
        )
    return NotAuthorised(
        f"{title} does not allow our account to do this{_because(response)}. Give it the right in the project."
    )


def _too_many(response: Response, now: datetime) -> RateLimited:
    wait = asked_pause(response, now)
    pause = USUAL_PAUSE if wait is None else wait
    why = response.wording.clean(response.headers.get("ratelimit-reason", ""))
    words = f"{response.wording.title} asks for a pause of {pause:.0f} s ({why or 'too many calls'})"
    return RateLimited(words, retry_after=pause, named=wait is not None)


def _not_there(response: Response) -> NotFound:
    title = response.wording.title
    return NotFound(f"{title} does not have it, or our account may not see it{_because(response)}")


def _busy(response: Response) -> Unavailable:
    return Unavailable(f"{response.wording.title} is busy with another change of the same ticket")


def _unfit(response: Response) -> FieldsRefused | None:
    fields, wording = _fields(response), response.wording
    if not fields:
        return None
    told = "; ".join(f"{name}: {why}" for name, why in fields.items())
    return FieldsRefused(wording.clean(f"{wording.title} refused: {told}"), fields)


def _because(response: Response) -> str:
    why = response.why().rstrip(".")
    return f" ({why})" if why else ""


def _fields(response: Response) -> dict[str, str]:
    body = _json(response)
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, dict):
        return {}
    return {response.wording.clean(name): response.wording.clean(why) for name, why in list(errors.items())[:20]}


def _json(response: Response) -> Any:  # Any: whatever JSON an error body holds
    try:
        return response.json()
    except Refused:
        return None


_TOLD: Final[Mapping[int, Callable[[Response], VendorError | None]]] = {
    400: _unfit,
    403: _not_allowed,
    404: _not_there,
    409: _busy,
}
