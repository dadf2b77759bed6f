"""All that is kept of a resident, in plain words, for MIS DATOS. Documents are masked, addresses were never kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from latido.care.booking.appointments import residents_appointments
from latido.care.booking.patients import find_patients, given_name
from latido.care.people.tables import people, pregnancies
from latido.care.people.views import people_view
from latido.care.residents import CHAT, CONTENT, REMINDERS, remembered_place, standing_consent
from latido.care.rights.tables import feedback
from latido.care.rights.texts import RightsTexts, load_rights_texts
from latido.care.services import BUENOS_AIRES, Care
from latido.care.tables import silences
from latido.care.views import Json
from latido.care.waiting.entries import live_entries_of
from latido.fhir.errors import FhirError
from latido.fhir.resources import Resource
from latido.messaging.erasing import log_facts

MASKED_ENDING = 3


@dataclass(frozen=True)
class Reader:
    """What each section needs: care, its words, and one connection for all of them."""

    care: Care
    texts: RightsTexts
    connection: Connection
    resident: str

    def day(self, moment: datetime) -> str:
        """The day of an instant in the city, in words."""
        return self.texts.day(moment.astimezone(BUENOS_AIRES).date())


Lines = Callable[[Reader], list[str]]


def kept_of(care: Care, resident: str) -> Json:
    """The sections that have something to say, in the order they are read."""
    texts = load_rights_texts()
    with care.engine.connect() as connection:
        reader = Reader(care, texts, connection, resident)
        told = [(name, lines(reader)) for name, lines in SECTIONS]
    return {"sections": [{"title": texts.title(name), "lines": lines} for name, lines in told if lines]}


def _consent(reader: Reader) -> list[str]:
    texts, connection, resident = reader.texts, reader.connection, reader.resident
    chat = standing_consent(connection, resident, CHAT)
    wanted = standing_consent(connection, resident, REMINDERS)
    content = standing_consent(connection, resident, CONTENT)
    silent = connection.execute(select(silences.c.resident).where(silences.c.resident == resident)).first()
    return [
        texts.line("consent", date=reader.day(chat.given_at)) if chat else texts.line("no_consent"),
        texts.line("reminders", date=reader.day(wanted.given_at)) if wanted else texts.line("no_reminders"),
        *([texts.line("content", date=reader.day(content.given_at))] if content else []),
        *([texts.line("silence")] if silent else []),
    ]


def _place(reader: Reader) -> list[str]:
    place = remembered_place(reader.connection, reader.resident)
    return [reader.texts.line("place", place=place.label)] if place else []


def _people(reader: Reader) -> list[str]:
    known = people_view(reader.care, reader.connection, reader.resident)
    closed = _closed(reader)
    told = [_person(reader.texts, each) for each in known]
    return told + ([reader.texts.line("closed", count=closed)] if closed else [])


def _closed(reader: Reader) -> int:
    """How many records are kept that are not spoken of any more: after a loss nothing is named."""
    of_people = (people.c.resident == reader.resident, people.c.state != "live")
    of_pregnancies = (pregnancies.c.resident == reader.resident, pregnancies.c.state != "ongoing")
    counts = [select(func.count()).where(*of_people), select(func.count()).where(*of_pregnancies)]
    return sum(int(reader.connection.execute(each).scalar_one()) for each in counts)


def _person(texts: RightsTexts, person: Json) -> str:
    if person["kind"] == "child":
        born = texts.day(date.fromisoformat(person["birth_date"])) if person["birth_date"] else None
        name = person["given_name"] or texts.line("a_child")
        return texts.line("child", name=name, birth=born or texts.line("unknown_birth"))
    name = person["given_name"] or texts.line("someone" if person["id"] == "self" else "somebody_else")
    if person["pregnancy"] is None:
        return texts.line("adult", name=name)
    age = person["pregnancy"]["gestational_age"]
    return texts.line("pregnant", name=name, weeks=age["weeks_max"]) if age else texts.line("expecting", name=name)


def _appointments(reader: Reader) -> list[str]:
    try:
        answer = residents_appointments(reader.care, reader.resident)
    except FhirError:
        return [reader.texts.line("appointments_unknown")]
    return [_appointment(reader, each) for each in [*answer["appointments"], *answer["missable"]]]


def _appointment(reader: Reader, appointment: Json) -> str:
    start = datetime.fromisoformat(appointment["start"])
    center = (appointment.get("center") or {}).get("name") or ""
    return reader.texts.line(
        "appointment", date=reader.day(start), time=f"{start.hour}:{start.minute:02}", center=center
    )


def _record(reader: Reader) -> list[str]:
    try:
        patients = find_patients(reader.care.fhir, reader.resident)
    except FhirError:
        return []
    return [_patient(reader, patient) for patient in patients.values()]


def _patient(reader: Reader, patient: Resource) -> str:
    texts, number = reader.texts, _document(patient, reader.care.dni_systems)
    document = texts.line("record_document", ending=number[-MASKED_ENDING:]) if number else ""
    return texts.line("record", name=given_name(patient) or texts.line("record_no_name"), document=document)


def _document(patient: Resource, systems: Sequence[str]) -> str | None:
    held = [str(each.get("value", "")) for each in patient.get("identifier") or [] if each.get("system") in systems]
    return "".join(sign for sign in held[0] if sign.isdigit()) if held else None


def _waiting(reader: Reader) -> list[str]:
    entries = live_entries_of(reader.connection, reader.care.vault, reader.resident)
    return [reader.texts.line("waiting", date=reader.day(each.since)) for each in entries]


def _reminders(reader: Reader) -> list[str]:
    count = reader.care.reminders.count(reader.connection, reader.resident)
    return [reader.texts.line("reminders_kept", count=count)] if count else []


def _calls(reader: Reader) -> list[str]:
    count, last = reader.care.reminders.calls(reader.connection, reader.resident)
    return [reader.texts.line("calls", count=count, date=reader.day(last))] if last else []


def _messages(reader: Reader) -> list[str]:
    facts, texts = log_facts(reader.connection, reader.care.vault, reader.resident), reader.texts
    if facts.since is None:
        return []
    name = [texts.line("profile_name", name=facts.profile_name)] if facts.profile_name else []
    counts = {"tickets": facts.tickets, "alerts": facts.alerts}
    noted = [texts.line(each, count=count) for each, count in counts.items() if count]
    told = texts.line("messages", count=facts.messages, date=reader.day(facts.since))
    return [told, *name, texts.line("number"), *noted]


def _feedback(reader: Reader) -> list[str]:
    hers = select(func.count()).where(feedback.c.resident == reader.resident)
    count = int(reader.connection.execute(hers).scalar_one())
    return [reader.texts.line("feedback", count=count)] if count else []


SECTIONS: tuple[tuple[str, Lines], ...] = (
    ("consent", _consent),
    ("place", _place),
    ("people", _people),
    ("appointments", _appointments),
    ("record", _record),
    ("waiting", _waiting),
    ("reminders", _reminders),
    ("calls", _calls),
    ("messages", _messages),
    ("feedback", _feedback),
)
