"""Moving an appointment: old and new side by side, and the old one stands until she says yes."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare
from test_dialogue import to_offers


def moving(ana: Chat, care: FakeCare) -> dict[str, object]:
    """She has one appointment and looks at other times for it."""
    made = care.add(ana.resident, number=1)
    said = ana.say("quiero cambiar el turno", "reschedule_appointment")
    assert "sigue en pie hasta que confirmes el nuevo" in said and len(ana.replies) == 1
    return made


def test_old_and_new_are_shown_and_the_old_one_ends_with_the_yes(ana: Chat, shared_care: FakeCare) -> None:
    old = moving(ana, shared_care)
    assert ana.titles() == [
        "Vie 27 nov, 9:30",
        "Sáb 28 nov, 9:30",
        "Dom 29 nov, 9:30",
        "Otro centro",
        "Dejarlo como está",
    ]
    said = ana.tap("Vie 27 nov, 9:30")
    assert "Ahora: jueves 26 de noviembre, 9:30" in said and "Nuevo: *viernes 27 de noviembre, 9:30*" in said
    assert "Te lo guardo hasta" in said and "sigue en pie hasta que me digas que sí" in said
    assert old["status"] == "booked"
    said = ana.tap("Sí, cambiarlo")
    assert "Ahora tenés turno el *viernes 27 de noviembre* a las *9:30*" in said
    assert "El del jueves 26 de noviembre a las 9:30 quedó libre" in said
    assert old["status"] == "cancelled" and ana.form is None
    assert ana.taps == 2


def test_care_is_told_what_is_moved_and_keeps_who_and_how_urgent(ana: Chat, shared_care: FakeCare) -> None:
    old = moving(ana, shared_care)
    ana.tap_first_item()
    [asked], [held] = shared_care.sent("/offers"), shared_care.sent("/holds")
    assert asked["replaces"] == held["replaces"] == old["id"] and asked["center_number"] == 15
    assert not {"answers", "gestational_age", "patient"} & {*asked, *held}


@pytest.mark.parametrize("words", ["dejalo como está", "no", "no, lo mantengo", "mejor no lo cambies"])
def test_leaving_all_as_it_was(ana: Chat, shared_care: FakeCare, words: str) -> None:
    old = moving(ana, shared_care)
    ana.tap_first_item()
    said = ana.say(words, "stop_flow" if "dejalo" in words else "deny")
    assert "Tu turno sigue en pie" in said and "jueves 26 de noviembre" in said
    assert [one["status"] for one in shared_care.appointments.values()] == ["booked", "cancelled"]
    assert old["status"] == "booked" and ana.form is None


def test_leaving_it_at_the_list(ana: Chat, shared_care: FakeCare) -> None:
    moving(ana, shared_care)
    assert "Tu turno sigue en pie" in ana.tap("Dejarlo como está")
    assert shared_care.sent_to("/release") == []
    assert "nada a medio" in ana.say("seguir", "resume_flow")


def test_which_one_is_asked_only_when_there_are_several(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident, number=1)
    second = shared_care.add(ana.resident, number=2, patient={"for_whom": "other", "given_name": "Rosa"})
    assert "¿Cuál querés cambiar?" in ana.say("cambiar un turno", "reschedule_appointment")
    ana.tap("Jue 26 nov, 10:00")
    ana.tap_first_item()
    ana.tap("Sí, cambiarlo")
    assert second["status"] == "cancelled"


def test_the_day_she_names_narrows_the_list_at_once(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident, number=1)
    said = ana.say("pasalo del jueves al sábado", "reschedule_appointment", date=["2026-11-26", "2026-11-28"])
    assert "horarios del sábado 28" in said and ana.titles()[0] == "Sáb 28 nov, 9:30"


def test_another_centre_than_her_own(ana: Chat, shared_care: FakeCare) -> None:
    moving(ana, shared_care)
    said = ana.tap("Otro centro")
    assert "otros centros" in said and shared_care.sent("/offers")[-1]["exclude_centers"] == [15]
    assert "near" in shared_care.sent("/offers")[-1]


def test_a_centre_without_free_times_is_looked_around(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.taken |= {"slot-3", "slot-5", "slot-7"}
    moving(ana, shared_care)
    assert [body["center_number"] for body in shared_care.sent("/offers")] == [15, None]
    assert "Jue 26 nov, 10:00" in ana.titles()


def test_a_slot_taken_in_between_shows_others_and_the_old_one_stands(ana: Chat, shared_care: FakeCare) -> None:
    old = moving(ana, shared_care)
    ana.tap_first_item()
    shared_care.lose_holds()
    said = ana.tap("Sí, cambiarlo")
    assert "Ese horario ya no está" in said and "Tu turno de antes sigue en pie" in said and len(ana.replies) == 1
    assert old["status"] == "booked"
    ana.tap_first_item()
    assert "Ahora tenés turno" in ana.tap("Sí, cambiarlo")


def test_interrupted_left_and_taken_up_again(ana: Chat, shared_care: FakeCare) -> None:
    old = moving(ana, shared_care)
    ana.tap_first_item()
    assert "no hace falta obra social" in ana.say("es gratis?", "ask_cost") and ana.form == "rebook_form"
    said = ana.say("estoy sangrando", "danger_sign")
    assert said.startswith("*107*") and "sigue como estaba" in said
    assert "¿Lo cambio?" in ana.tap("Seguir buscando")
    assert "tu turno sigue en pie" in ana.say("salir", "stop_flow")
    assert old["status"] == "booked"
    ana.wait(hours=2)
    assert "Lo que tenés sigue como estaba" in ana.say("hola", "greet")
    assert "¿Lo cambio?" in ana.tap("Sí, seguimos")


def test_another_journey_does_not_inherit_the_new_time(ana: Chat, shared_care: FakeCare) -> None:
    moving(ana, shared_care)
    ana.tap_first_item()
    said = ana.say("quiero un turno para mi hermana que esta embarazada", "book_prenatal", for_whom="other")
    assert "¿Cómo se llama?" in said and "¿Lo cambio?" not in said


def test_an_appointment_that_cannot_be_moved_any_more(ana: Chat, shared_care: FakeCare) -> None:
    moving(ana, shared_care)
    shared_care.fail(status=409, code="not_movable")
    assert "ya no se puede cambiar" in ana.tap_first_item()
    assert ana.form is None


def test_care_down_at_the_change_keeps_everything(ana: Chat, shared_care: FakeCare) -> None:
    old = moving(ana, shared_care)
    ana.tap_first_item()
    shared_care.fail()
    assert "no puedo entrar al sistema" in ana.tap("Sí, cambiarlo")
    assert old["status"] == "booked"
    assert "¿Lo cambio?" in ana.tap("Probar de nuevo")
    assert "Ahora tenés turno" in ana.tap("Sí, cambiarlo")


def test_care_down_at_the_start_is_tried_again(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident, number=1)
    ana.say("hola", "greet")
    shared_care.fail()
    assert "no puedo entrar" in ana.say("cambiar mi turno", "reschedule_appointment")
    assert "sigue en pie" in ana.tap("Probar de nuevo")


def test_without_an_appointment_there_is_nothing_to_move(ana: Chat) -> None:
    assert "No tenés turnos" in ana.say("cambiar mi turno", "reschedule_appointment")


def test_a_change_of_time_while_booking_is_another_choice(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    assert "cerca de Barracas" in ana.say("quiero cambiar la hora", "reschedule_appointment")
    assert ana.form == "prenatal_form"
