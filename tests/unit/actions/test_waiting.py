"""The waiting list: offered where nothing is soon enough, joined, answered days later, left."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare
from test_dialogue import to_offers


def answer(entry: dict[str, object], what: str) -> str:
    """The payload of a button under a released slot, as the worker sends it."""
    return f'/waiting_list_answer{{"waiting_answer": "{what}", "waiting_entry": "{entry["id"]}"}}'


def test_she_is_asked_and_can_still_take_a_later_slot(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.waiting_advised = True
    said = to_offers(ana)
    assert "Lo más cercano es para el jueves 26 de noviembre. ¿Te anoto en la lista de espera" in said
    assert ana.titles() == ["Anotame", "Ver esos turnos", "Otra zona"]
    said = ana.tap("Anotame")
    assert "te anoté" in said and "Hay 2 personas antes que vos" in said and "no te puedo asegurar" in said
    assert "Mientras esperás" in said and ana.replies[-1]["type"] == "list"
    [joined] = shared_care.sent("/waiting-list")
    assert joined["patient"]["for_whom"] == "self" and joined["answers"]["prior_checkups"] == "none"
    assert joined["near"]["latitude"] == -34.646
    ana.tap_first_item()
    assert "¡Listo!" in ana.tap("Sí, confirmar")
    assert len(shared_care.sent("/waiting-list")) == 1


@pytest.mark.parametrize(
    ("words", "joins"), [("dale", True), ("si, anotame", True), ("no", False), ("no gracias", False)]
)
def test_the_question_is_answered_in_words_too(ana: Chat, shared_care: FakeCare, words: str, joins: bool) -> None:
    shared_care.waiting_advised = True
    to_offers(ana)
    said = ana.say(words, "deny" if words.startswith("no") else "affirm")
    assert ana.replies[-1]["type"] == "list" and ("te anoté" in said) is joins
    assert bool(shared_care.entries) is joins


def test_seeing_the_slots_first_the_list_is_not_pressed_on_her(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.waiting_advised = True
    to_offers(ana)
    said = ana.tap("Ver esos turnos")
    assert "cerca de Barracas" in said and ana.replies[-1]["type"] == "list"
    assert "los horarios que siguen" in ana.tap("Más horarios")
    assert "te anoté" in ana.say("anotame en la lista de espera", "book_prenatal")


def test_a_question_in_between_asks_again(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.waiting_advised = True
    to_offers(ana)
    assert "¿Te anoto" in ana.say("es gratis?", "ask_cost")


def test_without_any_free_slot_she_can_wait_and_is_told_the_other_way(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.waiting_advised = True
    shared_care.taken |= {f"slot-{number}" for number in range(1, 9)}
    said = to_offers(ana)
    assert "no hay turnos libres cerca de Barracas" in said and "147" in said
    assert "te anoté" in ana.tap("Anotame")
    assert ana.form is None and "nada a medio" in ana.say("seguir", "resume_flow")


def test_who_waits_is_not_asked_again(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.waiting_advised = True
    shared_care.wait(ana.resident)
    assert "Seguís en la lista de espera" in to_offers(ana) and ana.replies[-1]["type"] == "list"


def test_joining_while_care_is_down_is_tried_again(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.waiting_advised = True
    to_offers(ana)
    shared_care.fail()
    assert "no puedo entrar" in ana.tap("Anotame")
    assert "te anoté" in ana.tap("Probar de nuevo")


def test_a_released_slot_is_accepted_days_later_without_a_word_of_context(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    ana.wait(hours=72)
    entry = shared_care.offer_released(ana.resident, number=2)
    assert "Tenés turno el *jueves 26 de noviembre* a las *10:00*" in ana.send_payload(answer(entry, "accept"))
    assert entry["state"] == "booked"


def test_a_released_slot_is_accepted_in_the_middle_of_a_form(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero cancelar", "cancel_appointment")
    ana.say("busco una salita", "find_cesac")
    assert ana.form == "place_form"
    entry = shared_care.offer_released(ana.resident, number=2)
    said = ana.send_payload(answer(entry, "accept"))
    assert "¡Listo!" in said and "Seguir buscando" in ana.titles()
    assert "¿Por dónde vivís?" in ana.tap("Seguir buscando")


def test_a_released_slot_is_declined_and_she_stays_on_the_list(ana: Chat, shared_care: FakeCare) -> None:
    entry = shared_care.offer_released(ana.resident, number=2)
    said = ana.send_payload(answer(entry, "decline"))
    assert "va para otra persona" in said and "seguís en la lista" in said
    assert entry["state"] == "waiting"


def test_too_late_for_a_released_slot_others_are_at_hand(ana: Chat, shared_care: FakeCare) -> None:
    entry = shared_care.wait(ana.resident)
    said = ana.send_payload(answer(entry, "accept"))
    assert "ya pasó a otra persona" in said and "Seguís en la lista" in said and len(ana.replies) == 1
    assert ana.replies[0]["type"] == "list"
    assert "Te lo guardo hasta" in ana.tap_first_item()
    assert shared_care.sent("/holds")[-1]["waiting_entry"] == entry["id"]
    assert "¡Listo!" in ana.tap("Sí, confirmar")


def test_too_late_and_nobody_can_say_what_else_there_is(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.offers_with_refusals = False
    entry = shared_care.wait(ana.resident)
    said = ana.send_payload(answer(entry, "accept"))
    assert "ya pasó a otra persona" in said and ana.form is None


def test_an_entry_that_is_over(ana: Chat, shared_care: FakeCare) -> None:
    entry = shared_care.wait(ana.resident)
    entry["state"] = "left"
    assert "ya no está en la lista" in ana.send_payload(answer(entry, "accept"))
    assert "ya no está en la lista" in ana.send_payload(answer(entry, "leave"))


def test_care_down_at_the_answer_leaves_the_buttons(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    entry = shared_care.offer_released(ana.resident, number=2)
    shared_care.fail()
    assert "no puedo entrar" in ana.send_payload(answer(entry, "accept"))
    assert "¡Listo!" in ana.tap("Lo quiero")


def test_her_place_is_shown_and_she_can_leave(ana: Chat, shared_care: FakeCare) -> None:
    entry = shared_care.wait(ana.resident, position=1)
    said = ana.say("sigo en la lista?", "list_appointments")
    assert "Lista de espera" in said and "No hay nadie antes que vos" in said
    assert "te saqué" in ana.tap("Salir de la lista")
    assert entry["state"] == "left"


def test_what_is_kept_for_her_is_shown_first(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.offer_released(ana.resident, number=2)
    said = ana.say("mis turnos", "list_appointments")
    assert "Se liberó un turno para el jueves 26 de noviembre a las 10:00" in said and "Te lo guardo hasta" in said
    assert "¡Listo!" in ana.tap("Lo quiero")


def test_appointments_and_the_list_together_fit_a_list(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    shared_care.wait(ana.resident)
    ana.say("mis turnos", "list_appointments")
    assert ana.replies[-1]["type"] == "list"
    first = ["Confirmar que voy", "Cambiar día u hora", "Cancelar el turno"]
    assert ana.titles() == [*first, "Salir de la lista", "Ver mi calendario"]


@pytest.mark.parametrize("intent", ["cancel_appointment", "stop_flow"])
def test_leaving_in_words_is_asked_first(ana: Chat, shared_care: FakeCare, intent: str) -> None:
    entry = shared_care.wait(ana.resident)
    shared_care.add(ana.resident)
    assert "¿Te saco?" in ana.say("quiero salir de la lista de espera", intent)
    assert "seguís en la lista" in ana.tap("Me quedo")
    assert entry["state"] == "waiting"


def test_who_does_not_wait_is_told_so(ana: Chat) -> None:
    assert "No estás en la lista" in ana.say("sacame de la lista de espera", "cancel_appointment")
