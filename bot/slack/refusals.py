"""What Slack's answers mean for us: done all the same, try again, a person must act, or no."""

from collections.abc import Mapping
from typing import Any, Final

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError

Answer = Mapping[str, Any]  # Any: Slack's JSON; it does not leave this folder

LONGEST_PAUSE: Final = 3600.0

# https://docs.slack.dev/reference/methods: the wanted state is there already.
WANTED_STATE: Final = frozenset(
    {
        "already_in_channel",
        "already_pinned",
        "already_reacted",
        "already_archived",
        "no_reaction",
        "not_archived",
    }
)
_RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_TRY_AGAIN: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
_CREDENTIAL: Final = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "not_allowed_token_type",
        "access_denied",
        "ekm_access_denied",
        "org_login_required",
        "team_access_not_granted",
    }
)
_ABSENT: Final = frozenset(
    {
        "channel_not_found",
        "user_not_found",
        "users_not_found",
        "message_not_found",
        "thread_not_found",
        "file_not_found",
        "not_found",
        "view_not_found",
        "bookmark_not_found",
    }
)
BLOCKS_REFUSED: Final = frozenset(
    {
        "msg_blocks_too_long",
        "msg_too_long",
        "invalid_blocks",
        "invalid_blocks_format",
        "block_mismatch",
        "invalid_arguments",
        "view_too_large",
        "too_many_blocks",
    }
)


class SlackRefused(Refused):
    """Slack said no. `code` is its own word for why; `answer` what else came with it."""

    def __init__(self, message: str, *, code: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.answer: Answer = answer or {}


class SlackNotFound(SlackRefused, NotFound):
    """The channel, person or message is not there, or not for us."""


class SlackNotAuthorised(SlackRefused, NotAuthorised):
    """The token is not good, or lacks a scope."""


class BlocksRefused(SlackRefused):
    """It is the blocks that Slack does not take: less of them may pass."""


def meaning(method: str, status: int, answer: Answer, retry_after: float | None) -> VendorError | None:
    """The error behind an answer, or None when what was asked is so."""
    code = str(answer.get("error") or "")
    if status == 429 or code in _RATE_LIMITED:
        pause = min(max(retry_after if retry_after is not None else 1.0, 0.0), LONGEST_PAUSE)
        return RateLimited(f"Slack limits {method}; again in {pause:.0f} s", retry_after=pause)
    if status >= 500 or code in _TRY_AGAIN:
        return Unavailable(f"Slack did not answer {method} ({code or status})")
    if answer.get("ok") is True or code in WANTED_STATE:
        return None
    if not code:
        return Unavailable(f"Slack answered {method} with {status} and nothing readable")
    return _refusal(method, code, answer)


def _refusal(method: str, code: str, answer: Answer) -> SlackRefused:
    if code == "missing_scope":
        scope = str(answer.get("needed") or "another scope")
        words = f"Slack refuses {method}: the app lacks the scope {scope}. Add it and reinstall the app."
        return SlackNotAuthorised(words, code=code, answer=answer)
    if code in _CREDENTIAL:
        words = f"Slack refuses our token ({code}). An admin must give a new one or reinstall the app."
        return SlackNotAuthorised(words, code=code, answer=answer)
    details = _details(answer)
    words = f"Slack refused {method}: {code}{f' ({details})' if details else ''}"
    if code in _ABSENT:
        return SlackNotFound(words, code=code, answer=answer)
    if code in BLOCKS_REFUSED:
        return BlocksRefused(words, code=code, answer=answer)
    return SlackRefused(words, code=code, answer=answer)


def _details(answer: Answer) -> str:
    """Slack's pointers to what is wrong, which are about our JSON and quote none of it."""
    metadata = answer.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    return "; ".join(str(one) for one in messages[:3])[:300] if isinstance(messages, list) else ""
