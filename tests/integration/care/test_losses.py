"""A loss: everything about it stops at once, whatever else is going on; and it may have been a mistake."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select, text

from latido.care.booking.book import book
from latido.care.booking.hold import confirm, hold
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.desk.ledger_entry import correct_ledger
from latido.care.desk.round import watch_desk
from latido.care.desk.texts import load_texts
from latido.care.life_course import losses
from latido.care.residents import CHAT, withdraw_consent
from latido.care.rules.gestation import GestationalAge
from latido.care.services import Care
from latido.care.waiting.joining import Joining, join
from latido.care.waiting.offering import offer_released
from latido.care.waiting.tables import entries
from latido.fhir.client import FhirClient
from latido.messaging.notices import Notices
from latido.messaging.tables import alert, message
from tests.integration.care.conftest import NOW, Clock
from tests.integration.care.people_story import ANA, Family, weeks
from tests.integration.care.people_story import family as family
from tests.integration.care.waiting_story import (
    BARRACAS,
    DAY,
    HOUR,
    SLOT,
    TOP,
    entry_of,
    free,
    joins,
    key,
    slot_status,
    state_of,
    told,
    wrote,
)
from tests.integration.care.waiting_story import waiting as waiting


def alerts(care: Care) -> list[tuple[str, str]]:
    with care.engine.connect() as connection:
        return [(row.kind, row.detail) for row in connection.execute(select(alert).order_by(alert.c.id))]


def to_be_sent(care: Care, name: str) -> int:
    """Messages that will still go out, or went out."""
    query = select(message.c.id).where(message.c.resident == key(name), message.c.state != "failed")
    with care.engine.connect() as connection:
        return len(connection.execute(query).all())


def loses(family: Family, **body: str | None) -> dict:
    answer = family.post("losses", **({"of": "pregnancy", "person": None} | body))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_loss_ends_the_pregnancy_and_asks_an_operator(family: Family):
    family.pregnant(gestational_age=weeks(12))
    assert loses(family) == {"stopped": ["self"], "appointments": []}
    assert family.people()[0]["pregnancy"] is None
    [(kind, detail)] = alerts(family.care)
    assert kind == "loss" and "turnos" in detail


def test_when_it_is_not_clear_whose_every_pregnancy_stops_and_no_child(family: Family):
    family.pregnant()
    family.pregnant(None, given_name="Rosa")
    family.child("Luca", "2026-09-01")
    assert loses(family, of="unknown")["stopped"] == ["self", "other-1"]
    assert [(each["id"], each["pregnancy"]) for each in family.people()] == [
        ("self", None),
        ("other-1", None),
        ("child-1", None),
    ]


def test_only_the_one_named_stops(family: Family):
    family.pregnant()
    family.pregnant(None, given_name="Rosa")
    assert loses(family, person="other-1")["stopped"] == ["other-1"]
    assert family.people()[0]["pregnancy"] is not None
    for stranger in ("other-5", "child-1"):
        assert family.post("losses", of="pregnancy", person=stranger).status_code == 404


def test_a_child_is_told_of_no_more(family: Family):
    family.child("Luca", "2026-09-01")
    family.child("Mía", "2024-03-01")
    assert loses(family, of="child", person="child-1")["stopped"] == ["child-1"]
    assert family.ids() == ["child-2"]
    assert family.api.get(f"/residents/{ANA}/schedule?person=child-1").status_code == 404
    wanted = {"idempotency_key": "SM:h", "resident": ANA, "slot_id": "any", "service": "pediatric"}
    refused = family.api.post("/holds", wanted | {"patient": {"person": "child-1"}})
    assert refused.status_code == 404
    assert family.child("Luca", "2026-09-01")["id"] == "child-3"


def test_of_a_child_nobody_named_all_that_may_be_meant_stops(family: Family):
    family.child("Luca", "2026-09-01")
    family.pregnant()
    assert loses(family, of="child")["stopped"] == ["child-1"]
    # With no child known, it can only be the one to come.
    assert loses(family, of="child")["stopped"] == ["self"]


def test_appointments_that_stand_are_told_and_stay(family: Family):
    free(family.care)
    book(family.care, Booking("SM1:book", ANA, SLOT, "prenatal", Person("self"), GestationalAge(24, 24, NOW.date())))
    assert family.people()[0]["pregnancy"]["gestational_age"]["weeks_max"] == 24
    [standing] = loses(family)["appointments"]
    assert (standing["status"], standing["patient"]["person"]) == ("booked", "self")
    assert slot_status(family.care) == "busy"


def test_it_stops_without_a_health_service_too(family: Family):
    family.pregnant()
    away = replace(family.care, fhir=FhirClient("http://127.0.0.1:9", requests.Session(), (0.2, 0.2)))
    answer, _ = losses.tell(away, losses.Loss("SM:away", ANA, "pregnancy"))
    assert answer == {"stopped": ["self"], "appointments": None}
    assert family.people()[0]["pregnancy"] is None


def test_a_loss_is_heard_without_consent_and_keeps_nothing_new(family: Family):
    joins(family.care, "ana")
    with family.care.engine.begin() as connection:
        withdraw_consent(connection, ANA, CHAT, family.care.now())
    assert loses(family)["stopped"] == ["self"]
    assert state_of(family.care, "ana") == "ended"
    with family.care.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM care_pregnancy")).scalar() == 0


def test_who_waits_waits_no_more_and_nothing_of_her_is_kept(family: Family):
    joins(family.care, "ana")
    assert loses(family)["stopped"] == ["self"]
    with family.care.engine.connect() as connection:
        row = connection.execute(select(entries)).one()
    assert (row.state, row.ended_why, bytes(row.details_sealed)) == ("ended", "stopped", b"")
    free(family.care)
    assert offer_released(family.care) == 0 and told(family.care, "ana") == []


def test_an_offer_still_queued_is_not_sent_and_its_slot_goes_to_the_next_one(family: Family, clock: Clock):
    joins(family.care, "ana")
    free(family.care)
    assert offer_released(family.care) == 1 and to_be_sent(family.care, "ana") == 1
    answer_id = told(family.care, "ana")[0].buttons[0].payload.split('"')[-2]
    loses(family)
    assert to_be_sent(family.care, "ana") == 0 and slot_status(family.care) == "free"
    joins(family.care, "berta")
    assert offer_released(family.care) == 1 and to_be_sent(family.care, "berta") == 1
    late = family.api.post(f"/waiting-list/{answer_id}/accept", {"idempotency_key": "SM:late", "resident": ANA})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "hold_expired")


def test_nobody_calls_her_any_more_about_a_slot(family: Family, clock: Clock):
    joins(family.care, "ana")
    clock.now += 2 * DAY
    _opened(family.care, clock)
    offer_released(family.care)
    assert [kind for kind, _ in alerts(family.care)] == ["waiting_call"]
    loses(family)
    with family.care.engine.connect() as connection:
        still_open = connection.execute(select(alert.c.kind).where(alert.c.resolved_at.is_(None))).scalars().all()
    assert still_open == ["loss"]


def test_a_join_that_was_under_way_is_ended_at_the_next_round(family: Family, clock: Clock):
    joins(family.care, "ana")
    loses(family)
    # As if it had been written a moment after the loss, by a request that began before it.
    with family.care.engine.begin() as connection:
        connection.execute(text("UPDATE care_waiting_entry SET state = 'waiting'"))
    free(family.care)
    assert offer_released(family.care) == 0 and state_of(family.care, "ana") == "ended"


def test_after_a_loss_she_may_ask_for_a_place_again(family: Family, clock: Clock):
    joins(family.care, "ana")
    loses(family)
    clock.now += 60 * DAY
    wrote(family.care, "ana")
    family.pregnant(gestational_age=weeks(6))
    again = Joining("SM:again", ANA, "prenatal", Person("self"), BARRACAS, answers=TOP)
    joined = join(family.care, again)[0]["entry"]
    assert joined["state"] == "waiting"
    offer_released(family.care)
    assert entry_of(family.care, "ana") == joined


@pytest.mark.parametrize("pause_ms", [0, 5, 15, 30, 60, 100])
def test_a_loss_racing_an_offer_never_lets_it_out_afterwards(family: Family, pause_ms: int):
    joins(family.care, "ana")
    free(family.care)
    counted: list[int] = []
    pause = threading.Event()

    def tell() -> None:
        pause.wait(pause_ms / 1000)
        losses.tell(family.care, losses.Loss("SM:race", ANA, "pregnancy"))
        counted.append(to_be_sent(family.care, "ana"))

    rounds = [threading.Thread(target=offer_released, args=(family.care,)) for _ in range(2)]
    everybody = [*rounds, threading.Thread(target=tell)]
    for thread in everybody:
        thread.start()
    for thread in everybody:
        thread.join()
    offer_released(family.care)
    assert counted == [0] and to_be_sent(family.care, "ana") == 0
    assert state_of(family.care, "ana") == "ended"
    offer_released(family.care, patience=timedelta(0))
    assert slot_status(family.care) == "free"


def test_a_hold_confirmed_after_a_loss_begins_no_pregnancy(family: Family, clock: Clock):
    free(family.care)
    family.pregnant(gestational_age=weeks(10))
    held, _ = hold(family.care, Booking("SM:hold", ANA, SLOT, "prenatal", Person("self")))
    clock.now += timedelta(minutes=1)
    loses(family)
    clock.now += timedelta(minutes=1)
    confirm(family.care, held["hold"]["id"], ANA, "SM:confirm")
    assert family.people()[0]["pregnancy"] is None


def test_an_appointment_after_a_loss_begins_one_only_with_weeks_that_fit(family: Family, clock: Clock):
    family.pregnant(gestational_age=weeks(10))
    loses(family)
    clock.now += 50 * DAY
    _opened(family.care, clock)
    today = clock.now.date()
    book(family.care, Booking("SM:1", ANA, "cesac-1-prenatal-later-1", "prenatal", Person("self")))
    assert family.people()[0]["pregnancy"] is None
    with_weeks = Booking(
        "SM:2", ANA, "cesac-1-prenatal-later-2", "prenatal", Person("self"), GestationalAge(5, 5, today)
    )
    family.api.post(
        f"/appointments/{_only_appointment(family)}/cancel", {"idempotency_key": "SM:c", "resident": ANA}
    ).raise_for_status()
    book(family.care, with_weeks)
    assert family.people()[0]["pregnancy"]["gestational_age"]["weeks_max"] == 5


def _opened(care: Care, clock: Clock) -> None:
    """Two new slots tomorrow."""
    for number in (1, 2):
        start = (clock.now + DAY).replace(hour=9 + number, minute=0)
        care.fhir.update(
            {
                "resourceType": "Slot",
                "id": f"cesac-1-prenatal-later-{number}",
                "serviceType": [{"coding": [{"system": "urn:latido:service", "code": "prenatal"}]}],
                "schedule": {"reference": "Schedule/cesac-1-prenatal"},
                "status": "free",
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=20)).isoformat(),
            }
        )


def _only_appointment(family: Family) -> str:
    [only] = family.api.get(f"/residents/{ANA}/appointments").json()["appointments"]
    return only["id"]


def test_it_was_a_mistake(family: Family, clock: Clock):
    family.pregnant(gestational_age=weeks(12))
    family.child("Luca", "2026-09-01")
    before = family.people()
    loses(family, of="child", person="child-1")
    clock.now += HOUR
    loses(family)
    first = family.post("losses/undo")
    assert first.status_code == 200
    assert [each["pregnancy"] is not None for each in first.json()["people"]] == [True]
    # The one before it was another message, and stands until it is undone too.
    assert family.post("losses/undo").json()["people"] == before
    assert family.post("losses/undo").json()["people"] == before


def test_a_mistake_can_be_taken_back_for_thirty_days(family: Family, clock: Clock):
    family.pregnant()
    loses(family)
    clock.now += timedelta(days=30, seconds=1)
    assert family.post("losses/undo").json()["people"][0]["pregnancy"] is None


def test_a_pregnancy_nobody_had_told_of_is_not_invented_by_taking_the_loss_back(family: Family):
    joins(family.care, "ana")
    assert loses(family)["stopped"] == ["self"]
    assert family.post("losses/undo").json()["people"] == []


def test_a_birth_is_not_taken_back_as_a_loss(family: Family):
    family.pregnant(gestational_age=weeks(39))
    family.post("births", mother="self", born_on="2026-11-22", children=[{}])
    assert family.post("losses/undo").json()["people"][0]["pregnancy"] is None


def test_a_birth_ends_the_wait_for_prenatal_slots(family: Family):
    joins(family.care, "ana", weeks=39)
    answer = family.post("births", mother=None, born_on="2026-11-22", children=[{}]).json()
    assert (answer["mother"]["id"], answer["pregnancy_closed"]) == ("self", False)
    free(family.care)
    assert offer_released(family.care) == 0 and state_of(family.care, "ana") == "ended"


def test_the_same_loss_twice_is_one(family: Family):
    family.pregnant()
    first = family.post("losses", key="SM:l", of="pregnancy", person=None)
    again = family.post("losses", key="SM:l", of="pregnancy", person=None)
    assert (first.status_code, again.status_code) == (201, 200) and first.json() == again.json()
    assert len(alerts(family.care)) == 1


@pytest.fixture
def desk(family: Family) -> Callable[[], None]:
    """What the desk's sweep does, with its own waiting skipped."""

    def look() -> None:
        watch_desk(family.care, load_texts(), correct_ledger)
        with family.care.engine.begin() as connection:
            connection.execute(text("UPDATE care_desk_change SET due_at = found_at"))
        watch_desk(family.care, load_texts(), correct_ledger)

    return look


