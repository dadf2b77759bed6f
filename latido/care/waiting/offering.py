"""Free slots to those who wait: whoever is next is told, and the slot is held for her while she decides.

Any number of workers may do this at once. What is decided is written before a slot is held, and she is told in the very
transaction that says the hold stands: a process may die anywhere, and nobody is told twice of one slot.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from latido.care.booking.hold import hold
from latido.care.booking.wish import Booking
from latido.care.errors import AlreadyBooked, CareError, HealthServiceUnavailable
from latido.care.fhir_names import SERVICES
from latido.care.people.record import lock_people
from latido.care.people.stopped import is_stopped
from latido.care.rules.waiting import Candidate, Decision, Released, choose_next, minutes_to_hold, why_not
from latido.care.rules.waiting_data import WaitingRules
from latido.care.services import Care
from latido.care.waiting.answering import let_go
from latido.care.waiting.candidates import Booked, booked_meanwhile, candidates
from latido.care.waiting.entries import (
    Entry,
    clear_unreachable,
    entries_by_id,
    find_entry,
    live_entries,
    mark_unreachable,
    set_class,
    set_state,
)
from latido.care.waiting.exchange import show
from latido.care.waiting.free_slots import forget_hints, free_slots, hinted
from latido.care.waiting.offers_made import Offer, abandoned, begin_offer, held, is_to_be_left_alone, record, settle
from latido.care.waiting.settling import settle_what_is_over
from latido.care.waiting.telling import CALL, about, may_be_told, offer_buttons, offer_text
from latido.fhir.errors import FhirError

# Longer than holding a slot with all its time-outs can take.
PATIENCE = timedelta(seconds=90)

log = logging.getLogger(__name__)


def offer_released(care: Care, patience: timedelta = PATIENCE) -> int:
    """One round: settle what is over, finish what was begun, offer what is free; returns how many were told."""
    settle_what_is_over(care)
    with care.engine.begin() as connection:
        left = abandoned(connection, care.now(), patience)
        hints = hinted(connection)
    told = sum(_try_to_tell(care, offer) for offer in left)
    try:
        told += sum(_offer_service(care, service, hints) for service in SERVICES)
    except FhirError as error:
        log.warning("nothing is offered to those who wait while the health service is away: %s", type(error).__name__)
        return told
    forget_hints(care.engine, hints)
    return told


def _offer_service(care: Care, service: str, hints: dict[str, datetime]) -> int:
    with care.engine.begin() as connection:
        among = _among(care, connection, service)
    free, rules = free_slots(care, service, among) if among else [], care.rules[service].waiting
    told, passed_on = 0, set()
    for slot in free:
        if not _somebody_can_take(care, rules, slot, among, free) and slot.slot_id not in hints:
            continue
        offer = _decide(care, service, slot, free, always_record=slot.slot_id in hints)
        if offer:
            passed_on.add(slot.slot_id)
            told += _try_to_tell(care, offer)
        with care.engine.begin() as connection:
            among = _among(care, connection, service)
    _note_unreachable(care, rules, among, [slot for slot in free if slot.slot_id not in passed_on])
    return told


def _note_unreachable(care: Care, rules: WaitingRules, among: Sequence[Candidate], free: Sequence[Released]) -> None:
    """Who misses a slot only because WhatsApp's 24 hours are over is to be called; who wrote again is not."""
    closed = [one for one in among if not _window_is_open(care, one)]
    missing = [one.entry for one in closed if any(_is_missed(care, rules, one, slot, free) for slot in free)]
    with care.engine.begin() as connection:
        _ask_for_a_call(care, connection, missing)
        clear_unreachable(connection, [one.entry for one in among if one not in closed])


def _ask_for_a_call(care: Care, connection: Connection, entry_ids: Sequence[str]) -> None:
    """Put them before the operators, once a day each, and on the page of the waiting list."""
    mark_unreachable(connection, entry_ids, care.now())
    for entry in entries_by_id(connection, care.vault, entry_ids).values():
        subject = f"{about(entry.id)}{care.local_now():%Y-%m-%d}"
        care.messenger.alert(connection, entry.resident, CALL, subject, care.waiting.texts["call"])


def _is_missed(care: Care, rules: WaitingRules, one: Candidate, slot: Released, free: Sequence[Released]) -> bool:
    reason = why_not(one, slot, rules, care.local_now(), free)
    return reason is not None and reason.code == "window_closed"


def _among(care: Care, connection: Connection, service: str) -> list[Candidate]:
    """All who wait, with the class that her weeks give each of them by now."""
    waiting = live_entries(connection, care.vault, service)
    among = candidates(care, connection, waiting, care.local_now())
    for entry, one in zip(waiting, among, strict=True):
        if entry.name != one.name:
            set_class(connection, entry.id, one.name)
    return among


def _somebody_can_take(
    care: Care, rules: WaitingRules, slot: Released, among: Sequence[Candidate], free: Sequence[Released]
) -> bool:
    """A first look without a lock, so that slots nobody can take cost little."""
    now = care.local_now()
    askable = (one for one in among if not one.has_offer and _window_is_open(care, one))
    return any(why_not(one, slot, rules, now, free) is None for one in askable)


