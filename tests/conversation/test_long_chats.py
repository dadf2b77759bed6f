"""Ten long chats as they come: run-on messages, several needs, other people, worries, and everything at once."""

from __future__ import annotations

from tests.conversation.chat import Chat
from tests.conversation.running import Latido


def up_to_the_times(chat: Chat, most: int = 9) -> Chat:
    """Go on with the shortest answers until times are shown."""
    for _ in range(most):
        if "Más horarios" in chat.choices:
            return chat
        chat.next_step()
    return chat.sees("Más horarios")


def test_five_months_and_never_seen(latido: Latido, ana: Chat) -> None:
    """Five months along, never seen by anybody, from a settlement with three names"""
    ana.says(
        "hola buenas queria saber si puedo sacar turno xq estoy enbarazada de 5 meses y nunca me controle "
        "vivo en la 1 11 14"
    ).sees("Soy Latido")
    ana.taps("Sí, acepto").sees("18 a 22 semanas", "DNI")
    ana.says("tengo la precaria nomas").sees("¿Cuántos años tenés?")
    ana.says("y me atienden igual sin dni?").sees("Andá igual", "¿Cuántos años tenés?")
    ana.says("me van a cobrar algo?").sees("no hace falta obra social", "¿Cuántos años tenés?")
    ana.says("27").says("que es eso?").sees("¿Tenés presión alta")
    ana.says("no nada").says("es el primero").sees("prioridad", "Más horarios")
    ana.says("2").sees("¿Lo confirmo?").says("dale si").sees("¡Listo!")
    [booked] = ana.appointments
    assert booked["priority"] == 1
    ana.says("me queda lejos? como llego").sees("CeSAC")
    ana.says("bueno gracias!!").sees("De nada")


def test_two_positive_tests_and_a_doubt(latido: Latido, ana: Chat) -> None:
    """Two positive tests, a doubt, and a decision of her own"""
    ana.says("me hice 2 evatest los 2 positivos y ahora q hago").taps("Sí, acepto")
    ana.sees("Gracias por contarme", "¿Qué necesitás ahora?", "Conocer opciones").does_not_see("¡Felic", "mamá")
    ana.says("no se si lo quiero tener").sees("0800-222-3444", "confidencial").does_not_see("DNI")
    ana.says("mi mama se va a enterar?").does_not_see("no te entendí").sees("familia")
    ana.says("bueno quiero un turno igual, vivo en lugano")
    up_to_the_times(ana).says("a la tarde no puedo").sees("Más horarios")
    ana.taps_first_slot().says("dejame pensarlo").does_not_see("¡Listo!")
    ana.says("salir").sees("SEGUIR")
    assert ana.appointments == []


def test_a_grandmother_and_the_vaccines(latido: Latido, ana: Chat) -> None:
    """A grandmother, a boy of two months without papers, and his vaccines"""
    ana.says("soy la abuela, necesito turno con el pediatra para el nene").taps("Sí, acepto").sees("¿Cómo se llama?")
    ana.says("Thiago").sees("¿Qué día nació?").says("el 24 de septiembre").sees("DNI")
    ana.says("el carnet dice q le toca la de los 4 meses donde la vacunan").sees("Vacunas", "DNI")
    ana.says("no tiene todavia").sees("¿Por dónde vivís?")
    ana.says("en la 21 24").sees("Más horarios").taps_first_slot().sees("Thiago").taps("Sí, confirmar").sees("¡Listo!")


def test_a_loss_in_the_middle_of_everything(latido: Latido, ana: Chat) -> None:
    """A loss: everything stops at once, and nothing of it comes back"""
    ana.says("hola, quiero sacar turno, estoy de 3 meses, soy de pompeya").taps("Sí, acepto")
    up_to_the_times(ana).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    ana.says("perdi el embarazo no me manden mas").sees("Lo siento mucho", "107", "Hablar con alguien")
    ana.does_not_see("¿", "¡", "DNI")
    ana.says("hola").does_not_see("embarazo y", "¿Seguimos?", "a medio")
    ana.says("quiero hablar con alguien").sees("No puedo decirte cuándo")
    assert "wants_person" in latido.alerts_of(ana.number)


