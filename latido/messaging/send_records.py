"""Writing that messages are tried, and that Twilio took them: of several residents at once, whose lanes are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ARRAY, BigInteger, Connection, SmallInteger, Text, Update, bindparam, func, select, update

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


def note_taken(connection: Connection, taken: Sequence[Taken]) -> None:
    """Write their MessageSids, and what receipts said of them before we knew these."""
    if not taken:
        return
    ids = sorted(one.message_id for one in taken)
    # All who lock several messages lock them in the order of their ids.
    connection.execute(
        select(message.c.id).where(message.c.id == func.any(ids)).order_by(message.c.id).with_for_update()
    )
    values = [{"this": one.message_id, "sid": one.sid, "first_status": one.status} for one in taken]
    connection.execute(_TAKEN, values)
    merge_stored_receipts(connection, [one.sid for one in taken])


_TAKEN = (
    update(message)
    .where(message.c.id == bindparam("this"), message.c.state != "failed")
    .values(
        state="handed_over",
        provider_sid=bindparam("sid"),
        status=func.coalesce(message.c.status, bindparam("first_status")),
        handed_over_at=func.coalesce(message.c.handed_over_at, func.now()),
        last_error=None,
    )
)
