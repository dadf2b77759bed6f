"""Storing what Twilio delivers: inbound messages once, receipts merged by rank."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.crypto import Vault
from latido.messaging.lanes import make_due
from latido.messaging.messages import InboundMessage, Receipt
from latido.messaging.reachability import note_unreachable, note_window_shut
from latido.messaging.receipts import FINAL_FAILURES, OUT_OF_WINDOW, after_failure, merge_status, moment_column
from latido.messaging.redaction import masked
from latido.messaging.tables import alert, message, receipt, resident


def store_inbound(engine: Engine, vault: Vault, inbound: InboundMessage) -> bool:
    """Commit the message and its place in the resident's lane; False when this MessageSid is already stored."""
    key = vault.resident_key(inbound.address)
    with engine.begin() as connection:
        _remember_resident(connection, vault, key, inbound)
        stored = connection.execute(
            upsert(message)
            .values(
                resident=key,
                direction="in",
                kind=inbound.kind,
                state="received",
                provider_sid=inbound.sid,
                text=masked(inbound.text),
                content_sealed=vault.seal(_content(inbound)),
            )
            .on_conflict_do_nothing(index_elements=[message.c.provider_sid])
            .returning(message.c.id)
        ).first()
        if stored is None:
            return False
        make_due(connection, key, "turn")
    return True


def _remember_resident(connection: Connection, vault: Vault, key: str, inbound: InboundMessage) -> None:
    name = vault.seal(inbound.profile_name) if inbound.profile_name else None
    statement = upsert(resident).values(
        key=key, address_sealed=vault.seal(inbound.address), profile_name_sealed=name, last_inbound_at=func.now()
    )
    # The address that wrote last is the one to answer; a replayed webhook must not reopen the 24-hour window.
    known = select(message.c.id).where(message.c.provider_sid == inbound.sid).exists()
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[resident.c.key],
            set_={
                "address_sealed": statement.excluded.address_sealed,
                "profile_name_sealed": func.coalesce(
                    statement.excluded.profile_name_sealed, resident.c.profile_name_sealed
                ),
                "last_inbound_at": func.now(),
                "unreachable_since": None,
                "unreachable_code": None,
            },
            where=~known,
        )
    )


def _content(inbound: InboundMessage) -> str:
    return json.dumps(
        {
            "text": inbound.text,
            "button_id": inbound.button_id,
            "location": asdict(inbound.location) if inbound.location else None,
            "media": asdict(inbound.media) if inbound.media else None,
            "replies_to_sid": inbound.replies_to_sid,
        },
        ensure_ascii=False,
    )


def store_receipt(engine: Engine, received: Receipt) -> None:
    """Keep the receipt and merge it into its message, which may not know its MessageSid yet."""
    with engine.begin() as connection:
        connection.execute(
            upsert(receipt)
            .values(provider_sid=received.sid, status=received.status, error_code=received.error_code)
            .on_conflict_do_nothing()
        )
        row = _locked_outbound(connection, received)
        if row is not None:
            _merge(connection, row, received)
    if row is not None and received.status in FINAL_FAILURES:
        # Apart from the merge: whoever stores her messages locks her row first and the lane after it.
        with engine.begin() as connection:
            _note_limits(connection, row, received.error_code)


def _note_limits(connection: Connection, row: Row[Any], code: int | None) -> None:
    """What a failure says of the resident, beside the message."""
    if after_failure(code) == "stop":
        note_unreachable(connection, row.resident, code or 0)
    elif code == OUT_OF_WINDOW and row.sent_as is None:
        note_window_shut(connection, row.resident, row.attempted_at)


def merge_stored_receipts(connection: Connection, outbox_id: int, sid: str) -> None:
    """Merge receipts that came before the answer to the send told us the MessageSid."""
    early = connection.execute(
        select(receipt.c.status, receipt.c.error_code).where(receipt.c.provider_sid == sid).order_by(receipt.c.id)
    ).all()
    for status, error_code in early:
        row = connection.execute(select(message).where(message.c.id == outbox_id).with_for_update()).one()
        _merge(connection, row, Receipt(sid, status, error_code))


def _locked_outbound(connection: Connection, received: Receipt) -> Row[Any] | None:
    outbound = select(message).where(message.c.direction == "out").with_for_update()
    by_sid = outbound.where(message.c.provider_sid == received.sid)
    row = connection.execute(by_sid).first()
    if row is None and received.reference is not None:
        # The answer to the send was lost or is still on its way: our callback URL says which message it is.
        row = connection.execute(
            outbound.where(
                message.c.id == received.reference,
                message.c.provider_sid.is_(None),
                message.c.state.in_(("sending", "unknown")),
            )
        ).first()
        # The sender may have written the MessageSid between these two looks, without having seen this receipt.
        row = row or connection.execute(by_sid).first()
    return row


def _merge(connection: Connection, row: Row[Any], received: Receipt) -> None:
    status = merge_status(row.status, received.status)
    values: dict[str, object] = {"provider_sid": received.sid, "state": "handed_over", "status": status}
    if row.handed_over_at is None:
        values["handed_over_at"] = func.now()
    column = moment_column(received.status)
    if column is not None and getattr(row, column) is None:
        values[column] = func.now()
    if status in FINAL_FAILURES:
        values |= {"state": "failed", "error_code": received.error_code or row.error_code}
    connection.execute(update(message).where(message.c.id == row.id).values(values))
    asked_for_nothing = row.reminder_id is not None and after_failure(received.error_code) == "later"
    asked_for_nothing = asked_for_nothing or row.campaign_recipient_id is not None  # it counts its refusals itself
    asked_for_nothing = asked_for_nothing or row.kind == "picture"  # its text went on its own
    if status in FINAL_FAILURES and row.state != "failed" and not asked_for_nothing:
        _alert_undelivered(connection, row, received)


def _alert_undelivered(connection: Connection, row: Row[Any], received: Receipt) -> None:
    connection.execute(
        upsert(alert)
        .values(
            kind="undelivered",
            resident=row.resident,
            message_id=row.id,
            detail=f"{received.status} {received.error_code or ''}".strip(),
        )
        .on_conflict_do_nothing()
    )
