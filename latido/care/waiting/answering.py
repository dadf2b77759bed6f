"""Her answer to an offer: she takes the slot, lets it go, or leaves the list."""

from __future__ import annotations

from typing import Literal

from latido.care.booking.hold import confirm, release
from latido.care.booking.offers import Request, offer
from latido.care.errors import AlreadyBooked, CareError, HealthServiceUnavailable, HoldExpired, Missing
from latido.care.idempotency import Write, once
from latido.care.services import Care
from latido.care.views import Json
from latido.care.waiting.entries import Entry, find_entry, set_state
from latido.care.waiting.exchange import show
from latido.care.waiting.joining import entry_view
from latido.care.waiting.known import as_she_waits, her_entry
from latido.care.waiting.offers_made import Offer, latest_told, offer_of, settle
from latido.fhir.errors import FhirError

SHOWN = 3


def accept(care: Care, answer_id: str, resident: str, key: str) -> Json:
    """Book the slot that is held for her. HoldExpired (with others) when it is gone; AlreadyBooked; Missing.

    `answer_id` is the entry, or the entry with the offer she answers: then a later one is not taken in its place.
    """
    entry, answered = _find(care, answer_id, resident)
    if answered is None or answered.hold_id is None or answered.state not in ("open", "expired", "accepted"):
        raise _nothing_held(care, entry)
    try:
        answer = confirm(care, answered.hold_id, resident, key)
    except HoldExpired as gone:
        _over(care, entry, answered, "expired")
        raise _nothing_held(care, entry) from gone
    except AlreadyBooked:
        let_go(care, entry, answered)
        _end(care, entry, answered, "withdrawn", "booked")
        raise
    _end(care, entry, answered, "accepted", "booked")
    return answer


def decline(care: Care, answer_id: str, resident: str, key: str) -> Json:
    """Let the held slot go to the next one; she stays on the list. Without an open offer nothing changes."""

    def work(_: bool) -> Json:
        entry, answered = _find(care, answer_id, resident)
        if answered is not None and answered.state == "open":
            let_go(care, entry, answered)
            _over(care, entry, answered, "declined")
        return {"entry": entry_view(care, _again(care, entry))}

    return once(care.engine, care.vault, _write("decline", key, answer_id, resident), care.now, work)[0]


def leave(care: Care, answer_id: str, resident: str, key: str) -> Json:
    """Take her off the list; a slot held for her goes to the next one."""

    def work(_: bool) -> Json:
        entry, _answered = _find(care, answer_id, resident)
        with care.engine.connect() as connection:
            held = offer_of(connection, entry.id)
        if held is not None and held.hold_id is not None:
            let_go(care, entry, held)
        _end(care, entry, held, "withdrawn", "left")
        return {"entry": entry_view(care, _again(care, entry))}

    return once(care.engine, care.vault, _write("leave", key, answer_id, resident), care.now, work)[0]


def let_go(care: Care, entry: Entry, held: Offer) -> bool:
    """Release the hold of an offer; False when she has booked it. What is gone already is no fault."""
    if held.hold_id is None:
        return True
    try:
        release(care, held.hold_id, entry.resident, f"{held.key}:release")
    except HealthServiceUnavailable:
        raise
    except Missing:
        return False
    return True


def _write(operation: str, key: str, answer_id: str, resident: str) -> Write:
    return Write(key, f"waiting_{operation}", {"entry": answer_id, "resident": resident})


def _find(care: Care, answer_id: str, resident: str) -> tuple[Entry, Offer | None]:
    """The entry and the offer she answers: the one named, else the open one, else the last she was told of."""
    entry, number = her_entry(care, answer_id, resident), answer_id.partition(".")[2]
    with care.engine.connect() as connection:
        if number.isdecimal() and len(number) <= 18:
            return entry, offer_of(connection, entry.id, int(number))
        return entry, offer_of(connection, entry.id) or latest_told(connection, entry.id)


def _over(care: Care, entry: Entry, answered: Offer, state: Literal["declined", "expired"]) -> None:
    """The offer is over and she waits on."""
    with care.engine.begin() as connection:
        if settle(connection, answered, state, care.now()):
            set_state(connection, entry.id, "waiting", care.now())


def _end(
    care: Care,
    entry: Entry,
    answered: Offer | None,
    how: Literal["accepted", "withdrawn"],
    state: Literal["booked", "left"],
) -> None:
    """The offer and the entry are over, here and on the server."""
    with care.engine.begin() as connection:
        if answered is not None:
            settle(connection, answered, how, care.now())
        set_state(connection, entry.id, state, care.now())
    show(care, _again(care, entry))


def _again(care: Care, entry: Entry) -> Entry:
    with care.engine.begin() as connection:
        return find_entry(connection, care.vault, entry.id, entry.resident) or entry


def _nothing_held(care: Care, entry: Entry) -> HoldExpired:
    """The refusal, with other slots for her if anybody can say."""
    refusal = HoldExpired("no slot is held for her now: choose another, or wait for the next offer")
    try:
        wanted = as_she_waits(care, Request(entry.resident, entry.service, limit=SHOWN), entry.id)
        refusal.offers = offer(care, wanted)
    except (CareError, FhirError):
        refusal.offers = None
    return refusal
