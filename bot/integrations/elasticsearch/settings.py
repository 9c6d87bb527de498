"""What Elasticsearch needs: its address and login, where the logs are, and how errors are told among them."""

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable

_ERRORS = ("error", "ERROR", "Error", "err", "critical", "CRITICAL", "fatal", "FATAL", "emergency", "panic")


class ElasticsearchSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="ELASTICSEARCH_")
    GROUPS = {"read": needs(("url",), ("url", "api_key"), ("url", "username", "password"))}  # noqa: RUF012 - a ClassVar in the parent
    TOGETHER = (("username", "password"),)

    url: str = variable("Address of the cluster", "")
    api_key: SecretStr = variable("API key, as the field `encoded` gave it", SecretStr(""))
    username: str = variable("User name, in place of an API key", "")
    password: SecretStr = variable("Password of that user", SecretStr(""))
    ca_file: str = variable("File with the certificate authority of the cluster", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
    accepted_status: Literal["green", "yellow"] = variable(
        "The worst status that is fine; a single node is yellow", "green"
    )
    nodes: int = variable("How many nodes the cluster must have; 0 = not checked", 0)
    index: str = variable("Pattern of the indices with logs", "logs-*")
    timestamp_field: str = variable("Field with the time of a line", "@timestamp")
    message_field: str = variable("Field with the words of a line", "message")
    service_field: str = variable("Field with the name of a service", "service.name")
    level_fields: Names = variable("Fields that may hold the level of a line", ("log.level", "level", "severity"))
    error_levels: Names = variable("Levels that are errors", _ERRORS)
    error_query: str = variable("Query (Lucene syntax) that finds errors, in place of fields and levels", "")
