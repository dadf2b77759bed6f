"""Chats that once went wrong, as residents had them."""

from __future__ import annotations

from collections.abc import Callable

from tests.conversation.chat import Chat


def test_what_she_asks_after_a_danger_sign_is_about_it(ana: Chat) -> None:
    ana.says("quiero turno estoy de 8 meses vivo en soldati").taps("Sí, acepto").sees("DNI")
    ana.says("se me rompio la fuente que hago").sees("107", "Piñero")
    for asked in ("llamo a la ambulancia?", "a que numero llamo", "espero o voy ya"):
        ana.says(asked).sees("107", "No esperes", "Piñero").does_not_see("CeSAC", "DNI")
    ana.says("y si no viene?").sees("pueden ir adonde estés")
    ana.says("ok ya voy").sees("contame si llegaste").does_not_see("DNI")
    ana.says("seguir").sees("DNI")


def test_the_check_up_after_a_sick_baby_is_the_babys(ana: Chat) -> None:
    ana.says("mi bb tiene 12 dias y esta amarillito no quiere la teta").sees("107")
    ana.says("llamo a la ambulancia?").sees("107").does_not_see("permiso")
    ana.says("estoy en flores").sees("107", "hospital más cercano a Flores")
    ana.says("ya lo vieron, esta mejor. quiero sacarle turno de control").taps("Sí, acepto")
    ana.sees("¿Cómo se llama?").says("Thiago").sees("¿Qué día nació?")


def test_two_children_are_asked_about_one_after_the_other(ana: Chat) -> None:
    ana.says("quiero anotar a mi bebe").taps("Sí, acepto").says("Luca").says("20/9/2026").sees("anoté a Luca")
    ana.says("que vacunas le tocan a luca?").sees("Vacunas de Luca")
    ana.says("y a mora?").sees("¿Qué día nació?").says("5/1/2023").sees("Vacunas")
    ana.says("mi otra hija Mora tiene 3 años y necesita turno").sees("¿Qué día nació?")
    ana.says("5 de enero de 2023").sees("DNI").says("salir")
    ana.says("que controles le tocan a mora?").sees("Controles de Mora")
    ana.says("y vacunas?").sees("Vacunas de Mora")
    ana.says("y a luca?").sees("Vacunas de Luca")


def test_whom_it_is_for_is_changed_at_the_document_and_at_the_summary(ana: Chat) -> None:
    ana.says("quiero turno estoy de 5 meses").taps("Sí, acepto").sees("tu número de DNI")
    ana.says("no esperá, es para mi hermana, no para mi").sees("¿Cómo se llama?")
    ana.says("Yesi").sees("su número de DNI").says("no tiene").says("si").says("no perdon tengo 36").says("24")
    ana.says("no, espera, tiene gemelos").says("no").says("pompeya").taps_first_slot().sees("Para Yesi")
    ana.says("no esperá, es para mi prima, no para mi hermana").sees("¿Cómo se llama?").does_not_see("Yesi")


def test_the_first_message_of_a_father_is_all_heard(ana: Chat) -> None:
    ana.says("hola soy el papa, mi mujer esta de 20 semanas y necesita un control, cuanto sale?").taps("Sí, acepto")
    ana.sees("Después vemos si es gratis", "está de unas 20 semanas", "¿Cómo se llama?")


def test_a_loss_told_by_mistake(new_resident: Callable[..., Chat]) -> None:
    eva = new_resident("Eva")
    eva.says("estoy embarazada de 5 meses").taps("Sí, acepto").says("perdi el embarazo").sees("Lo siento mucho")
    eva.says("perdon me equivoque, no perdi nada").sees("entendí mal", "Dejé todo como estaba")


def test_no_leave_it_keeps_the_appointment(ana: Chat) -> None:
    ana.says("quiero un turno para mi embarazo").taps("Sí, acepto").says("en tramite").says("no")
    ana.says("todavia no").says("22").says("no").says("no").says("retiro").says("1").says("no puedo ese dia")
    ana.taps_first_slot().says("si").sees("¡Listo!")
    ana.says("quiero cancelarlo").says("que telefono tiene ese centro?").sees("CeSAC", "¿Lo cancelo?")
    ana.says("no, dejalo").sees("tu turno sigue en pie")
    assert len(ana.appointments) == 1
