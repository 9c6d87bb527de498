"""What Velero tells of schedules, backups, storage and restores, as far as we read it. Zeros are left out there."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from bot.integrations.cluster_shapes import Flag, Kind, Listed, Number, Text, Texts, Thing

SCHEDULES: Final = Kind("velero.io", "v1", "Schedule", "schedules")
BACKUPS: Final = Kind("velero.io", "v1", "Backup", "backups")
LOCATIONS: Final = Kind("velero.io", "v1", "BackupStorageLocation", "backupstoragelocations")
REPOSITORIES: Final = Kind("velero.io", "v1", "BackupRepository", "backuprepositories")
RESTORES: Final = Kind("velero.io", "v1", "Restore", "restores")
POD_VOLUMES: Final = Kind("velero.io", "v1", "PodVolumeBackup", "podvolumebackups")
UPLOADS: Final = Kind("velero.io", "v2alpha1", "DataUpload", "datauploads")

SCHEDULE_LABEL: Final = "velero.io/schedule-name"
BACKUP_LABEL: Final = "velero.io/backup-name"

_absent: Callable[[Any], Any] = lambda given: {} if given is None else given  # noqa: E731


class ScheduleSpec(BaseModel):
    schedule: Text = ""
    paused: Flag = False


class ScheduleStatus(BaseModel):
    phase: Text = ""
    last_backup: AwareDatetime | None = Field(default=None, alias="lastBackup")
    last_skipped: AwareDatetime | None = Field(default=None, alias="lastSkipped")
    errors: Listed[Text] = Field(default=(), alias="validationErrors")


class Schedule(Thing):
    spec: Annotated[ScheduleSpec, BeforeValidator(_absent)] = ScheduleSpec()
    status: Annotated[ScheduleStatus, BeforeValidator(_absent)] = ScheduleStatus()


class Progress(BaseModel):
    total: Number = Field(default=0, alias="totalItems")
    done: Number = Field(default=0, alias="itemsBackedUp")


class Hooks(BaseModel):
    failed: Number = Field(default=0, alias="hooksFailed")


class BackupStatus(BaseModel):
    phase: Text = ""
    started_at: AwareDatetime | None = Field(default=None, alias="startTimestamp")
    completed_at: AwareDatetime | None = Field(default=None, alias="completionTimestamp")
    expires_at: AwareDatetime | None = Field(default=None, alias="expiration")
    errors: Number = 0
    failure: Text = Field(default="", alias="failureReason")
    invalid: Listed[Text] = Field(default=(), alias="validationErrors")
    progress: Progress | None = None
    snapshots_wanted: Number = Field(default=0, alias="volumeSnapshotsAttempted")
    snapshots_made: Number = Field(default=0, alias="volumeSnapshotsCompleted")
    csi_wanted: Number = Field(default=0, alias="csiVolumeSnapshotsAttempted")
    csi_made: Number = Field(default=0, alias="csiVolumeSnapshotsCompleted")
    operations_wanted: Number = Field(default=0, alias="backupItemOperationsAttempted")
    operations_done: Number = Field(default=0, alias="backupItemOperationsCompleted")
    operations_failed: Number = Field(default=0, alias="backupItemOperationsFailed")
    hooks: Hooks | None = Field(default=None, alias="hookStatus")


class Backup(Thing):
    status: Annotated[BackupStatus, BeforeValidator(_absent)] = BackupStatus()

    @property
    def schedule(self) -> str:
        return self.metadata.labels.get(SCHEDULE_LABEL, "")

    @property
    def phase(self) -> str:
        return self.status.phase or "New"

    @property
    def began(self) -> AwareDatetime | None:
        """What fails its validation never starts."""
        return self.status.started_at or self.metadata.created_at


class LocationSpec(BaseModel):
    access: Text = Field(default="", alias="accessMode")
    validated_every: Text = Field(default="", alias="validationFrequency")


class LocationStatus(BaseModel):
    phase: Text = ""
    validated_at: AwareDatetime | None = Field(default=None, alias="lastValidationTime")
    message: Text = ""


class Location(Thing):
    spec: Annotated[LocationSpec, BeforeValidator(_absent)] = LocationSpec()
    status: Annotated[LocationStatus, BeforeValidator(_absent)] = LocationStatus()


class Told(BaseModel):
    phase: Text = ""
    message: Text = ""


class Repository(Thing):
    status: Annotated[Told, BeforeValidator(_absent)] = Told()


class Volume(Thing):
    """A volume's data on its way into a backup: a PodVolumeBackup or a DataUpload."""

    status: Annotated[Told, BeforeValidator(_absent)] = Told()

    @property
    def backup(self) -> str:
        """A label holds no more than 63 characters, so the owner is the better witness."""
        owner = next((one.name for one in self.metadata.owners if one.kind == "Backup"), "")
        return owner or self.metadata.labels.get(BACKUP_LABEL, "")


class RestoreSpec(BaseModel):
    backup: Text = Field(default="", alias="backupName")
    schedule: Text = Field(default="", alias="scheduleName")
    namespaces: Listed[Text] = Field(default=(), alias="includedNamespaces")
    renamed: Texts = Field(default={}, alias="namespaceMapping")


class RestoreStatus(BaseModel):
    phase: Text = ""
    started_at: AwareDatetime | None = Field(default=None, alias="startTimestamp")
    completed_at: AwareDatetime | None = Field(default=None, alias="completionTimestamp")
    errors: Number = 0
    failure: Text = Field(default="", alias="failureReason")
    invalid: Listed[Text] = Field(default=(), alias="validationErrors")


class Restore(Thing):
    spec: Annotated[RestoreSpec, BeforeValidator(_absent)] = RestoreSpec()
    status: Annotated[RestoreStatus, BeforeValidator(_absent)] = RestoreStatus()

    @property
    def began(self) -> AwareDatetime | None:
        return self.status.started_at or self.metadata.created_at
