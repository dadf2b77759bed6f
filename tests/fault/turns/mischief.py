"""Webhooks as they ought not to come: twice, late, in another order, from somebody else, too large."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from latido.emulator.client import EmulatorClient, Phone
from latido.messaging.tables import message
from tests.fault.audit.witnesses import Refused
from tests.fault.turns.town import Town

TOO_LARGE = 80_000
FORGERIES = ("forged", "altered", "unsigned")


def sends_odd_webhooks(town: Town, over: threading.Event, rounds: int, chance: random.Random) -> None:
    """At least so many rounds of all of it, and on until `over`; receipts come twice, last first, or not at all."""
    phone, emulator = town.somebody(), town.emulator
    emulator.faults(duplicates=1, shuffle=True, lose=["delivered"], inbound_duplicates=1)
    kinds: tuple[Callable[[Town, Phone, EmulatorClient, random.Random], None], ...] = (
        _overtaken,
        _replayed_at_once,
        _forged,
        _forged_receipt,
        _oversized,
    )
    try:
        for number in range(10**9):
            if number >= rounds and over.is_set():
                return
            for kind in chance.sample(kinds, len(kinds)):
                kind(town, phone, emulator, chance)
            over.wait(chance.uniform(0.1, 0.6))
    finally:
        emulator.faults(duplicates=0, shuffle=False, lose=[], inbound_duplicates=0)


def _overtaken(town: Town, phone: Phone, emulator: EmulatorClient, chance: random.Random) -> None:
    """Her second message arrives before her first."""
    town.says(phone, "hola", wait=False, delay_ms=chance.randint(100, 700))
    town.says(phone, "¿es gratis?", duplicates=chance.randint(0, 2))
    town.count("webhooks overtaken")


def _replayed_at_once(town: Town, phone: Phone, emulator: EmulatorClient, chance: random.Random) -> None:
    """A webhook again, five at the same time: a caller who repeats before the first was answered."""
    sid = town.says(phone, "gracias")
    repeats = [threading.Thread(target=lambda: town.emulator.forge("replayed", sid=sid)) for _ in range(5)]
    for each in repeats:
        each.start()
    for each in repeats:
        each.join()
    town.count("webhooks repeated", 5)


def _forged(town: Town, phone: Phone, emulator: EmulatorClient, chance: random.Random) -> None:
    """A message in her name that Twilio did not sign."""
    sid = f"SM{uuid.uuid4().hex}"
    form = {"MessageSid": sid, "From": f"whatsapp:{phone.number}", "Body": "cancelar mi turno"}
    kind = chance.choice(FORGERIES)
    town.refused.append(Refused(sid, kind, emulator.forge(kind, form=form)["status"]))
    town.count(f"webhooks {kind}")


def _forged_receipt(town: Town, phone: Phone, emulator: EmulatorClient, chance: random.Random) -> None:
    """That an answer of ours has failed, says somebody who is not Twilio."""
    found = _some_answer(town)
    if found is None:
        return
    form = {"MessageSid": found[1], "MessageStatus": "failed", "ErrorCode": "63003"}
    url = f"{town.latido.base_url}/webhooks/twilio/status?ref={found[0]}"
    kind = chance.choice(FORGERIES)
    town.refused.append(Refused(found[1], f"{kind} status", emulator.forge(kind, url=url, form=form)["status"]))
    town.count(f"receipts {kind}")


def _some_answer(town: Town) -> tuple[int, str] | None:
    mine = message.c.resident.in_([town.key(number) for number in town.numbers])
    sent = select(message.c.id, message.c.provider_sid).where(mine, message.c.state == "handed_over")
    try:
        with town.engine.connect() as connection:
            row = connection.execute(sent.order_by(message.c.id.desc()).limit(1)).first()
    except SQLAlchemyError:
        return None
    return (row.id, row.provider_sid) if row else None


def _oversized(town: Town, phone: Phone, emulator: EmulatorClient, chance: random.Random) -> None:
    """Larger than any message, with a valid signature."""
    sid = f"SM{uuid.uuid4().hex}"
    form = {"MessageSid": sid, "From": f"whatsapp:{phone.number}", "Body": "x" * TOO_LARGE}
    town.refused.append(Refused(sid, "oversized", emulator.forge("signed", form=form)["status"]))
    town.count("webhooks oversized")