def test_what_the_desk_changes_after_a_loss_goes_to_the_operators(family: Family, desk: Callable[[], None]):
    free(family.care)
    book(family.care, Booking("SM1:book", ANA, SLOT, "prenatal", Person("self"), GestationalAge(24, 24, NOW.date())))
    desk()
    loses(family)
    appointment = family.care.fhir.read("Appointment", _only_appointment(family))
    family.care.fhir.update({**appointment, "status": "cancelled"})
    desk()
    assert told(family.care, "ana") == []
    kinds = dict(alerts(family.care))
    assert set(kinds) == {"loss", "desk_change"} and "ya no recibe avisos" in kinds["desk_change"]


def test_what_the_desk_changes_for_another_person_is_still_told(family: Family, desk: Callable[[], None]):
    wrote(family.care, "ana")
    free(family.care)
    book(family.care, Booking("SM1:book", ANA, SLOT, "prenatal", Person("other", "Rosa")))
    desk()
    appointment = family.care.fhir.read("Appointment", _only_appointment(family))
    family.care.fhir.update({**appointment, "status": "cancelled"})
    desk()
    [notice] = told(family.care, "ana")
    assert "el turno que pediste para otra persona" in notice.text


def test_the_notices_of_a_process_that_writes_to_nobody_cannot_be_withdrawn(waiting: Care):
    wrote(waiting, "ana")
    with waiting.engine.begin() as connection:
        notices = Notices(waiting.vault)
        assert notices.unsay(connection, ANA, "nunca dicho", [("Sí", "/affirm")]) is False
        notices.say(connection, ANA, "dicho", [("Sí", "/affirm")])
        assert notices.unsay(connection, ANA, "dicho", [("No", "/deny")]) is False
        assert notices.unsay(connection, ANA, "dicho", [("Sí", "/affirm")]) is True
