"""What Teams needs: the address of a workflow, which is a secret in itself."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, Names, SystemSettings, needs, variable

OLD: Final = "logic.azure.com"
"""Where workflows lived before; those stopped on 30 November 2025, Logic Apps of one's own are there still."""
_KNOWN: Final = ("api.powerplatform.com", "api.powerplatform.us", OLD, "logic.azure.us")
_GONE: Final = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class TeamsSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="TEAMS_", env_ignore_empty=True)
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {"write": needs(("workflow_url",))}

    workflow_url: SecretStr = variable(
        "Address of the workflow that posts to the channel, whole: it holds a signature", SecretStr("")
    )
    card_wrapper: Literal["attachments", "bare"] = variable(
        "Whether the workflow wants the card among attachments, as the templates do, or bare", "attachments"
    )
    hosts: Names = variable("Further hosts, or ends of their names, at which workflows may live", ())

    @model_validator(mode="after")
    def _lives_where_workflows_do(self) -> "TeamsSettings":
        if not self.address:
            return self
        host, scheme = _host(self.address)
        if not host:
            raise ValueError("TEAMS_WORKFLOW_URL is not an address. Copy it whole, with everything after the ?")
        if _ends(host, _GONE):
            raise ValueError(
                "TEAMS_WORKFLOW_URL is a connector (an old incoming webhook); Microsoft has switched them off. Add the "
                "workflow 'Send webhook alerts to a channel' in Teams and set its address."
            )
        if host in _LOOPBACK:
            return self
        if scheme != "https":
            raise ValueError("TEAMS_WORKFLOW_URL must begin with https://, since the address is the secret.")
        if not _ends(host, (*_KNOWN, *(one.lower().lstrip(".") for one in self.hosts))):
            raise ValueError(
                "TEAMS_WORKFLOW_URL is at a host that we do not know. If it is right, add it to TEAMS_HOSTS."
            )
        return self

    @property
    def address(self) -> str:
        return self.workflow_url.get_secret_value().strip()

    @property
    def is_old(self) -> bool:
        return _ends(_host(self.address)[0], (OLD,))


def _host(address: str) -> tuple[str, str]:
    """Host and scheme; empty for what is no address."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # which may be none that there is
    except ValueError:
        return "", ""
    return (parts.hostname or "").lower(), parts.scheme


def _ends(host: str, known: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in known)
