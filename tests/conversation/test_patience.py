"""Not understood: twice the question is explained with an example, then another way and a person are offered."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_interruptions import at_home, with_appointment
from tests.conversation.test_prenatal_appointment import OPENING, up_to_offers

NONSENSE = ("blorp", "xkcd qwerty", "fnord fnord")


def fails(latido: Latido, chat: Chat, question: str, example: str) -> Chat:
    """Three answers that are none; each time the question comes again."""
    for nonsense in NONSENSE[:2]:
        chat.says(nonsense).sees(example, question)
    chat.says(NONSENSE[2]).sees("persona", "147", "SALIR", question)
    assert any("wants_person" in row.flags or "not_understood" in row.flags for row in latido.log_of(chat.number))
    return chat


def test_a_prenatal_appointment_question_by_question(latido: Latido, ana: Chat) -> None:
    at_home(ana).says("quiero un turno de embarazo")
    fails(latido, ana, "¿El turno es para vos", "para mi hermana").says("para mí").sees("tu número de DNI")
    for nonsense in NONSENSE[:2]:
        ana.says(nonsense).sees("30.111.222", "DNI")
    ana.says("no tengo").sees("¿De cuánto estás?")
    for nonsense in NONSENSE[:2]:
        ana.says(nonsense).sees("14 semanas", "¿De cuánto estás?")
    ana.says("no sé").sees("¿Ya tuviste algún control")
    ana.says(NONSENSE[0]).sees("todavía no", "¿Ya tuviste algún control")


def test_at_the_times_and_at_the_summary(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana)
    for nonsense in NONSENSE[:2]:
        ana.says(nonsense).sees("el primero", "Más horarios")
    ana.says("1").sees("¿Lo confirmo?")
    for nonsense in NONSENSE[:2]:
        ana.says(nonsense).sees("Todavía no lo confirmé", "¿Lo confirmo?")
    ana.says(NONSENSE[2]).sees("147", "¿Lo confirmo?")
    ana.says("si").sees("¡Listo!")


@pytest.mark.parametrize(
    ("opening", "question", "example", "answer", "then"),
    [
        ("necesito una guardería para mi nene", "¿Qué edad tiene?", "8 meses", "8 meses", "¿Por dónde vivís?"),
        ("que controles tengo que hacerme en el embarazo", "¿De cuánto estás?", "14 semanas", "5 meses", "Controles"),
        ("borrar mis datos", "¿Lo borro?", "Todavía no borré nada", "no", "no borré nada"),
    ],
)
def test_other_questions(
    latido: Latido, ana: Chat, opening: str, question: str, example: str, answer: str, then: str
) -> None:
    at_home(ana).says(opening).sees(question)
    fails(latido, ana, question, example).says(answer).sees(then)


def test_before_an_appointment_is_cancelled_or_moved(latido: Latido, ana: Chat) -> None:
    with_appointment(ana).says("quiero cancelar el turno")
    fails(latido, ana, "¿Lo cancelo?", "Todavía no cancelé nada").says("no").sees("sigue en pie")
    ana.says("quiero cambiar mi turno").taps_first_slot()
    ana.says(NONSENSE[0]).sees("Todavía no cambié nada", "¿Lo cambio?")
    assert len(ana.appointments) == 1


def test_what_a_question_means(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("que es eso?").sees("te atienden igual")
    ana.says("30.111.222").taps("De 18 a 35").says("como es eso?").sees("«sí», «no»", "¿Tenés presión alta")
    ana.says("no").says("que es eso?").sees("Si es el primer embarazo", "¿En otro embarazo")


def test_understanding_again_starts_the_count_anew(ana: Chat) -> None:
    at_home(ana).says("busco un centro de salud")
    ana.says(NONSENSE[0]).says(NONSENSE[1]).sees("Probá con el barrio")
    ana.says("es gratis?").sees("obra social")
    ana.says(NONSENSE[2]).sees("Probá con el barrio").does_not_see("persona")


def test_a_question_not_understood_is_no_answer(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").taps("De 18 a 35")
    ana.says("no entiendo").sees("¿Tenés presión alta")
    ana.says("q es eso de presion alta?").sees("¿Tenés presión alta")


def test_a_place_not_found_three_times(latido: Latido, ana: Chat) -> None:
    at_home(ana).says("busco un centro de salud")
    fails(latido, ana, "¿Por dónde vivís?", "Probá con el barrio").says("barracas").sees("CeSAC N° 1")
