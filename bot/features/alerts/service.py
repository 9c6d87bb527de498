"""Decides what an alert means: opens an incident, joins one, waits in triage, or is ignored by a rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.acts import Act, Acts, Happened, Post
from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import TooEarly
from bot.domain.incident import service_of, severity_of
from bot.domain.plan import Plan, Rule, When
from bot.store.alerts import AlertRow, AlertRows, Place
from bot.store.audit import Audit
from bot.store.deliveries import Deliveries
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows

Route = Literal["open", "triage", "ignore"]
STARTS = (Change.TRIGGERED, Change.REOPENED)


def triage_key(row_id: int) -> str:
    return f"alert.triage:{row_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Each source's news of an alert is applied in the order in which it occurred, not in which it came."""

    rows: AlertRows
    incidents: IncidentRows
    messages: MessageRows
    audit: Audit
    deliveries: Deliveries
    silenceable: Callable[[str], bool]
    """source → whether anything that is connected silences its alerts."""
    plan: Callable[[], Plan]
    clock: Callable[[], datetime]

    async def heard(self, news: AlertChanged) -> Acts:
        """One piece of news. Redelivered or late news does no harm."""
        row = await self.rows.find(news.alert)
        if row is None:
            if news.change is Change.NOTED:
                # A note carries no more than a reference to its alert, so it cannot be the first we hear of one.
                raise TooEarly
            return (*(await self._first(news)), *(await self._said(news)))
        if news.change is Change.NOTED:
            return self._moved(row, news, late=False)
        if _is_older(news, row):
            return self._moved(row, news, late=True)
        if row.missed_at is not None:
            # It was not on its source's list, and here it is.
            await self.rows.change(row.id, missed_at=None)
        return () if self._known(row, news) else await self._apply(row, news)

    async def _said(self, news: AlertChanged) -> Acts:
        """Words that came with the very first news, for the timeline of the incident that it opened or joined."""
        row = await self.rows.find(news.alert) if news.words else None
        given = {"alert": row.id, **_told_as(replace(news, change=Change.NOTED))} if row else None
        return (Happened("alert.moved", given),) if given else ()

    async def _apply(self, row: AlertRow, news: AlertChanged) -> Acts:
        await self.rows.apply(row.id, self._merged(row, news.alert), **self._facts(row, news))
        if row.incident is not None:
            told = _with_what_it_implies(row, news)
            return tuple(act for one in told for act in self._moved(row, one, late=False))
        if row.place is Place.TRIAGE:
            return await self._in_triage(row, news)
        if _fires_again(row, news):
            return await self._route(await self.rows.get(row.id) or row)
        return ()

    async def _first(self, news: AlertChanged) -> Acts:
        alert, plan = news.alert, self.plan()
        service = service_of(alert, plan)
        severity = severity_of(alert, plan)
        route, reason = self.route(alert, service, severity)
        quiet = await self.rows.quiet_until(alert.source, alert.fingerprint[:200], self.clock())
        row = await self.rows.add(alert, service=service, severity=severity, reason=reason)
        await self.deliveries.again(alert.source, alert.id)
        if quiet is not None:
            await self.rows.change(row.id, quiet_until=quiet)
            row = replace(row, quiet_until=quiet)
        if alert.state is AlertState.RESOLVED:
            # We hear of it for the first time when it is over: nothing to open.
            return ()
        if news.change is Change.ACKNOWLEDGED:
            await self.rows.change(row.id, **_taken(news))
        if (incident := await self.incidents.paged(alert.wish)) is not None:
            return (Happened("alert.raised", {"alert": row.id, "incident": incident}),)
        return await self._route(row, route)

    async def _route(self, row: AlertRow, route: Route | None = None) -> Acts:
        if route is None:
            route, _ = self.route(row.alert, row.service, row.severity or "")
        if route == "ignore":
            await self.rows.change(row.id, place=Place.IGNORED)
            return ()
        if route == "triage":
            quiet = row.quiet_until is not None and row.quiet_until > self.clock()
            joins = None if quiet else await self._joinable(row)
            if joins is None:
                await self.rows.change(row.id, place=Place.TRIAGE)
                waits = Happened("alert.waiting", {"alert": row.id})
                return () if quiet else (waits, Post(triage_key(row.id)))
        return (Happened("alert.fired", {"alert": row.id}),)

    async def _joinable(self, row: AlertRow) -> object | None:
        return await self.incidents.joinable(
            service=row.service,
            fingerprint=row.alert.fingerprint,
            at=row.alert.occurred_at,
            window=self.plan().incidents.join_window,
        )

    def route(self, alert: Alert, service: str | None, severity: str) -> tuple[Route, str]:
        """The first rule that matches; else high urgency opens, low goes to triage. With the reason in words."""
        for number, rule in enumerate(self.plan().incidents.routing, 1):
            if _matches(rule.when, alert, service, severity):
                return rule.do, f"rule {number} of incidents.routing ({_told(rule)})"
        if _is_high(alert):
            how = "high" if alert.urgency or alert.labels.get("severity") else "unknown"
            return "open", f"{how} urgency opens an incident (no rule matched)"
        return "triage", "low urgency goes to triage (no rule matched)"

    def _known(self, row: AlertRow, news: AlertChanged) -> bool:
        """The same news again: fingerprint, start and state tell nothing new (Alertmanager repeats while it fires)."""
        same_state = row.alert.state is news.alert.state
        if row.alert.occurred_at < news.alert.occurred_at:
            return False
        return same_state and news.change in (Change.TRIGGERED, Change.RESOLVED)

    def _merged(self, row: AlertRow, alert: Alert) -> Alert:
        """A note or an escalation carries less than the alert we know: what is empty does not erase."""
        known = row.alert
        return replace(
            alert,
            title=alert.title or known.title,
            urgency=alert.urgency or known.urgency,
            priority=alert.priority or known.priority,
            url=alert.url or known.url,
            number=alert.number or known.number,
            service_ref=alert.service_ref or known.service_ref,
            service_name=alert.service_name or known.service_name,
            labels=alert.labels or known.labels,
            description=alert.description or known.description,
            fingerprint=alert.fingerprint or known.fingerprint,
        )

    def _facts(self, row: AlertRow, news: AlertChanged) -> dict[str, object]:
        facts: dict[str, object] = {}
        if news.change is Change.TRIGGERED and row.alert.state is AlertState.FIRING:
            facts["count"] = row.count + 1
        if news.change is Change.ACKNOWLEDGED:
            facts |= _taken(news)
        if news.change in (Change.UNACKNOWLEDGED, Change.REOPENED):
            facts |= {"acknowledged_at": None, "acknowledged_by": None}
        if news.change is Change.REPRIORITISED:
            facts["severity"] = severity_of(self._merged(row, news.alert), self.plan())
        return facts

    def _moved(self, row: AlertRow, news: AlertChanged, *, late: bool) -> Acts:
        """News of an alert that is part of an incident; others have nobody to tell."""
        if row.incident is None:
            return ()
        return (Happened("alert.moved", {"alert": row.id, "late": late, **_told_as(news)}),)

    async def _in_triage(self, row: AlertRow, news: AlertChanged) -> Acts:
        acts: list[Act] = [Post(triage_key(row.id), 1.0)]
        raised = news.change is Change.REPRIORITISED or (_is_high(news.alert) and not _is_high(row.alert))
        if raised and news.alert.state is AlertState.FIRING:
            fresh = await self.rows.get(row.id)
            route, _ = self.route(fresh.alert if fresh else news.alert, row.service, row.severity or "")
            if route == "open":
                acts.append(Happened("alert.fired", {"alert": row.id}))
        return tuple(acts)

    async def runbook_found(self, number: int, page: Mapping[str, str]) -> Acts:
        """The menu offers it from now on."""
        row = await self.rows.get(number)
        if row is None:
            return ()
        await self.rows.change(number, runbook={"slug": page["slug"][:80], "title": page["title"][:200]})
        return (Post(triage_key(number)),) if await self.messages.place(triage_key(number)) else ()

    async def quiet(self, row: AlertRow, span: timedelta) -> Acts:
        await self.rows.change(row.id, quiet_until=self.clock() + span)
        return (Post(triage_key(row.id)),)


