"""Moving an appointment: the old one stands until the new one is confirmed, whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import up_to_offers


def with_appointment(chat: Chat) -> str:
    """She books the first time offered; returns the id of the appointment."""
    up_to_offers(chat).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    [booked] = chat.appointments
    return str(booked["id"])


def test_from_the_wish_to_the_change(latido: Latido, ana: Chat) -> None:
    old = with_appointment(ana)
    [slot] = [part["reference"] for part in ana.appointments[0]["slot"]]
    before = ana.taps_made
    ana.says("quiero cambiar mi turno").sees("sigue en pie hasta que confirmes el nuevo", "Dejarlo como está")
    ana.taps_first_slot().sees("Ahora:", "Nuevo:", "Te lo guardo hasta", "¿Lo cambio?")
    assert [one["id"] for one in ana.appointments] == [old]
    ana.taps("Sí, cambiarlo").sees("Ahora tenés turno", "quedó libre para otra persona")
    assert ana.taps_made - before == 2
    [new] = ana.appointments
    assert new["id"] != old and new["priority"] == 1
    assert latido.fhir(slot)["status"] == "free"
    ana.says("mis turnos").sees("Control de embarazo")
    assert ana.answer.count("📅") == 1


def test_leaving_all_as_it_was(ana: Chat) -> None:
    old = with_appointment(ana)
    ana.says("puedo cambiar el turno para otro dia?").taps_first_slot().sees("¿Lo cambio?")
    ana.says("no, dejalo como está").sees("Tu turno sigue en pie")
    assert [one["id"] for one in ana.appointments] == [old]
    assert ana.latido.appointments_of(ana.number, status="pending") == []


def test_interrupted_left_and_taken_up_again(ana: Chat) -> None:
    old = with_appointment(ana)
    ana.says("necesito cambiar el turno").taps_first_slot().sees("¿Lo cambio?")
    ana.says("es gratis?").sees("obra social", "¿Lo cambio?")
    ana.says("estoy sangrando mucho").sees("107")
    ana.says("salir")
    ana.says("mis turnos").sees("Control de embarazo")
    assert [one["id"] for one in ana.appointments] == [old]
    ana.says("seguir").sees("¿Lo cambio?").taps("Sí, cambiarlo").sees("Ahora tenés turno")
    assert len(ana.appointments) == 1 and ana.appointments[0]["id"] != old


def test_a_time_taken_in_between_leaves_the_old_one_and_shows_others(
    ana: Chat, new_resident: Callable[..., Chat]
) -> None:
    old = with_appointment(ana)
    eva = up_to_offers(new_resident("Eva"))
    ana.says("quiero cambiar mi turno")
    same = next((each for each in ana.slots_shown if each in eva.slots_shown), ana.slots_shown[0])
    eva.taps(same) if same in eva.slots_shown else eva.taps_first_slot()
    if "¿Lo confirmo?" in eva.answer:
        eva.taps("Sí, confirmar")
    ana.taps(same)
    if "¿Lo cambio?" not in ana.answer:
        ana.sees("Ese horario ya no está", "Tu turno de antes sigue en pie")
        assert [one["id"] for one in ana.appointments] == [old]
        ana.taps_first_slot()
    ana.taps("Sí, cambiarlo").sees("Ahora tenés turno")
    assert len(ana.appointments) == 1


def test_she_says_that_she_comes(latido: Latido, ana: Chat) -> None:
    appointment = with_appointment(ana)
    ana.says("mis turnos").sees("Falta que confirmes si vas", "Confirmar que voy", "Cambiar día u hora")
    ana.taps("Confirmar que voy").sees("Anoté que vas")
    [answer] = latido.fhir(f"AppointmentResponse?appointment=Appointment/{appointment}")["entry"]
    assert answer["resource"]["participantStatus"] == "accepted"
    ana.says("mis turnos").sees("Confirmaste que vas", "Ver en el mapa")
    ana.says("voy a ir al turno").sees("Anoté que vas")


def test_what_is_still_to_come_is_not_missed(ana: Chat) -> None:
    with_appointment(ana)
    ana.says("me olvidé del turno, no fui").sees("todavía no pasó").taps("Lo mantengo").sees("sigue en pie")
    assert len(ana.appointments) == 1


def test_who_has_none_and_missed_is_offered_one(ana: Chat) -> None:
    ana.says("no fui al turno que tenía").taps("Sí, acepto").sees("No pasa nada", "¿Te busco otro turno?")
    ana.taps("Sí, buscar turno").sees("¿El turno es para vos")
