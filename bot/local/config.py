"""What one local workspace is made of: its port, its folder, and the made-up secrets that point a bot at it."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from bot.local.slack.scopes import DEFAULT_SCOPES

# Every event the stand-in knows; an app's real subscription list may be shorter.
ALL_EVENTS: Final = frozenset(
    {
        "message.channels",
        "message.groups",
        "message.im",
        "app_mention",
        "reaction_added",
        "reaction_removed",
        "pin_added",
        "pin_removed",
        "member_joined_channel",
        "member_left_channel",
        "channel_left",
        "group_left",
        "channel_rename",
        "channel_archive",
        "channel_unarchive",
        "channel_created",
        "app_home_opened",
        "group_rename",
        "group_archive",
        "group_unarchive",
        "user_change",
        "subteam_updated",
        "subteam_members_changed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the stand-in waits, as Slack does; tests shorten it."""

    ack_seconds: float = 3.0
    redeliver_after: tuple[float, ...] = (1.0, 60.0, 300.0)
    trigger_seconds: float = 3.0
    refresh_grace_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalConfig:
    """Everything a workspace has to be told. The secrets open nothing outside this machine."""

    port: int
    data_dir: Path | None
    bot_url: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    pagerduty_api_key: str = field(repr=False)
    pagerduty_webhook_secret: str = field(repr=False)
    pagerduty_routing_key: str = field(repr=False)
    jira_api_token: str = field(repr=False)
    jira_webhook_secret: str = field(repr=False)
    local_key: str = field(repr=False)
    session_secret: str = field(repr=False)
    heartbeat_token: str = field(repr=False)
    argocd_token: str = field(repr=False)
    argocd_webhook_token: str = field(repr=False)
    pagerduty_from_email: str = "ann@example.com"
    jira_email: str = "daywatch@example.com"
    jira_project: str = "OPS"
    prefix: str = "LOCAL"
    slack_mode: Literal["socket", "http"] = "socket"
    limits: Literal["real", "off"] = "real"
    scopes: frozenset[str] = DEFAULT_SCOPES
    bot_events: frozenset[str] = ALL_EVENTS
    patience: Patience = Patience()
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The app's, as it would be given to Slack: the page offers its commands and shortcuts."""

    @classmethod
    def fresh(
        cls,
        data_dir: Path | None,
        port: int,
        bot_url: str,
        *,
        slack_mode: Literal["socket", "http"] = "socket",
        limits: Literal["real", "off"] = "real",
        patience: Patience | None = None,
    ) -> "LocalConfig":
        """Make random secrets, once for each data folder, so that a restarted bot still fits its workspace."""
        made: dict[str, Any] = {**_kept_secrets(data_dir)}
        return cls(
            port=port,
            data_dir=data_dir,
            bot_url=bot_url.rstrip("/"),
            slack_mode=slack_mode,
            limits=limits,
            patience=patience or Patience(),
            **made,
        )

    def installed(self, manifest: Mapping[str, Any]) -> "LocalConfig":
        """As after a real installation: the app is granted what its manifest asks for, and no more."""
        return replace(
            self,
            manifest=manifest,
            scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
            bot_events=frozenset(manifest["settings"]["event_subscriptions"]["bot_events"]),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def examples(self) -> dict[str, dict[str, str]]:
        """The variables that point a bot at each example system, so that a first digest shows something."""
        return {
            "prometheus": {"PROMETHEUS_URL": f"{self.url}/systems/prometheus"},
            "alertmanager": {"ALERTMANAGER_URL": f"{self.url}/systems/alertmanager"},
            "argocd": {
                "ARGOCD_URL": f"{self.url}/systems/argocd",
                "ARGOCD_TOKEN": self.argocd_token,
                "ARGOCD_WEBHOOK_TOKEN": self.argocd_webhook_token,
            },
        }

    def environment(self) -> dict[str, str]:
        """The variables that point a bot at this workspace."""
        door = (
            {"SLACK_APP_TOKEN": self.app_token}
            if self.slack_mode == "socket"
            else {"SLACK_SIGNING_SECRET": self.signing_secret}
        )
        return {
            "SLACK_BOT_TOKEN": self.bot_token,
            **door,
            "SLACK_API_URL": f"{self.url}/slack/api/",
            "PAGERDUTY_API_KEY": self.pagerduty_api_key,
            "PAGERDUTY_FROM_EMAIL": self.pagerduty_from_email,
            "PAGERDUTY_API_URL": f"{self.url}/pagerduty",
            "PAGERDUTY_EVENTS_URL": f"{self.url}/pagerduty-events",
            "PAGERDUTY_ROUTING_KEY": self.pagerduty_routing_key,
            "PAGERDUTY_WEBHOOK_SECRETS": self.pagerduty_webhook_secret,
            "JIRA_URL": f"{self.url}/jira",
            "JIRA_EMAIL": self.jira_email,
            "JIRA_API_TOKEN": self.jira_api_token,
            "JIRA_PROJECT": self.jira_project,
            "JIRA_WEBHOOK_SECRET": self.jira_webhook_secret,
            "DAYWATCH_EXAMPLE_HEARTBEAT": self.heartbeat_token,
        }


def _new_secrets() -> dict[str, str]:
    number = secrets.randbelow(10**12)
    return {
        "bot_token": f"xoxb-{number:012d}-local-{secrets.token_hex(12)}",
        "app_token": f"xapp-1-A0LOCAL01-{number:012d}-{secrets.token_hex(32)}",
        "signing_secret": secrets.token_hex(16),
        "pagerduty_api_key": f"u+{secrets.token_hex(9)}",
        "pagerduty_webhook_secret": secrets.token_hex(32),
        "pagerduty_routing_key": secrets.token_hex(16),
        "jira_api_token": f"ATATT-local-{secrets.token_hex(16)}",
        "jira_webhook_secret": secrets.token_hex(24),
        "local_key": secrets.token_urlsafe(24),
        "session_secret": secrets.token_urlsafe(24),
        "heartbeat_token": secrets.token_hex(16),
        "argocd_token": f"example-{secrets.token_urlsafe(24)}",
        "argocd_webhook_token": secrets.token_urlsafe(24),
    }


def _kept_secrets(data_dir: Path | None) -> dict[str, str]:
    made = _new_secrets()
    if data_dir is None:
        return made
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secrets.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        made |= {name: value for name, value in kept.items() if name in made}
    # Written to a side file first: a kill in between must not leave half a file.
    half = path.with_suffix(".half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file)
    half.replace(path)
    return made
