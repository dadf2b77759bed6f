"""The receipts of an answer that arrives: kept and merged in one statement, which spares four ways to the server.

What is unusual is left to latido/messaging/delivery.py: failures, statuses we do not know, messages that do not know
their MessageSid yet. To do both for one receipt does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, text

from latido.messaging.messages import Receipt
from latido.messaging.receipts import FINAL_FAILURES, RANK

USUAL = ("sent", "delivered", "read")


def store_usual_receipts(engine: Engine, received: Sequence[Receipt]) -> list[Receipt]:
    """Keep those of messages that go the usual way and merge them; returns those that are left to do."""
    odd = {one.sid for one in received if one.status not in USUAL or one.error_code is not None}
    usual = sorted({(one.sid, one.status) for one in received if one.sid not in odd})
    if not usual:
        return list(received)
    wanted = {
        "sids": [sid for sid, _ in usual],
        "statuses": [status for _, status in usual],
        "ranked": sorted(RANK, key=RANK.__getitem__),
        "final": sorted(FINAL_FAILURES),
    }
    # One statement is one transaction.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        merged = frozenset(connection.execute(_MERGE, wanted).scalars())
    return [one for one in received if one.sid not in merged]


# Receipts first and messages after, messages in the order of their ids: as all do who lock several. `kept` is counted
# so that it comes first. A status climbs by rank; RANK leaves no gaps, so that a place in the array is a rank.
_MERGE = text("""
WITH given AS (
    SELECT sid, status, array_position(CAST(:ranked AS text[]), status) AS rank
    FROM unnest(CAST(:sids AS text[]), CAST(:statuses AS text[])) AS given (sid, status)
), kept AS (
    INSERT INTO receipt (provider_sid, status) SELECT sid, status FROM given ON CONFLICT DO NOTHING RETURNING id
), mine AS (
    SELECT id, provider_sid FROM message
    WHERE direction = 'out' AND provider_sid = ANY(CAST(:sids AS text[])) AND (SELECT count(*) FROM kept) >= 0
    ORDER BY id FOR UPDATE
), news AS (
    SELECT sid, max(rank) AS rank, bool_or(status = 'sent') AS is_sent,
        bool_or(status = 'delivered') AS is_delivered, bool_or(status = 'read') AS is_read
    FROM given GROUP BY sid
)
UPDATE message SET
    status = (CAST(:ranked AS text[]))[
        greatest(news.rank, coalesce(array_position(CAST(:ranked AS text[]), CAST(message.status AS text)), 0))
    ],
    state = 'handed_over',
    handed_over_at = coalesce(handed_over_at, now()),
    sent_at = CASE WHEN is_sent THEN coalesce(sent_at, now()) ELSE sent_at END,
    delivered_at = CASE WHEN is_delivered THEN coalesce(delivered_at, now()) ELSE delivered_at END,
    read_at = CASE WHEN is_read THEN coalesce(read_at, now()) ELSE read_at END
FROM mine JOIN news ON news.sid = mine.provider_sid
WHERE message.id = mine.id AND (message.status IS NULL OR message.status <> ALL(CAST(:final AS text[])))
RETURNING message.provider_sid
""")
