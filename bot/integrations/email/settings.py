"""What the mailbox needs: where it is, how to log in, and rules for mails that the usual patterns do not know."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from bot.integrations.email.rules import Rule, read
from bot.integrations.settings import SystemSettings, needs, variable

Rules = Annotated[tuple[Rule, ...], NoDecode, BeforeValidator(read)]


class EmailSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="IMAP_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(
            ("host", "user", "password"),
            ("host", "user", "oauth_token_url", "oauth_client_id", "oauth_client_secret"),
        )
    }

    host: str = variable("Host name of the IMAP server", "")
    port: int = variable("Its port; 0 = 993 with ssl, else 143", 0)
    security: Literal["ssl", "starttls", "none"] = variable(
        "How the connection is secured; none only to loopback", "ssl"
    )
    user: str = variable("User name of a mailbox that is used for nothing else", "")
    password: SecretStr = variable("Its password, or an app password (Gmail)", SecretStr(""))
    oauth_token_url: str = variable("Address that gives OAuth2 tokens, in place of a password (Exchange Online)", "")
    oauth_client_id: str = variable("Client id of the app", "")
    oauth_client_secret: SecretStr = variable("Client secret of the app", SecretStr(""))
    oauth_refresh_token: SecretStr = variable("Refresh token, where the app acts for a user", SecretStr(""))
    oauth_scope: str = variable("What the token is for", "https://outlook.office365.com/.default")
    folder: str = variable("Folder that is read", "INBOX")
    ca_file: str = variable("File with the certificate authority of the server", "")
    allow_plain: bool = variable("Whether the password may go unencrypted beyond loopback", default=False)
    rules: Rules = variable("Path of a YAML file with rules of your own; see the page of e-mail alerts", ())
    trusted_server: str = variable(
        "Name under which our own server writes Authentication-Results; if set, mails without dkim=pass open nothing",
        "",
    )
    alerts: bool = variable("Whether mails open and join incidents", default=True)
    look_back_hours: int = variable("How old a mail may be to open an incident, after a start", 24)
