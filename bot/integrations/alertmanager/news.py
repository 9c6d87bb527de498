"""Alertmanager's alerts in our own form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.alert import Alert, AlertState, Urgency
from bot.integrations.alertmanager.shapes import Notified

SOURCE = "alertmanager"


@dataclass(frozen=True, slots=True)
class Reading:
    """How alerts are read: which severities call people."""

    paging: Collection[str]

    def notified(self, one: Notified) -> Alert:
        resolved = one.status == "resolved"
        return self._alert(
            one, AlertState.RESOLVED if resolved else AlertState.FIRING, _ended(one) if resolved else None
        )

    def _alert(self, one: Notified, state: AlertState, ended: datetime | None) -> Alert:
        started = one.starts_at
        severity = one.labels.get("severity", "").lower()
        return Alert(
            source=SOURCE,
            id=one.fingerprint,
            # The API cuts to milliseconds what a notice may give in nanoseconds; both must name the same episode.
            episode=started.isoformat(timespec="milliseconds"),
            fingerprint=f"{SOURCE}:{one.fingerprint}",
            title=_title(one.labels, one.annotations),
            state=state,
            occurred_at=ended or started,
            started_at=started,
            urgency=Urgency.HIGH if severity in self.paging else Urgency.LOW,
            url=one.generator_url if one.generator_url.startswith(("https://", "http://")) else None,
            service_name=one.labels.get("service") or None,
            labels=dict(one.labels),
            description=one.annotations.get("description", ""),
        )


def _title(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    return annotations.get("summary") or labels.get("alertname") or "An alert without a name"


def _ended(one: Notified) -> datetime | None:
    """While firing the end is written as the year 1."""
    return one.ends_at if one.ends_at is not None and one.ends_at.year > 1 else None
