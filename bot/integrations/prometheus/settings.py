"""What Prometheus needs: its address, and how to log in where a proxy or its web config asks for it."""

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.prometheus.query import Query
from bot.integrations.settings import Names, SystemSettings, needs, variable


class PrometheusSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="PROMETHEUS_")
    GROUPS = {"read": needs(("url",), ("url", "username", "password"), ("url", "bearer_token"))}  # noqa: RUF012 - a ClassVar in the parent
    TOGETHER = (("username", "password"),)

    url: str = variable("Address of the server, with its path prefix", "")
    username: str = variable("User name for HTTP Basic", "")
    password: SecretStr = variable("Password for HTTP Basic", SecretStr(""))
    bearer_token: SecretStr = variable("Bearer token, in place of user name and password", SecretStr(""))
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
    tenant: str = variable("Tenant for Mimir, Cortex or Thanos (X-Scope-OrgID)", "")
    paging_severities: Names = variable("Values of the severity label that call people", ("critical", "page"))
    replica_labels: Names = variable("Labels that tell replicas of one server apart", ("replica", "prometheus_replica"))
    queries: tuple[Query, ...] = variable("Expressions with limits of your own, as JSON; see the Prometheus page", ())
    critical_jobs: Names = variable("Jobs that fail the check when all their targets are down; empty = every job", ())

    @field_validator("queries")
    @classmethod
    def _each_its_own_name(cls, given: tuple[Query, ...]) -> tuple[Query, ...]:
        names = [one.name for one in given]
        if len(set(names)) < len(names):
            raise ValueError("two queries have the same name; give each its own")
        return given
