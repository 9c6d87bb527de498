"""How a Jira stand-in is set up: which flavour it is, its credentials, and where its webhooks go."""

from dataclasses import dataclass, field
from typing import Literal

Flavour = Literal["cloud", "server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraConfig:
    """One site with one project. Cloud wants `email` and `api_token`, Server and Data Center want `pat`."""

    webhook_url: str
    webhook_secret: str = field(default="", repr=False)
    email: str = "daywatch@example.com"
    api_token: str = field(default="", repr=False)
    pat: str = field(default="", repr=False)
    flavour: Flavour = "cloud"
    project: str = "OPS"
    base_url: str = "http://127.0.0.1/jira"
    index_lag: float = 0.0  # seconds until a just-made issue can be found by a search
    emails_hidden: bool = False
    most_tries: int = 5
    patience: float = 5.0  # seconds until an answer counts as missing
    wait_between_tries: float = 0.5  # the vendor: 5 to 15 minutes

    @property
    def cloud(self) -> bool:
        return self.flavour == "cloud"
