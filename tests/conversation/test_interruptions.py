"""Something else in the middle of a journey: it is answered, and the journey goes on where it was."""

from __future__ import annotations

from tests.conversation.chat import Chat
from tests.conversation.test_prenatal_appointment import OPENING, up_to_offers

COST = ("es gratis?", "no hace falta obra social")
PAPERS = ("que tengo que llevar?", "Llevá")
PRIVACY = ("quien ve mis datos?", "Meta")
CENTRE = ("que telefono tiene el cesac 15?", "2821-3615")
ROBOT = ("sos un robot?", "programa")
HELP = ("que podes hacer?", "Esto es lo que puedo hacer")
THANKS = ("gracias", "De nada")
WEATHER = ("va a llover mañana?", "Con eso no te puedo ayudar")
EVERYTHING = (COST, PAPERS, PRIVACY, CENTRE, ROBOT, HELP, THANKS, WEATHER)


def asks(chat: Chat, question: str, *interruptions: tuple[str, str]) -> Chat:
    """She asks one thing after the other: each is answered, and the question comes again."""
    for asked, answered in interruptions:
        chat.says(asked).sees(answered, question)
    return chat


def interrupted(chat: Chat, question: str, *interruptions: tuple[str, str]) -> Chat:
    """She asks, greets, sends what cannot be read: the question comes again."""
    asks(chat, question, *interruptions).says("hola").sees(question)
    chat.sends("sticker").sees("stickers", question)
    return chat.sends("audio").sees("audios", question)


def at_home(chat: Chat) -> Chat:
    """A resident who agreed before."""
    return chat.says("hola").taps("Sí, acepto")


def with_appointment(chat: Chat) -> Chat:
    return up_to_offers(chat).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")


def test_before_she_has_agreed(ana: Chat) -> None:
    ana.says("quiero un turno").sees("¿Me das permiso")
    for asked, answered in (COST, PAPERS, PRIVACY, ROBOT, WEATHER):
        ana.says(asked).sees(answered, "¿Aceptás?")
    ana.sends("audio").sees("audios", "¿Aceptás?")
    ana.taps("Sí, acepto").does_not_see("permiso")


