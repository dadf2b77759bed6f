"""Writing what turns gave: replies, what was understood, the inbound's new state and the ticket, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from latido.crypto import Vault
from latido.messaging.alerts import raise_alert
from latido.messaging.bubbles import merge_bubbles
from latido.messaging.conversation import Turn
from latido.messaging.doubt import ask_first
from latido.messaging.follow_ups import due_at, note_turn
from latido.messaging.lanes import Lease
from latido.messaging.messages import Reply
from latido.messaging.outbox import reply_row
from latido.messaging.redaction import masked_values
from latido.messaging.straight_on import Tried
from latido.messaging.tables import message
from latido.messaging.tickets import note_hand_over
from latido.messaging.turn_requests import BUENOS_AIRES

URGENT_FLAGS = frozenset({"danger", "violence", "self_harm"})
ALERT_FLAGS = URGENT_FLAGS | {"wants_person", "rights"}


@dataclass(frozen=True)
class Answered:
    """One message, what the bot made of it, and the right to write that down.

    `bubbles` are its replies as they are sent; with `straight_on`, the first of them goes to a sender under that lease.
    """

    lease: Lease
    inbound: Row[Any]
    turn: Turn
    bubbles: Sequence[Reply]
    straight_on: Lease | None = None


@dataclass(frozen=True)
class Written:
    """What became of a turn: whether more waits for the same lane, and the answer that goes straight on, if one."""

    goes_on: bool
    tried: Tried | None


def bubbles_of(turn: Turn) -> list[Reply]:
    """The replies of a turn as they are sent."""
    return merge_bubbles([said.value() for said in turn.replies])


def write_turns(
    connection: Connection,
    vault: Vault,
    answered: Sequence[Answered],
    follow_up_after: timedelta,
    lease_seconds: tuple[float, float],
) -> list[Written]:
    """Write these turns, of different residents, whose lanes are locked in this transaction.

    A lane where all is said is given back, one with more is leased anew. `lease_seconds`: of a turn, and of a send.
    """
    # The ticket before the lane, in the order in which the console locks them too.
    for one in sorted(answered, key=lambda one: one.lease.resident):
        if one.turn.handover is not None:
            note_hand_over(connection, vault, one.inbound.resident, one.inbound.id, one.turn.handover)
    rows = connection.exec_driver_sql(_WRITE, _wanted(vault, answered, lease_seconds))
    written = {row.resident: row for row in rows}
    for one in answered:
        if one.inbound.attempted_at is not None:  # open when the database was restored: perhaps answered before
            ask_first(connection, message.c.answers_id == one.inbound.id, one.inbound.attempted_at)
        _raise_alerts(connection, one, follow_up_after)
    return [_written(one, written[one.inbound.resident]) for one in answered]


def _written(one: Answered, row: Row[Any]) -> Written:
    tried = Tried.of(row.tried, one.inbound, one.bubbles[0]) if row.tried is not None else None
    return Written(row.goes_on, tried)


# One statement, for its round trips cost more than its work: the inbounds are answered; the lanes that send are due, or
# leased to who sends straight on, if nothing waits in them; the replies stand in the log, those in hand as tried; and
# the lanes of the turns are given back. `due_at` of a lane at rest is null: whoever adds work sets it.
_WRITE = """
WITH turn AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(turns)s::json) AS one (
        id bigint, resident text, nlu jsonb, slots jsonb, actions text[], active_form text, flags text[],
        urgent boolean, answers boolean, token uuid
    )
), answered AS (
    UPDATE message
    SET state = 'answered', answered_at = now(), nlu = turn.nlu, slots = turn.slots, actions = turn.actions,
        active_form = turn.active_form, flags = turn.flags, urgent = turn.urgent
    FROM turn WHERE message.id = turn.id AND message.state = 'received'
), sending AS (
    INSERT INTO lane AS known (resident, name, due_at, lease_until, lease_token)
    SELECT resident, 'send', now(), CASE WHEN token IS NOT NULL THEN now() + %(send_lease)s::interval END, token
    FROM turn WHERE answers ORDER BY resident
    ON CONFLICT (resident, name) DO UPDATE SET
        due_at = least(coalesce(known.due_at, now()), now()),
        lease_until = CASE WHEN known.due_at IS NULL THEN excluded.lease_until ELSE known.lease_until END,
        lease_token = CASE WHEN known.due_at IS NULL THEN excluded.lease_token ELSE known.lease_token END
    RETURNING resident, lease_token
), queued AS (
    INSERT INTO message (resident, direction, kind, state, text, content_sealed, choices_digest, answers_id, template,
        attempts, attempted_at)
    SELECT reply.resident, 'out', reply.kind, CASE WHEN in_hand THEN 'sending' ELSE 'queued' END, reply.text,
        convert_to(reply.content, 'UTF8'), reply.choices_digest, reply.answers_id, reply.template,
        CASE WHEN in_hand THEN 1 ELSE 0 END, CASE WHEN in_hand THEN now() END
    FROM (
        SELECT said.*, coalesce(said.token = sending.lease_token, false) AS in_hand
        FROM json_to_recordset(%(replies)s::json) AS said (
            place integer, resident text, kind text, text text, content text, choices_digest text, answers_id bigint,
            template text, token uuid
        ) JOIN sending ON sending.resident = said.resident
    ) AS reply
    ORDER BY place
    RETURNING id, resident, state
), given_back AS (
    UPDATE lane
    SET due_at = CASE WHEN more THEN now() END,
        lease_until = CASE WHEN more THEN now() + %(turn_lease)s::interval END,
        lease_token = CASE WHEN more THEN lane.lease_token END
    FROM (
        SELECT turn.resident, EXISTS (
            SELECT FROM message WHERE message.resident = turn.resident AND message.state = 'received'
                AND message.id <> turn.id
        ) AS more FROM turn
    ) AS rest
    WHERE lane.resident = rest.resident AND lane.name = 'turn'
    RETURNING lane.resident, more
)
SELECT given_back.resident, given_back.more AS goes_on, queued.id AS tried
FROM given_back LEFT JOIN queued ON queued.resident = given_back.resident AND queued.state = 'sending'
"""


def _wanted(vault: Vault, answered: Sequence[Answered], lease_seconds: tuple[float, float]) -> dict[str, object]:
    """What `_WRITE` is given: rows as JSON."""
    said = [(one, place, reply) for one in answered for place, reply in enumerate(one.bubbles)]
    replies = [
        reply_row(vault, one.inbound.resident, reply)
        | {"place": number, "answers_id": one.inbound.id}
        | ({"token": str(one.straight_on.token)} if one.straight_on and place == 0 else {})
        for number, (one, place, reply) in enumerate(said)
    ]
    turn_lease, send_lease = (timedelta(seconds=each) for each in lease_seconds)
    return {
        "turns": json.dumps([_settled(one) for one in answered]),
        "replies": json.dumps(replies),
        "turn_lease": turn_lease,
        "send_lease": send_lease,
    }


def _settled(one: Answered) -> dict[str, object]:
    turn = one.turn
    return {
        "id": one.inbound.id,
        "resident": one.inbound.resident,
        # The model's id is ours, and a run of its digits may look like a phone.
        "nlu": {
            "model": turn.nlu.model,
            **{name: masked_values(value) for name, value in turn.nlu.model_dump(exclude={"model"}).items()},
        },
        "slots": masked_values(turn.slots),
        "actions": turn.actions,
        "active_form": turn.active_form,
        "flags": turn.flags,
        "urgent": not URGENT_FLAGS.isdisjoint(turn.flags),
        "answers": bool(one.bubbles),
        "token": str(one.straight_on.token) if one.straight_on else None,
    }


def _raise_alerts(connection: Connection, one: Answered, follow_up_after: timedelta) -> None:
    resident, turn = one.inbound.resident, one.turn
    for flag in ALERT_FLAGS.intersection(turn.flags):
        raise_alert(connection, flag, resident, one.inbound.id)
    due = due_at(datetime.now(BUENOS_AIRES), follow_up_after)
    note_turn(connection, resident, one.inbound.id, turn.nlu.intent.name, "danger" in turn.flags, due)
