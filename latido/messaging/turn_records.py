"""Writing what turns gave: replies, what was understood, the inbound's new state and the ticket, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, update

from latido.crypto import Vault
from latido.messaging.alerts import raise_alert
from latido.messaging.bubbles import merge_bubbles
from latido.messaging.conversation import Turn
from latido.messaging.doubt import ask_first
from latido.messaging.follow_ups import due_at, note_turn
from latido.messaging.lanes import Lease
from latido.messaging.outbox import queue_answers
from latido.messaging.redaction import masked_values
from latido.messaging.tables import message
from latido.messaging.tickets import note_hand_over
from latido.messaging.turn_requests import BUENOS_AIRES

URGENT_FLAGS = frozenset({"danger", "violence", "self_harm"})
ALERT_FLAGS = URGENT_FLAGS | {"wants_person", "rights"}


@dataclass(frozen=True)
class Answered:
    """One message, what the bot made of it, and the right to write that down."""

    lease: Lease
    inbound: Row[Any]
    turn: Turn


def write_turns(connection: Connection, vault: Vault, answered: Sequence[Answered], follow_up_after: timedelta) -> None:
    """Write these turns, of different residents, whose lanes are held in this transaction."""
    connection.execute(_ANSWERED, [_settled(one) for one in answered])
    # The ticket before the lane, in the order in which the console locks them too.
    for one in sorted(answered, key=lambda one: one.lease.resident):
        if one.turn.handover is not None:
            note_hand_over(connection, vault, one.inbound.resident, one.inbound.id, one.turn.handover)
    replies = [
        (one.inbound.resident, one.inbound.id, reply)
        for one in answered
        for reply in merge_bubbles([said.value() for said in one.turn.replies])
    ]
    queue_answers(connection, vault, replies)
    for one in answered:
        if one.inbound.attempted_at is not None:  # open when the database was restored: perhaps answered before
            ask_first(connection, message.c.answers_id == one.inbound.id, one.inbound.attempted_at)
        _raise_alerts(connection, one, follow_up_after)


_ANSWERED = (
    update(message)
    .where(message.c.id == bindparam("this"), message.c.state == "received")
    .values(
        state="answered",
        answered_at=func.now(),
        nlu=bindparam("to_nlu"),
        slots=bindparam("to_slots"),
        actions=bindparam("to_actions"),
        active_form=bindparam("to_form"),
        flags=bindparam("to_flags"),
        urgent=bindparam("is_urgent"),
    )
)


def _settled(one: Answered) -> dict[str, object]:
    turn = one.turn
    return {
        "this": one.inbound.id,
        # The model's id is ours, and a run of its digits may look like a phone.
        "to_nlu": {
            "model": turn.nlu.model,
            **{name: masked_values(value) for name, value in turn.nlu.model_dump(exclude={"model"}).items()},
        },
        "to_slots": masked_values(turn.slots),
        "to_actions": turn.actions,
        "to_form": turn.active_form,
        "to_flags": turn.flags,
        "is_urgent": not URGENT_FLAGS.isdisjoint(turn.flags),
    }


def _raise_alerts(connection: Connection, one: Answered, follow_up_after: timedelta) -> None:
    resident, turn = one.inbound.resident, one.turn
    for flag in ALERT_FLAGS.intersection(turn.flags):
        raise_alert(connection, flag, resident, one.inbound.id)
    due = due_at(datetime.now(BUENOS_AIRES), follow_up_after)
    note_turn(connection, resident, one.inbound.id, turn.nlu.intent.name, "danger" in turn.flags, due)
