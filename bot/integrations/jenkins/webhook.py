"""The notices of Jenkins' Notification plugin, and of a pipeline's own last step: one ended build each."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Final

from pydantic import BaseModel, Field, SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import UNTOLD, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import shows, signed
from bot.integrations.jenkins.builds import RESULTS, Place, Reading
from bot.integrations.jenkins.settings import JenkinsSettings
from bot.integrations.jenkins.shapes import Millis, Text, moment
from bot.integrations.notice import key_of, read

_SIGNATURE: Final = "x-daywatch-signature"
_FOLLOWED: Final = "FINALIZED"
"""COMPLETED comes before it with the same status, the others without one."""


class _Scm(BaseModel):
    url: Text = ""
    commit: Text = ""


class _Built(BaseModel):
    """Parameters are left out: they may be secrets."""

    full_url: Annotated[str, Field(min_length=1)]
    phase: Annotated[str, Field(min_length=1)]
    status: str | None = None
    timestamp: Millis | None = None
    duration: Annotated[int, Field(ge=0, le=253_000_000_000_000)] | None = None
    scm: _Scm | None = None
    by: str | None = None


class _Notice(BaseModel):
    """https://plugins.jenkins.io/notification/"""

    build: _Built


class JenkinsWebhook(Webhook):
    """The plugin signs nothing: the secret is the password in the address, or its last piece. A pipeline's step may
    sign the body with it (`X-Daywatch-Signature: sha256=<HMAC-SHA256 in hex>`).
    """

    def __init__(self, secret: SecretStr, *, deploying: Collection[str] = ()) -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._reading = Reading(deploying)

    @classmethod
    def reading(cls, settings: JenkinsSettings) -> "JenkinsWebhook":
        return cls(settings.webhook_secret, deploying=settings.deploy_jobs)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not (self._signed(headers, body) or shows(headers, self._secret)):
            raise BadSignature("jenkins")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; a build that is told of again changes nothing."""
        return None

    def object_key(self, body: bytes) -> str:
        """The build: its notices are worked off in order."""
        try:
            built = _notice(body).build
        except Unreadable:
            return "unreadable"  # `parse` will say so
        return key_of(built.full_url)

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        built = _notice(body).build
        if built.phase.upper() != _FOLLOWED:
            return []
        place = Place.of_url(built.full_url)
        if place is None:
            raise Unreadable("jenkins: build.full_url: no address of a build")
        # The plugin stamps a notice with the moment of its phase, so that a build's beginning lies before it.
        ended = UNTOLD if built.timestamp is None else moment(built.timestamp)
        started = UNTOLD if built.timestamp is None else moment(max(built.timestamp - (built.duration or 0), 0))
        change = self._reading.change(
            place,
            started=started,
            ended=ended,
            result=RESULTS.get((built.status or "").upper(), Result.UNKNOWN),
            remotes=[built.scm.url] if built.scm and built.scm.url else [],
            commit=built.scm.commit if built.scm else "",
            by=built.by,
            url=_bare(built.full_url),
        )
        return [ChangeReported(change=change, at=ended)]

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        algorithm, _, given = headers.get(_SIGNATURE, "").strip().partition("=")
        return algorithm == "sha256" and signed(given, self._secret, body)


def _bare(url: str) -> str:
    """Without a user and password, should somebody have put them into Jenkins' own address."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _notice(body: bytes) -> _Notice:
    return read(_Notice, body, "jenkins")
