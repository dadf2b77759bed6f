"""That she will come, that she did not: kept, and never held against her."""

from __future__ import annotations

from chat import Chat
from fake_care import FakeCare


def test_she_says_that_she_comes_and_the_list_shows_it(ana: Chat, shared_care: FakeCare) -> None:
    made = shared_care.add(ana.resident)
    assert "Falta que confirmes si vas" in ana.say("mis turnos", "list_appointments")
    assert ana.titles() == ["Confirmar que voy", "Cambiar día u hora", "Cancelar el turno"]
    assert "Anoté que vas el *jueves 26 de noviembre* a las *9:30*" in ana.tap("Confirmar que voy")
    assert made["attendance"] == "accepted"
    assert "Confirmaste que vas" in ana.say("mis turnos", "list_appointments")
    assert ana.titles() == ["Cambiar día u hora", "Cancelar el turno", "Ver en el mapa"]


def test_which_one_she_means_is_taken_from_the_day_or_asked(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident, number=1)
    friday = shared_care.add(ana.resident, number=3, patient={"for_whom": "other", "given_name": "Rosa"})
    assert "viernes" in ana.say("el viernes voy", "confirm_attendance", date="2026-11-27")
    assert friday["attendance"] == "accepted"
    assert "¿A cuál vas?" in ana.say("voy a ir", "confirm_attendance")
    assert "Anoté" in ana.tap("Jue 26 nov, 9:30")


def test_an_appointment_that_does_not_stand_any_more(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    ana.say("mis turnos", "list_appointments")
    button = ana.replies[-1]["buttons"][0]["payload"]
    shared_care.add(ana.resident, number=3)
    shared_care.calls.clear()
    ana.say("hola", "greet")
    shared_care.failures += [(200, {"appointments": list(shared_care.appointments.values()), "missable": []})]
    shared_care.fail(status=409, code="not_live")
    assert "ya no está en pie" in ana.send_payload(button)


def test_what_she_missed_is_kept_without_blame_and_another_is_offered(ana: Chat, shared_care: FakeCare) -> None:
    missed = shared_care.add(ana.resident)
    missed["past"] = True
    said = ana.say("no fui al turno", "missed_appointment")
    assert "No pasa nada" in said and "¿Te busco otro turno?" in said
    assert missed["status"] == "noshow"
    assert "para vos" in ana.tap("Sí, buscar turno")


def test_which_one_she_missed_is_asked_when_there_are_several(ana: Chat, shared_care: FakeCare) -> None:
    for number in (1, 3):
        shared_care.add(ana.resident, number=number)["past"] = True
    assert "¿A cuál no pudiste ir?" in ana.say("falté", "missed_appointment")
    ana.tap("Jue 26 nov, 9:30")
    assert [one["status"] for one in shared_care.appointments.values()] == ["noshow", "booked"]


def test_one_still_to_come_is_not_missed(ana: Chat, shared_care: FakeCare) -> None:
    made = shared_care.add(ana.resident)
    assert "todavía no pasó" in ana.say("se me pasó el turno", "missed_appointment")
    assert "sigue en pie" in ana.tap("Lo mantengo")
    assert made["status"] == "booked"


def test_a_centre_that_was_quicker_to_say_so_changes_nothing_for_her(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)["past"] = True
    ana.say("hola", "greet")
    shared_care.failures += [(200, {"appointments": [], "missable": list(shared_care.appointments.values())})]
    shared_care.fail(status=409, code="not_missable")
    assert "¿Te busco otro turno?" in ana.say("no fui", "missed_appointment")


def test_with_nothing_known_she_is_offered_one_all_the_same(ana: Chat) -> None:
    assert "¿Te busco otro turno?" in ana.say("no pude ir al turno", "missed_appointment")