def test_at_the_first_question_of_a_prenatal_appointment(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno")
    interrupted(ana, "¿Me pasás tu número de DNI?", *EVERYTHING)
    ana.says("30.111.222").sees("¿Cuántos años tenés?")


def test_at_an_intimate_question(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").taps("De 18 a 35")
    interrupted(ana, "¿Tenés presión alta", PRIVACY, COST, ROBOT)
    ana.says("que es eso?").sees("no hace falta que me digas cuál", "¿Tenés presión alta")
    ana.taps("Prefiero no decir").sees("¿En otro embarazo")


def test_while_she_looks_at_the_times(ana: Chat) -> None:
    up_to_offers(ana)
    interrupted(ana, "Más horarios", COST, PAPERS, PRIVACY, CENTRE)
    ana.taps_first_slot().sees("¿Lo confirmo?")


def test_at_the_summary(ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot()
    interrupted(ana, "¿Lo confirmo?", COST, PAPERS, PRIVACY, THANKS)
    ana.taps("Sí, confirmar").sees("¡Listo!")
    assert len(ana.appointments) == 1


def test_while_a_place_is_asked_for(ana: Chat) -> None:
    at_home(ana).says("busco un centro de salud").sees("¿Por dónde vivís?")
    interrupted(ana, "¿Por dónde vivís?", COST, PAPERS, PRIVACY, ROBOT, HELP, THANKS)
    ana.says("barracas").sees("CeSAC N° 1 - Barracas 1")


def test_in_the_middle_of_a_childs_appointment(ana: Chat) -> None:
    at_home(ana).says("necesito un turno para mi bebe").sees("¿Cómo se llama?")
    asks(ana, "¿Cómo se llama?", COST, PRIVACY)
    ana.says("Luca").sees("¿Qué día nació?")
    interrupted(ana, "¿Qué día nació?", PAPERS, CENTRE)
    ana.says("el 20 de septiembre").sees("DNI")
    interrupted(ana, "DNI", COST, ROBOT)
    ana.taps("En trámite").says("barracas").taps_first_slot().sees("Luca", "¿Lo confirmo?")


def test_while_a_baby_is_put_on_record(ana: Chat) -> None:
    at_home(ana).says("quiero anotar a mi bebé para los avisos").sees("¿Cómo se llama?")
    asks(ana, "¿Cómo se llama?", PRIVACY, COST)
    ana.says("Mora")
    interrupted(ana, "¿Qué día nació?", PRIVACY, PAPERS)
    ana.says("el 3 de octubre").sees("anoté a Mora")


def test_while_she_tells_of_a_birth(ana: Chat) -> None:
    at_home(ana).says("ya nació mi bebé!!").sees("¿Qué día nació?").does_not_see("felicit")
    interrupted(ana, "¿Qué día nació?")
    ana.says("ayer").sees("¿Cómo se llama?").says("Luca").sees("Anoté el nacimiento de Luca")


def test_while_the_weeks_are_asked_for_the_checkups(ana: Chat) -> None:
    at_home(ana).says("cuantos controles tengo que hacerme en el embarazo?").sees("¿De cuánto estás?")
    interrupted(ana, "¿De cuánto estás?", COST, PRIVACY, ROBOT)
    ana.says("de 5 meses").sees("Controles del embarazo")


def test_while_a_nursery_is_looked_for(ana: Chat) -> None:
    at_home(ana).says("necesito una guardería para mi nene").sees("¿Qué edad tiene?")
    interrupted(ana, "¿Qué edad tiene?", COST, PRIVACY, ROBOT)
    ana.says("8 meses").sees("¿Por dónde vivís?")


def test_before_an_appointment_is_cancelled(ana: Chat) -> None:
    with_appointment(ana).says("quiero cancelar el turno").sees("¿Lo cancelo?")
    interrupted(ana, "¿Lo cancelo?", COST, PAPERS, PRIVACY, ROBOT)
    assert len(ana.appointments) == 1
    ana.taps("No, lo mantengo").sees("sigue en pie")


def test_before_an_appointment_is_moved(ana: Chat) -> None:
    with_appointment(ana).says("quiero cambiar mi turno").taps_first_slot().sees("¿Lo cambio?")
    interrupted(ana, "¿Lo cambio?", COST, PAPERS, PRIVACY, ROBOT)
    ana.taps("Dejarlo como está").sees("Tu turno sigue en pie")


def test_before_all_is_erased(ana: Chat) -> None:
    at_home(ana).says("borrar mis datos").sees("¿Lo borro?")
    interrupted(ana, "¿Lo borro?", PRIVACY, COST)
    ana.taps("No, dejalo").sees("no borré nada")


def test_in_the_middle_of_a_complaint(ana: Chat) -> None:
    at_home(ana).says("me trataron muy mal en la salita").sees("¿En qué CeSAC fue?")
    interrupted(ana, "¿En qué CeSAC fue?", PRIVACY, COST)
    ana.says("en el 9").sees("Anotado")


def test_another_journey_in_between_and_the_first_one_waits(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").sees("¿Cuántos años tenés?")
    ana.says("qué turnos tengo?").sees("No tenés turnos", "Seguir con el turno")
    ana.taps("Seguir con el turno").sees("¿Cuántos años tenés?")
    ana.says("24").sees("¿Tenés presión alta")


def test_a_greeting_is_no_name(ana: Chat) -> None:
    at_home(ana).says("necesito un turno para mi bebe").says("hola").sees("¿Cómo se llama?")
    ana.says("Luca").says("nació el 20 de septiembre").sees("su número de DNI")


def test_questions_while_a_birth_is_told(ana: Chat) -> None:
    at_home(ana).says("ya nació mi bebé").sees("¿Qué día nació?")
    asks(ana, "¿Qué día nació?", COST, PRIVACY)
