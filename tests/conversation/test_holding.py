"""A slot is kept while she decides, and what becomes of it when she takes too long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import Latido, running_latido
from tests.conversation.test_prenatal_appointment import up_to_offers

pytestmark = pytest.mark.timeout(240)

HOLD_SECONDS = 3.0


@pytest.fixture(scope="module")
def hasty_latido(latido: Latido, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Latido]:
    """Latido that keeps a slot for three seconds only."""
    data_dir: Path = tmp_path_factory.mktemp("hasty")
    with running_latido(data_dir, LATIDO_HOLD_MINUTES=str(HOLD_SECONDS / 60)) as running:
        yield running


def held_slot(chat: Chat) -> str:
    """The reference of the slot she holds on the FHIR server."""
    [pending] = chat.latido.appointments_of(chat.number, status="pending")
    [slot] = [part["reference"] for part in pending["slot"]]
    return slot


def test_picking_holds_and_the_yes_books_that_very_slot(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().sees("Te lo guardo hasta las", "¿Lo confirmo?")
    slot = held_slot(ana)
    assert latido.fhir(slot)["status"] != "free"
    ana.taps("Sí, confirmar").sees("¡Listo!")
    [booked] = ana.appointments
    assert [part["reference"] for part in booked["slot"]] == [slot]


def test_what_is_held_is_offered_to_nobody_else_and_another_choice_frees_it(
    latido: Latido, ana: Chat, new_resident: type[Chat]
) -> None:
    up_to_offers(ana).taps_first_slot()
    first = held_slot(ana)
    ana.taps("Otro horario").taps_first_slot().sees("¿Lo confirmo?")
    assert held_slot(ana) != first
    assert latido.fhir(first)["status"] == "free"


def test_starting_anew_frees_it_at_once(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot()
    slot = held_slot(ana)
    ana.taps("Salir").sees("SEGUIR")
    assert latido.fhir(slot)["status"] != "free"
    ana.taps("Empezar de nuevo")
    assert latido.fhir(slot)["status"] == "free"


def test_a_late_yes_still_books_while_nobody_took_it(hasty_latido: Latido) -> None:
    ana = up_to_offers(Chat(hasty_latido)).taps_first_slot()
    time.sleep(HOLD_SECONDS + 1)
    ana.taps("Sí, confirmar").sees("¡Listo!")
    assert len(ana.appointments) == 1


def test_a_late_yes_to_what_somebody_took_shows_others_at_once(hasty_latido: Latido) -> None:
    ana, eva = Chat(hasty_latido, "Ana"), Chat(hasty_latido, "Eva")
    up_to_offers(ana).taps_first_slot()
    slot = held_slot(ana)
    _wait_until_free(hasty_latido, slot)
    up_to_offers(eva).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    assert [part["reference"] for part in eva.appointments[0]["slot"]] == [slot]
    ana.taps("Sí, confirmar").sees("Ese turno ya no está", "Tengo estos otros", "Más horarios")
    assert ana.appointments == []
    ana.taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    assert len(ana.appointments) == 1


def _wait_until_free(latido: Latido, slot: str) -> None:
    """Until the sweep has let go of a hold that ran out."""
    deadline = time.monotonic() + 60
    while latido.fhir(slot)["status"] != "free":
        assert time.monotonic() < deadline, f"the hold was not released\n{latido.last_lines()}"
        time.sleep(0.3)