def _is_older(news: AlertChanged, row: AlertRow) -> bool:
    """Of two of the same moment the end came last, in whatever order they arrive; only a reopening comes after it."""
    at, known = news.alert.occurred_at, row.alert.occurred_at
    return at < known or (at == known and _fires_again(row, news) and news.change is not Change.REOPENED)


def _fires_again(row: AlertRow, news: AlertChanged) -> bool:
    return row.alert.state is AlertState.RESOLVED and news.alert.state is AlertState.FIRING


def _with_what_it_implies(row: AlertRow, news: AlertChanged) -> Sequence[AlertChanged]:
    """News that finds an alert over, or firing again, where that itself was not told (yet): it is told first or last.

    When it comes after all, it is older than this, so it would only go to the timeline.
    """
    if _fires_again(row, news) and news.change is not Change.REOPENED:
        return replace(news, change=Change.REOPENED, by=None, words=""), news
    ended = row.alert.state is AlertState.FIRING and news.alert.state is AlertState.RESOLVED
    if ended and news.change is not Change.RESOLVED:
        return news, replace(news, change=Change.RESOLVED, by=None, words="")
    return (news,)


def _told_as(news: AlertChanged) -> dict[str, object]:
    """News as plain JSON."""
    return {
        "change": news.change.value,
        "at": news.alert.occurred_at.isoformat(),
        "by": {"id": news.by.id, "name": news.by.name, "person": news.by.person} if news.by else None,
        "words": news.words[:1000],
    }


def _taken(news: AlertChanged) -> dict[str, object]:
    by = news.by.name if news.by else news.alert.source
    return {"acknowledged_at": news.alert.occurred_at, "acknowledged_by": by}


def _is_high(alert: Alert) -> bool:
    """Of what nothing is known people hear: silence about it would be a guess."""
    if alert.urgency is not None:
        return alert.urgency is Urgency.HIGH
    label = alert.labels.get("severity", "").casefold()
    return not label or label in ("critical", "page")


def _matches(when: When, alert: Alert, service: str | None, severity: str) -> bool:
    return (
        (when.source is None or when.source == alert.source)
        and (when.urgency is None or when.urgency == alert.urgency)
        and (when.service is None or when.service == service)
        and (when.severity is None or when.severity == severity)
        and (when.title is None or when.title.casefold() in alert.title.casefold())
        and all(alert.labels.get(name) == value for name, value in when.labels.items())
    )


def _told(rule: Rule) -> str:
    said = rule.when.model_dump(exclude_defaults=True)
    conditions = ", ".join(f"{name} {value}" for name, value in said.items()) or "any alert"
    return f"{conditions} → {rule.do}"
