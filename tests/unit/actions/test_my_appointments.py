"""Her appointments: listed, and one of them cancelled."""

from __future__ import annotations

from chat import Chat
from fake_care import FakeCare


def test_appointments_are_listed_and_one_is_cancelled(ana: Chat, shared_care: FakeCare) -> None:
    made = shared_care.add(ana.resident)
    assert "jueves 26 de noviembre, 9:30" in ana.say("mis turnos", "list_appointments")
    assert "¿Lo cancelo?" in ana.tap("Cancelar el turno")
    assert "quedó libre" in ana.tap("Sí, cancelar")
    assert made["slot_id"] not in shared_care.taken
    assert "No tenés turnos" in ana.say("mis turnos", "list_appointments")


def test_which_one_is_asked_when_there_are_several(ana: Chat, shared_care: FakeCare) -> None:
    first = shared_care.add(ana.resident)
    second = shared_care.add(ana.resident, patient={"for_whom": "other", "given_name": "Rosa"})
    assert "¿Cuál" in ana.say("quiero cancelar el turno", "cancel_appointment")
    assert "Para Rosa" in ana.say("el segundo", "inform")
    assert "sigue en pie" in ana.say("no", "deny")
    assert first["status"] == second["status"] == "booked"


def test_a_cancellation_that_is_no_longer_possible(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    ana.say("quiero cancelar el turno", "cancel_appointment")
    shared_care.fail(status=409, code="not_cancellable")
    assert "ya no se puede cancelar" in ana.tap("Sí, cancelar")


def test_where_it_is_means_the_centre_of_the_appointment(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    ana.say("mis turnos", "list_appointments")
    said = ana.say("donde queda?", "ask_center_details")
    assert "Este es el centro de salud" in said and "más cercanos" not in said
    assert "Este es el centro de salud" in ana.say("como llego", "ask_center_details")
    ana.say("gracias", "thank")
    ana.say("es gratis?", "ask_cost")
    ana.say("quien ve mis datos?", "ask_privacy")
    assert "¿Por dónde vivís?" in ana.say("donde queda la salita?", "ask_center_details")
