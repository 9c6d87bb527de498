"""What the store knows, by noun: one value handed to whoever needs some of it."""

from dataclasses import dataclass

from bot.store.alerts import AlertRows
from bot.store.audit import Audit
from bot.store.changes import ChangeRows
from bot.store.database import Store
from bot.store.deliveries import Deliveries
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from bot.store.pending import PendingRows
from bot.store.tasks import TaskRows
from bot.store.timeline import TimelineRows


@dataclass(slots=True, kw_only=True)
class Memory:
    """What the store knows, by noun."""

    store: Store
    deliveries: Deliveries
    outbox: Outbox
    messages: MessageRows
    incidents: IncidentRows
    alerts: AlertRows
    timeline: TimelineRows
    tasks: TaskRows
    pendings: PendingRows
    audit: Audit
    changes: ChangeRows

    @classmethod
    def of(cls, store: Store) -> "Memory":
        return cls(
            store=store,
            deliveries=Deliveries(store),
            outbox=Outbox(store),
            messages=MessageRows(store),
            incidents=IncidentRows(store),
            alerts=AlertRows(store),
            timeline=TimelineRows(store),
            tasks=TaskRows(store),
            pendings=PendingRows(store),
            audit=Audit(store),
            changes=ChangeRows(store),
        )
