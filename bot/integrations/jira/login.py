"""Where Jira is and who we are there, worked out from the settings."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.integrations.address import wrong_address, wrong_headers
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.response import Wording

_CLOUD: Final = (".atlassian.net", ".jira.com", ".atlassian.com")
GATEWAY: Final = "api.atlassian.com"
"""Where calls with scoped tokens go; people cannot open its addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    url: str
    project: str
    cloud: bool
    wording: Wording
    pair: tuple[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    wrong: str | None = None
    """What is the matter with the address, told by the first call."""

    @staticmethod
    def of(settings: JiraSettings, title: str = "Jira") -> "Login":
        """An API token means Cloud and a PAT Data Center, unless the address says otherwise."""
        url = (settings.url or "").strip().rstrip("/")
        token, pat = _text(settings.api_token), _text(settings.pat)
        pair = ((settings.email or "").strip(), token) if settings.email and token else None
        wording = Wording(
            title=title,
            address="JIRA_URL",
            variables=("JIRA_EMAIL", "JIRA_API_TOKEN") if pair else ("JIRA_PAT",),
            credential=True,
            secrets=frozenset(secret for secret in (token, pat) if secret),
        )
        return Login(
            url=url,
            project=(settings.project or "").strip().upper(),
            cloud=pair is not None or _host(url).endswith(_CLOUD),
            wording=wording,
            pair=pair,
            token=None if pair else pat,
            ca_file=settings.ca_file or None,
            wrong=wrong_address(url, wording, allow_plain_http=False)
            or wrong_headers({"authorization": SecretStr(" ".join(pair) if pair else pat)}, wording),
        )

    @property
    def loopback(self) -> bool:
        try:
            return _host(self.url) == "localhost" or ip_address(_host(self.url)).is_loopback
        except ValueError:
            return False

    @property
    def behind_gateway(self) -> bool:
        return _host(self.url) == GATEWAY


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value().strip() if secret else ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
