"""A backup job that is expected to report by metrics, as it is written in the settings."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.domain.backup import Job
from bot.domain.plan import size_in_bytes


class BackupJob(BaseModel):
    """A dead host reports nothing, so what must have come is known here. `at_least`: on so many hosts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1, max_length=200)
    schedule: str
    timezone: str = "UTC"
    grace_minutes: float = Field(default=60, ge=0, le=100_000)
    min_size: str | None = None
    at_least: int = Field(default=1, ge=1)
    labels: dict[str, str] = {}
    """Which series are meant, where others have the same name."""

    @model_validator(mode="after")
    def _can_come_due(self) -> Self:
        self.job()
        return self

    def job(self) -> Job:
        return Job(
            name=self.name,
            schedule=self.schedule,
            timezone=self.timezone,
            grace=timedelta(minutes=self.grace_minutes),
            min_size=size_in_bytes(self.min_size) if self.min_size else None,
        )
