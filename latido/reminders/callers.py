"""What who calls from the overdue list can ask of care and do there (`latido.console.overdue.callers.Callers`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from latido.care.booking import offers as free_slots
from latido.care.booking.attendance import confirm_attendance
from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.patients import Person, person_of
from latido.care.booking.wish import Booking
from latido.care.errors import (
    AlreadyBooked,
    CareError,
    GeocoderDown,
    HealthServiceUnavailable,
    IdempotencyConflict,
    Invalid,
    SlotTaken,
)
from latido.care.fhir_names import PEDIATRIC
from latido.care.life_course import losses
from latido.care.people.pregnancies import all_pregnancies
from latido.care.people.record import find_person
from latido.care.residents import REMINDERS, is_silent, may_be_written_to, standing_consent
from latido.care.rights.reminders import set_reminders
from latido.care.services import BUENOS_AIRES, Care
from latido.care.tables import bookings
from latido.care.views import Json
from latido.console.overdue.callers import Booked, CallersRefusal, Offer, Standing, Whom
from latido.fhir.errors import FhirError
from latido.messaging.outbox import queue_replies
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.answering import note_answer
from latido.reminders.knowing import WENT
from latido.reminders.overdue_order import Standings
from latido.reminders.rules.policy import Policy
from latido.reminders.tables import reminder

SHOWN = 6
TEMPLATE = "booked_by_phone"
ABOUT_AN_APPOINTMENT = ("unconfirmed", "unreached")


@dataclass(frozen=True)
class CareForCallers:
    """Care as the overdue list needs it; `care` is asked for when it is first needed."""

    care: Callable[[], Care]
    policy: Callable[[], Policy]
    _standings: Standings = field(init=False)

    def __post_init__(self) -> None:
        """One memory for all pages of this process."""
        object.__setattr__(self, "_standings", Standings(self.care))

    def standings(self, connection: Connection, whom: Collection[Whom]) -> Mapping[Whom, Standing]:
        """What is known of each, by the rules that decide bookings."""
        return self._standings.of(connection, whom)

    def why_gone(self, connection: Connection, whom: Whom, since: datetime) -> str:
        """The first of: BAJA, a loss, a birth, an answer, an appointment, a visit; else that it is over."""
        care, resident = self.care(), whom.resident
        if is_silent(connection, resident) or standing_consent(connection, resident, REMINDERS) is None:
            return "opt_out"
        over = _ending(care, connection, whom)
        if over is not None:
            return over
        if _last_listed(connection, whom) in ABOUT_AN_APPOINTMENT:
            return "settled"
        mine = (bookings.c.patient_key == f"{resident}:{whom.role}", bookings.c.service == whom.service)
        coming = (bookings.c.state == "booked", bookings.c.starts_at > care.now())
        if connection.execute(select(bookings.c.booking_key).where(*mine, *coming)).first():
            return "booked"
        return _end_of_steps(connection, whom)

    def offers(self, whom: Whom, center: int | None, after: datetime | None) -> tuple[Offer, ...]:
        """The slots she would be offered in the chat."""
        care = self.care()
        wanted = free_slots.Request(
            whom.resident, whom.service, center_number=center, person=_person(whom), after=after, limit=SHOWN
        )
        with _refusals():
            answer = free_slots.offer(care, wanted)
        return tuple(_offer(each) for each in answer["slots"])

    def book(self, whom: Whom, slot_id: str, token: str) -> Booked:
        """Book it; the same token books it once."""
        booking = Booking(f"overdue:{token}", whom.resident, slot_id, whom.service, _person(whom))
        with _refusals():
            appointment = book(self.care(), booking)[0]["appointment"]
        center = appointment.get("center") or {}
        start = datetime.fromisoformat(appointment["start"])
        return Booked(start, center.get("number"), center.get("name") or "", center.get("address") or "", told=False)

    def tell_booked(self, connection: Connection, whom: Whom, booked: Booked) -> bool:
        """A message that goes as a template outside the window; False where nothing may be written to her."""
        care, words = self.care(), self.policy().words
        if whom.resident not in may_be_written_to(connection, [whom.resident]):
            return False
        person = find_person(connection, care.vault, whom.resident, whom.role)
        variables = {
            "what": words.visit(whom.service),
            "who": (person.given_name if person and person.is_live else None) or "",
            "day": words.day(booked.start, BUENOS_AIRES),
            "time": words.time(booked.start, BUENOS_AIRES),
            "place": ", ".join(filter(None, (booked.center, booked.address))),
        }
        queue_replies(connection, care.vault, whom.resident, None, [reminder_reply(TEMPLATE, variables, None)])
        return True

    def went(self, whom: Whom, reminders: Collection[int]) -> None:
        """As if she had tapped "ya fui" on what is overdue."""
        care = self.care()
        with care.engine.begin() as connection:
            for number in sorted(reminders):
                note_answer(connection, whom.resident, number, WENT, care.now())

    def confirm(self, whom: Whom, appointments: Collection[str], token: str) -> None:
        """As if she had tapped that she comes."""
        with _refusals():
            for each in appointments:
                confirm_attendance(self.care(), each, whom.resident, "accepted", f"overdue:{token}:{each}")

    def cancel(self, whom: Whom, appointments: Collection[str], token: str) -> None:
        """As if she had cancelled."""
        with _refusals():
            for each in appointments:
                cancel(self.care(), each, whom.resident, f"overdue:{token}:{each}")

    def loss(self, whom: Whom, token: str) -> None:
        """As if she had told us: everything about it stops in one transaction."""
        of: losses.Of = "child" if whom.service == PEDIATRIC else "pregnancy"
        with _refusals():
            losses.tell(self.care(), losses.Loss(f"overdue:{token}:loss", whom.resident, of, whom.role))

    def died(self, whom: Whom, token: str) -> None:
        """What is about her stops, and this phone is written to only in answer."""
        self.loss(whom, token)
        with _refusals():
            set_reminders(self.care(), whom.resident, "out", f"overdue:{token}:out")


def _ending(care: Care, connection: Connection, whom: Whom) -> str | None:
    person = find_person(connection, care.vault, whom.resident, whom.role)
    if person is not None and not person.is_live:
        return "loss" if person.state == "stopped" else "forgotten"
    if whom.service == PEDIATRIC:
        return None
    hers = [each for each in all_pregnancies(connection, care.vault, whom.resident) if each.role == whom.role]
    last = hers[-1] if hers else None
    return last.why if last is not None and not last.is_ongoing else None


def _last_listed(connection: Connection, whom: Whom) -> str | None:
    """The name of the step that stood on the list last."""
    hers = (reminder.c.resident == whom.resident, reminder.c.role == whom.role, reminder.c.service == whom.service)
    last = select(reminder.c.name).where(*hers, reminder.c.template == "").order_by(reminder.c.changed_at.desc())
    return connection.execute(last.limit(1)).scalar()


def _end_of_steps(connection: Connection, whom: Whom) -> str:
    """What became of what was overdue last."""
    hers = (reminder.c.resident == whom.resident, reminder.c.role == whom.role, reminder.c.service == whom.service)
    groups = select(reminder.c.group_key).where(*hers, reminder.c.template == "")
    went = select(reminder.c.id).where(*hers, reminder.c.group_key.in_(groups), reminder.c.answer == WENT)
    if connection.execute(went.limit(1)).first():
        return "went"
    last = select(reminder.c.state).where(*hers, reminder.c.template == "").order_by(reminder.c.changed_at.desc())
    state = connection.execute(last.limit(1)).scalar()
    return {"expired": "expired", "cancelled": "cleared"}.get(str(state), "unknown")


def _person(whom: Whom) -> Person:
    return person_of(whom.role)


def _offer(slot: Json) -> Offer:
    center: dict[str, Any] = slot["center"]
    metres = center.get("distance_m")
    start = datetime.fromisoformat(slot["start"])
    return Offer(slot["slot_id"], start, center.get("name") or "", center.get("address") or "", metres)


@contextmanager
def _refusals() -> Iterator[None]:
    """Care's errors as words for who calls."""
    try:
        yield
    except AlreadyBooked as error:
        raise CallersRefusal("already_booked") from error
    except SlotTaken as error:
        raise CallersRefusal("slot_taken") from error
    except (Invalid, GeocoderDown) as error:
        raise CallersRefusal("no_place", 400) from error
    except IdempotencyConflict as error:
        raise CallersRefusal("no_token") from error
    except (HealthServiceUnavailable, FhirError) as error:
        raise CallersRefusal("health_service", 503) from error
    except CareError as error:
        raise CallersRefusal("not_possible", error.status) from error
