"""What an entry of the waiting list already says, so that nobody is asked twice or falls back to routine."""

from __future__ import annotations

from dataclasses import replace

from latido.care.booking.offers import Request
from latido.care.booking.wish import Booking
from latido.care.errors import Missing
from latido.care.places.locate import Near
from latido.care.services import Care
from latido.care.waiting.entries import Entry, find_entry


def her_entry(care: Care, answer_id: str, resident: str) -> Entry:
    """The entry named by its id, or by that of one of its offers; Missing when it is not hers."""
    with care.engine.begin() as connection:
        entry = find_entry(connection, care.vault, answer_id.partition(".")[0], resident)
    if entry is None:
        raise Missing("no such waiting-list entry for this resident")
    return entry


def as_she_waits(care: Care, request: Request, answer_id: str) -> Request:
    """The request for offers with the priority of her entry, and its place unless she says another."""
    entry = _live(her_entry(care, answer_id, request.resident))
    wish = entry.wish
    says_where = request.near is not None or request.center_number is not None
    near = Near(point=wish.point) if wish.point and not says_where else request.near
    number = request.center_number if says_where else wish.center_number
    priority = wish.priority_on(care.rules[entry.service], care.local_now().date())
    return replace(request, near=near, center_number=number, priority=priority)


def booked_as_she_waits(care: Care, booking: Booking, answer_id: str) -> Booking:
    """The booking with the person, the weeks and the priority of her entry."""
    entry = _live(her_entry(care, answer_id, booking.resident))
    wish = entry.wish
    priority = wish.priority_on(care.rules[entry.service], care.local_now().date())
    return replace(booking, person=wish.person, age=wish.age, answers=wish.answers, priority=priority)


def _live(entry: Entry) -> Entry:
    if not entry.is_live:
        raise Missing("this waiting-list entry is over: ask for offers without it")
    return entry
