"""Storing what became of what we sent: receipts merged by rank, in any order, however often they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, Connection, Engine, Row, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.messaging.messages import Receipt
from latido.messaging.reachability import note_unreachable, note_window_shut
from latido.messaging.receipts import FINAL_FAILURES, OUT_OF_WINDOW, after_failure, merge_status, moment_column
from latido.messaging.tables import alert, message, receipt
from latido.messaging.usual_receipts import store_usual_receipts

MOMENTS = ("sent_at", "delivered_at", "read_at", "failed_at")


@dataclass
class _Merged:
    """A message of ours as its receipts leave it."""

    row: Row[Any]
    provider_sid: str
    status: str | None
    state: str
    error_code: int | None
    moments: set[str] = field(default_factory=set)
    failed_by: Receipt | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> _Merged:
        return cls(row, row.provider_sid, row.status, row.state, row.error_code)

    def merge(self, received: Receipt) -> None:
        self.provider_sid = received.sid
        self.status = merge_status(self.status, received.status)
        moment = moment_column(received.status)
        if moment is not None:
            self.moments.add(moment)
        if self.status not in FINAL_FAILURES:
            self.state = "handed_over"
            return
        if self.state != "failed":
            self.failed_by = received
        self.state, self.error_code = "failed", received.error_code or self.error_code

    def values(self) -> dict[str, object]:
        """What the update below is given."""
        kept = {"this": self.row.id, "sid": self.provider_sid, "to_status": self.status, "to_state": self.state}
        return kept | {"code": self.error_code} | {f"is_{moment}": moment in self.moments for moment in MOMENTS}


def store_receipt(engine: Engine, received: Receipt) -> None:
    """Keep the receipt and merge it into its message, which may not know its MessageSid yet."""
    store_receipts(engine, [received])


def store_receipts(engine: Engine, received: Sequence[Receipt]) -> list[None]:
    """The same for several, of which nearly all go the usual way; when it raises, all may be given again."""
    if unusual := store_usual_receipts(engine, received):
        _store_unusual(engine, unusual)
    return [None] * len(received)


def _store_unusual(engine: Engine, received: Sequence[Receipt]) -> None:
    """In one transaction: all are kept, or none and it raises."""
    with engine.begin() as connection:
        _keep(connection, received)
        rows = _locked_outbound(connection, received)
        _merge(connection, received, rows)
    for one, row in zip(received, rows, strict=True):
        if row is not None and one.status in FINAL_FAILURES:
            # Apart from the merge: whoever stores her messages locks her row first and the lane after it.
            with engine.begin() as connection:
                _note_limits(connection, row, one.error_code)


def _keep(connection: Connection, received: Iterable[Receipt]) -> None:
    rows = {(one.sid, one.status): one.error_code for one in reversed(list(received))}
    values = [{"provider_sid": sid, "status": status, "error_code": code} for (sid, status), code in rows.items()]
    by_name = sorted(values, key=lambda value: (str(value["provider_sid"]), str(value["status"])))
    connection.execute(upsert(receipt).on_conflict_do_nothing(), by_name)


def _note_limits(connection: Connection, row: Row[Any], code: int | None) -> None:
    """What a failure says of the resident, beside the message."""
    if after_failure(code) == "stop":
        note_unreachable(connection, row.resident, code or 0)
    elif code == OUT_OF_WINDOW and row.sent_as is None:
        note_window_shut(connection, row.resident, row.attempted_at)


def merge_stored_receipts(connection: Connection, sids: Sequence[str]) -> None:
    """Merge receipts that came before the answer to the send told us the MessageSid, now that it is written."""
    if not sids:
        return
    stored = select(receipt.c.provider_sid, receipt.c.status, receipt.c.error_code)
    early = connection.execute(
        stored.where(receipt.c.provider_sid == func.any(list(sids))).order_by(receipt.c.id)
    ).all()
    received = [Receipt(row.provider_sid, row.status, row.error_code) for row in early]
    _merge(connection, received, _locked_outbound(connection, received))


def _locked_outbound(connection: Connection, received: Sequence[Receipt]) -> list[Row[Any] | None]:
    """The message of each receipt, locked, or None."""
    by_sid = _locked_by_sid(connection, [one.sid for one in received])
    # The answer to the send was lost or is still on its way: our callback URL says which message it is.
    unknown = [one for one in received if one.sid not in by_sid and one.reference is not None]
    by_reference: dict[int | None, Row[Any]] = {}
    if unknown:
        by_reference = _locked_by_reference(connection, [one.reference for one in unknown])
        # The sender may have written the MessageSid between these two looks, without having seen this receipt.
        by_sid |= _locked_by_sid(connection, [one.sid for one in unknown if one.reference not in by_reference])
    return [by_sid.get(one.sid) or by_reference.get(one.reference) for one in received]


def _locked_by_sid(connection: Connection, sids: list[str]) -> dict[str, Row[Any]]:
    if not sids:
        return {}
    mine = select(message).where(message.c.direction == "out", message.c.provider_sid == func.any(sids))
    return {row.provider_sid: row for row in connection.execute(mine.order_by(message.c.id).with_for_update())}


def _locked_by_reference(connection: Connection, references: list[int | None]) -> dict[int | None, Row[Any]]:
    mine = select(message).where(
        message.c.direction == "out",
        message.c.id == func.any(references),
        message.c.provider_sid.is_(None),
        message.c.state.in_(("sending", "unknown")),
    )
    return {row.id: row for row in connection.execute(mine.order_by(message.c.id).with_for_update())}


def _merge(connection: Connection, received: Iterable[Receipt], rows: Iterable[Row[Any] | None]) -> None:
    merged: dict[int, _Merged] = {}
    for one, row in zip(received, rows, strict=True):
        if row is not None:
            merged.setdefault(row.id, _Merged.of(row)).merge(one)
    if not merged:
        return
    connection.execute(_UPDATE, [merged[key].values() for key in sorted(merged)])
    for key in sorted(merged):
        row, failed_by = merged[key].row, merged[key].failed_by
        if failed_by is not None and not _asked_for_nothing(row, failed_by):
            _alert_undelivered(connection, row, failed_by)


_UPDATE = (
    update(message)
    .where(message.c.id == bindparam("this"))
    .values(
        provider_sid=bindparam("sid"),
        status=bindparam("to_status"),
        state=bindparam("to_state"),
        error_code=bindparam("code"),
        handed_over_at=func.coalesce(message.c.handed_over_at, func.now()),
        **{
            name: case(
                (bindparam(f"is_{name}", type_=Boolean), func.coalesce(message.c[name], func.now())),
                else_=message.c[name],
            )
            for name in MOMENTS
        },
    )
)


def _asked_for_nothing(row: Row[Any], failed_by: Receipt) -> bool:
    """Whether nobody has to see to a failure: it is tried again, counted elsewhere, or was only a picture."""
    tried_again = row.reminder_id is not None and after_failure(failed_by.error_code) == "later"
    return tried_again or row.campaign_recipient_id is not None or row.kind == "picture"


def _alert_undelivered(connection: Connection, row: Row[Any], received: Receipt) -> None:
    detail = f"{received.status} {received.error_code or ''}".strip()
    put = upsert(alert).values(kind="undelivered", resident=row.resident, message_id=row.id, detail=detail)
    connection.execute(put.on_conflict_do_nothing())
