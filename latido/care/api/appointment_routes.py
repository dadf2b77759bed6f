"""The routes about appointments: offers, holds, booking, moving, cancelling, attendance."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care.api.endpoints import path_value, route
from latido.care.api.models import (
    AttendanceRequest,
    BookingRequest,
    ConfirmRequest,
    FhirId,
    HoldRequest,
    KeyedRequest,
    OffersRequest,
    RescheduleRequest,
    Resident,
)
from latido.care.booking import offers
from latido.care.booking.appointments import residents_appointments
from latido.care.booking.attendance import confirm_attendance, mark_missed
from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.hold import confirm, hold, release
from latido.care.booking.move import reschedule
from latido.care.booking.wish import Booking
from latido.care.services import Care
from latido.care.waiting.joining import advice
from latido.care.waiting.known import as_she_waits, booked_as_she_waits


def appointment_routes(care: Care) -> list[Route]:
    """The routes, relative to /care/v1."""
    return [
        route(care, "/residents/{resident}/appointments", "GET", _appointments),
        route(care, "/offers", "POST", _offers, OffersRequest),
        route(care, "/holds", "POST", _hold, HoldRequest),
        route(care, "/holds/{hold}/confirm", "POST", _confirm, ConfirmRequest),
        route(care, "/holds/{hold}/release", "POST", _release, KeyedRequest),
        route(care, "/appointments", "POST", _book, BookingRequest),
        route(care, "/appointments/{appointment}/cancel", "POST", _cancel, KeyedRequest),
        route(care, "/appointments/{appointment}/reschedule", "POST", _reschedule, RescheduleRequest),
        route(care, "/appointments/{appointment}/attendance", "POST", _attendance, AttendanceRequest),
        route(care, "/appointments/{appointment}/missed", "POST", _missed, KeyedRequest),
    ]


def _appointments(care: Care, request: Request, content: None) -> JSONResponse:
    return JSONResponse(residents_appointments(care, path_value(request, "resident", Resident)))


def _offers(care: Care, request: Request, content: OffersRequest) -> JSONResponse:
    age = content.gestational_age.value(care.local_now().date()) if content.gestational_age else None
    wanted = offers.Request(
        resident=content.resident,
        service=content.service,
        near=content.near.value() if content.near else None,
        center_number=content.center_number,
        person=content.patient.value() if content.patient else None,
        age=age,
        answers=content.answers.value(),
        replaces=content.replaces,
        after=content.after,
        day=content.day,
        part=content.part,
        exclude_centers=tuple(content.exclude_centers),
        limit=content.limit,
    )
    if content.waiting_entry:
        wanted = as_she_waits(care, wanted, content.waiting_entry)
    answer = offers.offer(care, wanted)
    narrowed = content.after or content.day or content.part or content.replaces
    nothing_fits = not answer["within_target"] and not narrowed
    person = content.patient.person if content.patient else None
    waiting = advice(care, content.resident, content.service, nothing_fits, person)
    return JSONResponse(answer | {"waiting_list": waiting})


def _hold(care: Care, request: Request, content: HoldRequest) -> JSONResponse:
    booking = _booking(care, content, content.replaces)
    if content.waiting_entry:
        booking = booked_as_she_waits(care, booking, content.waiting_entry)
    answer, made_now = hold(care, booking)
    return JSONResponse(answer, status_code=201 if made_now else 200)


def _book(care: Care, request: Request, content: BookingRequest) -> JSONResponse:
    answer, made_now = book(care, _booking(care, content, None))
    return JSONResponse(answer, status_code=201 if made_now else 200)


def _booking(care: Care, content: BookingRequest, replaces: str | None) -> Booking:
    age = content.gestational_age
    return Booking(
        key=content.idempotency_key,
        resident=content.resident,
        slot_id=content.slot_id,
        service=content.service,
        person=content.patient.value(),
        age=age.value(care.local_now().date()) if age else None,
        answers=content.answers.value(),
        replaces=replaces,
    )


def _confirm(care: Care, request: Request, content: ConfirmRequest) -> JSONResponse:
    held = path_value(request, "hold", FhirId)
    person = content.patient.value() if content.patient else None
    return JSONResponse(confirm(care, held, content.resident, content.idempotency_key, person))


def _release(care: Care, request: Request, content: KeyedRequest) -> JSONResponse:
    held = path_value(request, "hold", FhirId)
    return JSONResponse(release(care, held, content.resident, content.idempotency_key))


def _cancel(care: Care, request: Request, content: KeyedRequest) -> JSONResponse:
    return JSONResponse(cancel(care, _id(request), content.resident, content.idempotency_key))


def _reschedule(care: Care, request: Request, content: RescheduleRequest) -> JSONResponse:
    moved = reschedule(care, _id(request), content.resident, content.slot_id, content.idempotency_key)
    return JSONResponse(moved)


def _attendance(care: Care, request: Request, content: AttendanceRequest) -> JSONResponse:
    key, answer = content.idempotency_key, content.answer
    return JSONResponse(confirm_attendance(care, _id(request), content.resident, answer, key))


def _missed(care: Care, request: Request, content: KeyedRequest) -> JSONResponse:
    return JSONResponse(mark_missed(care, _id(request), content.resident, content.idempotency_key))


def _id(request: Request) -> str:
    return path_value(request, "appointment", FhirId)
