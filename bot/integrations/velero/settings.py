"""What Velero needs beside its clusters: where it lives, and how its backups and restore tests are known."""

from zoneinfo import ZoneInfo

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.settings import Names, variable

_OWN = ("namespace", "schedules", "backup_labels", "restore_tests", "time_zone")


class VeleroSettings(ClusterSettings):
    model_config = SettingsConfigDict(env_prefix="VELERO_", populate_by_name=True)

    namespace: str = variable("Namespace in which it is installed", "velero")
    schedules: Names = variable("Schedules that must be there; one that is missing fails", ())
    backup_labels: Names = variable(
        "Labels that this cluster's backups bear (`cluster=prod-eu`), where several clusters share a bucket", ()
    )
    restore_tests: Names = variable(
        "How restores that are tests are known: beginnings of their names, or labels (`purpose=test`); empty means all",
        (),
    )
    time_zone: str = variable("Time zone of its server, in which schedules are read", "UTC")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, given: str) -> str:
        try:
            ZoneInfo(given)
        except (ValueError, KeyError, OSError):
            raise ValueError("no time zone of that name is known (such as Europe/Berlin)") from None
        return given

    @property
    def named(self) -> bool | None:
        """Whether somebody set anything of Velero's own, so that it is missed where it is not installed."""
        return True if self.model_fields_set.intersection(_OWN) else None
