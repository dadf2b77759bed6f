"""Tables of the message log: one row per message in either direction, and the lanes that order the work on them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from latido.database import metadata

KEY_LENGTH = 32


def _moment(name: str, required: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not required)


def _born() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


resident = Table(
    "resident",
    metadata,
    Column("key", String(KEY_LENGTH), primary_key=True, comment="HMAC of the normalised WhatsApp address"),
    Column("address_sealed", LargeBinary, nullable=False, comment="exactly the From received, encrypted"),
    Column("profile_name_sealed", LargeBinary),
    Column("last_inbound_at", DateTime(timezone=True), comment="opens the 24-hour window"),
    _moment("delay_told_at"),
    Column("unreachable_since", DateTime(timezone=True), comment="WhatsApp will not deliver; until she writes again"),
    Column("unreachable_code", Integer, comment="Twilio's code for why"),
    Column("window_shut_at", DateTime(timezone=True), comment="WhatsApp said that the 24 hours were over"),
    _born(),
    comment="A phone that has written to us",
)

message = Table(
    "message",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key"), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(16), nullable=False),
    Column("provider_sid", String(64), comment="Twilio's MessageSid"),
    Column("text", Text, nullable=False, server_default="", comment="what operators read: documents, phones masked"),
    Column("content_sealed", LargeBinary, nullable=False, comment="the whole message as JSON, encrypted"),
    Column("choices_digest", String(16), comment="outbound with buttons: what their ids carry to WhatsApp and back"),
    Column("answers_id", BigInteger, ForeignKey("message.id"), comment="outbound: the inbound it answers"),
    Column(
        "reminder_id",
        BigInteger,
        ForeignKey("reminder.id", ondelete="SET NULL"),
        comment="outbound: the reminder it says",
    ),
    Column(
        "campaign_recipient_id",
        BigInteger,
        ForeignKey("campaign_recipient.id", ondelete="SET NULL"),
        comment="outbound: the recipient of a campaign it is for",
    ),
    Column("status", String(24), comment="outbound: Twilio's status, merged by rank"),
    Column("template", Text, comment="outbound: what is sent instead outside the 24-hour window"),
    Column("sent_as", Text, comment="outbound: WhatsApp's name of the template it went as; none: in free form"),
    Column("not_before", DateTime(timezone=True), comment="outbound: later messages overtake it until then"),
    Column("error_code", Integer),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("last_error", Text, comment="for operators; no personal data"),
    Column("nlu", JSONB),
    Column("slots", JSONB),
    Column("actions", ARRAY(Text)),
    Column("active_form", String(64)),
    Column("flags", ARRAY(Text), nullable=False, server_default="{}"),
    Column("urgent", Boolean, nullable=False, server_default="false"),
    _born(),
    _moment("answered_at"),
    _moment("attempted_at"),
    _moment("handed_over_at"),
    _moment("sent_at"),
    _moment("delivered_at"),
    _moment("read_at"),
    _moment("failed_at"),
    Column("emptied_at", DateTime(timezone=True), comment="its words were removed: too old, or she had them erased"),
    CheckConstraint("direction IN ('in', 'out')", name="direction"),
    CheckConstraint(
        "(direction = 'in' AND state IN ('received', 'answered', 'set_aside')) OR "
        "(direction = 'out' AND state IN ('queued', 'sending', 'unknown', 'handed_over', 'failed'))",
        name="state",
    ),
    UniqueConstraint("provider_sid"),
    Index(None, "resident", "id"),
    Index(
        "ix_message_open",
        "resident",
        "id",
        postgresql_where=text("state IN ('received', 'queued', 'sending', 'unknown')"),
    ),
    Index("ix_message_choices", "resident", "choices_digest", postgresql_where=text("choices_digest IS NOT NULL")),
    Index("ix_message_urgent", "id", postgresql_where=text("urgent")),
    Index("ix_message_reminder", "reminder_id", postgresql_where=text("reminder_id IS NOT NULL")),
    # One message on its way or sent a reminder, whatever two workers do: another only after a withdrawal.
    Index(
        "uq_message_reminder_live",
        "reminder_id",
        unique=True,
        postgresql_where=text("reminder_id IS NOT NULL AND state IN ('queued', 'sending', 'unknown', 'handed_over')"),
    ),
    Index(
        "ix_message_campaign_recipient",
        "campaign_recipient_id",
        postgresql_where=text("campaign_recipient_id IS NOT NULL"),
    ),
    Index(
        "uq_message_campaign_recipient_live",
        "campaign_recipient_id",
        unique=True,
        postgresql_where=text(
            "campaign_recipient_id IS NOT NULL AND state IN ('queued', 'sending', 'unknown', 'handed_over')"
        ),
    ),
    Index(
        "ix_message_reminder_failed",
        "failed_at",
        postgresql_where=text("reminder_id IS NOT NULL AND state = 'failed'"),
    ),
    comment="The message log: inbox, outbox and what operators read",
)

lane = Table(
    "lane",
    metadata,
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key"), primary_key=True),
    Column("name", String(8), primary_key=True, comment="turn or send"),
    _moment("due_at"),
    _moment("lease_until"),
    Column("lease_token", UUID(as_uuid=True)),
    CheckConstraint("name IN ('turn', 'send')", name="name"),
    Index("ix_lane_due", "name", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    comment="One lane per resident and kind of work: whoever holds its lease works alone and in order",
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("provider_sid", String(64), nullable=False),
    Column("status", String(24), nullable=False),
    Column("error_code", Integer),
    _born(),
    UniqueConstraint("provider_sid", "status"),
    comment="Delivery receipts as they came, also those that came before the answer to the send",
)

content_template = Table(
    "content_template",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the content's definition"),
    Column("content_sid", String(64), nullable=False),
    _born(),
    Column("last_used_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="Contents (buttons, lists) already made at Twilio",
)

message_template = Table(
    "message_template",
    metadata,
    Column("content_name", Text, primary_key=True, comment="WhatsApp's name of this version"),
    Column("name", Text, nullable=False),
    Column("variant", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the definition"),
    Column("definition", JSONB, nullable=False, comment="body, variables and buttons as Twilio has them"),
    Column("content_sid", String(64), nullable=False),
    Column("status", Text, nullable=False),
    Column("category", Text, nullable=False, comment="Meta may move it to another"),
    Column("rejection_reason", Text, nullable=False, server_default=""),
    _moment("checked_at", required=True),
    _born(),
    UniqueConstraint("name", "variant", "digest"),
    comment="Message templates made at Twilio, each version once, and what WhatsApp thinks of them",
)

alert = Table(
    "alert",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key"), nullable=False),
    Column("message_id", BigInteger, ForeignKey("message.id"), comment="the message it is about, if it is about one"),
    Column("subject", Text, comment="what it is about, if no message"),
    Column("detail", Text, nullable=False, server_default=""),
    _born(),
    _moment("resolved_at"),
    UniqueConstraint("kind", "message_id"),
    UniqueConstraint("kind", "subject"),
    Index("ix_alert_open", "id", postgresql_where=text("resolved_at IS NULL")),
    comment="What an operator must see",
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), nullable=False),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("reasons", ARRAY(Text), nullable=False, comment="why she needs a person, first one first"),
    Column("summary_sealed", LargeBinary, nullable=False, comment="JSON for operators, encrypted: may tell of health"),
    Column(
        "message_id",
        BigInteger,
        ForeignKey("message.id", ondelete="CASCADE"),
        nullable=False,
        comment="the inbound that opened it",
    ),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), comment="who has the conversation, while taken"),
    _born(),
    _moment("taken_at"),
    _moment("operator_at"),
    _moment("first_reply_at"),
    _moment("closed_at"),
    CheckConstraint("state IN ('open', 'taken', 'closed')", name="state"),
    CheckConstraint("(state = 'taken') = (operator_id IS NOT NULL)", name="holder"),
    Index("uq_ticket_live", "resident", unique=True, postgresql_where=text("state IN ('open', 'taken')")),
    Index("ix_ticket_waiting", "state", "created_at", postgresql_where=text("state IN ('open', 'taken')")),
    Index("ix_ticket_first_reply", "first_reply_at", postgresql_where=text("first_reply_at IS NOT NULL")),
    comment="A conversation that needs a person, or has one",
)

danger_follow_up = Table(
    "danger_follow_up",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), nullable=False),
    Column(
        "message_id",
        BigInteger,
        ForeignKey("message.id", ondelete="CASCADE"),
        nullable=False,
        comment="the last message that told of danger",
    ),
    Column("state", String(8), nullable=False, server_default="waiting"),
    _moment("due_at", required=True),
    _moment("settled_at"),
    _born(),
    CheckConstraint("state IN ('waiting', 'asked', 'called', 'dropped')", name="state"),
    Index("uq_danger_follow_up_waiting", "resident", unique=True, postgresql_where=text("state = 'waiting'")),
    Index("ix_danger_follow_up_due", "due_at", postgresql_where=text("state = 'waiting'")),
    comment="Asks once, hours after a danger sign, whether she could go",
)

ticket_event = Table(
    "ticket_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), comment="who did it; none: she, or the time"),
    Column("message_id", BigInteger, ForeignKey("message.id", ondelete="SET NULL"), comment="the message it is about"),
    Column("to_operator_id", BigInteger, ForeignKey("operator.id"), comment="whom it was handed over to"),
    Column("note_sealed", LargeBinary, comment="what the next operator should know, encrypted: may tell of health"),
    _born(),
    CheckConstraint(
        "kind IN ('opened', 'asked_again', 'withdrawn', 'taken', 'wrote', 'handed_over', 'given_back', 'timed_out',"
        " 'closed')",
        name="kind",
    ),
    Index(None, "ticket_id"),
    Index("ix_ticket_event_message_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    comment="What became of a ticket, and by whom: the audit",
)
