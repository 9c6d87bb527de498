"""What GitLab needs: its address and a token, the projects that are watched, a secret to send us notices."""

import base64
import binascii
from collections.abc import Mapping
from typing import ClassVar, Final

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, Names, SystemSettings, needs, variable

PARTS: Final = ("owners", "outsiders", "second_factor", "tokens", "keys")
_READ = (("token", "projects"), ("token", "groups"))
_SIGNING: Final = "whsec_"


class GitLabSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="GITLAB_", env_ignore_empty=True)
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {
        "read": needs(*_READ, *((*names, "run_pipelines") for names in _READ)),
        # The same token reads and acts, by its rights: that people may act with it is said, not found out.
        "write": needs(("run_pipelines",)),
        "inbound": needs(("webhook_token",), ("webhook_signing_token",)),
    }

    url: str = variable("Address of the server", "https://gitlab.com")
    token: SecretStr = variable("Access token of a project, a group or a person", SecretStr(""))
    projects: Names = variable("Projects to watch, as group/name or by number", ())
    environments: Names = variable("Environments to watch; empty means all but those of reviews", ())
    groups: Names = variable("Groups whose access is reviewed each morning; empty means none", ())
    review: Names = variable("What of them is reviewed", PARTS)
    known_owners: Names = variable("User names of the owners that a group should have", ())
    known_outsiders: Names = variable("User names of people in single projects who are meant to be there", ())
    run_pipelines: bool = variable(
        "Whether pipelines may be run again, cancelled and approved; no command does so yet", default=False
    )
    ca_file: str = variable("File with the certificate authority of the server", "")
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    webhook_token: SecretStr = variable("Secret token that its webhook sends along", SecretStr(""))
    webhook_signing_token: SecretStr = variable(
        "Signing token of its webhook (whsec_…), in place of that", SecretStr("")
    )

    @field_validator("review")
    @classmethod
    def _parts_that_there_are(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if one not in PARTS:
                raise ValueError(f"write it as one of {', '.join(PARTS)}, not {one[:60]!r}")
        return given

    @field_validator("webhook_signing_token")
    @classmethod
    def _that_can_be_decoded(cls, given: SecretStr) -> SecretStr:
        if given.get_secret_value() and not _decoded(given):
            raise ValueError("copy it again: it begins with whsec_, followed by base64")
        return given

    @property
    def signing_key(self) -> bytes:
        return _decoded(self.webhook_signing_token)


def _decoded(token: SecretStr) -> bytes:
    text = token.get_secret_value().strip().removeprefix(_SIGNING)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
