"""What a Docker host needs: the variables that Docker's own client reads, and which containers must run."""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


def _empty_is_off(given: object) -> object:
    """Docker's client takes the empty variable for unset."""
    return False if given == "" else given


class DockerSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="DOCKER_")
    GROUPS = {"read": needs(("host",))}  # noqa: RUF012 - a ClassVar in the parent

    host: str = variable("Address of the engine: unix:///var/run/docker.sock or tcp://host:2376", "")
    tls_verify: Annotated[bool, BeforeValidator(_empty_is_off)] = variable(
        "Whether a tcp:// address is spoken to over TLS; it always is where there is a folder of certificates",
        default=False,
    )
    cert_path: str = variable("Folder with ca.pem, cert.pem and key.pem", "")
    allow_plain_http: bool = variable(
        "Whether it may be asked over plain http beyond loopback, as a socket proxy on a network of its own",
        default=False,
    )
    containers: Names = variable("Names of containers that must run, whatever became of the others", ())
