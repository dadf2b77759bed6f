"""What is over: offers nobody answered or settled by another way, and the wait of those who booked or waited enough."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import Engine, delete, select

from latido.care.errors import CareError
from latido.care.services import Care
from latido.care.tables import bookings
from latido.care.waiting.answering import let_go
from latido.care.waiting.entries import end_booked, entries_by_id, set_state
from latido.care.waiting.exchange import show_what_is_left
from latido.care.waiting.offers_made import Offer, open_offers, run_out, settle
from latido.care.waiting.stopping import end_stopped
from latido.care.waiting.tables import decisions, entries, offers
from latido.fhir.errors import FhirError

log = logging.getLogger(__name__)


def settle_what_is_over(care: Care) -> None:
    """Settle everything whose time has come; what the health service keeps from being settled is tried again."""
    with care.engine.begin() as connection:
        due = run_out(connection, care.now())
    for offer in due:
        try:
            _run_out(care, offer)
        except (FhirError, CareError) as error:
            log.warning("an offer that ran out could not be settled yet: %s", type(error).__name__)
    _follow_the_ledger(care)
    with care.engine.begin() as connection:
        end_booked(connection, care.rules, care.now())
        end_stopped(care, connection)
    _end_old(care)
    show_what_is_left(care)


def _run_out(care: Care, offer: Offer) -> None:
    """She did not answer in time: the slot is free again, unless she booked it just before."""
    with care.engine.connect() as connection:
        entry = entries_by_id(connection, care.vault, [offer.entry_id])[offer.entry_id]
    free_again = let_go(care, entry, offer)
    with care.engine.begin() as connection:
        settle(connection, offer, "expired" if free_again else "accepted", care.now())
        set_state(connection, entry.id, "waiting" if free_again else "booked", care.now())


def _follow_the_ledger(care: Care) -> None:
    """Open offers whose hold was confirmed or given up by another way than an answer to us."""
    with care.engine.begin() as connection:
        by_key = {offer.key: offer for offer in open_offers(connection) if offer.state == "open"}
        known = (bookings.c.booking_key.in_(list(by_key)), bookings.c.state.in_(("booked", "ended")))
        for row in connection.execute(select(bookings.c.booking_key, bookings.c.state).where(*known)).all():
            offer, is_booked = by_key[row.booking_key], row.state == "booked"
            is_late = offer.expires_at is not None and offer.expires_at <= care.now()
            if settle(
                connection, offer, "accepted" if is_booked else "expired" if is_late else "withdrawn", care.now()
            ):
                set_state(connection, offer.entry_id, "booked" if is_booked else "waiting", care.now())


def _end_old(care: Care) -> None:
    """Entries whose time is over; one with an open offer gets her answer first."""
    with care.engine.begin() as connection:
        old = (entries.c.state == "waiting", entries.c.ends_at <= care.now())
        for entry_id in connection.execute(select(entries.c.id).where(*old)).scalars().all():
            set_state(connection, entry_id, "ended", care.now(), "time_over")


def forget_old(engine: Engine, before: datetime) -> int:
    """Drop what ended before this instant, with its offers and decisions; returns how many entries."""
    over = select(entries.c.id).where(entries.c.ended_at < before).scalar_subquery()
    old_decisions = decisions.c.decided_at < before
    with engine.begin() as connection:
        connection.execute(delete(offers).where(offers.c.entry_id.in_(over)))
        kept = select(offers.c.decision_id).scalar_subquery()
        connection.execute(delete(decisions).where(old_decisions, decisions.c.id.not_in(kept)))
        still_named = select(decisions.c.chosen).where(decisions.c.chosen.is_not(None)).scalar_subquery()
        gone = delete(entries).where(entries.c.ended_at < before, entries.c.id.not_in(still_named))
        return connection.execute(gone).rowcount
