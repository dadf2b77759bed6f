"""What the console finds conversations by; tags, notes and saved views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_STATEMENTS = (
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
_TAKEN_BACK = (
    "DROP TRIGGER IF EXISTS conversation_handed_over ON ticket",
    "DROP TRIGGER IF EXISTS conversation_known ON message",
    "DROP TRIGGER IF EXISTS conversation_new ON message",
    "DROP FUNCTION IF EXISTS conversation_of_ticket()",
    "DROP FUNCTION IF EXISTS conversation_of_message()",
    "DROP FUNCTION IF EXISTS conversation_forget(text, timestamptz)",
    "DROP FUNCTION IF EXISTS conversation_changed(text, timestamptz, bigint)",
)


def upgrade() -> None:
    """The index with what fills it, tags, notes and views; what is there already waits to be indexed."""
    create_index_tables()
    create_remarks()
    create_view()
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute("INSERT INTO conversation SELECT resident, max(id) FROM message GROUP BY resident")
    op.execute("""
        INSERT INTO conversation_stale (resident, day)
        SELECT DISTINCT resident, (created_at AT TIME ZONE 'America/Argentina/Buenos_Aires')::date FROM message
    """)


def create_index_tables() -> None:
    """The last message of each, what changed, what each day was about, and the words said."""
    op.create_table(
        "conversation",
        *_of_phone("conversation"),
        sa.Column("last_message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("resident", name="pk_conversation"),
        comment="The last message of each resident; made from the message log with the days that changed",
    )
    op.create_index("ix_conversation_last_message_id", "conversation", ["last_message_id"])
    op.create_table(
        "conversation_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_of_phone("conversation_stale"),
        sa.Column("day", sa.Date(), nullable=False, comment="local time"),
        sa.Column("message_id", sa.BigInteger(), comment="the message that changed or is new, if it was a message"),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_stale"),
        comment="Days of conversations that changed since they were indexed: triggers only add to it, so that nobody waits",
    )
    _create_day()
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column(
            "sounds", ARRAY(sa.Text()), nullable=False, comment="how it sounds, whole and with one letter missing"
        ),
        sa.Column(
            "doubtful", sa.Boolean(), nullable=False, server_default="false", comment="perhaps nobody's any more"
        ),
        sa.PrimaryKeyConstraint("word", name="pk_search_word"),
        comment="The words of the index, so that a search forgives how they are written",
    )
    op.create_index("ix_search_word_sounds", "search_word", ["sounds"], postgresql_using="gin")
    op.create_index("ix_search_word_doubtful", "search_word", ["word"], postgresql_where=sa.text("doubtful"))


def _create_day() -> None:
    facts = "what it can be found by (latido/console/finding/facts.py)"
    op.create_table(
        "conversation_day",
        *_of_phone("conversation_day"),
        sa.Column("day", sa.Date(), nullable=False, comment="local time"),
        sa.Column("facts", ARRAY(sa.Text()), nullable=False, comment=facts),
        sa.Column("words", TSVECTOR(), nullable=False, comment="what she wrote, masked and without accents"),
        sa.PrimaryKeyConstraint("resident", "day", name="pk_conversation_day"),
        comment="What a conversation was about on one day; made from the message log, and can be made anew",
    )
    op.create_index("ix_conversation_day_day", "conversation_day", ["day"])
    for column in ("facts", "words"):
        op.create_index(f"ix_conversation_day_{column}", "conversation_day", [column], postgresql_using="gin")


def create_remarks() -> None:
    """What operators add to a conversation."""
    op.create_table(
        "conversation_tag",
        *_of_phone("conversation_tag"),
        sa.Column("tag", sa.String(24), nullable=False, comment="lower case"),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()")),
        _of_operator("conversation_tag"),
        sa.PrimaryKeyConstraint("resident", "tag", name="pk_conversation_tag"),
        comment="Words by which operators sort conversations",
    )
    op.create_index("ix_conversation_tag_tag", "conversation_tag", ["tag"])
    sealed = "encrypted: may tell of health; empty: taken back"
    op.create_table(
        "conversation_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_of_phone("conversation_note"),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.BigInteger(), comment="its wording before"),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False, comment=sealed),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()")),
        _of_operator("conversation_note"),
        sa.ForeignKeyConstraint(
            ["replaces"],
            ["conversation_note.id"],
            name="fk_conversation_note_replaces_conversation_note",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_note"),
        sa.UniqueConstraint("replaces", name="uq_conversation_note_replaces"),
        comment="What operators tell each other of a conversation: only added to, another wording is another row",
    )
    op.create_index("ix_conversation_note_resident_id", "conversation_note", ["resident", "id"])


def create_view() -> None:
    """Filters that operators keep."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(24), nullable=False, comment="short, for the address"),
        sa.Column("query", sa.Text(), nullable=False, comment="the filters, as in the address"),
        sa.Column("shared", sa.Boolean(), nullable=False, server_default="false", comment="the whole team sees it"),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()")),
        _of_operator("saved_view", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("operator_id", "name", name="uq_saved_view_operator_id_name"),
        comment="Filters of the list of conversations that operators keep",
    )
    shared = sa.text("shared")
    op.create_index("uq_saved_view_shared", "saved_view", ["name"], unique=True, postgresql_where=shared)


def _of_phone(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    name = f"fk_{table}_resident_resident"
    phone = sa.ForeignKeyConstraint(["resident"], ["resident.key"], name=name, ondelete="CASCADE")
    return sa.Column("resident", sa.String(32), nullable=False), phone


def _of_operator(table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_operator_id_operator"
    return sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    """Drop them; all but tags, notes and views can be made anew."""
    for statement in _TAKEN_BACK:
        op.execute(statement)
    for table in ("saved_view", "conversation_note", "conversation_tag"):
        op.drop_table(table)
    for table in ("search_word", "conversation_day", "conversation_stale", "conversation"):
        op.drop_table(table)
