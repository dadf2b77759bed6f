"""What she has, and dropping it: the time is free again for somebody else."""

from __future__ import annotations

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import up_to_offers


def test_nothing_booked_yet(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("mis turnos").sees("No", "turno")


def test_list_keep_and_cancel(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar")
    [appointment] = ana.appointments
    [slot] = [part["reference"] for part in appointment["slot"]]

    ana.says("que turnos tengo?").sees("Control de embarazo", "CeSAC")
    ana.says("quiero cancelar el turno").sees("¿Lo cancelo?")
    ana.taps("No, lo mantengo")
    assert len(ana.appointments) == 1

    ana.says("no puedo ir al turno, lo quiero cancelar").sees("¿Lo cancelo?")
    ana.taps("Sí, cancelar").sees("cancelé", "libre")
    assert ana.appointments == []
    assert latido.fhir(slot)["status"] == "free"
    [cancelled] = latido.appointments_of(ana.number, status="cancelled")
    assert cancelled["id"] == appointment["id"]
    ana.says("mis turnos").does_not_see("📅")
