"""The first version of every table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _access_review()
    _act()
    _audit()
    _change()
    _change_look()
    _claim()
    _delivery()
    _digest()
    _heartbeat()
    _incident()
    _message()
    _oncall_page()
    _pending()
    _report()
    _request()
    _runbook_report()
    _setting()
    _slack_pause()
    _access_entry()
    _action_item()
    _alert()
    _postmortem()
    _result()
    _runbook_run()
    _task()
    _timeline()
    _runbook_tick()
    _timeline_text()


def _access_review() -> None:
    op.create_table(
        "access_review",
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unread", sa.JSON(), nullable=False),
        sa.Column("compared", sa.String(10), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(30), nullable=True),
        sa.PrimaryKeyConstraint("period"),
    )


def _act() -> None:
    op.create_table(
        "act",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_act_todo", "act", ["handed_at", "id"], unique=False)
    op.create_index(
        "ix_act_under_way",
        "act",
        ["id"],
        unique=False,
        sqlite_where=sa.text("kind = 'start' AND handed_at IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("kind = 'start' AND handed_at IS NOT NULL AND ended_at IS NULL"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("object", sa.String(200), nullable=False),
        sa.Column("whence", sa.String(60), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_object", "audit", ["object"], unique=False)


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("change_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("service", sa.String(60), nullable=True),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("result", sa.String(20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "change_id", name="uq_change_source_id"),
    )
    op.create_index("ix_change_service", "change", ["service", "started_at"], unique=False)
    op.create_index("ix_change_started", "change", ["started_at"], unique=False)


def _change_look() -> None:
    op.create_table(
        "change_look",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("item", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("who", sa.String(30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("until", sa.String(10), nullable=True),
        sa.Column("at_status", sa.String(10), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_claim_date", "claim", ["date"], unique=False)
    op.create_index("ix_claim_team", "claim", ["team", "item"], unique=False)
    op.create_index("ix_claim_who", "claim", ["who"], unique=False)


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("object_key", sa.String(300), nullable=False),
        sa.Column("delivery_key", sa.String(300), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("unreadable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "delivery_key", name="uq_delivery_source_key"),
    )
    op.create_index("ix_delivery_object", "delivery", ["source", "object_key", "done_at"], unique=False)
    op.create_index("ix_delivery_todo", "delivery", ["done_at", "id"], unique=False)


def _digest() -> None:
    op.create_table(
        "digest",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("on_call", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("compared", sa.String(10), nullable=True),
        sa.Column("fixed", sa.JSON(), nullable=False),
        sa.Column("chart", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("team", "date", name="uq_digest_team_date"),
    )


def _heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.String(60), nullable=True),
        sa.Column("size_bytes", sa.Float(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_heartbeat_name", "heartbeat", ["name", "at"], unique=False)


def _incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("service", sa.String(60), nullable=True),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(30), nullable=True),
        sa.Column("channel_name", sa.String(80), nullable=True),
        sa.Column("lead", sa.String(30), nullable=True),
        sa.Column("communications", sa.String(30), nullable=True),
        sa.Column("scribe", sa.String(30), nullable=True),
        sa.Column("declared_by", sa.String(30), nullable=True),
        sa.Column("origin", sa.String(30), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fixed_by", sa.Text(), nullable=True),
        sa.Column("resolves", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("last_alert_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_update", sa.Text(), nullable=True),
        sa.Column("last_update_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nudged", sa.Integer(), nullable=False),
        sa.Column("followers", sa.JSON(), nullable=False),
        sa.Column("responders", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("runbook", sa.JSON(), nullable=True),
        sa.Column("graphs", sa.JSON(), nullable=False),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("follows", ID, nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.String(20), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_incident_archive",
        "incident",
        ["status", "changed_at"],
        unique=False,
        sqlite_where=sa.text("archived_at IS NULL AND gone IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL AND gone IS NULL"),
    )
    op.create_index("ix_incident_channel", "incident", ["channel"], unique=False)
    op.create_index("ix_incident_service", "incident", ["service", "status"], unique=False)
    op.create_index("ix_incident_status", "incident", ["status", "id"], unique=False)


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(30), nullable=True),
        sa.Column("ts", sa.String(30), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(120), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        "ix_message_behind",
        "message",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("wanted > shown"),
        postgresql_where=sa.text("wanted > shown"),
    )
    op.create_index("ix_message_place", "message", ["channel", "ts"], unique=False)


def _oncall_page() -> None:
    op.create_table(
        "oncall_page",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("service_ref", sa.String(200), nullable=False),
        sa.Column("source", sa.String(60), nullable=True),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("pager_id", sa.String(200), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _pending() -> None:
    op.create_table(
        "pending",
        sa.Column("flow_key", sa.String(200), nullable=False),
        sa.Column("step", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("flow_key", "step"),
    )
    op.create_index(
        "ix_pending_open",
        "pending",
        ["at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("system", sa.String(60), nullable=False),
        sa.Column("instance", sa.String(60), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_report_name", "report", ["system", "instance", "name", "at"], unique=False)
    op.create_index("ix_report_received", "report", ["received_at"], unique=False)


def _request() -> None:
    op.create_table(
        "request",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("once", sa.String(300), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("thread", sa.String(30), nullable=False),
        sa.Column("who", sa.String(30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(30), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once"),
    )


def _runbook_report() -> None:
    op.create_table(
        "runbook_report",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("incident_id", ID, nullable=True),
        sa.Column("who", sa.String(30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _slack_pause() -> None:
    op.create_table(
        "slack_pause",
        sa.Column("method", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("method", "channel"),
    )


def _access_entry() -> None:
    op.create_table(
        "access_entry",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("system", sa.String(120), nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("role", sa.String(200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("news", sa.String(10), nullable=False),
        sa.Column("before", sa.String(200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(10), nullable=True),
        sa.Column("decided_by", sa.String(30), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(30), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["period"], ["access_review.period"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("period", "system", "principal", "role", name="uq_access_entry"),
    )


def _action_item() -> None:
    op.create_table(
        "action_item",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(30), nullable=True),
        sa.Column("due", sa.String(10), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("ticket", sa.String(60), nullable=True),
        sa.Column("ticket_url", sa.Text(), nullable=True),
        sa.Column("ticket_status", sa.String(60), nullable=True),
        sa.Column("ticket_due", sa.String(10), nullable=True),
        sa.Column("ticket_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("nudged_on", sa.String(10), nullable=True),
        sa.Column("moving", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "number", name="uq_action_number"),
    )
    op.create_index("ix_action_owner", "action_item", ["owner", "nudged_on"], unique=False)
    op.create_index("ix_action_state", "action_item", ["state", "due"], unique=False)
    op.create_index("ix_action_ticket", "action_item", ["ticket"], unique=False)


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("alert_id", sa.String(200), nullable=False),
        sa.Column("episode", sa.String(60), nullable=False),
        sa.Column("fingerprint", sa.String(200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("urgency", sa.String(10), nullable=True),
        sa.Column("priority", sa.String(60), nullable=True),
        sa.Column("severity", sa.String(20), nullable=True),
        sa.Column("number", sa.String(60), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("service", sa.String(60), nullable=True),
        sa.Column("service_ref", sa.String(200), nullable=True),
        sa.Column("service_name", sa.Text(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("incident_id", ID, nullable=True),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("runbook", sa.JSON(), nullable=True),
        sa.Column("silence", sa.JSON(), nullable=True),
        sa.Column("silence_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "alert_id", "episode", name="uq_alert_source_id_episode"),
    )
    op.create_index("ix_alert_fingerprint", "alert", ["fingerprint"], unique=False)
    op.create_index("ix_alert_incident", "alert", ["incident_id"], unique=False)
    op.create_index("ix_alert_open", "alert", ["state", "service"], unique=False)
    op.create_index(
        "ix_alert_silenced",
        "alert",
        ["silence_ends_at"],
        unique=False,
        sqlite_where=sa.text("silence_ends_at IS NOT NULL"),
        postgresql_where=sa.text("silence_ends_at IS NOT NULL"),
    )
    op.create_index("ix_alert_started", "alert", ["started_at"], unique=False)


def _postmortem() -> None:
    op.create_table(
        "postmortem",
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("ticket", sa.String(60), nullable=True),
        sa.Column("ticket_url", sa.Text(), nullable=True),
        sa.Column("ticket_state", sa.String(20), nullable=True),
        sa.Column("ticket_status", sa.String(60), nullable=True),
        sa.Column("ticket_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(30), nullable=True),
        sa.Column("waived_reason", sa.Text(), nullable=True),
        sa.Column("filings", sa.Integer(), nullable=False),
        sa.Column("nudged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nudges", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_who", sa.String(30), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_index("ix_postmortem_state", "postmortem", ["state", "incident_id"], unique=False)
    op.create_index("ix_postmortem_ticket", "postmortem", ["ticket"], unique=False)
    op.create_index("ix_postmortem_ticket_state", "postmortem", ["ticket_state"], unique=False)


def _result() -> None:
    op.create_table(
        "result",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("digest_id", ID, nullable=False),
        sa.Column("item", sa.String(20), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("instance", sa.String(60), nullable=True),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first", sa.String(10), nullable=True),
        sa.Column("was", sa.String(10), nullable=True),
        sa.Column("known", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_result_digest", "result", ["digest_id"], unique=False)


def _runbook_run() -> None:
    op.create_table(
        "runbook_run",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "slug", name="uq_runbook_run"),
    )


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(30), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(30), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_task_incident", "task", ["incident_id"], unique=False)
    op.create_index(
        "ix_task_owner",
        "task",
        ["owner"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("key_moment", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.String(80), nullable=True),
        sa.Column("once", sa.String(300), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "once", name="uq_timeline_once"),
    )
    op.create_index("ix_timeline_incident", "timeline", ["incident_id", "at"], unique=False)
    op.create_index("ix_timeline_ref", "timeline", ["ref"], unique=False)


def _runbook_tick() -> None:
    op.create_table(
        "runbook_tick",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("who", sa.String(30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runbook_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "step"),
    )


def _timeline_text() -> None:
    op.create_table(
        "timeline_text",
        sa.Column("timeline_id", ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["timeline_id"], ["timeline.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("timeline_id"),
    )
