"""What ServiceNow needs: the instance, who we are there, and which groups are ours."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable

_SIGNED_IN = needs(
    ("instance", "username", "password"), ("instance", "token"), ("instance", "client_id", "client_secret")
)


class ServiceNowSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="SERVICENOW_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": _SIGNED_IN,
        "write": _SIGNED_IN,
        "inbound": needs(("webhook_secret",)),
    }

    instance: str = variable("Name of the instance, such as acme, or its address", "")
    username: str = variable("Integration user, in time zone UTC", "")
    password: SecretStr = variable("Password of that user", SecretStr(""))
    token: SecretStr = variable("OAuth bearer token, in place of user name and password", SecretStr(""))
    client_id: str = variable("OAuth client (grant client_credentials), in place of both", "")
    client_secret: SecretStr = variable("Secret of that client", SecretStr(""))
    ca_file: str = variable("File with the certificate authority, where a proxy has its own", "")
    groups: Names = variable("Names of the assignment groups that are ours; empty = all", ())
    over_states: Names = variable("States in which an incident is over", ("6", "7", "8"))
    open_state: str = variable("State of an incident that is opened again", "2")
    resolved_state: str = variable("State of an incident that is resolved", "6")
    close_code: str = variable("Resolution code of an incident that we resolve", "Solution provided")
    incident_fields: dict[str, str] = variable("More fields of an incident that we open, as JSON", {})
    change_fields: dict[str, str] = variable("More fields of a change that we open, as JSON", {})
    implement_state: str = variable("State of a change that is being implemented", "-1")
    cancelled_state: str = variable("State of a change that was cancelled", "4")
    webhook_secret: SecretStr = variable("Secret that its business rule sends to us", SecretStr(""))
