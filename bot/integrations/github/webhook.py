"""GitHub's signed notices: proof of the sender, and the news of a run or a deployment."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import SecretStr

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import signed
from bot.integrations.github import news
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.github.shapes import DeploymentNotice, RunNotice
from bot.integrations.notice import opened, read_as

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
        # The older x-hub-signature is SHA-1 and proves nothing.
        algorithm, _, given = headers.get(_SIGNATURE, "").strip().partition("=")
        if algorithm != "sha256" or not signed(given, self._secret, body):
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
            return _deployment(read_as(DeploymentNotice, given, "github"))
        # A review of a deployment brings its run along in a shorter form; the run itself tells what came of it.
        if given.get("workflow_run") is not None and "workflow" in given:
            return _run(read_as(RunNotice, given, "github"))
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
    text: bytes | str = body
    if body.startswith(b"payload="):
        try:
            text = parse_qs(body.decode(), max_num_fields=20, strict_parsing=True)["payload"][0]
        except (ValueError, KeyError):
            raise Unreadable("github: the body is no form") from None  # the original quotes what came in
    given = opened(text, "github")
    if not isinstance(given, dict):
        raise Unreadable("github: the body is not an object")
    return given
