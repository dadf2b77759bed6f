"""A priority prenatal appointment, from the first message to the FHIR server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.conversation.chat import Chat
from tests.conversation.running import Latido

OPENING = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas"


def up_to_offers(chat: Chat) -> Chat:
    """From the first message to the list of times, with the shortest answers."""
    chat.says(OPENING).taps("Sí, acepto").taps("Sacar turno")
    return chat.says("30.111.222").taps("De 18 a 35").taps("No").taps("No")


def test_from_the_first_message_to_a_booked_appointment_within_a_dozen_taps(latido: Latido, ana: Chat) -> None:
    ana.says(OPENING).sees("Soy Latido").taps("Sí, acepto")
    ana.taps("Sacar turno").sees("18 a 22 semanas", "DNI")
    ana.says("30.111.222").sees("¿Cuántos años tenés?", "Prefiero no decir")
    ana.taps("De 18 a 35").taps("No").taps("No")
    ana.sees("cerca de Barracas", "prioridad", "Más horarios", "Otro centro")
    ana.taps_first_slot().sees("¿Lo confirmo?", "CeSAC", "prioridad")
    ana.taps("Sí, confirmar").sees("¡Listo!", "Llevá")
    assert ana.taps_made <= 12

    [appointment] = ana.appointments
    assert appointment["status"] == "booked"
    assert appointment["priority"] == 1
    extension = next(one for one in appointment["extension"] if one["url"] == "urn:latido:priority")
    assert "no_checkup_after_20_weeks" in str(extension)
    [slot] = [part["reference"] for part in appointment["slot"]]
    assert latido.fhir(slot)["status"] == "busy"


def test_an_operator_can_read_how_it_came_about(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    inbound = [row for row in latido.log_of(ana.number) if row.direction == "in"]
    assert [row.text for row in inbound][:4] == [OPENING, "Sí, acepto", "Sacar turno", "[documento]"]
    assert all(row.nlu["intent"]["name"] for row in inbound)
    assert "30111222" not in str([(row.text, row.slots, row.nlu) for row in inbound]).replace(".", "")
    booking = next(row for row in inbound if "action_book_prenatal" in (row.actions or []))
    assert booking.slots["booked_appointment"] == ana.appointments[0]["id"]
    assert {row.active_form for row in inbound} >= {"prenatal_form"}


def test_nobody_is_refused_for_a_document(ana: Chat, new_resident: Callable[..., Chat]) -> None:
    for button in ("En trámite", "No tengo DNI", "Otro documento"):
        resident = new_resident()
        resident.says(OPENING).taps("Sí, acepto").taps("Sacar turno").taps(button)
        resident.sees("¿Cuántos años tenés?")
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno")
    ana.says("no tengo dni tengo la precaria me atienden igual?").does_not_see("no te corresponde")


def test_how_far_along_in_many_ways(new_resident: Callable[..., Chat]) -> None:
    ways = {
        "estoy de 14 semanas": "14 semanas",
        "3 meses": "9 a 13 semanas",
        "no sé": "en el control lo van a calcular",
    }
    for text, read_back in ways.items():
        resident = new_resident()
        resident.says("quiero sacar un turno para embarazo").taps("Sí, acepto")
        if "Para mí" in resident.choices:
            resident.taps("Para mí")
        resident.says("30111222").sees("¿De cuánto estás?")
        resident.says(text).sees(read_back)


def test_every_priority_question_may_stay_unanswered(ana: Chat) -> None:
    ana.says("quiero turno, estoy embarazada de 14 semanas, vivo en palermo").taps("Sí, acepto")
    if "Para mí" in ana.choices:
        ana.taps("Para mí")
    ana.taps("En trámite")
    for _ in range(4):
        ana.sees("Prefiero no decir").taps("Prefiero no decir")
    ana.sees("Ver horarios" if "Ver horarios" in ana.answer else "Más horarios")


def test_more_times_and_another_center(ana: Chat) -> None:
    up_to_offers(ana)
    first = [choice for choice in ana.choices if ":" in choice]
    ana.taps("Más horarios")
    assert [choice for choice in ana.choices if ":" in choice] != first
    ana.taps("Otro centro").sees("CeSAC")


def test_a_time_that_somebody_else_took_is_said_and_others_are_offered(
    latido: Latido, new_resident: Callable[..., Chat]
) -> None:
    ana, eva = new_resident("Ana"), new_resident("Eva")
    for chat in (ana, eva):
        up_to_offers(chat)
    same = next(choice for choice in ana.choices if ":" in choice and choice in eva.choices)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda chat: chat.taps(same), (ana, eva)))
    [winner] = [chat for chat in (ana, eva) if "¿Lo confirmo?" in chat.answer]
    [other] = [chat for chat in (ana, eva) if chat is not winner]
    other.sees("Ese turno ya no está", "Más horarios")
    winner.taps("Sí, confirmar").sees("¡Listo!")
    other.taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    starts = {chat.appointments[0]["slot"][0]["reference"] for chat in (ana, eva)}
    assert len(starts) == 2


def test_a_second_booking_shows_the_first_instead(ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar")
    ana.says("quiero otro turno de embarazo")
    while "Ya hay un turno" not in ana.answer and ana.choices:
        ana.next_step()
    ana.sees("Ya hay un turno", "Cambiar ese turno")
    assert len(ana.appointments) == 1


def test_a_question_in_between_is_answered_and_the_journey_goes_on(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").sees("DNI")
    ana.says("es gratis?").sees("DNI")
    ana.says("qué tengo que llevar?").sees("DNI")
    ana.says("30.111.222").sees("¿Cuántos años tenés?")


def test_leaving_and_coming_back(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").sees("¿Cuántos años tenés?")
    ana.says("salir").sees("SEGUIR")
    ana.says("hola").does_not_see("¿Cuántos años")
    ana.says("seguir").sees("¿Cuántos años tenés?")


def test_a_journey_left_half_way_survives_a_lost_session(latido: Latido, ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").sees("¿Cuántos años tenés?")
    ana.says("salir")
    ana.says("seguir").sees("¿Cuántos años tenés?")
