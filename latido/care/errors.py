"""What can go wrong in care, each translated once at the HTTP edge.

CareError
├── Invalid                   400: the request is wrong; the message says how
├── Missing                   404: no such centre, appointment, or not this resident's
├── SlotTaken                 409: others are attached, or ask for offers again
│   └── HoldExpired           409: the hold ran out and somebody else took the slot
├── AlreadyBooked             409: this person has a live appointment, which is attached
├── NotCancellable            409: cancelled already, or in the past
├── NotMovable                409: not live, or in the past: book anew
├── NotLive                   409: nobody has to come any more
├── NotMissable               409: not past yet, or over already
├── NoConsent                 409: nothing may be stored of a resident who has not consented
├── NoBirthDate               409: the child's birth date decides, and nobody has told it
├── ImpossibleBirthDate       409: in the future, or too long ago for a child
├── IdempotencyConflict       409: the same key came with another request
├── HealthServiceUnavailable  503: nothing is lost; the same request with the same key settles it
└── GeocoderDown              503: use another way to say the place

No message holds personal data.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CareError(Exception):
    """A use case cannot be done; `code` and `status` are what the caller sees."""

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400


class Invalid(CareError):
    """The request is wrong; the message says what to change."""


class Missing(CareError):
    """There is no such thing, or not for this resident."""

    code = "not_found"
    status = 404


class SlotTaken(CareError):
    """The slot is no longer free. `offers` (as `POST /offers` answers): others, None when nobody can say now."""

    code = "slot_taken"
    status = 409
    offers: Any = None


class HoldExpired(SlotTaken):
    """The hold ran out and its slot is gone: choose another of the `offers`."""

    code = "hold_expired"


class AlreadyBooked(CareError):
    """This person has a live appointment for the service."""

    code = "already_booked"
    status = 409

    def __init__(self, appointment: Any) -> None:
        super().__init__("this person already has a live appointment for this service: cancel it first")
        self.appointment = appointment


class NotCancellable(CareError):
    """The appointment is cancelled already, or past."""

    code = "not_cancellable"
    status = 409


class NotMovable(CareError):
    """The appointment is over or past: book a new one instead."""

    code = "not_movable"
    status = 409


class NotLive(CareError):
    """The appointment does not stand any more."""

    code = "not_live"
    status = 409


class NotMissable(CareError):
    """Only a booked appointment whose start is past can have been missed."""

    code = "not_missable"
    status = 409


class NoConsent(CareError):
    """Nothing is stored of a resident who has not consented: ask for her consent first."""

    code = "no_consent"
    status = 409


class NoBirthDate(CareError):
    """The child's birth date is needed and not known: ask for it."""

    code = "no_birth_date"
    status = 409


class ImpossibleBirthDate(CareError):
    """No child was born on that day: ask for the date once more."""

    code = "impossible_birth_date"
    status = 409


class IdempotencyConflict(CareError):
    """The key was used for another request: use a new key for a new request."""

    code = "idempotency_conflict"
    status = 409


class HealthServiceUnavailable(CareError):
    """The FHIR server cannot be reached, or its answer was lost: repeat the request with the same key."""

    code = "health_service_unavailable"
    status = 503


class GeocoderDown(CareError):
    """The address service does not answer: use a pin, a neighbourhood or a centre's number."""

    code = "geocoder_unavailable"
    status = 503
