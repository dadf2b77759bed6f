"""Tables by which conversations are found, and the triggers that note what has changed (migration 0022)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH


def _of_phone() -> Column[str]:
    phone = ForeignKey("resident.key", ondelete="CASCADE")
    return Column("resident", String(KEY_LENGTH), phone, primary_key=True)


conversation = Table(
    "conversation",
    metadata,
    _of_phone(),
    Column("last_message_id", BigInteger, nullable=False),
    Index(None, "last_message_id"),
    comment="The last message of each resident; made from the message log with the days that changed",
)

stale = Table(
    "conversation_stale",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), nullable=False),
    Column("day", Date, nullable=False, comment="local time"),
    Column("message_id", BigInteger, comment="the message that changed or is new, if it was a message"),
    comment="Days of conversations that changed since they were indexed: triggers only add to it, so that nobody waits",
)

days = Table(
    "conversation_day",
    metadata,
    _of_phone(),
    Column("day", Date, primary_key=True, comment="local time"),
    Column("facts", ARRAY(Text), nullable=False, comment="what it can be found by (latido/console/finding/facts.py)"),
    Column("words", TSVECTOR, nullable=False, comment="what she wrote, masked and without accents"),
    Index("ix_conversation_day_day", "day"),
    Index("ix_conversation_day_facts", "facts", postgresql_using="gin"),
    Index("ix_conversation_day_words", "words", postgresql_using="gin"),
    comment="What a conversation was about on one day; made from the message log, and can be made anew",
)

known_words = Table(
    "search_word",
    metadata,
    Column("word", Text, primary_key=True),
    Column("sounds", ARRAY(Text), nullable=False, comment="how it sounds, whole and with one letter missing"),
    Column("doubtful", Boolean, nullable=False, server_default="false", comment="perhaps nobody's any more"),
    Index("ix_search_word_sounds", "sounds", postgresql_using="gin"),
    Index("ix_search_word_doubtful", "word", postgresql_where=text("doubtful")),
    comment="The words of the index, so that a search forgives how they are written",
)

views = Table(
    "saved_view",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(24), nullable=False, comment="short, for the address"),
    Column("query", Text, nullable=False, comment="the filters, as in the address"),
    Column("shared", Boolean, nullable=False, server_default="false", comment="the whole team sees it"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("operator_id", "name"),
    Index("uq_saved_view_shared", "name", unique=True, postgresql_where=text("shared")),
    comment="Filters of the list of conversations that operators keep",
)

# A row of its own in the writer's transaction is all that a message costs, and none that another one may hold: a
# webhook and a turn of one resident once waited for each other. The index itself is made later.
STATEMENTS = (
    """
CREATE OR REPLACE FUNCTION conversation_changed(whose text, moment timestamptz, newest bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO conversation_stale (resident, day, message_id)
    VALUES (whose, (moment AT TIME ZONE 'America/Argentina/Buenos_Aires')::date, newest)
$$
""",
    """
CREATE OR REPLACE FUNCTION conversation_forget(whose text, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone tsvector;
BEGIN
    DELETE FROM conversation_day
    WHERE resident = whose AND day = (moment AT TIME ZONE 'America/Argentina/Buenos_Aires')::date
    RETURNING words INTO gone;
    IF gone IS NOT NULL THEN
        UPDATE search_word SET doubtful = true WHERE word IN (
            SELECT word FROM search_word WHERE word = ANY (tsvector_to_array(gone)) AND NOT doubtful
            ORDER BY word FOR UPDATE
        );
    END IF;
END $$
""",
    """
CREATE OR REPLACE FUNCTION conversation_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.text = '' AND OLD.text <> '') OR (NEW.nlu IS NULL AND OLD.nlu IS NOT NULL) THEN
            PERFORM conversation_forget(NEW.resident, NEW.created_at);
        END IF;
    END IF;
    PERFORM conversation_changed(NEW.resident, NEW.created_at, NEW.id);
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE TRIGGER conversation_new AFTER INSERT ON message
FOR EACH ROW EXECUTE FUNCTION conversation_of_message()
""",
    """
CREATE OR REPLACE TRIGGER conversation_known AFTER UPDATE ON message FOR EACH ROW
WHEN ((OLD.text, OLD.nlu, OLD.slots, OLD.actions, OLD.active_form, OLD.flags, OLD.created_at)
    IS DISTINCT FROM (NEW.text, NEW.nlu, NEW.slots, NEW.actions, NEW.active_form, NEW.flags, NEW.created_at)
    OR (NEW.state IN ('set_aside', 'failed') AND OLD.state <> NEW.state))
EXECUTE FUNCTION conversation_of_message()
""",
    """
CREATE OR REPLACE FUNCTION conversation_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conversation_changed(NEW.resident, NEW.created_at, NULL);
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE TRIGGER conversation_handed_over AFTER INSERT ON ticket
FOR EACH ROW EXECUTE FUNCTION conversation_of_ticket()
""",
)
TAKEN_BACK = (
    "DROP TRIGGER IF EXISTS conversation_handed_over ON ticket",
    "DROP TRIGGER IF EXISTS conversation_known ON message",
    "DROP TRIGGER IF EXISTS conversation_new ON message",
    "DROP FUNCTION IF EXISTS conversation_of_ticket()",
    "DROP FUNCTION IF EXISTS conversation_of_message()",
    "DROP FUNCTION IF EXISTS conversation_forget(text, timestamptz)",
    "DROP FUNCTION IF EXISTS conversation_changed(text, timestamptz, bigint)",
)


def _run(*statements: str) -> Callable[..., None]:
    def run(target: object, connection: Connection, **_: object) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return run


event.listen(metadata, "after_create", _run(*STATEMENTS))
event.listen(metadata, "before_drop", _run(*TAKEN_BACK))
