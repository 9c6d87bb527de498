"""GitLab's notices: proof of the sender, and the news of a pipeline or a deployment."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import SecretStr

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.gitlab import news
from bot.integrations.gitlab.settings import GitLabSettings
from bot.integrations.gitlab.shapes import DeploymentNotice, PipelineNotice, is_of_reviews, kind_of
from bot.integrations.notice import opened, read_as

_OLDEST: Final = 300
"""Seconds, in both directions."""


class GitLabWebhook(Webhook):
    """Signed as Standard Webhooks are, where a signing token is set; else it brings our secret in plain text.

    https://docs.gitlab.com/user/project/integrations/webhooks/
    """

    def __init__(
        self, token: SecretStr, signing_key: bytes = b"", *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._token = token.get_secret_value().strip().encode()
        self._key = signing_key
        self._now = now

    @classmethod
    def reading(cls, settings: GitLabSettings) -> "GitLabWebhook":
        return cls(settings.webhook_token, settings.signing_key)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        proven = self._is_signed(headers, body) if self._key else self._brings_token(headers)
        if not proven:
            raise BadSignature("gitlab")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """The id that is signed along with the body; without a signature the door joins idempotency-key and body."""
        number = headers.get("webhook-id", "")
        return hashlib.sha256(number.encode("utf-8", "replace")).hexdigest() if self._key and number else None

    def object_key(self, body: bytes) -> str:
        """The pipeline or the deployment: its news is heard in order."""
        try:
            given = _opened(body)
        except Unreadable:
            return "unreadable"
        attributes = given.get("object_attributes")
        number = attributes.get("id") if isinstance(attributes, dict) else given.get("deployment_id")
        return f"{kind_of(given)[:40]}:{number}" if isinstance(number, int) else "other"

    def parse(self, body: bytes) -> Sequence[Notice]:
        given = _opened(body)
        if kind_of(given) == "pipeline":
            return _pipeline(read_as(PipelineNotice, given, "gitlab"))
        if kind_of(given) == "deployment":
            return _deployment(read_as(DeploymentNotice, given, "gitlab"))
        return ()

    def _brings_token(self, headers: Mapping[str, str]) -> bool:
        # Header text is bytes read as Latin-1, so this gives back the bytes that were sent.
        given = headers.get("x-gitlab-token", "").strip().encode("latin-1", "replace")
        return bool(self._token) and hmac.compare_digest(given, self._token)

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        number, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "").strip()
        if not number or not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
            return False
        if abs(self._now().timestamp() - int(seconds)) > _OLDEST:
            return False
        message = b".".join((number.encode("latin-1", "replace"), seconds.encode(), body))
        expected = b"v1," + base64.b64encode(hmac.digest(self._key, message, "sha256"))
        # While a token is being rotated there may be several, apart by blanks.
        given = headers.get("webhook-signature", "").encode("utf-8", "replace").split()
        return any(hmac.compare_digest(expected, one) for one in given)


def _pipeline(notice: PipelineNotice) -> Sequence[Notice]:
    one = notice.object_attributes
    if not news.is_change(one.source, one.ref, notice.project.default_branch, tag=bool(one.tag)):
        return ()
    return [news.told_of_pipeline(notice)]


def _deployment(notice: DeploymentNotice) -> Sequence[Notice]:
    if is_of_reviews(notice.environment, notice.environment_tier):
        return ()
    return [news.told_of_deployment(notice)]


def _opened(body: bytes) -> Mapping[str, Any]:
    """The body as JSON. Any: whatever JSON can hold."""
    given = opened(body, "gitlab")
    if not isinstance(given, dict):
        raise Unreadable("gitlab: the body is not an object")
    return given
