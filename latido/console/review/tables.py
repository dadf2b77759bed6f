"""Tables of review: what was looked at, by whom, and what they decided.

The trigger is declared here as in migration 0023, so that a schema made from the declared tables has it too.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from latido.database import metadata

REVIEW_STATES = ("new", "pending", "applied", "discarded")

review = Table(
    "review",
    metadata,
    Column("message_id", BigInteger, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(10), nullable=False, server_default="new"),
    Column("reason", Text, nullable=False, comment="why it was queued"),
    Column("rank", SmallInteger, nullable=False, comment="of the reason: what teaches most comes first"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("model", Text, nullable=False, server_default="", comment="which understood it"),
    Column("predicted_intent", Text, nullable=False, server_default=""),
    Column("confidence", Float, nullable=False, server_default="0"),
    Column("runner_up", Text, nullable=False, server_default=""),
    Column("runner_up_confidence", Float, nullable=False, server_default="0"),
    Column("predicted_entities", JSONB, nullable=False, comment="kinds and places, no values"),
    Column("alarmed", Boolean, nullable=False, server_default="false", comment="it was answered as an emergency"),
    Column("intent", Text, comment="what it meant, says who reviewed it"),
    Column("wording", Text, comment="as it may leave: names, numbers and addresses are made up"),
    Column("entities", JSONB, comment="kinds and places in the wording"),
    Column("flagged", Boolean, nullable=False, server_default="false"),
    Column("tags", ARRAY(Text), nullable=False, server_default="{}"),
    Column("note_sealed", LargeBinary, comment="for colleagues, encrypted: may tell of health"),
    Column("annotated_by", BigInteger, ForeignKey("operator.id")),
    Column("annotated_at", DateTime(timezone=True)),
    Column("approved_by", BigInteger, ForeignKey("operator.id")),
    Column("approved_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('new', 'pending', 'applied', 'discarded')", name="state"),
    CheckConstraint(
        "state = 'new' OR state = 'discarded'"
        " OR (intent IS NOT NULL AND wording IS NOT NULL AND annotated_by IS NOT NULL)",
        name="annotated",
    ),
    CheckConstraint(
        "(state = 'applied') = (approved_by IS NOT NULL) AND (approved_by IS NULL OR approved_by <> annotated_by)",
        name="two_people",
    ),
    Index("ix_review_queue", "state", "rank", "message_id"),
    Index("ix_review_reason", "state", "reason", "message_id"),
    Index("ix_review_flagged", "rank", "message_id", postgresql_where=text("flagged")),
    Index("ix_review_applied", "message_id", postgresql_where=text("state = 'applied'")),
    comment="A message worth a look, and what was decided about it",
)

review_lease = Table(
    "review_lease",
    metadata,
    Column("message_id", BigInteger, ForeignKey("review.message_id", ondelete="CASCADE"), primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False, comment="then somebody else may have it"),
    Index("ix_review_lease_operator", "operator_id"),
    comment="Who looks at which message just now",
)

review_event = Table(
    "review_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", BigInteger, ForeignKey("review.message_id", ondelete="CASCADE"), nullable=False),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("before", JSONB, nullable=False, comment="what to go back to"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_review_event_message", "message_id", "id"),
    comment="Each decision, so that it can be undone",
)

review_mark = Table(
    "review_mark",
    metadata,
    Column("name", String(10), primary_key=True),
    Column("read_until", BigInteger, nullable=False, comment="the last message looked at"),
    comment="How far the log was searched for what is worth a look",
)

_FORGET = """
CREATE FUNCTION review_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM review WHERE message_id = NEW.id AND state <> 'applied';
    UPDATE review SET note_sealed = NULL WHERE message_id = NEW.id;
    DELETE FROM review_event WHERE message_id = NEW.id;
    RETURN NULL;
END $$
"""
_WHEN_EMPTIED = """
CREATE TRIGGER review_forget AFTER UPDATE OF text ON message
FOR EACH ROW WHEN (NEW.text = '' AND OLD.text <> '') EXECUTE FUNCTION review_forget()
"""


def _run(*statements: str) -> Callable[..., None]:
    def run(target: object, connection: Connection, **_: object) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return run


# Words that are removed from the log must not live on here, whoever removes them.
event.listen(review, "after_create", _run(_FORGET, _WHEN_EMPTIED))
event.listen(review, "before_drop", _run("DROP TRIGGER review_forget ON message", "DROP FUNCTION review_forget()"))
