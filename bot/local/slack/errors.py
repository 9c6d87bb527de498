"""How a Web API method says no: a code, and what Slack adds to it."""

from typing import Any


class SlackError(Exception):
    """`ok: false` with Slack's error code; `extra` joins the answer's top level."""

    def __init__(self, code: str, *, retry_after: int = 0, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.extra = extra


def invalid_arguments(*messages: str) -> SlackError:
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {text}" for text in messages]})
