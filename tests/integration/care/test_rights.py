"""Her rights over the care API: reminders, what is kept, erasing it, opinions."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select, update

from latido.care.residents import may_be_written_to
from latido.care.rights.command import opinion_lines
from latido.care.rights.erasing import erase as erase_now
from latido.care.rights.erasing import finish_erasures
from latido.care.rights.kept import kept_of
from latido.care.rights.tables import feedback
from latido.care.services import Care
from latido.care.tables import idempotency
from latido.care.waiting.candidates import candidates
from latido.care.waiting.entries import live_entries_of
from latido.care.waiting.tables import entries
from latido.database import metadata
from latido.fhir.client import FhirClient
from latido.messaging.alerts import raise_alert
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import Button, InboundMessage, Reply
from latido.messaging.notices import Notices
from latido.messaging.outbox import button_id, payload_of_button, queue_replies
from latido.messaging.tables import alert, message, resident
from tests.integration.care.conftest import served

PHONE = "whatsapp:+5491151234567"
CONSENT = {"idempotency_key": "SM1:consent", "version": "2026-11", "scope": "chat"}
BARRACAS = {"neighbourhood": "barracas"}
DNI = {"status": "dni", "number": "30.111.222"}


@pytest.fixture
def ana(api, vault) -> str:
    """Somebody who agreed, told where she lives, booked, waits, and said what she thinks."""
    key = vault.resident_key(PHONE)
    api.post(f"/residents/{key}/consent", CONSENT)
    api.post("/places/search", {"resident": key, "near": BARRACAS})
    return key


@pytest.fixture
def without_fhir(care: Care) -> Care:
    """The same care, whose health service is a closed port."""
    return dataclasses.replace(care, fhir=FhirClient("http://127.0.0.1:9", requests.Session(), timeout=(0.2, 0.2)))


def remind(api, key: str, answer: str, number: int):
    return api.post(f"/residents/{key}/reminders", {"idempotency_key": f"SM{number}:r", "answer": answer})


def wrote(care, text: str, sid: str = "SM1") -> None:
    store_inbound(care.engine, care.vault, InboundMessage(sid, PHONE, "text", text, "Ana"))


def answered(care, key: str) -> None:
    """Everything she wrote was answered, and the answers were sent."""
    with care.engine.begin() as connection:
        connection.execute(update(message).where(message.c.direction == "in").values(state="answered"))
        connection.execute(update(message).where(message.c.direction == "out").values(state="handed_over"))


def book(api, key: str):
    [offer, *_] = api.post("/offers", {"resident": key}).json()["slots"]
    body = {"idempotency_key": "SM1:book", "resident": key, "slot_id": offer["slot_id"]}
    return api.post("/appointments", body | {"patient": {"for_whom": "self", "given_name": "Ana", "document": DNI}})


def erase(api, key: str, number: int = 1):
    return api.post(f"/residents/{key}/erase", {"idempotency_key": f"SM{number}:erase"})


def lines(api, key: str) -> str:
    sections = api.get(f"/residents/{key}/data").json()["sections"]
    return "\n".join("\n".join([section["title"], *section["lines"]]) for section in sections)


def test_reminders_in_and_out_leave_the_chat_and_the_place_alone(api, care, ana):
    assert remind(api, ana, "in", 2).json()["reminders"]["consent"]["version"] == "2026-11"
    out = remind(api, ana, "out", 3).json()
    assert out["reminders"] == {"consent": None} and out["consent"] and out["place"]
    with care.engine.connect() as connection:
        assert may_be_written_to(connection, [ana]) == frozenset()
    assert remind(api, ana, "waiting_list_only", 4).json()["reminders"] == {"consent": None}
    with care.engine.connect() as connection:
        assert may_be_written_to(connection, [ana]) == {ana}


def test_the_same_answer_about_reminders_twice_is_one(api, care, ana):
    remind(api, ana, "in", 2)
    remind(api, ana, "out", 3)
    assert remind(api, ana, "in", 2).json()["reminders"] == {"consent": None}


def test_who_joins_the_waiting_list_asks_to_be_told(api, care, ana):
    remind(api, ana, "out", 2)
    api.post("/waiting-list", {"idempotency_key": "SM4:wait", "resident": ana, "near": BARRACAS})
    with care.engine.connect() as connection:
        assert may_be_written_to(connection, [ana]) == {ana}


def test_who_asked_for_silence_is_not_offered_a_slot(api, care, ana):
    api.post("/waiting-list", {"idempotency_key": "SM4:wait", "resident": ana, "near": BARRACAS})
    remind(api, ana, "out", 5)
    with care.engine.connect() as connection:
        [candidate] = candidates(care, connection, live_entries_of(connection, care.vault, ana), care.local_now())
    assert not candidate.consents


def test_an_answer_that_there_is_not_is_refused(api, ana):
    assert remind(api, ana, "maybe", 2).status_code == 400


def test_all_that_is_kept_of_her_is_told_with_documents_masked(api, care, ana):
    wrote(care, "hola")
    assert book(api, ana).status_code == 201
    api.post(f"/residents/{ana}/feedback", {"idempotency_key": "SM9:f", "kind": "praise", "text": "muy bien"})
    told = lines(api, ana)
    for expected in ("23 de noviembre de 2026", "Barracas", "CeSAC N° 1", "Ana, DNI terminado en 222", "1 mensajes",
                     "El nombre que muestra tu WhatsApp: Ana", "No pediste recordatorios"):  # fmt: skip
        assert expected in told
    assert "30111222" not in told and "51234567" not in told


def test_the_people_she_told_of_are_told_and_then_forgotten(api, care, ana):
    child = {"idempotency_key": "SM2:child", "given_name": "Luca", "birth_date": "2026-09-01"}
    assert api.post(f"/residents/{ana}/children", child).status_code == 201
    age = {"weeks_min": 20, "weeks_max": 20, "source": "weeks"}
    pregnancy = {"idempotency_key": "SM3:p", "person": "self", "gestational_age": age}
    assert api.post(f"/residents/{ana}/pregnancies", pregnancy).status_code == 201
    told = lines(api, ana)
    assert "Luca, nacimiento: 1 de septiembre de 2026." in told and "Vos, embarazo de unas 20 semanas." in told
    erase(api, ana)
    assert api.get(f"/residents/{ana}").json()["people"] == []


def test_what_is_over_is_counted_and_not_named(api, care, ana):
    age = {"weeks_min": 20, "weeks_max": 20, "source": "weeks"}
    pregnancy = {"idempotency_key": "SM3:p", "person": "self", "gestational_age": age}
    api.post(f"/residents/{ana}/pregnancies", pregnancy)
    wrote(care, "hola")
    with care.engine.begin() as connection:
        raise_alert(connection, "wants_person", ana, connection.execute(select(message.c.id)).scalar_one())
    loss = {"idempotency_key": "SM4:l", "of": "pregnancy", "person": "self"}
    with served(dataclasses.replace(care, messenger=Notices(care.vault))) as with_messenger:
        assert with_messenger.post(f"/residents/{ana}/losses", loss).status_code == 201
    told = lines(api, ana)
    assert "Registros cerrados, que ya no uso: " in told and "embarazo" not in told
    assert "Avisos que recibió el equipo por lo que contaste: " in told


def test_of_a_stranger_nothing_is_kept(api):
    assert lines(api, "nobody").splitlines() == [
        "Tu permiso", "Ahora no tengo tu permiso para guardar datos.", "No pediste recordatorios.",
    ]  # fmt: skip


def test_while_the_health_service_is_away_the_rest_is_told(without_fhir, ana):
    sections = {each["title"]: each["lines"] for each in kept_of(without_fhir, ana)["sections"]}
    assert "Probá más tarde" in sections["Tus turnos"][0] and sections["Tu zona"]


def test_erasing_forgets_at_once_what_care_keeps_and_names_what_stays(api, care, ana):
    appointment = book(api, ana).json()["appointment"]
    remind(api, ana, "in", 2)
    api.post(f"/residents/{ana}/feedback", {"idempotency_key": "SM9:f", "kind": "complaint", "text": "esperé mucho"})
    answer = erase(api, ana).json()
    assert [each["id"] for each in answer["appointments"]] == [appointment["id"]]
    assert any("zona" in each for each in answer["erased"]) and any("turnos" in each for each in answer["kept"])
    seen = api.get(f"/residents/{ana}").json()
    assert (seen["consent"], seen["place"], seen["reminders"]["consent"]) == (None, None, None)
    with care.engine.connect() as connection:
        assert connection.execute(select(feedback)).all() == []


def test_erasing_twice_gives_the_same_answer(api, care, ana):
    assert erase(api, ana).json() == erase(api, ana).json()


def test_erasing_takes_her_off_the_waiting_list(api, care, ana):
    body = {"idempotency_key": "SM4:wait", "resident": ana, "near": BARRACAS}
    assert api.post("/waiting-list", body).status_code == 201
    erase(api, ana)
    assert api.get(f"/residents/{ana}/waiting-list").json() == {"entries": []}
    assert finish_erasures(care, lambda _: True) == 1
    with care.engine.connect() as connection:
        [row] = connection.execute(select(entries.c.area, entries.c.weeks, entries.c.details_sealed)).all()
    assert (row.area, row.weeks, bytes(row.details_sealed)) == (None, None, b"")


def test_her_messages_go_once_the_answer_was_sent_and_not_before(api, care, ana):
    wrote(care, "me llamo Ana, DNI 30111222")
    with care.engine.begin() as connection:
        first = connection.execute(select(message.c.id)).scalar_one()
        queue_replies(connection, care.vault, ana, first, [Reply("quick_reply", "¿Sí?", (Button("Sí", "/affirm"),))])
        raise_alert(connection, "danger", ana, first, "sangrado")
    erase(api, ana)
    assert finish_erasures(care, lambda _: True) == 0
    answered(care, ana)
    asked: list[str] = []
    assert finish_erasures(care, lambda key: bool(asked.append(key)) or True) == 1
    assert asked == [ana] and finish_erasures(care, lambda _: True) == 0
    with care.engine.connect() as connection:
        rows = connection.execute(select(message)).all()
        assert {row.text for row in rows} == {""} and {row.choices_digest for row in rows} == {None}
        assert all("Ana" not in care.vault.open(row.content_sealed) for row in rows)
        assert connection.execute(select(alert.c.kind, alert.c.detail)).all() == [("danger", "")]
        who = connection.execute(select(resident)).one()
        assert who.profile_name_sealed is None and care.vault.open(who.address_sealed) == ""
        assert payload_of_button(connection, care.vault, ana, button_id("0" * 16, 0)) is None
        assert connection.execute(select(idempotency.c.key)).scalars().all() == []


def test_nothing_is_forgotten_while_the_dialogue_cannot_be_asked(api, care, ana):
    wrote(care, "hola")
    answered(care, ana)
    erase(api, ana)
    assert finish_erasures(care, lambda _: False) == 0
    with care.engine.connect() as connection:
        assert connection.execute(select(message.c.text)).scalar_one() == "hola"
    assert finish_erasures(care, lambda _: True) == 1


def test_a_worker_that_dies_half_way_is_followed_by_another(api, care, ana):
    wrote(care, "hola")
    answered(care, ana)
    erase(api, ana)

    def dies(_: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish_erasures(care, dies)
    assert finish_erasures(care, lambda _: True) == 1


def test_who_writes_again_while_she_is_being_forgotten_is_answered_first(api, care, ana):
    wrote(care, "borrá todo")
    answered(care, ana)
    erase(api, ana)

    def meanwhile(_: str) -> bool:
        wrote(care, "hola de nuevo", "SM7")
        return True

    assert finish_erasures(care, meanwhile) == 0
    with care.engine.connect() as connection:
        assert care.vault.open(connection.execute(select(resident.c.address_sealed)).scalar_one()) == PHONE
    answered(care, ana)
    api.post(f"/residents/{ana}/consent", CONSENT | {"idempotency_key": "SM7:consent"})
    assert finish_erasures(care, lambda _: True) == 1
    with care.engine.connect() as connection:
        assert care.vault.open(connection.execute(select(resident.c.address_sealed)).scalar_one()) == PHONE


def test_who_is_forgotten_is_met_as_a_stranger_and_may_agree_anew(api, care, ana):
    wrote(care, "borrá todo")
    answered(care, ana)
    erase(api, ana)
    finish_erasures(care, lambda _: True)
    wrote(care, "hola", "SM8")
    again = api.post(f"/residents/{ana}/consent", CONSENT | {"idempotency_key": "SM8:consent"}).json()
    assert again["consent"] and again["place"] is None
    with care.engine.connect() as connection:
        assert care.vault.open(connection.execute(select(resident.c.address_sealed)).scalar_one()) == PHONE


def test_an_opinion_is_sealed_and_its_centre_may_be_told_later(api, care, ana):
    path = f"/residents/{ana}/feedback"
    body = {"idempotency_key": "SM3:feedback", "kind": "complaint", "text": "me trataron mal"}
    kept = api.post(path, body)
    assert kept.status_code == 201 and api.post(path, body).status_code == 200
    later = {"idempotency_key": "SM4:feedback", "kind": "complaint", "center_number": 15, "about": kept.json()["id"]}
    assert api.post(path, later).json() == kept.json()
    with care.engine.connect() as connection:
        [row] = connection.execute(select(feedback)).all()
    assert row.center_number == 15 and care.vault.open(row.text_sealed) == "me trataron mal"
    assert b"trataron" not in bytes(row.text_sealed)


def test_opinions_are_listed_newest_first_masked_and_without_whom(api, care, ana, clock):
    path = f"/residents/{ana}/feedback"
    api.post(
        path, {"idempotency_key": "SM3:f", "kind": "complaint", "center_number": 15, "text": "mal, soy 30.111.222"}
    )
    clock.now += timedelta(hours=1)
    api.post(path, {"idempotency_key": "SM4:f", "kind": "praise", "text": "muy\nbien"})
    lines = list(opinion_lines(care.engine, care.vault, clock.now - timedelta(days=1)))
    assert lines == [
        "2026-11-23  praise     -          muy bien",
        "2026-11-23  complaint  CeSAC 15   mal, soy [documento]",
    ]
    assert len(list(opinion_lines(care.engine, care.vault, clock.now - timedelta(days=1), "praise"))) == 1
    assert list(opinion_lines(care.engine, care.vault, clock.now + timedelta(days=1))) == []


def test_the_opinion_of_another_and_a_centre_there_is_none_are_refused(api, ana):
    path = f"/residents/{ana}/feedback"
    kept = api.post(path, {"idempotency_key": "SM3:f", "kind": "complaint", "text": "mal"}).json()["id"]
    other = {"idempotency_key": "SM4:f", "kind": "complaint", "center_number": 15, "about": kept}
    assert api.post("/residents/eva/feedback", other).status_code == 404
    unknown = {"idempotency_key": "SM5:f", "kind": "complaint", "center_number": 99, "text": "mal"}
    assert api.post(path, unknown).status_code == 404


# What becomes of every table that knows a resident when she asks to be forgotten.
FORGOTTEN = {
    "care_consent": "withdrawn: only scope, version and dates stay, as evidence",
    "care_resident_place": "deleted",
    "care_silence": "deleted",
    "care_feedback": "deleted",
    "care_person": "deleted",
    "care_pregnancy": "deleted",
    "danger_follow_up": "deleted",
    "reminder": "deleted (tests/integration/reminders/test_rights.py)",
    "reminder_plan": "deleted",
    "reminder_exposure": "deleted; only the count of the forgotten stays",
    "campaign_recipient": "deleted; one that may be on its way loses her answer until it is settled",
    "picture": "deleted",
    "reminder_change": "deleted",
    "overdue_claim": "deleted (tests/integration/console/test_overdue.py)",
    "overdue_call": "deleted (tests/integration/console/test_overdue.py)",
    "ticket": "closed and emptied",
    "conversation": "which message was her last stays; it is empty",
    "conversation_stale": "days to look at again, without content",
    "conversation_day": "deleted as her messages are emptied (tests/integration/console/test_finding.py)",
    "conversation_tag": "deleted",
    "conversation_note": "deleted",
    "care_waiting_entry": "left, then emptied",
    "care_erasure": "the evidence that it was done",
    "care_booking": "names an appointment of the health service; holds nothing else of her",
    "care_desk_known": "likewise",
    "care_desk_change": "likewise",
    "message": "emptied",
    "alert": "kind and time stay",
    "lane": "holds no content",
}


def test_every_table_that_knows_a_resident_says_what_becomes_of_it():
    knowing = {table.name for table in metadata.sorted_tables if "resident" in table.c}
    assert knowing == set(FORGOTTEN)


def test_an_erasure_waits_for_a_health_service_that_is_away(api, care, without_fhir, ana):
    api.post("/waiting-list", {"idempotency_key": "SM4:wait", "resident": ana, "near": BARRACAS})
    assert erase_now(without_fhir, ana, "SM1:erase")["appointments"] is None
    assert finish_erasures(care, lambda _: True) == 1
    assert api.get(f"/residents/{ana}/waiting-list").json() == {"entries": []}
