"""What Prometheus needs: its address, and how to log in where a proxy or its web config asks for it."""

import re
from typing import Final

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.prometheus.job import BackupJob
from bot.integrations.prometheus.query import Query
from bot.integrations.settings import Names, SystemSettings, needs, variable

_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,200}")


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
    hosts: str = variable(
        'Which hosts tell of their updates, as label matchers (`job="node"`); empty = those that do', ""
    )
    host_labels: Names = variable("Labels that tell hosts apart", ("instance",))
    security_origins: str = variable(
        "Pattern of the package sources that are security updates", ".*([Ss]ecurity|UbuntuESM).*"
    )
    patch_files: str = variable(
        "Pattern in the names of the text files with updates and reboots", "apt|yum|dnf|needrestart|reboot"
    )
    backups: tuple[BackupJob, ...] = variable(
        "Backup jobs whose scripts write their figures for node exporter, as JSON; see the Prometheus page", ()
    )
    backup_job_label: str = variable("The label that holds a backup job's name", "job_name")
    backup_success_metric: str = variable(
        "Metric with the time of the last good backup", "backup_last_success_timestamp_seconds"
    )
    backup_exit_metric: str = variable("Metric with the exit code of the last run", "backup_last_exit_code")
    backup_size_metric: str = variable("Metric with the size of the last backup", "backup_last_size_bytes")

    @field_validator("queries", "backups")
    @classmethod
    def _each_its_own_name(cls, given: tuple[Query, ...] | tuple[BackupJob, ...]) -> object:
        names = [one.name for one in given]
        if len(set(names)) < len(names):
            raise ValueError("two of them have the same name; give each its own")
        return given

    @field_validator("hosts")
    @classmethod
    def _matchers(cls, given: str) -> str:
        if re.search(r"[{}]", given):
            raise ValueError('write label matchers without braces, as job="node", env="prod"')
        return given.strip().strip(",")

    @field_validator(
        "host_labels", "backup_job_label", "backup_success_metric", "backup_exit_metric", "backup_size_metric"
    )
    @classmethod
    def _names(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not given or not all(_NAME.fullmatch(one) for one in ((given,) if isinstance(given, str) else given)):
            raise ValueError("write it as Prometheus writes names: letters, digits and _")
        return given

    @field_validator("security_origins", "patch_files")
    @classmethod
    def _patterns(cls, given: str) -> str:
        try:
            re.compile(given)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from error
        return given
