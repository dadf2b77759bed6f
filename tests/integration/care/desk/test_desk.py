"""What the centre's desk changes on the FHIR server reaches the resident, once; what Latido wrote itself does not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.hold import hold
from latido.care.booking.ledger import entry_of_appointment
from latido.care.booking.move import reschedule
from latido.care.booking.patients import Person
from latido.care.booking.settling import sweep
from latido.care.booking.wish import Booking
from latido.care.desk.ledger_entry import correct_ledger
from latido.care.desk.reading import read_changes
from latido.care.desk.record import advance_mark, take_mark
from latido.care.desk.tables import changes, known, marks
from latido.care.desk.telling import tell_due
from latido.care.desk.texts import load_texts
from latido.care.residents import CURRENT_CONSENT, give_consent
from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.errors import Busy
from latido.fhir.resources import Resource
from latido.messaging.notices import Notices
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message, resident
from tests.integration.care.conftest import Clock

ANA = "a" * 32
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Desk:
    """A centre's desk, the worker that watches it, and a resident's phone."""

    care: Care
    clock: Clock
    heard: list[Resource] = field(default_factory=list)
    _count: int = 0

    def slot(self, days: int = 3, center: int = 1, hour: int = 9, service: str = "prenatal") -> str:
        """A free slot so many days from now."""
        self._count += 1
        start = (
            (self.clock.now + days * DAY).astimezone(BUENOS_AIRES).replace(hour=hour, minute=0, second=0, microsecond=0)
        )
        kind = {"coding": [{"system": "urn:latido:service", "code": service}]}
        made = self.care.fhir.update(
            {
                "resourceType": "Slot",
                "id": f"cesac-{center}-{service}-{start:%Y%m%dT%H%M}-{self._count}",
                "schedule": {"reference": f"Schedule/cesac-{center}-{service}"},
                "serviceType": [kind],
                "status": "free",
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=20)).isoformat(),
            }
        )
        return str(made["id"])

    def booked(self, slot_id: str | None = None, key: str = "SM1:book", for_whom: str = "self") -> str:
        """The id of an appointment that she took by chat."""
        wanted = Booking(key, ANA, slot_id or self.slot(), "prenatal", Person(for_whom))
        return str(book(self.care, wanted)[0]["appointment"]["id"])

    def edit(self, appointment_id: str, **changed: Any) -> Resource:
        appointment = self.care.fhir.read("Appointment", appointment_id)
        return self.care.fhir.update({**appointment, **changed}, if_match=appointment["meta"]["versionId"])

    def enter(self, days: int = 5, center: int = 1, **more: Any) -> str:
        """An appointment made at the desk for her, who is known there from an earlier booking."""
        start = (self.clock.now + days * DAY).replace(microsecond=0)
        patient = self.care.fhir.search("Patient", [("identifier", f"urn:latido:resident|{ANA}:self")]).matches[0]
        made = self.care.fhir.create(
            {
                "resourceType": "Appointment",
                "status": "booked",
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=20)).isoformat(),
                "participant": [
                    {"actor": {"reference": f"Patient/{patient['id']}"}, "status": "accepted"},
                    {"actor": {"reference": f"Location/cesac-{center}"}, "status": "accepted"},
                ],
                **more,
            }
        )
        return str(made["id"])

    def watch(self) -> None:
        """One round of the worker, when Latido's own writes have been recorded."""
        read_changes(self.care)
        self.clock.now += 20 * SECOND
        tell_due(self.care, load_texts(), self._listen)

    def _listen(self, care: Care, appointment: Resource) -> None:
        correct_ledger(care, appointment)
        self.heard.append(appointment)

    def told(self) -> list[tuple[str, list[str]]]:
        """What she was written: text and payloads."""
        with self.care.engine.connect() as connection:
            rows = connection.execute(select(message.c.content_sealed).order_by(message.c.id)).scalars()
            replies = [opened_reply(self.care.vault, each) for each in rows]
        return [(each.text, [button.payload for button in each.buttons]) for each in replies]

    def alerts(self) -> list[str]:
        with self.care.engine.connect() as connection:
            return list(connection.execute(select(alert.c.detail).where(alert.c.kind == "desk_change")).scalars())

    def states(self) -> list[tuple[str, str]]:
        with self.care.engine.connect() as connection:
            return [
                tuple(row) for row in connection.execute(select(changes.c.kind, changes.c.state).order_by(changes.c.id))
            ]

    def wrote(self, ago: timedelta = timedelta()) -> None:
        with self.care.engine.begin() as connection:
            connection.execute(resident.update().values(last_inbound_at=self.clock.now - ago))


