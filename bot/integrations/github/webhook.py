"""GitHub's signed notices: proof of the sender, and the news of a run or a deployment."""

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, SecretStr, ValidationError

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.foreign import sound
from bot.integrations.github import news
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.github.shapes import DeploymentNotice, RunNotice

N = TypeVar("N", bound=BaseModel)
_SIGNATURE: Final = "x-hub-signature-256"
_NOT_OF_IT: Final = frozenset({"deployment_callback_url", "workflow_job"})
"""In events that bring a deployment along, and tell nothing new of it: a protection rule's question, a job's news."""


class GitHubWebhook(Webhook):
    """Signed with HMAC-SHA256 over the body as it came. Which event it is, is told by what the body holds."""

    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret.get_secret_value().strip().encode()

    @classmethod
    def reading(cls, settings: GitHubSettings) -> "GitHubWebhook":
        return cls(settings.webhook_secret)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        # The older x-hub-signature is SHA-1 and proves nothing. Bytes: a header that is not ASCII must not raise.
        given = headers.get(_SIGNATURE, "").strip().encode("utf-8", "replace")
        expected = b"sha256=" + hmac.digest(self._secret, body, "sha256").hex().encode()
        if not self._secret or not hmac.compare_digest(expected, given):
            raise BadSignature("github")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id is inside what is signed; the door joins x-github-delivery with the body's hash."""
        return None

    def object_key(self, body: bytes) -> str:
        """The run or the deployment: its news is heard in order."""
        try:
            given = _opened(body)
        except Unreadable:
            return "unreadable"
        for kind in ("deployment", "workflow_run"):
            found = given.get(kind)
            if isinstance(found, dict) and isinstance(found.get("id"), int):
                return f"{kind}:{found['id']}"
        return "other"

    def parse(self, body: bytes) -> Sequence[Notice]:
        given = _opened(body)
        if given.get("deployment") is not None and _NOT_OF_IT.isdisjoint(given):
            return _deployment(_read(DeploymentNotice, given))
        # A review of a deployment brings its run along in a shorter form; the run itself tells what came of it.
        if given.get("workflow_run") is not None and "workflow" in given:
            return _run(_read(RunNotice, given))
        return ()


def _run(notice: RunNotice) -> Sequence[Notice]:
    run, repo = notice.workflow_run, notice.repository
    if not news.is_change(run, repo.full_name, repo.default_branch):
        return ()
    return [news.reported(news.of_run(run, repo.full_name), run.updated_at or run.began)]


def _deployment(notice: DeploymentNotice) -> Sequence[Notice]:
    one, state, repo = notice.deployment, notice.deployment_status, notice.repository
    if one.transient_environment or (state is not None and state.state == news.SUPERSEDED):
        return ()
    change = news.of_deployment(one, repo.full_name, repo.html_url, state)
    return [news.reported(change, state.created_at if state else one.created_at)]


def _opened(body: bytes) -> Mapping[str, Any]:
    """The body as JSON; the form type has it in one field. Any: whatever JSON can hold."""
    try:
        text = body.decode()
        if text.startswith("payload="):
            text = parse_qs(text, max_num_fields=20, strict_parsing=True)["payload"][0]
        given = sound(json.loads(text))
    except (ValueError, KeyError, RecursionError):
        raise Unreadable("github: the body is not JSON") from None  # the original quotes what came in
    if not isinstance(given, dict):
        raise Unreadable("github: the body is not an object")
    return given


def _read(kind: type[N], given: Mapping[str, Any]) -> N:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"][:4])[:100] or "the body"
        raise Unreadable(f"github: {where}: {first['type']}") from None  # the original quotes what came in
