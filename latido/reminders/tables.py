"""Tables of reminders: the steps, whose plan is made when, and whose is stale (docs/reminders.md).

The triggers that write `reminder_change` are declared here as in migration 0014, so that a schema made from the
declared tables has them too.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from latido.care.people.tables import people, pregnancies
from latido.care.tables import bookings, consents, silences
from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH
from latido.messaging.tables import resident as residents

OPEN = ("pending", "claimed", "queued")
# What a plan depends on and Latido itself keeps; appointments and visits are read from the FHIR server.
WATCHED = (people, pregnancies, bookings, consents, silences)


def _moment(name: str, required: bool = False, comment: str | None = None) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not required, comment=comment)


def _resident() -> ForeignKey:
    return ForeignKey("resident.key", ondelete="CASCADE")


reminder = Table(
    "reminder",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False, comment="names the step for ever: planning twice writes it once"),
    Column("resident", String(KEY_LENGTH), _resident(), nullable=False),
    Column("role", Text, nullable=False, comment="which of her people"),
    Column("group_key", Text, nullable=False, comment="what is cleared together"),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    _moment("due_at", required=True),
    _moment("not_after", required=True),
    Column("template", Text, nullable=False),
    Column("variables_sealed", LargeBinary, nullable=False, comment="may tell of health"),
    Column("appointment_id", Text),
    Column("codes", ARRAY(Text), nullable=False, comment="of the calendar: what it speaks of"),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    _moment("lease_until"),
    Column("lease_token", UUID(as_uuid=True)),
    Column("message_id", BigInteger, comment="the message that says it, until it is settled and after"),
    Column("last_reason", Text, comment="why it is as it is; no personal data"),
    _moment("asked_for", comment="when she asked to be reminded instead"),
    Column("answer", Text, comment="what she answered"),
    _moment("answered_at"),
    Column("cleared_by", Text, comment="what followed it and cleared its group: booking or visit"),
    _moment("cleared_at"),
    _moment("created_at", required=True),
    _moment("changed_at", required=True),
    CheckConstraint(
        "state IN ('pending', 'claimed', 'queued', 'sent', 'failed', 'listed', 'cancelled', 'expired')", name="state"
    ),
    CheckConstraint("cleared_by IN ('booking', 'visit')", name="cleared_by"),
    UniqueConstraint("resident", "key"),  # a key begins with its resident
    # Every claim writes to each index of its rows: there is none that another one can stand in for.
    Index("ix_reminder_pending", "due_at", "id", postgresql_where=text("state = 'pending'")),
    Index("ix_reminder_under_way", "lease_until", postgresql_where=text("state IN ('claimed', 'queued')")),
    Index(
        "ix_reminder_unsettled",
        "message_id",
        postgresql_where=text("message_id IS NOT NULL AND state NOT IN ('sent', 'failed')"),
    ),
    Index("ix_reminder_outcome", "changed_at", postgresql_where=text("state IN ('sent', 'failed')")),
    Index("ix_reminder_listed", "due_at", postgresql_where=text("state = 'listed'")),
    comment="One step of what is to be said to a resident, and what became of it",
)

plans = Table(
    "reminder_plan",
    metadata,
    Column("resident", String(KEY_LENGTH), _resident(), primary_key=True),
    _moment("planned_at"),
    _moment("next_at", comment="when to plan anew even if nothing changed; none: only then"),
    _moment("lease_until"),
    Column("lease_token", UUID(as_uuid=True)),
    Index("ix_reminder_plan_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    comment="When a resident's reminders were planned, and who is planning them",
)

changes = Table(
    "reminder_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_reminder_change_resident", "resident"),
    comment="Whose plan is stale: appended by triggers in the transaction of the change",
)

_NOTE_CHANGE = """
CREATE FUNCTION reminder_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO reminder_change (resident) VALUES (OLD.resident);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.resident <> OLD.resident) THEN
        INSERT INTO reminder_change (resident) VALUES (NEW.resident);
    END IF;
    RETURN NULL;
END $$
"""
_NEW_OR_GONE = """
CREATE TRIGGER reminder_change AFTER INSERT OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION reminder_note_change()
"""
_CHANGED = """
CREATE TRIGGER reminder_change_update AFTER UPDATE{columns} ON {table}
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reminder_note_change()
"""
# A sweep looks at every open booking again and again; that changes no plan.
_ONLY = {bookings.name: " OF resident, patient_key, service, starts_at, appointment_id, state, attendance"}


def _afterwards(table: Table, moment: str, statement: str) -> None:
    def run(target: object, connection: Connection, **_: object) -> None:
        connection.exec_driver_sql(statement)

    event.listen(table, moment, run)


_afterwards(changes, "after_create", _NOTE_CHANGE)
_afterwards(changes, "after_drop", "DROP FUNCTION reminder_note_change()")
# Whether messages reach her stands with the resident, whose other columns change with each message of hers.
_NOTE_REACH = """
CREATE FUNCTION reminder_note_reach() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reminder_change (resident) VALUES (NEW.key);
    RETURN NULL;
END $$
"""
_REACH = """
CREATE TRIGGER reminder_reach AFTER UPDATE OF unreachable_since ON resident
FOR EACH ROW WHEN (OLD.unreachable_since IS DISTINCT FROM NEW.unreachable_since)
EXECUTE FUNCTION reminder_note_reach()
"""
residents.add_is_dependent_on(changes)
_afterwards(changes, "after_create", _NOTE_REACH)
_afterwards(changes, "after_drop", "DROP FUNCTION reminder_note_reach()")
_afterwards(residents, "after_create", _REACH)
for _table in WATCHED:
    # Its rows cannot change without the table of changes: that one is made first and emptied last.
    _table.add_is_dependent_on(changes)
    _afterwards(_table, "after_create", _NEW_OR_GONE.format(table=_table.name))
    _afterwards(_table, "after_create", _CHANGED.format(table=_table.name, columns=_ONLY.get(_table.name, "")))