@pytest.fixture
def desk(care: Care, clock: Clock) -> Desk:
    """A resident who just wrote and has consented, before the first round of the worker."""
    clock.now = datetime.now(UTC)
    found = Desk(replace(care, messenger=Notices(care.vault)), clock)
    sealed = care.vault.seal("whatsapp:+5491150000000")
    with care.engine.begin() as connection:
        connection.execute(resident.insert().values(key=ANA, address_sealed=sealed, last_inbound_at=clock.now))
        give_consent(connection, ANA, "chat", CURRENT_CONSENT, clock.now)
    found.watch()
    return found


def when(resource: Resource) -> str:
    start = datetime.fromisoformat(resource["start"]).astimezone(BUENOS_AIRES)
    return f"{start.day} de"


def test_a_cancelled_appointment_is_told_once_with_a_way_to_another(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.watch()
    desk.edit(appointment_id, status="cancelled")
    for _ in range(3):
        desk.watch()

    ((text, payloads),) = desk.told()
    assert "quedó cancelado" in text and "CeSAC" in text and "a las 9:00" in text
    assert payloads == ["/book_prenatal"]
    assert desk.states() == [("cancelled", "told")]
    assert desk.alerts() == []


def test_the_message_names_no_service_and_no_person(desk: Desk) -> None:
    appointment_id = desk.booked(for_whom="other")
    desk.edit(appointment_id, status="cancelled")
    desk.watch()
    ((text, _),) = desk.told()
    assert "otra persona" in text
    for word in ("embarazo", "prenatal", "obstet", "control", "pediatr", ANA):
        assert word not in text.lower()


def test_the_ledger_and_whoever_listens_hear_of_it(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.edit(appointment_id, status="cancelled")
    desk.watch()
    entry = entry_of_appointment(desk.care.engine, appointment_id)
    assert (entry.state, entry.ended_why) == ("ended", "desk")
    assert [each["id"] for each in desk.heard] == [appointment_id]
    assert desk.booked(desk.slot(days=4), key="SM2:book")


def test_an_appointment_that_was_moved(desk: Desk) -> None:
    appointment_id = desk.booked(desk.slot(days=3, hour=9))
    desk.watch()
    old = desk.care.fhir.read("Appointment", appointment_id)
    later = datetime.fromisoformat(old["start"]) + 2 * DAY
    desk.edit(appointment_id, start=later.isoformat(), end=(later + HOUR).isoformat())
    desk.watch()

    ((text, payloads),) = desk.told()
    assert when(old) in text and f"{later.astimezone(BUENOS_AIRES).day} de" in text
    assert payloads == ["/list_appointments", "/reschedule_appointment"]
    assert entry_of_appointment(desk.care.engine, appointment_id).starts_at == later


def test_another_place_is_a_move(desk: Desk) -> None:
    appointment_id = desk.booked(desk.slot(center=1))
    desk.watch()
    appointment = desk.care.fhir.read("Appointment", appointment_id)
    elsewhere = [
        {**each, "actor": {"reference": "Location/cesac-15"}} if "Location" in each["actor"]["reference"] else each
        for each in appointment["participant"]
    ]
    desk.edit(appointment_id, participant=elsewhere)
    desk.watch()
    ((text, _),) = desk.told()
    assert "ahora es en CeSAC N° 15" in text
    assert text.count("a las 9:00") == 1


def test_an_appointment_made_at_the_desk(desk: Desk) -> None:
    cancelled_before = desk.booked()
    cancel(desk.care, cancelled_before, ANA, "SM2:cancel")
    desk.watch()
    desk.enter()
    for _ in range(2):
        desk.watch()
    ((text, payloads),) = desk.told()
    assert "te anotaron un turno" in text
    assert payloads == ["/list_appointments"]


@pytest.mark.parametrize("status", ["noshow", "fulfilled"])
def test_what_became_of_a_visit_is_kept_and_not_told(desk: Desk, status: str) -> None:
    appointment_id = desk.booked()
    desk.watch()
    desk.edit(appointment_id, status=status)
    desk.watch()
    assert desk.told() == []
    assert desk.states() == [(status, "silent")]


def test_small_changes_are_none(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.watch()
    desk.edit(appointment_id, comment="traer estudios")
    desk.edit(appointment_id, status="arrived")
    desk.watch()
    assert (desk.told(), desk.states()) == ([], [])


def test_what_latido_does_is_not_announced(desk: Desk) -> None:
    """A hold that runs out, a booking that is moved, and one that is cancelled."""
    held = hold(desk.care, Booking("SM0:hold", ANA, desk.slot(days=2), "prenatal", Person("self")))
    desk.watch()
    desk.clock.now += HOUR
    desk.wrote()
    sweep(desk.care)
    assert desk.care.fhir.read("Appointment", held[0]["hold"]["id"])["status"] == "cancelled"
    appointment_id = desk.booked(key="SM1:book")
    desk.watch()
    moved = reschedule(desk.care, appointment_id, ANA, desk.slot(days=6), "SM2:move")
    desk.watch()
    cancel(desk.care, moved["appointment"]["id"], ANA, "SM3:cancel")
    for _ in range(3):
        desk.watch()
    assert desk.told() == []
    assert desk.alerts() == []
    assert desk.heard == []


def test_a_cancellation_at_her_own_wish_is_no_news(desk: Desk) -> None:
    appointment_id = desk.booked()
    system = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
    reason = {"coding": [{"system": system, "code": "pat"}]}
    desk.edit(appointment_id, status="cancelled", cancelationReason=reason)
    desk.watch()
    assert desk.told() == []
    assert entry_of_appointment(desk.care.engine, appointment_id).state == "ended"


def test_moved_twice_and_cancelled_in_one_round_is_one_message(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.watch()
    first = desk.care.fhir.read("Appointment", appointment_id)
    for days in (1, 2):
        later = datetime.fromisoformat(first["start"]) + days * DAY
        desk.edit(appointment_id, start=later.isoformat(), end=(later + HOUR).isoformat())
        read_changes(desk.care)
    desk.edit(appointment_id, status="cancelled")
    desk.watch()
    ((text, _),) = desk.told()
    assert "quedó cancelado" in text and when(first) in text


def test_moved_and_moved_back_is_nothing(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.watch()
    first = desk.care.fhir.read("Appointment", appointment_id)
    later = datetime.fromisoformat(first["start"]) + DAY
    desk.edit(appointment_id, start=later.isoformat(), end=(later + HOUR).isoformat())
    read_changes(desk.care)
    desk.edit(appointment_id, start=first["start"], end=first["end"])
    desk.watch()
    assert desk.told() == []


def test_a_past_appointment_is_not_told(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.watch()
    desk.clock.now += 10 * DAY
    desk.wrote()
    desk.edit(appointment_id, status="cancelled")
    desk.watch()
    assert (desk.told(), desk.alerts()) == ([], [])


def test_outside_the_window_somebody_is_asked_to_call(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.wrote(ago=25 * HOUR)
    desk.edit(appointment_id, status="cancelled")
    for _ in range(2):
        desk.watch()
    assert desk.told() == []
    (detail,) = desk.alerts()
    assert "Llamala" in detail and "quedó cancelado" in detail


def test_without_her_consent_nothing_is_written_to_her(desk: Desk) -> None:
    appointment_id = desk.booked()
    with desk.care.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE care_consent SET withdrawn_at = now()")
    desk.edit(appointment_id, status="cancelled")
    desk.watch()
    assert desk.told() == []
    assert len(desk.alerts()) == 1


def test_at_night_it_waits_for_the_morning(desk: Desk) -> None:
    night = (desk.clock.now + DAY).astimezone(BUENOS_AIRES).replace(hour=23, minute=0)
    appointment_id = desk.booked(desk.slot(days=6))
    desk.edit(appointment_id, status="cancelled")
    read_changes(desk.care)
    desk.clock.now = night
    desk.wrote(ago=HOUR)
    tell_due(desk.care, load_texts(), desk._listen)
    assert (desk.told(), desk.alerts()) == ([], [])
    desk.clock.now = night + 9 * HOUR + timedelta(minutes=1)
    tell_due(desk.care, load_texts(), desk._listen)
    assert len(desk.told()) == 1


def test_who_is_awake_is_told_at_night(desk: Desk) -> None:
    appointment_id = desk.booked(desk.slot(days=6))
    desk.edit(appointment_id, status="cancelled")
    read_changes(desk.care)
    desk.clock.now = (desk.clock.now + DAY).astimezone(BUENOS_AIRES).replace(hour=23, minute=0)
    desk.wrote(ago=timedelta(minutes=5))
    tell_due(desk.care, load_texts(), desk._listen)
    assert len(desk.told()) == 1


def test_of_strangers_nothing_is_kept(desk: Desk) -> None:
    stranger = desk.care.fhir.create(
        {"resourceType": "Patient", "identifier": [{"system": "urn:hospital", "value": "1"}]}
    )
    participant = [{"actor": {"reference": f"Patient/{stranger['id']}"}, "status": "accepted"}]
    start = desk.clock.now + DAY
    times = {"start": start.isoformat(), "end": (start + HOUR).isoformat()}
    made = desk.care.fhir.create(
        {"resourceType": "Appointment", "status": "booked", "participant": participant, **times}
    )
    desk.edit(made["id"], status="cancelled")
    desk.watch()
    with desk.care.engine.connect() as connection:
        assert connection.execute(select(known)).all() == []
        assert connection.execute(select(changes)).all() == []


def test_many_changes_are_read_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latido.care.desk.reading.PAGE", "2")
    desk.booked()
    desk.watch()
    made = [desk.enter(days=day) for day in range(2, 9)]
    desk.watch()
    assert len(desk.told()) == len(made)


def test_two_workers_tell_once(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.watch()
    desk.edit(appointment_id, status="cancelled")
    workers = [Thread(target=read_changes, args=(desk.care,)) for _ in range(4)]
    _run(workers)
    read_changes(desk.care)
    desk.clock.now += 20 * SECOND
    _run([Thread(target=tell_due, args=(desk.care, load_texts(), correct_ledger)) for _ in range(4)])
    assert len(desk.told()) == 1


def _run(threads: list[Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_reads_while_another_does_and_a_dead_one_is_replaced(desk: Desk) -> None:
    now = desk.clock.now
    assert take_mark(desk.care.engine, now, now, timedelta(minutes=5)) is not None
    assert take_mark(desk.care.engine, now, now, timedelta(minutes=5)) is None
    assert read_changes(desk.care) == 0
    assert take_mark(desk.care.engine, now, now + timedelta(minutes=6), timedelta(minutes=5)) is not None


def test_the_mark_never_goes_back(desk: Desk) -> None:
    with desk.care.engine.connect() as connection:
        before = connection.execute(select(marks.c.read_until)).scalar_one()
    advance_mark(desk.care.engine, before - DAY)
    with desk.care.engine.connect() as connection:
        assert connection.execute(select(marks.c.read_until)).scalar_one() == before


def test_a_listener_that_fails_is_asked_again(desk: Desk) -> None:
    appointment_id = desk.booked()
    desk.edit(appointment_id, status="cancelled")
    read_changes(desk.care)
    desk.clock.now += 20 * SECOND

    def failing(care: Care, appointment: Resource) -> None:
        raise Busy("away")

    tell_due(desk.care, load_texts(), failing)
    assert desk.told() == []
    desk.clock.now += timedelta(minutes=2)
    tell_due(desk.care, load_texts(), correct_ledger)
    assert len(desk.told()) == 1


def test_a_round_that_breaks_off_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    appointment_id = desk.booked()
    desk.edit(appointment_id, status="cancelled")
    broken = replace(desk.care, fhir=_Broken(desk.care.fhir))
    with pytest.raises(RuntimeError):
        read_changes(broken)
    desk.watch()
    assert len(desk.told()) == 1


class _Broken:
    """A server that goes away after the search for appointments."""

    def __init__(self, fhir: Any) -> None:
        self._fhir = fhir

    def search_all(self, kind: str, params: Any) -> Any:
        if kind == "Patient":
            raise RuntimeError("gone")
        return self._fhir.search_all(kind, params)


def test_every_message_fits_whatsapp() -> None:
    content = load_texts().content
    for kind, offered in content["buttons"].items():
        assert kind in content["messages"]
        for buttons in offered.values():
            assert len(buttons) <= 3
            assert all(len(each["title"]) <= 20 for each in buttons)
