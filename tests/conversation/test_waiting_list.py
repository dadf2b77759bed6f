"""A slot that became free comes to who waits for one, and a tap books it: every real process, from worker to desk."""

from __future__ import annotations

from typing import Any

import requests

from tests.conversation.chat import Chat
from tests.conversation.running import Latido

PATIENCE = 60.0


def waits_at(latido: Latido, chat: Chat, center: int) -> None:
    """Put her on the list, as the dialogue does."""
    token = (latido.data_dir / "service-token").read_text()
    key = latido.vault.resident_key(chat.number)
    body: dict[str, Any] = {"idempotency_key": f"SM:{key}:wait", "resident": key, "center_number": center}
    body["answers"] = {"prior_checkups": "none", "age_band": "under_15"}
    answer = requests.post(
        f"{latido.base_url}/care/v1/waiting-list", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    assert answer.status_code == 201, answer.text


def test_a_free_slot_is_offered_to_who_waits_and_a_tap_books_it(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    waits_at(latido, ana, 15)
    ana.phone.waits_for("Se liberó un turno", timeout=PATIENCE)
    assert [each["status"] for each in latido.appointments_of(ana.number, "pending")] == ["pending"]
    ana.taps("Lo quiero").sees("CeSAC")
    [booked] = ana.appointments
    assert booked["priority"] == 1


def test_who_declines_stays_on_the_list_until_she_leaves_it(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    waits_at(latido, ana, 9)
    ana.phone.waits_for("Se liberó un turno", timeout=PATIENCE)
    ana.taps("No puedo")
    assert latido.appointments_of(ana.number, "waitlist")
    ana.taps("Salir de la lista")
    assert latido.appointments_of(ana.number, "waitlist") == []
    assert ana.appointments == []
