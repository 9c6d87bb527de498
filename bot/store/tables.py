"""The tables. Times are UTC; everything that people typed or vendors sent stands in columns that can be erased."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Moment(TypeDecorator[datetime]):
    """A time with its zone in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of people and vendors: what no database can hold (half a surrogate, a NUL) is replaced, not refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        return None if value is None else sound_text(value)


class Short(TypeDecorator[str]):
    """A key or a name of at most so many characters, which PostgreSQL holds us to and SQLite does not.

    A longer one (a hostile sender's) is cut and marked by its hash, so that it is still found and still itself.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        return None if value is None else self.held(value)

    def held(self, value: str) -> str:
        """As it stands in the table."""
        sound, most = sound_text(value), self.length
        if len(sound) <= most:
            return sound
        mark = sha256(sound.encode()).hexdigest()[: min(16, most // 2)]
        return f"{sound[: most - len(mark) - 1]}~{mark}"


def sound_text(value: str) -> str:
    """Without what no database can hold: half a surrogate, a NUL."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


metadata = MetaData()
Id = BigInteger().with_variant(Integer, "sqlite")


def _where(condition: str) -> dict[str, Any]:
    """An index of the few rows that are looked for, so that the many which are over cost nothing."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Short(60), nullable=False),
    Column("object_key", Short(300), nullable=False),
    Column("delivery_key", Short(300), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try_at", Moment),
    Column("error", Words),
    Column("unreadable", Boolean, nullable=False, default=False),
    UniqueConstraint("source", "delivery_key", name="uq_delivery_source_key"),
    Index("ix_delivery_todo", "done_at", "id"),
    Index("ix_delivery_object", "source", "object_key", "done_at"),
)

act = Table(
    "act",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", Short(20), nullable=False),
    Column("key", Short(300), nullable=False, unique=True),
    Column("body", JSON, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("handed_at", Moment),
    Column("ended_at", Moment),  # of a flow's start: when the flow was seen to have come to its end
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try_at", Moment),
    Column("error", Words),
    Index("ix_act_todo", "handed_at", "id"),
    Index("ix_act_under_way", "id", **_where("kind = 'start' AND handed_at IS NOT NULL AND ended_at IS NULL")),
)

alert = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Short(60), nullable=False),
    Column("alert_id", Short(200), nullable=False),
    Column("episode", Short(60), nullable=False, default=""),
    Column("fingerprint", Short(200), nullable=False, default=""),
    Column("title", Words, nullable=False),
    Column("description", Words, nullable=False, default=""),
    Column("state", Short(20), nullable=False),
    Column("urgency", Short(10)),
    Column("priority", Short(60)),
    Column("severity", Short(20)),
    Column("number", Short(60)),
    Column("url", Words),
    Column("service", Short(60)),
    Column("service_ref", Short(200)),
    Column("service_name", Words),
    Column("labels", JSON, nullable=False, default=dict),
    Column("started_at", Moment, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("cleared_at", Moment),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", Words),
    Column("count", Integer, nullable=False, default=1),
    Column("incident_id", Id, ForeignKey("incident.id")),
    Column("place", Short(20), nullable=False, default="none"),
    Column("reason", Words, nullable=False, default=""),
    Column("quiet_until", Moment),
    Column("runbook", JSON),
    Column("silence", JSON),
    Column("silence_ends_at", Moment),
    Column("seen_at", Moment),
    Column("missed_at", Moment),
    UniqueConstraint("source", "alert_id", "episode", name="uq_alert_source_id_episode"),
    Index("ix_alert_incident", "incident_id"),
    Index("ix_alert_open", "state", "service"),
    Index("ix_alert_fingerprint", "fingerprint"),
    Index("ix_alert_started", "started_at"),
    Index("ix_alert_silenced", "silence_ends_at", **_where("silence_ends_at IS NOT NULL")),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("title", Words, nullable=False),
    Column("severity", Short(20), nullable=False),
    Column("status", Short(20), nullable=False),
    Column("service", Short(60)),
    Column("team", Short(60), nullable=False),
    Column("private", Boolean, nullable=False, default=False),
    Column("practice", Boolean, nullable=False, default=False),
    Column("channel", Short(30)),
    Column("channel_name", Short(80)),
    Column("lead", Short(30)),
    Column("communications", Short(30)),
    Column("scribe", Short(30)),
    Column("declared_by", Short(30)),
    Column("origin", Short(30)),
    Column("opened_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", Words),
    Column("resolved_at", Moment),
    Column("resolved_by", Words),
    Column("ended_at", Moment),
    Column("fixed_by", Words),
    Column("resolves", Integer, nullable=False, default=0),
    Column("impact", Words),
    Column("seen", Words),
    Column("touched", Boolean, nullable=False, default=False),
    Column("cleared", Boolean, nullable=False, default=False),
    Column("last_alert_at", Moment),
    Column("last_update", Words),
    Column("last_update_at", Moment),
    Column("told", Words),
    Column("told_at", Moment),
    Column("update_due_at", Moment),
    Column("nudged", Integer, nullable=False, default=0),
    Column("followers", JSON, nullable=False, default=list),
    Column("responders", JSON, nullable=False, default=list),
    Column("missing", JSON, nullable=False, default=dict),
    Column("links", JSON, nullable=False, default=list),
    Column("runbook", JSON),
    Column("graphs", JSON, nullable=False, default=list),
    Column("merged_into", Id),
    Column("follows", Id),
    Column("archived_at", Moment),
    Column("gone", Short(20)),
    Column("changed_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # counts changes, so that a look finds what is new
    Index("ix_incident_status", "status", "id"),
    Index("ix_incident_channel", "channel"),
    Index("ix_incident_service", "service", "status"),
    Index("ix_incident_archive", "status", "changed_at", **_where("archived_at IS NULL AND gone IS NULL")),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("incident_id", Id, ForeignKey("incident.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Short(30), nullable=False),
    Column("who", Words),
    Column("key_moment", Boolean, nullable=False, default=False),
    Column("ref", Short(80)),
    Column("once", Short(300)),
    UniqueConstraint("incident_id", "once", name="uq_timeline_once"),
    Index("ix_timeline_incident", "incident_id", "at"),
    Index("ix_timeline_ref", "ref"),
)

timeline_text = Table(
    "timeline_text",
    metadata,
    Column("timeline_id", Id, ForeignKey("timeline.id", ondelete="CASCADE"), primary_key=True),
    Column("words", Words, nullable=False),
)

task = Table(
    "task",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("incident_id", Id, ForeignKey("incident.id"), nullable=False),
    Column("title", Words, nullable=False),
    Column("owner", Short(30)),
    Column("due_at", Moment),
    Column("done_at", Moment),
    Column("done_by", Short(30)),
    Index("ix_task_incident", "incident_id"),
    Index("ix_task_owner", "owner", **_where("done_at IS NULL")),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", Short(60), nullable=False),
    Column("what", Short(80), nullable=False),
    Column("object", Short(200), nullable=False, default=""),
    Column("whence", Short(60), nullable=False, default=""),
    Column("result", Short(40), nullable=False, default="done"),
    Index("ix_audit_object", "object"),
)

access_review = Table(
    "access_review",
    metadata,
    Column("period", Short(10), primary_key=True),
    Column("opened_at", Moment, nullable=False),
    Column("collected_at", Moment),
    Column("unread", JSON, nullable=False),  # [[source, why], …]
    Column("compared", Short(10)),  # the review that came before; None for the first
    Column("signed_at", Moment),
    Column("signed_by", Short(30)),
)

access_entry = Table(
    "access_entry",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("period", Short(10), ForeignKey("access_review.period", ondelete="CASCADE"), nullable=False),
    Column("source", Short(60), nullable=False),
    Column("system", Short(120), nullable=False),
    Column("principal", Short(200), nullable=False),
    Column("role", Short(200), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("news", Short(10), nullable=False),  # first, same, new, role
    Column("before", Short(200), nullable=False, default=""),
    Column("seen_at", Moment, nullable=False),
    Column("gone_at", Moment),
    Column("decision", Short(10)),
    Column("decided_by", Short(30)),
    Column("decided_at", Moment),
    Column("owner", Short(30)),
    Column("ticket", Words),
    UniqueConstraint("period", "system", "principal", "role", name="uq_access_entry"),
)

message = Table(
    "message",
    metadata,
    Column("key", Short(200), primary_key=True),
    Column("channel", Short(30)),
    Column("ts", Short(30)),
    Column("wanted", Integer, nullable=False, default=1),
    Column("shown", Integer, nullable=False, default=0),
    Column("tried", Boolean, nullable=False, default=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("reason", Words),
    Column("next_try_at", Moment),
    Column("leased_by", Short(120)),
    Column("leased_until", Moment),
    Column("gone", Boolean, nullable=False, default=False),
    Index("ix_message_place", "channel", "ts"),
    Index("ix_message_behind", "next_try_at", **_where("wanted > shown")),
)

pending = Table(
    "pending",
    metadata,
    Column("flow_key", Short(200), primary_key=True),
    Column("step", Short(80), primary_key=True),
    Column("reason", Words, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer),
    Column("next_try_at", Moment),
    Column("final", Boolean, nullable=False, default=False),
    Column("outcome", Short(20)),
    Column("at", Moment, nullable=False),
    Index("ix_pending_open", "at", **_where("outcome IS NULL")),
)

setting = Table(
    "setting",
    metadata,
    Column("key", Short(120), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("who", Short(60), nullable=False, default=""),
    Column("at", Moment, nullable=False),
)

slack_pause = Table(
    "slack_pause",
    metadata,
    Column("method", Short(80), primary_key=True),
    Column("channel", Short(30), primary_key=True),  # empty: the method as a whole
    Column("until", Moment, nullable=False),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Short(100), nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Short(10), nullable=False),
    Column("exit_code", Integer),
    Column("run_id", Short(60)),
    Column("size_bytes", Float),
    Column("duration_s", Float),
    Column("note", Words),
    Index("ix_heartbeat_name", "name", "at"),
)

report = Table(
    "report",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("system", Short(60), nullable=False),
    Column("instance", Short(60), nullable=False, default=""),  # empty: the unnamed one
    Column("name", Short(300), nullable=False),
    Column("at", Moment, nullable=False),  # when it was made, or received where that is not said
    Column("made_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("words", Words, nullable=False, default=""),
    Column("facts", JSON, nullable=False),
    Column("size", Integer, nullable=False),  # of the facts, in bytes
    Index("ix_report_name", "system", "instance", "name", "at"),
    Index("ix_report_received", "received_at"),
)

digest = Table(
    "digest",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("team", Short(60), nullable=False),
    Column("date", Short(10), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("posted_at", Moment),
    Column("checked_at", Moment),
    Column("duration_s", Float),
    Column("late", Boolean, nullable=False, default=False),
    Column("state", Short(20), nullable=False, default="asked"),
    Column("on_call", JSON, nullable=False, default=dict),
    Column("progress", JSON),
    Column("compared", Short(10)),
    Column("fixed", JSON, nullable=False, default=list),
    Column("chart", JSON),
    UniqueConstraint("team", "date", name="uq_digest_team_date"),
)

result = Table(
    "result",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("digest_id", Id, ForeignKey("digest.id", ondelete="CASCADE"), nullable=False),
    Column("item", Short(20), nullable=False),
    Column("name", Short(120), nullable=False),
    Column("instance", Short(60)),
    Column("status", Short(10), nullable=False),
    Column("summary", Words, nullable=False),
    Column("evidence", JSON, nullable=False, default=list),
    Column("reason", Words),
    Column("link", Words),
    Column("duration_s", Float, nullable=False, default=0.0),
    Column("at", Moment),
    Column("first", Short(10)),
    Column("was", Short(10)),
    Column("known", JSON),
    Index("ix_result_digest", "digest_id"),
)

claim = Table(
    "claim",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("team", Short(60), nullable=False),
    Column("date", Short(10), nullable=False),
    Column("item", Short(20), nullable=False),
    Column("kind", Short(10), nullable=False),
    Column("who", Short(30), nullable=False),
    Column("at", Moment, nullable=False),
    Column("words", Words, nullable=False, default=""),
    Column("until", Short(10)),
    Column("at_status", Short(10)),
    Column("findings", JSON, nullable=False, default=dict),
    Column("ended_at", Moment),
    Index("ix_claim_team", "team", "item"),
    Index("ix_claim_who", "who"),
    Index("ix_claim_date", "date"),
)

postmortem = Table(
    "postmortem",
    metadata,
    Column("incident_id", Id, ForeignKey("incident.id"), primary_key=True),
    Column("state", Short(20), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("fields", JSON, nullable=False, default=dict),
    Column("ticket", Short(60)),
    Column("ticket_url", Words),
    Column("ticket_state", Short(20)),
    Column("ticket_status", Short(60)),
    Column("ticket_at", Moment),
    Column("by", Short(30)),
    Column("waived_reason", Words),
    Column("filings", Integer, nullable=False, default=0),
    Column("nudged_at", Moment),
    Column("nudges", Integer, nullable=False, default=0),
    Column("round", Integer, nullable=False, default=0),
    Column("asked_who", Short(30)),
    Column("shared", Boolean, nullable=False, default=False),
    Column("busy", Integer),
    Column("body", Words),
    Column("gone", Boolean, nullable=False, default=False),
    Index("ix_postmortem_ticket", "ticket"),
    Index("ix_postmortem_state", "state", "incident_id"),
    Index("ix_postmortem_ticket_state", "ticket_state"),
)

action_item = Table(
    "action_item",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("incident_id", Id, ForeignKey("incident.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("what", Words, nullable=False),
    Column("owner", Short(30)),
    Column("due", Short(10)),
    Column("state", Short(20), nullable=False, default="new"),
    Column("ticket", Short(60)),
    Column("ticket_url", Words),
    Column("ticket_status", Short(60)),
    Column("ticket_due", Short(10)),
    Column("ticket_at", Moment),
    Column("gone", Boolean, nullable=False, default=False),
    Column("done_at", Moment),
    Column("done_by", Words),
    Column("nudged_on", Short(10)),
    Column("moving", Boolean, nullable=False, default=False),
    UniqueConstraint("incident_id", "number", name="uq_action_number"),
    Index("ix_action_owner", "owner", "nudged_on"),
    Index("ix_action_ticket", "ticket"),
    Index("ix_action_state", "state", "due"),
)

runbook_run = Table(
    "runbook_run",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("incident_id", Id, ForeignKey("incident.id"), nullable=False),
    Column("slug", Short(80), nullable=False),
    Column("title", Words, nullable=False),
    Column("steps", JSON, nullable=False),
    Column("page", Integer, nullable=False, default=0),
    Column("who", Short(30), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("incident_id", "slug", name="uq_runbook_run"),
)

runbook_tick = Table(
    "runbook_tick",
    metadata,
    Column("run_id", Id, ForeignKey("runbook_run.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("who", Short(30), nullable=False),
    Column("at", Moment, nullable=False),
)

runbook_report = Table(
    "runbook_report",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("slug", Short(80), nullable=False),
    Column("title", Words, nullable=False),
    Column("owner", Short(120), nullable=False),
    Column("words", Words, nullable=False),
    Column("incident_id", Id),
    Column("who", Short(30), nullable=False),
    Column("at", Moment, nullable=False),
)

oncall_page = Table(
    "oncall_page",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("service", Words, nullable=False),
    Column("service_ref", Short(200), nullable=False),
    Column("source", Short(60)),
    Column("channel", Short(100), nullable=False),
    Column("words", Words, nullable=False),
    Column("people", JSON, nullable=False, default=list),
    Column("who", Short(30), nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Short(10), nullable=False, default="asked"),
    Column("pager_id", Short(200)),
    Column("ended_at", Moment),
)

request = Table(
    "request",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("once", Short(300), nullable=False, unique=True),
    Column("ask", Words, nullable=False),
    Column("channel", Short(100), nullable=False),
    Column("thread", Short(30), nullable=False, default=""),
    Column("who", Short(30), nullable=False),
    Column("at", Moment, nullable=False),
    Column("taken_by", Short(30)),
    Column("taken_at", Moment),
    Column("done", Boolean, nullable=False, default=False),
)

change = Table(
    "change",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Short(60), nullable=False),
    Column("change_id", Short(200), nullable=False),
    Column("kind", Short(20), nullable=False),
    Column("title", Words, nullable=False),
    Column("places", JSON, nullable=False, default=list),
    Column("service", Short(60)),
    Column("environment", Words),
    Column("version", Words),
    Column("by", Words),
    Column("url", Words),
    Column("result", Short(20), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("told_at", Moment, nullable=False),  # what is told later replaces what was told before
    UniqueConstraint("source", "change_id", name="uq_change_source_id"),
    Index("ix_change_service", "service", "started_at"),
    Index("ix_change_started", "started_at"),
)

change_look = Table(
    "change_look",
    metadata,
    Column("name", Short(120), primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("answered_at", Moment),  # when it was asked, the last time that it answered in full
    Column("trouble", Words),
)
