"""What was reviewed as a file: what the model had understood, what people said it was; without words and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from latido.console.export.sheets import BATCH, Sheet, links_of, wanted_of
from latido.console.export.sheets import Row as Line
from latido.console.reading import label
from latido.console.review.queue import VIEWS
from latido.console.review.tables import review
from latido.console.tables import operator
from latido.console.visits import Problem, Visit
from latido.messaging.tables import message

COLUMNS = (
    *("link", "queued_at", "why", "state", "model", "predicted", "confidence", "runner_up", "meant", "kinds"),
    *("flagged", "tags", "annotated_by", "annotated_at", "approved_by", "approved_at"),
)


def reviews(visit: Visit) -> Sheet:
    """The sheet, oldest first; `state` (a view of the page) and `reason` in the address. Problem when there is none."""
    given = visit.request.query_params
    state, reason, links = given.get("state", ""), given.get("reason", ""), links_of(visit)
    if state not in ("", *VIEWS):
        raise Problem(404, "Ese filtro no existe.")
    annotated, approved = operator.alias("annotated"), operator.alias("approved")
    query = (
        select(review, message.c.resident, annotated.c.username.label("by"), approved.c.username.label("second"))
        .join(message, message.c.id == review.c.message_id)
        .outerjoin(annotated, annotated.c.id == review.c.annotated_by)
        .outerjoin(approved, approved.c.id == review.c.approved_by)
        .order_by(review.c.message_id)
    )
    if state:
        query = query.where(review.c.flagged if state == "flagged" else review.c.state == state)
    if reason:
        query = query.where(review.c.reason == reason)

    def batches(connection: Connection) -> Iterator[Sequence[Line]]:
        for some in connection.execution_options(yield_per=BATCH).execute(query).partitions():
            yield [_line(row, links) for row in some]

    return Sheet("reviews", COLUMNS, batches, wanted_of(visit, ("state", "reason")))


def _line(row: Row[Any], links: str) -> Line:
    return (
        f"{links}/conversations/{row.resident}?at={row.message_id}#m-{row.message_id}",
        row.created_at,
        label("review_reasons", row.reason),
        label("review_states", row.state),
        row.model,
        label("intents", row.predicted_intent),
        round(row.confidence * 100),
        label("intents", row.runner_up),
        label("intents", row.intent) if row.intent else None,
        sorted({label("entities", kind) for kind, _, _ in row.entities or []}),
        row.flagged,
        sorted(row.tags),
        row.by,
        row.annotated_at,
        row.second,
        row.approved_at,
    )
