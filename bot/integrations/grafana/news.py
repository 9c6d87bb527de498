"""Grafana's alerts in our own form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.alert import Alert, AlertState, Urgency
from bot.integrations.grafana.shapes import Notified
from bot.integrations.labels import Labels

SOURCE: Final = "grafana"
_OF_ITS_OWN: Final[Mapping[str, str]] = {
    "DatasourceNoData": "its data source gives no data",
    "DatasourceError": "it cannot be evaluated, its data source answers with an error",
}
"""Alerts that Grafana raises in a rule's name; the rule stands in the label `rulename`."""
TEST: Final = "TestAlert"
"""What "Test" on a contact point sends; it calls nobody and never resolves."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How alerts are read: which severities call people."""

    paging: Collection[str]

    def notified(self, one: Notified) -> Alert:
        resolved = one.status == "resolved"
        state = AlertState.RESOLVED if resolved else AlertState.FIRING
        url = one.panel_url or one.dashboard_url or one.generator_url
        return self._alert(one, state, _ended(one) if resolved else None, url)

    def _alert(self, one: Notified, state: AlertState, ended: datetime | None, url: str) -> Alert:
        calls = one.labels.get("severity", "").lower() in self.paging and one.labels.get("alertname") != TEST
        return Alert(
            source=SOURCE,
            id=one.fingerprint,
            # The API cuts to milliseconds what a notice may give in nanoseconds; both must name the same episode.
            episode=one.starts_at.isoformat(timespec="milliseconds"),
            fingerprint=f"{SOURCE}:{one.fingerprint}",
            title=title_of(one.labels, one.annotations),
            state=state,
            occurred_at=ended or one.starts_at,
            started_at=one.starts_at,
            urgency=Urgency.HIGH if calls else Urgency.LOW,
            url=url if url.startswith(("https://", "http://")) else None,
            service_name=one.labels.get("service") or None,
            labels=dict(meaningful(one.labels)),
            description=one.annotations.get("description", ""),
        )


def title_of(labels: Labels, annotations: Labels) -> str:
    name = labels.get("alertname", "")
    if name in _OF_ITS_OWN:
        return f"{labels.get('rulename') or annotations.get('summary') or name}: {_OF_ITS_OWN[name]}"
    summary = annotations.get("summary")
    return f"{name}: {summary}" if name and summary else summary or name or "An alert without a name"


def meaningful(labels: Labels) -> Labels:
    """Without those that Grafana keeps for itself (`__alert_rule_uid__`)."""
    return {name: value for name, value in labels.items() if not name.startswith("__")}


def _ended(one: Notified) -> datetime | None:
    """While firing the end is written as the year 1."""
    return one.ends_at if one.ends_at is not None and one.ends_at.year > 1 else None
