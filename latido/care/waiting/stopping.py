"""Ending somebody's wait at once because there is nothing to wait for any more: a birth, a loss, a person forgotten."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from latido.care.errors import CareError
from latido.care.people.stopped import stopped_since
from latido.care.services import Care
from latido.care.waiting.answering import let_go
from latido.care.waiting.entries import LIVE, Entry, find_entry, live_entries_of, set_state
from latido.care.waiting.exchange import show
from latido.care.waiting.offers_made import Offer, offer_of, settle
from latido.care.waiting.tables import entries
from latido.care.waiting.telling import CALL, about, offer_buttons, offer_text
from latido.fhir.errors import FhirError

WHY = "stopped"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stopped:
    """An entry that was ended, and the offer that was open for her."""

    entry: Entry
    offer: Offer | None


def stop_waiting(
    care: Care, connection: Connection, resident: str, roles: Collection[str], service: str | None = None
) -> list[Stopped]:
    """End the entries of these people, in the caller's transaction; what is still to be sent or called is not.

    Call `give_back` with the answer once the transaction stands.
    """
    keys = {f"{resident}:{role}" for role in roles}
    waiting = [each for each in live_entries_of(connection, care.vault, resident, service) if each.patient_key in keys]
    return [_stop(care, connection, each) for each in waiting]


def give_back(care: Care, stopped: Sequence[Stopped]) -> None:
    """The slots held for them are free again; while the health service is away their holds run out by themselves."""
    for one in stopped:
        try:
            if one.offer is not None:
                let_go(care, one.entry, one.offer)
        except (FhirError, CareError) as error:
            log.warning("a slot held for the waiting list waits for its time to run out: %s", type(error).__name__)
        with care.engine.begin() as connection:
            over = find_entry(connection, care.vault, one.entry.id)
        if over is not None:
            show(care, over)


def end_stopped(care: Care, connection: Connection) -> None:
    """End every entry whose person was stopped since she joined, however the two met."""
    over = stopped_since(entries.c.resident, entries.c.patient_key, entries.c.service, entries.c.since)
    query = select(entries.c.id).where(entries.c.state.in_(LIVE), over)
    for entry_id in connection.execute(query).scalars().all():
        set_state(connection, entry_id, "ended", care.now(), WHY)


def _stop(care: Care, connection: Connection, entry: Entry) -> Stopped:
    # Whoever is telling her just now has this row: what she was told is seen once it is ours.
    find_entry(connection, care.vault, entry.id)
    offer = offer_of(connection, entry.id)
    told = offer if offer is not None and offer.state == "open" else None
    if told is not None and told.expires_at is not None:
        settle(connection, told, "withdrawn", care.now())
        text, buttons = offer_text(care, told, told.expires_at), offer_buttons(care, told)
        care.messenger.unsay(connection, entry.resident, text, buttons)
    care.messenger.close_alerts(connection, CALL, about(entry.id))
    set_state(connection, entry.id, "ended", care.now(), WHY)
    return Stopped(entry, told)
