"""MIS DATOS, BORRAR, ALTA, BAJA: at any time, before consent too, and done as said."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import up_to_offers

PATIENCE = 40.0


def waits_until(condition: Callable[[], bool]) -> None:
    """For what a worker does a few seconds later."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.3)


def is_empty(latido: Latido, number: str) -> bool:
    """Whether no word of hers, nor to her, is left in the log."""
    return all(row.text == "" for row in latido.log_of(number))


def test_all_that_is_kept(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("vivo en barracas, qué cesac me toca?")
    ana.says("MIS DATOS").sees("Tu permiso", "Aceptaste", "Tu zona", "Barracas", "Nuestra charla", "mensajes desde")
    ana.does_not_see(ana.number[-8:])


def test_erasing_keeps_the_appointment_and_forgets_the_rest(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar")
    ana.says("borrar").sees("No se puede deshacer", "servicio de salud")
    ana.taps("Sí, borrar todo").sees("¿Lo mantengo?")
    ana.taps("Mantenerlo").sees("lo borré", "sigue en pie")
    assert len(ana.appointments) == 1
    waits_until(lambda: is_empty(latido, ana.number))
    ana.says("hola").sees("Soy Latido", "¿Me das permiso")


def test_erasing_and_cancelling(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar")
    ana.says("quiero que borren todos mis datos").taps("Sí, borrar todo").taps("Cancelarlo").sees("cancelé el turno")
    assert ana.appointments == []


def test_thinking_better_of_it(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("borrar").says("no, mejor no").sees("no borré nada")
    ana.says("hola").does_not_see("permiso")


def test_a_stranger_may_have_her_messages_erased(latido: Latido, ana: Chat) -> None:
    ana.says("hola").says("borrar mis datos").taps("Sí, borrar todo").sees("lo borré")
    waits_until(lambda: is_empty(latido, ana.number))


def test_erasing_outlives_a_killed_worker(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("borrar").taps("Sí, borrar todo").sees("lo borré")
    latido.kill("worker")
    waits_until(lambda: is_empty(latido, ana.number))


def test_reminders_in_and_out(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("ALTA").sees("te voy a avisar por acá")
    ana.says("BAJA").sees("No te voy a escribir más", "ALTA", "BORRAR")
    ana.says("mis datos").sees("Pediste que no te escriba", "No pediste recordatorios")


def test_silence_in_the_middle_of_a_booking(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("quiero un turno, estoy embarazada").says("no me manden mas mensajes").sees("No te voy a escribir más")
    ana.does_not_see("DNI")


def test_privacy_in_few_lines(ana: Chat) -> None:
    ana.says("quien ve mis datos?")
    ana.says("PRIVACIDAD").sees("Meta", "MIS DATOS", "BORRAR", "BAJA")
