"""A store with a past: any number of incidents, most of them over, each with ten lines of timeline."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

OPEN = 20
"""The newest incidents are open; everything older is over, closed and written up."""
LINES = 10
_DAYS = 400  # of digests that are kept
_CHECKS = 26

_AT = "strftime('%Y-%m-%d %H:%M:%f', :now, printf('-%d minutes', (:many - n) * 5)) || '000'"

_INCIDENTS = f"""
INSERT INTO incident (id, title, severity, status, service, team, private, practice, channel, channel_name, lead,
    origin, opened_at, acknowledged_at, resolved_at, resolved_by, ended_at, fixed_by, resolves, touched, cleared,
    last_alert_at, update_due_at, nudged, followers, responders, missing, links, archived_at, changed_at)
SELECT n, 'Checkout answers slowly ' || n, 'sev' || (1 + n % 4),
    CASE WHEN n > :closed THEN 'investigating' WHEN n > :closed - 20 THEN 'resolved' WHEN n % 50 THEN 'closed'
         ELSE 'merged' END,
    's' || (n % 40), 'platform', 0, 0, 'C' || printf('%08d', n), 'inc-' || n, 'U0ANN0001', 'pagerduty',
    {_AT}, {_AT}, iif(n > :closed, NULL, {_AT}), iif(n > :closed, NULL, 'Ann'), iif(n > :closed, NULL, {_AT}),
    'rolled back', 0, 1, 0, {_AT}, iif(n > :closed, {_AT}, NULL), 2, '[]', '["U0ANN0001"]', '{{}}', '[]',
    iif(n > :closed - 20, NULL, {_AT}), {_AT}
FROM numbers
"""  # noqa: S608 - made of this file's own words

_EACH = {
    "alert": f"""(source, alert_id, episode, fingerprint, title, description, state, service, labels, started_at,
        occurred_at, count, incident_id, place, reason)
    SELECT 'pagerduty', 'Q' || n, '', 'pagerduty:Q' || (n % 5000), 'Slow ' || n, '',
        iif(n > :closed, 'firing', 'resolved'), 's' || (n % 40), '{{}}', {_AT}, {_AT}, 1, n, 'incident', '' """,
    "task": """(incident_id, title, owner, done_at, done_by)
    SELECT n, 'Ask the provider', 'U0KIM0001', iif(n > :closed, NULL, :now), iif(n > :closed, NULL, 'U0KIM0001')""",
    "audit": f"""(at, who, what, object, whence, result)
    SELECT {_AT}, 'U0ANN0001', 'incident.resolve', 'INC-' || n, '', 'done' """,
    "message": """(key, channel, ts, wanted, shown, tried, tries, gone)
    SELECT 'incident.card:' || n, 'C' || printf('%08d', n), n || '.0001', 9, 9, 1, 0, 0""",
    "act": f"""(kind, key, body, made_at, handed_at, tries)
    SELECT 'start', 'incident:' || n || ':open', '{{}}', {_AT}, {_AT}, 0""",
    "delivery": f"""(source, object_key, delivery_key, body, received_at, done_at, tries, unreadable)
    SELECT 'pagerduty', 'Q' || n, '01' || n, x'7b7d', {_AT}, {_AT}, 0, 0""",
    "pending": f"""(flow_key, step, reason, attempt, final, outcome, at)
    SELECT 'incident:' || n || ':open', 'ticket', 'no answer', 1, 0, 'done', {_AT}""",
    "postmortem": f"""(incident_id, state, asked_at, fields, ticket, ticket_url, ticket_state, filings, nudges, round,
        shared, gone)
    SELECT n, iif(n > :closed - 20, 'asked', 'filed'), {_AT}, '{{}}', iif(n > :closed - 20, NULL, 'OPS-' || n),
        iif(n > :closed - 20, NULL, 'https://acme.atlassian.net/browse/OPS-' || n),
        iif(n > :closed - 20, NULL, iif(n > :closed - 40, 'new', 'done')), n <= :closed - 20, 0, 1, 0, 0""",
    "action_item": """(incident_id, number, what, owner, due, state, gone, moving)
    SELECT n, 1, 'Raise the limit', 'U0KIM0001', substr(:now, 1, 10), iif(n > :closed - 40, 'new', 'done'), 0, 0""",
}
_OVER = ("postmortem", "action_item")  # only what is over has them

_TIMELINE = f"""
INSERT INTO timeline (incident_id, at, kind, who, key_moment)
SELECT n, {_AT}, 'note', 'Ann', line = 0 FROM numbers, (SELECT value AS line FROM generate)
"""  # noqa: S608 - as above
_WORDS = "INSERT INTO timeline_text (timeline_id, words) SELECT id, 'We rolled back to 2.14.0 ' || id FROM timeline"


def fill(file: Path, incidents: int) -> int:
    """Write it all at once into a migrated, empty store; answers how many timeline rows there are."""
    given = {"now": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"), "many": incidents, "closed": incidents - OPEN}
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)"
    generate = f", generate(value) AS (VALUES {', '.join(f'({line})' for line in range(LINES))})"
    with sqlite3.connect(file) as store:
        store.execute("PRAGMA synchronous=OFF")  # only while it is filled
        store.execute(numbers + _INCIDENTS, given)
        for table, rest in _EACH.items():
            only = " WHERE n <= :closed" if table in _OVER else ""
            store.execute(f"{numbers} INSERT INTO {table} {rest} FROM numbers{only}", given)
        store.execute(numbers + generate + _TIMELINE, given)
        store.execute(_WORDS)
        _digests(store, _DAYS if incidents > 1000 else 30)
        rows = store.execute("SELECT count(*) FROM timeline").fetchone()
    store.close()
    return int(rows[0])


def _digests(store: sqlite3.Connection, days: int) -> None:
    today = datetime.now(UTC).replace(hour=7, minute=30, second=0, microsecond=0)
    for number in range(1, days + 1):
        due = today - timedelta(days=days - number)
        moment = due.strftime("%Y-%m-%d %H:%M:%S.000000")
        store.execute(
            "INSERT INTO digest (id, team, date, due_at, posted_at, checked_at, duration_s, late, state, on_call,"
            " fixed) VALUES (?, 'platform', ?, ?, ?, ?, 1.0, 0, 'posted', '{}', '[]')",
            (number, due.date().isoformat(), moment, moment, moment),
        )
        store.executemany(
            "INSERT INTO result (digest_id, item, name, status, summary, evidence, duration_s, at)"
            " VALUES (?, 'backups', ?, 'ok', 'all good', '[]', 0.1, ?)",
            [(number, f"velero.check{check}", moment) for check in range(_CHECKS)],
        )
        store.execute(
            "INSERT INTO claim (team, date, item, kind, who, at, words, findings)"
            " VALUES ('platform', ?, 'backups', 'done', 'U0KIM0001', ?, '', '{}')",
            (due.date().isoformat(), moment),
        )
