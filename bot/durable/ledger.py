"""All flows there are: how each stands, which of its lives is the newest, and what is old enough to forget."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from dbos import DBOS, SetWorkflowID, WorkflowStatus
from sqlalchemy.exc import IntegrityError

from bot.durable.keys import key_of, next_identity, revived
from bot.durable.status import FlowState, FlowStatus

log = structlog.get_logger(__name__)

STATES = {
    "DELAYED": FlowState.WAITING,
    "ENQUEUED": FlowState.WAITING,
    "PENDING": FlowState.RUNNING,
    "SUCCESS": FlowState.DONE,
    "ERROR": FlowState.FAILED,
    "CANCELLED": FlowState.CANCELLED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": FlowState.PARKED,
}
STUCK = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
ENDED = ["SUCCESS", "CANCELLED", *STUCK]
AT_ONCE = 200
"""Flows deleted in one transaction, so that the others are not held up."""
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Life:
    """One of a flow's lives."""

    row: WorkflowStatus

    @property
    def id(self) -> str:
        return self.row.workflow_id

    @property
    def state(self) -> FlowState:
        return STATES[self.row.status]

    def status(self) -> FlowStatus:
        error = f"{self.row.error}" if self.row.error else None
        return FlowStatus(
            key=key_of(self.id),
            flow=self.row.name,
            state=self.state,
            began_at=datetime.fromtimestamp((self.row.created_at or 0) / 1000, UTC),
            error=error[:LONGEST_ERROR] if error else None,
            revived=revived(self.id),
        )


class Ledger:
    async def newest(self, once: str) -> Life | None:
        row = await DBOS.get_workflow_status_async(once)
        while row is not None and row.was_forked_from:
            later = await DBOS.list_workflows_async(forked_from=row.workflow_id, limit=1, sort_desc=True)
            if not later:
                break
            row = later[0]
        return None if row is None else Life(row)

    async def stuck(self) -> tuple[FlowStatus, ...]:
        rows = await DBOS.list_workflows_async(
            status=STUCK, was_forked_from=False, limit=100, sort_desc=True, load_input=False
        )
        return tuple(Life(row).status() for row in rows)

    async def revive(self, once: str, *, version: str) -> bool:
        life = await self.newest(once)
        if life is None or life.state not in (FlowState.FAILED, FlowState.PARKED):
            return False
        if life.state is FlowState.PARKED:
            await DBOS.resume_workflow_async(life.id)  # the same life, with its crashes forgiven
            return True
        # A try never raises, so what is recorded is all done; the flow's own code failed after the last of it.
        steps = await DBOS.list_workflow_steps_async(life.id)
        go_on_at = max((step["function_id"] for step in steps), default=0) + 1
        try:
            with SetWorkflowID(next_identity(life.id)):
                await DBOS.fork_workflow_async(life.id, go_on_at, application_version=version)
        except IntegrityError:
            log.info("somebody else has revived it already", flow=once)
        return True

    async def prune(self, before: datetime) -> int:
        forgotten = 0
        while True:
            rows = await DBOS.list_workflows_async(
                status=ENDED,
                completed_before=before.astimezone(UTC).isoformat(),
                limit=AT_ONCE,
                load_input=False,
                load_output=False,
            )
            ids = [row.workflow_id for row in rows if not await self._leads_to_a_living_one(row)]
            if not ids:
                return forgotten
            await DBOS.delete_workflows_async(ids)
            forgotten += len(ids)

    async def _leads_to_a_living_one(self, row: WorkflowStatus) -> bool:
        """The newest life is found through the earlier ones, which are kept for as long as it lives."""
        newest = await self.newest(row.workflow_id) if row.was_forked_from else None
        return newest is not None and newest.state.alive
