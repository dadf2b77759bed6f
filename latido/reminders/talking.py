"""Talking back to a reminder, days later: what has become of it, her answer, and when to be told instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from latido.care.booking.appointments import appointment_view, live_appointments, patient_id_of, read_appointment
from latido.care.booking.patients import find_patients
from latido.care.errors import CareError, Invalid, Missing
from latido.care.fhir_names import PRENATAL
from latido.care.idempotency import Write, once_in_transaction
from latido.care.people.pregnancies import all_pregnancies
from latido.care.people.record import find_person
from latido.care.services import BUENOS_AIRES, Care, local
from latido.care.views import Json
from latido.fhir.resources import Resource
from latido.messaging.messages import Reply
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message
from latido.reminders.answering import note_answer, remind_again
from latido.reminders.knowing import WENT, known_of
from latido.reminders.parts import Reminders
from latido.reminders.rules.quiet import at, day_of
from latido.reminders.standing import VISITED, Ending, Meant, Standing, ending_of, standing_of_appointment, start_in
from latido.reminders.tables import reminder

OF_APPOINTMENT = "appointment"
BOOKABLE = ("checkup", "missed")
A_WHILE = timedelta(hours=3)
A_DAY = timedelta(days=1)
# No plan reaches further, and beyond it lie days that are none in other time zones.
FARTHEST = timedelta(days=366)


class TooLate(CareError):
    """By then there is nothing left to be reminded of."""

    code = "too_late"
    status = 409


class NoReminders(CareError):
    """She wants no reminders: none may be promised."""

    code = "no_reminders"
    status = 409


@dataclass(frozen=True)
class Moment:
    """When she wants to be told: a day, or so many days from today; else the next one on which that time is to come.

    `part` of the day, or `time` on the city's clocks, which says more.
    """

    day: date | None = None
    in_days: int | None = None
    part: Literal["morning", "afternoon"] | None = None
    time: clock_time | None = None

    @property
    def is_any_day(self) -> bool:
        """Whether she named no day."""
        return self.day is None and self.in_days is None


@dataclass(frozen=True)
class _Now:
    """What became of it, and the appointment to speak of now, if there is one."""

    standing: Standing
    appointment: Json | None = None


def told(reminders: Reminders, resident: str, reminder_id: int) -> Json:
    """What a reminder of hers said and what has become of that; Missing when it is nobody's or somebody else's."""
    care = reminders.care
    with care.engine.connect() as connection:
        row = _hers(connection, resident, reminder_id)
        ending = _ending(connection, care, row)
        person = find_person(connection, care.vault, resident, row.role)
        said = _said(connection, care, row)
    now = _now(care, row, ending)
    return {
        "id": str(row.id),
        "kind": row.kind,
        "name": row.name,
        "role": row.role,
        "given_name": person.given_name if person and person.is_live else None,
        "service": row.service,
        "what": said.variables.get("what") if said else None,
        "codes": list(row.codes),
        "now": now.standing,
        "appointment": now.appointment,
        "answered": row.answer,
        "message": _message(said) if said and now.standing == "stands" else None,
    }


def answer(reminders: Reminders, resident: str, reminder_id: int, said: str, key: str) -> Json:
    """Keep which step she answered and how; "went" clears its group. Missing as `told`."""
    care = reminders.care
    write = Write(key, "reminder_answer", {"resident": resident, "reminder": reminder_id, "answer": said})

    def work(connection: Connection) -> Json:
        _hers(connection, resident, reminder_id)
        note_answer(connection, resident, reminder_id, said, care.now())
        return {"answer": said}

    return once_in_transaction(care.engine, care.vault, write, care.now, work)[0]


def ask_again(reminders: Reminders, resident: str, reminder_id: int, wish: Moment, key: str) -> Json:
    """Tell her on that day instead, or once more; NoReminders, TooLate when nothing would be. Missing as `told`."""
    care = reminders.care
    asked: Json = {"day": wish.day.isoformat() if wish.day else None, "in_days": wish.in_days}
    if wish.part or wish.time:
        asked |= {"part": wish.part, "time": wish.time.isoformat() if wish.time else None}
    write = Write(key, "reminder_again", {"resident": resident, "reminder": reminder_id, **asked})
    with care.engine.connect() as connection:
        row = _hers(connection, resident, reminder_id)
    moment = _will_be_told(reminders, row, _moment(reminders, wish))

    def work(connection: Connection) -> Json:
        remind_again(connection, resident, reminder_id, moment)
        note_answer(connection, resident, reminder_id, "later", care.now())
        return {"moment": local(moment)}

    return once_in_transaction(care.engine, care.vault, write, care.now, work)[0]


def _hers(connection: Connection, resident: str, reminder_id: int) -> Row[Any]:
    mine = (reminder.c.id == reminder_id, reminder.c.resident == resident)
    row = connection.execute(select(reminder).where(*mine)).first()
    if row is None:
        raise Missing("no such reminder for this resident")
    return row


def _ending(connection: Connection, care: Care, row: Row[Any]) -> Ending | None:
    person = find_person(connection, care.vault, row.resident, row.role)
    all_of_hers = all_pregnancies(connection, care.vault, row.resident)
    mine = [each for each in all_of_hers if each.role == row.role]
    return ending_of(person, mine, row.created_at, row.service == PRENATAL)


def _now(care: Care, row: Row[Any], ending: Ending | None) -> _Now:
    patients = find_patients(care.fhir, row.resident)
    patient = patients.get(row.role)
    found = _spoken_of(care, row, {each["id"]: each for each in patients.values()})
    coming = _coming(care, patient, row.service)
    view = _viewer(care, row.resident, patient)
    meant = Meant(found["status"], datetime.fromisoformat(found["start"])) if found else None
    if row.kind != OF_APPOINTMENT:
        shown = view(coming[0]) if coming else None
        return _Now(ending or _of_the_calendar(row, meant, bool(coming)), shown)
    others = [each for each in coming if found is None or each["id"] != found["id"]]
    standing = standing_of_appointment(start_in(row.group_key), meant, bool(others), care.now())
    if row.answer == WENT and standing == "past":
        standing = "done"
    in_its_place = others[0] if standing == "moved" and (meant is None or meant.status == "cancelled") else found
    if ending and standing not in ("stands", "moved"):
        return _Now(ending)
    return _Now(ending or standing, view(in_its_place) if in_its_place else None)


def _of_the_calendar(row: Row[Any], missed: Meant | None, is_booked: bool) -> Standing:
    """Of a check-up, study or vaccine, or of an appointment that was missed: is it still to be booked?"""
    if row.answer == WENT or (missed is not None and missed.status in VISITED):
        return "done"
    return "booked" if is_booked and row.kind in BOOKABLE else "stands"


def _spoken_of(care: Care, row: Row[Any], hers: dict[str, Resource]) -> Resource | None:
    """The appointment as it is now, if it is still hers."""
    if row.appointment_id is None:
        return None
    try:
        found = read_appointment(care.fhir, row.appointment_id)
    except Missing:
        return None
    return found if patient_id_of(found) in hers else None


def _coming(care: Care, patient: Resource | None, service: str) -> list[Resource]:
    if patient is None:
        return []
    live = live_appointments(care, [patient["id"]], care.now(), service)
    return [each for each in live if each["status"] != "pending"]


def _viewer(care: Care, resident: str, patient: Resource | None) -> Any:
    return lambda each: appointment_view(care, each, patient, resident)


def _said(connection: Connection, care: Care, row: Row[Any]) -> Reply | None:
    """The message that said it, as the log keeps it; None once the log has forgotten it."""
    mine = (message.c.resident == row.resident, message.c.reminder_id == row.id)
    latest = select(message.c.content_sealed).where(*mine).order_by(message.c.id.desc()).limit(1)
    sealed = connection.execute(latest).scalar()
    return opened_reply(care.vault, sealed) if sealed else None


def _message(said: Reply) -> Json:
    """What it says in full, as it would inside the window."""
    return {"text": said.text, "buttons": [{"title": one.title, "payload": one.payload} for one in said.buttons]}


def _moment(reminders: Reminders, wish: Moment) -> datetime:
    care = reminders.care
    now, today = care.now(), day_of(care.now(), BUENOS_AIRES)
    day = wish.day if wish.day is not None else today + timedelta(days=wish.in_days or 0)
    if day < today:
        raise Invalid("the day is past: say one to come")
    if day - today > FARTHEST:
        raise TooLate("nothing would be told by then: say an earlier day")
    moment = at(day, _clock(reminders, wish), BUENOS_AIRES)
    if moment <= now and wish.is_any_day:
        moment = at(day + A_DAY, _clock(reminders, wish), BUENOS_AIRES)
    return reminders.allowed_from("book", moment if moment > now else now + A_WHILE)


def _clock(reminders: Reminders, wish: Moment) -> clock_time:
    policy = reminders.policy
    if wish.time is not None:
        return wish.time.replace(tzinfo=None)
    parts = {"morning": policy.again.morning, "afternoon": policy.again.afternoon}
    return parts[wish.part] if wish.part else policy.calendar.time


def _will_be_told(reminders: Reminders, row: Row[Any], moment: datetime) -> datetime:
    """When she will really be told if she asks for that moment: nothing is promised that the plan would not hold."""
    known = known_of(reminders.care, row.resident)
    if known.is_silent or not known.wants_reminders:
        raise NoReminders("she wants no reminders: she may ask for them again")
    wished = replace(known, asked_for={**known.asked_for, row.key: moment})
    again = [step for step in reminders.plan(wished, reminders.care.now()) if _is_again(row.key, step.key)]
    due = [step.due_at for step in again if step.due_at >= moment]
    if not due:
        raise TooLate("nothing would be told by then: say an earlier day")
    return min(due)


def _is_again(key: str, planned: str) -> bool:
    """Whether a step is the one of this key, or the same said once more."""
    return planned == key or planned.startswith(f"{key}:")
