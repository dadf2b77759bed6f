"""One phone, several people: each has a record of her or his own, and the right one is asked for only when unclear."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.test_interruptions import at_home
from tests.conversation.test_prenatal_appointment import up_to_offers


def child(chat: Chat, name: str, born: str) -> Chat:
    """Put a child on record in one message."""
    chat.says(f"quiero anotar a mi bebé {name}, nació el {born}")
    return chat.sees(f"anoté a {name}")


@pytest.fixture
def family(ana: Chat) -> Chat:
    """A resident with two children on record."""
    child(at_home(ana), "Luca", "20 de septiembre de 2026")
    return child(ana, "Mora", "5 de enero de 2024")


def test_her_own_pregnancy_then_her_child(ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    ana.says("necesito un turno de pediatra para mi hijo Luca").sees("¿Qué día nació?")
    ana.says("el 20 de septiembre").sees("su número de DNI")
    ana.taps("No tiene DNI").taps_first_slot().sees("Luca").taps("Sí, confirmar").sees("Luca tiene turno")
    ana.says("mis turnos").sees("Control de embarazo", "Control pediátrico", "Luca")
    assert len(ana.appointments) >= 1


def test_two_children_by_name(family: Chat) -> None:
    family.says("que vacunas le tocan a luca?").sees("Vacunas de Luca").does_not_see("Mora")
    family.says("y que vacunas le tocan a mora?").sees("Mora").does_not_see("de Luca")


def test_two_children_by_age(family: Chat) -> None:
    family.says("cuando le toca control al mas chiquito?").sees("de Luca")
    family.says("cuando le toca control a la mas grande?").sees("de Mora")


def test_two_children_and_no_word_of_which(family: Chat) -> None:
    family.says("que vacunas le tocan?").sees("Luca", "Mora")
    family.taps("Mora").sees("Vacunas de Mora")


def test_another_child_in_the_middle_of_an_appointment(family: Chat) -> None:
    family.says("necesito turno con el pediatra para luca en barracas")
    while "Más horarios" not in family.answer:
        family.taps("No tiene DNI") if "DNI" in family.answer else family.says("barracas")
    family.says("no, perdón, es para mora").does_not_see("Luca")
    while "Más horarios" not in family.answer:
        family.taps("No tiene DNI") if "DNI" in family.answer else family.says("barracas")
    family.taps_first_slot().sees("Para Mora", "¿Lo confirmo?")


def test_the_daughter_of_who_writes(ana: Chat) -> None:
    at_home(ana).says("mi hija esta embarazada de 3 meses y quiere un turno").sees("¿Cómo se llama?")
    ana.says("Rosa").sees("su número de DNI").does_not_see("tenés")
    ana.taps("No tiene DNI")
    for _ in range(6):
        if "Más horarios" in ana.answer or "¿Por dónde vive" in ana.answer:
            break
        ana.taps("Prefiero no decir")
    if "¿Por dónde vive" in ana.answer:
        ana.says("barracas")
    ana.taps_first_slot().sees("Para Rosa").taps("Sí, confirmar").sees("El turno de Rosa")
    ana.says("y ahora uno para mí, estoy de 5 meses").does_not_see("Rosa").sees("¿")


def test_a_grandmother_who_writes_for_all(ana: Chat) -> None:
    at_home(ana).says("soy la abuela, el nene se llama Bruno y nació el 20 de septiembre, quiero anotarlo")
    if "anoté" not in ana.answer:
        ana.says("Bruno" if "¿Cómo se llama?" in ana.answer else "el 20 de septiembre")
    ana.sees("anoté a Bruno")
    ana.says("y mi hija esta embarazada, necesita turno").sees("¿Cómo se llama?").says("Carla").sees("su número de DNI")
    ana.says("cuando le toca control a bruno?").sees("Bruno")


def test_a_birth_and_what_comes_after(ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    ana.says("ya nació! ayer a la noche").sees("¿Cómo se llama?").says("Luca")
    ana.sees("Anoté el nacimiento de Luca", "Te queda este turno del embarazo", "¿Qué preferís?")
    ana.taps("Lo mantengo").sees("sigue en pie")
    ana.says("cuando es el primer control?").sees("Luca").does_not_see("embarazo")


def test_the_loss_of_one_leaves_the_others(family: Chat) -> None:
    family.says("estoy embarazada de 2 meses").says("perdí el embarazo").sees("Lo siento mucho").does_not_see("¿", "¡")
    family.says("que vacunas le tocan a luca?").sees("Vacunas de Luca").does_not_see("embarazo")


def test_a_child_told_all_at_once(ana: Chat) -> None:
    at_home(ana).says("que cesac hay en barracas")
    ana.says("necesito un turno de pediatra para mi hijo Luca que nació el 20 de septiembre")
    ana.taps("No tiene DNI").sees("cerca de Barracas").taps_first_slot().sees("Luca", "¿Lo confirmo?")


def test_two_months_on_tuesday(ana: Chat) -> None:
    at_home(ana).says("soy la abuela el nene cumple 2 meses el martes").does_not_see("no te entendí")