def test_who_cannot_talk_now(latido: Latido, ana: Chat) -> None:
    """Who cannot talk: discreet words, a way out, and no trace of it in what follows"""
    ana.says("hola").taps("Sí, acepto")
    ana.says("quiero un turno, estoy de 6 meses").sees("¿")
    ana.says("no puedo hablar esta mi marido").does_not_see("no te entendí")
    ana.says("me pega y tengo miedo").sees("144", "911", "Borrar este chat", "Salir rápido")
    assert ana.answer.index("144") < 120
    assert "violence" in latido.alerts_of(ana.number)
    ana.taps("Salir rápido").does_not_see("144", "violencia", "pega")


def test_a_yellow_baby_before_anything_else(latido: Latido, ana: Chat) -> None:
    """A yellow baby of twelve days comes before consent, and the appointment after"""
    ana.says("mi bb tiene 12 dias y esta amarillito no quiere la teta").sees("107")
    assert ana.answer.index("107") < 120
    assert "danger" in latido.alerts_of(ana.number)
    ana.says("estamos yendo a la guardia").does_not_see("no te entendí")
    ana.says("hola").does_not_see("Fuente:")
    if "Sí, acepto" in ana.choices:
        ana.taps("Sí, acepto")
    ana.says("ya lo vieron, esta mejor. quiero sacarle turno al bebe").sees("¿Cómo se llama?")
    ana.says("Benja").says("el 11 de noviembre").sees("DNI")


def test_waters_in_the_middle_of_a_booking(latido: Latido, ana: Chat) -> None:
    """The waters break in the middle of a booking"""
    ana.says("quiero turno estoy de 8 meses vivo en soldati").taps("Sí, acepto").sees("¿")
    ana.says("se me rompio la fuente que hago").sees("107")
    ana.says("toy perdiendo sangre").sees("107")
    ana.says("ya nacio!! una nena").sees("¿Qué día nació?").says("hoy").says("Milagros")
    ana.sees("Anoté el nacimiento de Milagros").does_not_see("semanas")


def test_several_needs_in_one_message(ana: Chat) -> None:
    """An appointment, a nursery and the vaccines in one breath: one after the other"""
    ana.says("hola").taps("Sí, acepto")
    ana.says("necesito turno para mi bebe que nacio el 20 de septiembre y de paso donde hay un jardin en barracas")
    ana.sees("Después vemos", "jardín")
    ana.says("Luca").taps("En trámite")
    if "¿Por dónde vivís?" in ana.answer:
        ana.says("barracas")
    ana.taps_first_slot().taps("Sí, confirmar").sees("¡Listo!", "lo del jardín", "¿Lo vemos ahora?")
    ana.taps("Sí, dale")
    if "¿Qué edad tiene?" in ana.answer:
        ana.says("2 meses")
    ana.sees("centros de primera infancia")
    ana.says("y que vacunas le tocan?").sees("Vacunas de Luca")


def test_second_thoughts_until_the_very_end(latido: Latido, ana: Chat) -> None:
    """Second thoughts: another weekday, another place, somebody else, and in the end it stands"""
    ana.says("qiero un turno pa control toy de 4 meses soy de constitusion").taps("Sí, acepto")
    ana.taps("Para mí").sees("tu número de DNI").says("no, perdón, es para mi hermana").sees("¿Cómo se llama?")
    ana.says("Rosa").sees("su número de DNI")
    for _ in range(8):
        if "Más horarios" in ana.choices:
            break
        ana.taps("No tiene DNI") if "No tiene DNI" in ana.choices else ana.next_step()
    ana.says("vive en boedo no en constitucion").sees("Boedo").taps_first_slot().sees("Para Rosa").says("si")
    ana.sees("El turno de Rosa")
    ana.says("gracias! como hago para cancelarlo si no puede?").does_not_see("no te entendí")
    assert len(ana.appointments) == 1


def test_angry_tired_and_heard_by_a_person(latido: Latido, ana: Chat) -> None:
    """Turned away three times, tired of machines, heard by a person"""
    ana.says("hola necesito ayuda").taps("Sí, acepto")
    ana.says("fui a la salita y no me quisieron atender porque no tengo dni").sees("persona")
    ana.says("esto es una verguenza siempre lo mismo con ustedes").does_not_see("no te entendí")
    ana.says("vos sos una maquina?").sees("programa")
    ana.says("quiero q me atienda una persona").sees("persona", "147")
    assert "wants_person" in latido.alerts_of(ana.number)
    ana.says("mientras decime q salita hay en retiro").sees("CeSAC")
    ana.says("y quien lee todo esto q escribo?").sees("Meta")
    ana.says("chau").sees("107")
