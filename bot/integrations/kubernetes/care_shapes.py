"""What Kubernetes tells of jobs, volumes, warnings, and of what keeps a cluster in order, as far as we read it."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from bot.integrations.cluster_shapes import Condition, Flag, Listed, Number, Text, Thing
from bot.integrations.kubernetes.shapes import Wanted


class JobStatus(BaseModel):
    conditions: Listed[Condition] = ()


class Job(Thing):
    status: JobStatus = JobStatus()


class CronJobSpec(BaseModel):
    schedule: str
    zone: Text = Field(default="", alias="timeZone")
    suspend: Flag = False


class CronJobStatus(BaseModel):
    active: Listed[Any] = ()
    scheduled_at: AwareDatetime | None = Field(default=None, alias="lastScheduleTime")
    succeeded_at: AwareDatetime | None = Field(default=None, alias="lastSuccessfulTime")


class CronJob(Thing):
    spec: CronJobSpec
    status: CronJobStatus = CronJobStatus()


class ClaimStatus(BaseModel):
    phase: Text = ""


class ClaimSpec(BaseModel):
    storage_class: Text = Field(default="", alias="storageClassName")


class Claim(Thing):
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class Involved(BaseModel):
    kind: Text = ""
    namespace: Text = ""
    name: Text = ""


class Series(BaseModel):
    count: Number = 0
    last: AwareDatetime | None = Field(default=None, alias="lastObservedTime")


class Event(Thing):
    involved: Involved = Field(default=Involved(), alias="involvedObject")
    type: Text = ""
    reason: Text = ""
    message: Text = ""
    count: Number = 0
    series: Series | None = None
    last: AwareDatetime | None = Field(default=None, alias="lastTimestamp")
    at: AwareDatetime | None = Field(default=None, alias="eventTime")

    @property
    def times(self) -> int:
        return max(self.count, self.series.count if self.series else 0, 1)

    @property
    def seen_at(self) -> AwareDatetime | None:
        """When it was last seen; newer and older reporters fill different fields."""
        series = self.series.last if self.series else None
        return series or self.last or self.at or self.metadata.created_at


class AutoscalerSpec(BaseModel):
    least: Wanted = Field(default=1, alias="minReplicas")
    most: Number = Field(default=0, alias="maxReplicas")


class AutoscalerStatus(BaseModel):
    current: Number = Field(default=0, alias="currentReplicas")
    desired: Number = Field(default=0, alias="desiredReplicas")
    conditions: Listed[Condition] = ()


class Autoscaler(Thing):
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


class BudgetStatus(BaseModel):
    observed: Number = Field(default=0, alias="observedGeneration")
    allowed: Number = Field(default=0, alias="disruptionsAllowed")
    healthy: Number = Field(default=0, alias="currentHealthy")
    desired: Number = Field(default=0, alias="desiredHealthy")
    expected: int | None = Field(default=None, alias="expectedPods")


class Budget(Thing):
    status: BudgetStatus | None = None


class CertificateStatus(BaseModel):
    conditions: Listed[Condition] = ()
    ends_at: AwareDatetime | None = Field(default=None, alias="notAfter")
    renews_at: AwareDatetime | None = Field(default=None, alias="renewalTime")


class Certificate(Thing):
    status: CertificateStatus = CertificateStatus()