def _window_is_open(care: Care, one: Candidate) -> bool:
    return one.last_wrote is not None and care.local_now() - one.last_wrote <= care.waiting.window


def _decide(care: Care, service: str, slot: Released, free: Sequence[Released], always_record: bool) -> Offer | None:
    """Who gets it, written down with the reasons before anything is held; None: nobody, or decided already."""
    try:
        with care.engine.begin() as connection:
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 2))")
            connection.execute(lock, {"name": f"waiting:{service}"})
            if is_to_be_left_alone(connection, slot.slot_id, care.now()):
                return None
            among, now = _among(care, connection, service), care.local_now()
            decision = choose_next(slot, among, care.rules[service].waiting, now, free)
            _ask_for_a_call(care, connection, _missed_only_for_the_window(decision))
            if decision.chosen is None and not always_record:
                return None
            return _write_down(care, connection, decision, service, among, now)
    except IntegrityError:  # another worker offered this slot, or something to her, at the same moment
        return None


def _write_down(
    care: Care, connection: Connection, decision: Decision, service: str, among: Sequence[Candidate], now: datetime
) -> Offer | None:
    decision_id = record(connection, decision, service, care.waiting.version, now)
    chosen = next((one for one in among if one.entry == decision.chosen), None)
    if chosen is None:
        return None
    minutes = minutes_to_hold(care.waiting, chosen.name, decision.slot, now)
    set_state(connection, chosen.entry, "offered", now)
    return begin_offer(connection, decision, decision_id, minutes, now)


def _missed_only_for_the_window(decision: Decision) -> list[str]:
    """Those before the chosen one who could not be written to: somebody should call them."""
    missed = []
    for one in decision.considered:
        if one.entry == decision.chosen:
            break
        if one.reason is not None and one.reason.code == "window_closed":
            missed.append(one.entry)
    return missed


def _try_to_tell(care: Care, offer: Offer) -> bool:
    """Hold and tell; while the health service is away the row waits for the next round."""
    try:
        return _hold_and_tell(care, offer)
    except (FhirError, HealthServiceUnavailable) as error:
        log.warning("a slot could not be held for the waiting list yet: %s", type(error).__name__)
        return False


def _hold_and_tell(care: Care, offer: Offer) -> bool:
    with care.engine.connect() as connection:
        entry = entries_by_id(connection, care.vault, [offer.entry_id])[offer.entry_id]
        later = booked_meanwhile(connection, [entry.id]).get(entry.id)
    if not entry.is_live:
        return _give_up(care, entry, offer)
    try:
        answer = hold(care, _booking(care, entry, offer, later))[0]["hold"]
    except HealthServiceUnavailable:
        raise
    except AlreadyBooked:
        return _give_up(care, entry, offer, is_booked=True)
    except CareError as error:  # somebody was faster; the slot is gone
        log.info("a slot was not held for the waiting list: %s", error.code)
        return _give_up(care, entry, offer)
    kept = replace(offer, hold_id=answer["id"], expires_at=datetime.fromisoformat(answer["expires_at"]))
    return _tell(care, entry.resident, kept) or _give_up(care, entry, kept)


def _tell(care: Care, resident: str, offer: Offer) -> bool:
    """Tell her, in one transaction with the row; False when she may not be told now, or was told already."""
    if offer.hold_id is None or offer.expires_at is None:
        return False
    with care.engine.begin() as connection:
        # A loss told just now is written before or after this, never between.
        lock_people(connection, resident)
        entry = find_entry(connection, care.vault, offer.entry_id)
        in_time = offer.expires_at - care.now() > timedelta(minutes=offer.minutes / 2)
        if entry is None or not entry.is_live or not in_time:
            return False
        if is_stopped(connection, entry.resident, entry.role, entry.service, entry.since):
            return False
        if not may_be_told(care, candidates(care, connection, [entry], care.local_now())[0]):
            return False
        if not held(connection, offer, offer.hold_id, offer.expires_at, care.now()):
            return False
        clear_unreachable(connection, [entry.id])
        care.messenger.say(
            connection, entry.resident, offer_text(care, offer, offer.expires_at), offer_buttons(care, offer)
        )
    return True


def _give_up(care: Care, entry: Entry, offer: Offer, is_booked: bool = False) -> bool:
    """She was not told: the slot goes back, and she waits on. Nothing happens when another worker told her."""
    with care.engine.begin() as connection:
        over = settle(connection, offer, "lost", care.now())
        if over:
            set_state(connection, entry.id, "booked" if is_booked else "waiting", care.now())
    if over:
        let_go(care, entry, offer)
    if over and is_booked:
        show(care, replace(entry, state="booked"))
    return False


def _booking(care: Care, entry: Entry, offer: Offer, later: Booked | None) -> Booking:
    """The slot for her; when she has one that is too late, in its place."""
    wish = entry.wish
    return Booking(
        key=offer.key,
        resident=entry.resident,
        slot_id=offer.slot_id,
        service=entry.service,
        person=wish.person,
        age=wish.age,
        answers=wish.answers,
        priority=wish.priority_on(care.rules[entry.service], care.local_now().date()),
        replaces=later.appointment_id if later else None,
        minutes=offer.minutes,
        origin="waiting_list",
    )
