"""Reviews of what was understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """What is worth a look, who looks at it, what was decided; and that words removed from the log go here too."""
    create_review()
    create_lease()
    create_event()
    op.create_table(
        "review_mark",
        sa.Column("name", sa.String(10), nullable=False),
        sa.Column("read_until", sa.BigInteger(), nullable=False, comment="the last message looked at"),
        sa.PrimaryKeyConstraint("name", name="pk_review_mark"),
        comment="How far the log was searched for what is worth a look",
    )
    forget_with_the_log()


def create_review() -> None:
    """One row a message."""
    op.create_table(
        "review",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default="new"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it was queued"),
        sa.Column("rank", sa.SmallInteger(), nullable=False, comment="of the reason: what teaches most comes first"),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        *predicted(),
        *decided(),
        sa.CheckConstraint("state IN ('new', 'pending', 'applied', 'discarded')", name=op.f("ck_review_state")),
        sa.CheckConstraint(
            "state = 'new' OR state = 'discarded'"
            " OR (intent IS NOT NULL AND wording IS NOT NULL AND annotated_by IS NOT NULL)",
            name=op.f("ck_review_annotated"),
        ),
        sa.CheckConstraint(
            "(state = 'applied') = (approved_by IS NOT NULL) AND (approved_by IS NULL OR approved_by <> annotated_by)",
            name=op.f("ck_review_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_review_message_id_message", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["annotated_by"], ["operator.id"], name="fk_review_annotated_by_operator"),
        sa.ForeignKeyConstraint(["approved_by"], ["operator.id"], name="fk_review_approved_by_operator"),
        sa.PrimaryKeyConstraint("message_id", name="pk_review"),
        comment="A message worth a look, and what was decided about it",
    )
    op.create_index("ix_review_queue", "review", ["state", "rank", "message_id"])
    op.create_index("ix_review_reason", "review", ["state", "reason", "message_id"])


def predicted() -> tuple[sa.Column[object], ...]:
    """What the model said then."""
    return (
        sa.Column("model", sa.Text(), nullable=False, server_default="", comment="which understood it"),
        sa.Column("predicted_intent", sa.Text(), nullable=False, server_default=""),
        sa.Column("confidence", sa.Float(), nullable=False, server_default="0"),
        sa.Column("runner_up", sa.Text(), nullable=False, server_default=""),
        sa.Column("runner_up_confidence", sa.Float(), nullable=False, server_default="0"),
        sa.Column("predicted_entities", JSONB(), nullable=False, comment="kinds and places, no values"),
        sa.Column(
            "alarmed", sa.Boolean(), nullable=False, server_default="false", comment="it was answered as an emergency"
        ),
    )


def decided() -> tuple[sa.Column[object], ...]:
    """What operators said."""
    return (
        sa.Column("intent", sa.Text(), comment="what it meant, says who reviewed it"),
        sa.Column("wording", sa.Text(), comment="as it may leave: names, numbers and addresses are made up"),
        sa.Column("entities", JSONB(), comment="kinds and places in the wording"),
        sa.Column("flagged", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("tags", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("note_sealed", sa.LargeBinary(), comment="for colleagues, encrypted: may tell of health"),
        sa.Column("annotated_by", sa.BigInteger()),
        sa.Column("annotated_at", MOMENT),
        sa.Column("approved_by", sa.BigInteger()),
        sa.Column("approved_at", MOMENT),
    )


def create_lease() -> None:
    """One row a message that somebody looks at."""
    op.create_table(
        "review_lease",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("until", MOMENT, nullable=False, comment="then somebody else may have it"),
        _of_review("review_lease"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name="fk_review_lease_operator_id_operator", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_review_lease"),
        comment="Who looks at which message just now",
    )
    op.create_index("ix_review_lease_operator", "review_lease", ["operator_id"])


def create_event() -> None:
    """One row a decision."""
    op.create_table(
        "review_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("before", JSONB(), nullable=False, comment="what to go back to"),
        sa.Column("at", MOMENT, nullable=False, server_default=sa.func.clock_timestamp()),
        _of_review("review_event"),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_review_event_operator_id_operator"),
        sa.PrimaryKeyConstraint("id", name="pk_review_event"),
        comment="Each decision, so that it can be undone",
    )
    op.create_index("ix_review_event_message", "review_event", ["message_id", "id"])


def _of_review(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_message_id_review"
    return sa.ForeignKeyConstraint(["message_id"], ["review.message_id"], name=name, ondelete="CASCADE")


def forget_with_the_log() -> None:
    """Words that are removed from the log must not live on here, whoever removes them."""
    op.execute("""
        CREATE FUNCTION review_forget() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM review WHERE message_id = NEW.id AND state <> 'applied';
            UPDATE review SET note_sealed = NULL WHERE message_id = NEW.id;
            DELETE FROM review_event WHERE message_id = NEW.id;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER review_forget AFTER UPDATE OF text ON message
        FOR EACH ROW WHEN (NEW.text = '' AND OLD.text <> '') EXECUTE FUNCTION review_forget()
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER review_forget ON message")
    op.execute("DROP FUNCTION review_forget()")
    op.drop_table("review_mark")
    op.drop_table("review_event")
    op.drop_table("review_lease")
    op.drop_table("review")
