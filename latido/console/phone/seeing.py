"""A phone in the clear: with a reason, so many an hour, in the audit log before it is shown."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.audit.log import count_within, record
from latido.console.overdue.rules import OTHER, CallRules
from latido.console.showing import BUENOS_AIRES
from latido.crypto import Vault
from latido.messaging.tables import alert, resident

REVEALED, REFUSED = "phone_revealed", "reveal_refused"
ALERT = "many_reveals"
AN_HOUR = timedelta(hours=1)
_PHONE = re.compile(r"\+[0-9]{8,15}")


class NoReason(Exception):
    """A phone is looked at for a reason of the list; for another one it takes words."""


class TooMany(Exception):
    """This operator has seen as many phones as she may within an hour."""


def see_phone(
    connection: Connection,
    vault: Vault,
    key: str,
    operator_id: int,
    reason: str,
    words: str,
    rules: CallRules,
) -> str | None:
    """The phone, once the entry stands in the caller's transaction; None when none is known. NoReason, TooMany."""
    if reason not in rules.reveal_reasons or (reason == OTHER and len(words.strip()) < 5):
        raise NoReason("say why")
    if count_within(connection, operator_id, REVEALED, AN_HOUR) >= rules.reveals_per_hour:
        raise TooMany("as many as an hour allows")
    sealed = connection.execute(select(resident.c.address_sealed).where(resident.c.key == key)).scalar()
    phone = phone_of(vault.open(sealed)) if sealed else None
    record(connection, operator_id, REVEALED, key, reason=reason, words=words.strip()[:200] or None)
    return phone


def note_refusal(connection: Connection, key: str, operator_id: int, who: str, now: datetime) -> None:
    """That she was refused more, for whoever reads the audit, and an alert an hour for those who supervise."""
    hour = now.astimezone(BUENOS_AIRES)
    about = f"reveals:{operator_id}:{hour:%Y-%m-%dT%H}"
    values = {"resident": key, "kind": ALERT, "subject": about, "detail": f"Usuario {who}"}
    raised = connection.execute(upsert(alert).values(values).on_conflict_do_nothing().returning(literal(1))).first()
    if raised is not None:
        record(connection, operator_id, REFUSED, key)


def phone_of(address: str) -> str | None:
    """The number to dial, in groups, of an address of WhatsApp; None for one that is no number."""
    number = address.removeprefix("whatsapp:").strip()
    if not _PHONE.fullmatch(number):
        return None
    mobile = re.fullmatch(r"\+549(11)(\d{4})(\d{4})", number)
    if mobile:
        return f"+54 9 {mobile[1]} {mobile[2]}-{mobile[3]}"
    return number
