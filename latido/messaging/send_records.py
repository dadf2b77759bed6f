"""Writing that messages are tried, and that Twilio took them: of several residents at once, whose lanes are held."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import ARRAY, BigInteger, Connection, SmallInteger, Text, Update, bindparam, func, update

from latido.messaging.delivery import merge_stored_receipts
from latido.messaging.lanes import Lease
from latido.messaging.next_messages import IN_HAND
from latido.messaging.tables import message


@dataclass(frozen=True)
class Try:
    """That a message is handed to Twilio now, for the how many-th time, and as which template if as one."""

    lease: Lease
    message_id: int
    attempts: int
    sent_as: str | None


@dataclass(frozen=True)
class Taken:
    """That Twilio took a message: its MessageSid and first status."""

    lease: Lease
    message_id: int
    sid: str
    status: str


def note_tries(connection: Connection, tries: Sequence[Try]) -> frozenset[int]:
    """The ids of those that are tried; not of what a receipt or a withdrawal has settled in the meantime."""
    if not tries:
        return frozenset()
    wanted = {
        "ids": [one.message_id for one in tries],
        "attempts": [one.attempts for one in tries],
        "forms": [one.sent_as for one in tries],
    }
    return frozenset(connection.execute(_tried(), wanted).scalars())


@cache
def _tried() -> Update:
    given = (
        bindparam("ids", type_=ARRAY(BigInteger)),
        bindparam("attempts", type_=ARRAY(SmallInteger)),
        bindparam("forms", type_=ARRAY(Text)),
    )
    those = func.unnest(*given).table_valued("id", "attempts", "sent_as", name="those").render_derived()
    return (
        update(message)
        .where(message.c.id == those.c.id, message.c.state.in_(IN_HAND))
        .values(state="sending", attempted_at=func.now(), attempts=those.c.attempts, sent_as=those.c.sent_as)
        .returning(message.c.id)
    )


@dataclass(frozen=True)
class AllTaken:
    """Of what Twilio took: whose lanes were still ours, and which of these have more to send now."""

    held: frozenset[str]
    going_on: frozenset[str]


def note_taken(connection: Connection, taken: Sequence[Taken], lease_seconds: float) -> AllTaken:
    """Write their MessageSids, and what receipts said before we knew these; give back the lanes that are done."""
    rows = [{"id": one.message_id, "sid": one.sid, "status": one.status} for one in taken]
    leases = [{"resident": one.lease.resident, "token": str(one.lease.token)} for one in taken]
    given = json.dumps([row | lease for row, lease in zip(rows, leases, strict=True)])
    held = frozenset(connection.exec_driver_sql(_TAKEN, {"taken": given}).scalars())
    if not held:
        return AllTaken(held, frozenset())
    sids = [one.sid for one in taken if one.lease.resident in held]
    wanted = {"residents": sorted(held), "sids": sids, "lease": timedelta(seconds=lease_seconds)}
    lanes = connection.exec_driver_sql(_GIVEN_BACK, wanted).all()
    if any(lane.early for lane in lanes):
        merge_stored_receipts(connection, sids)
    return AllTaken(held, frozenset(lane.resident for lane in lanes if lane.goes_on))


# All who lock several lanes, or messages, lock them in the order of their keys.
_TAKEN = """
WITH taken AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(taken)s::json) AS one (
        id bigint, resident text, token uuid, sid text, status text
    )
), held AS MATERIALIZED (
    SELECT taken.* FROM lane JOIN taken ON lane.resident = taken.resident AND lane.lease_token = taken.token
    WHERE lane.name = 'send' ORDER BY lane.resident FOR UPDATE OF lane
), locked AS MATERIALIZED (
    SELECT message.id FROM message JOIN held ON message.id = held.id ORDER BY message.id FOR UPDATE OF message
), written AS (
    UPDATE message
    SET state = 'handed_over', provider_sid = held.sid, status = coalesce(message.status, held.status),
        handed_over_at = coalesce(message.handed_over_at, now()), last_error = NULL
    FROM locked JOIN held ON held.id = locked.id
    WHERE message.id = locked.id AND message.state <> 'failed'
)
SELECT resident FROM held
"""
# Only now, with the lanes locked: whoever adds work between the two statements waits, and makes its lane due after us.
_GIVEN_BACK = """
UPDATE lane
SET due_at = rest.due_at,
    lease_until = CASE WHEN rest.due_at <= now() THEN now() + %(lease)s::interval END,
    lease_token = CASE WHEN rest.due_at <= now() THEN lane.lease_token END
FROM (
    SELECT key, (
        SELECT min(coalesce(message.not_before, now())) FROM message
        WHERE message.resident = key AND message.state IN ('queued', 'sending', 'unknown')
    ) AS due_at FROM unnest(%(residents)s::text[]) AS key
) AS rest
WHERE lane.resident = rest.key AND lane.name = 'send'
RETURNING lane.resident, lane.lease_token IS NOT NULL AS goes_on,
    EXISTS (SELECT FROM receipt WHERE provider_sid = any(%(sids)s::text[])) AS early
"""
