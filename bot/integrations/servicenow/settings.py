"""What ServiceNow needs: the instance, who we are there, and which groups are ours."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class ServiceNowSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="SERVICENOW_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(
            ("instance", "username", "password"), ("instance", "token"), ("instance", "client_id", "client_secret")
        )
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
    implement_state: str = variable("State of a change that is being implemented", "-1")
    cancelled_state: str = variable("State of a change that was cancelled", "4")
