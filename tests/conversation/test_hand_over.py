"""A person takes the conversation at the console: Latido is silent, but for danger, and takes up again after."""

from __future__ import annotations

import re
import time

import pytest
import requests

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import OPENING


class Desk:
    """An operator at the console, over HTTP."""

    def __init__(self, latido: Latido) -> None:
        self.base = f"{latido.base_url}/console"
        self.http = requests.Session()
        self.http.trust_env = False
        password = (latido.data_dir / "demo-operator-password").read_text().strip()
        self._sends("/login", "/login", username="demo", password=password)

    def sees(self, path: str, *words: str) -> str:
        """Open a page that says these words."""
        page = self.http.get(self.base + path, timeout=10).text
        for one in words:
            assert one in page, f"not on {path}: {one}"
        return page

    def does(self, key: str, step: str, **fields: str) -> requests.Response:
        """Press a button of a resident's thread."""
        return self._sends("/requests", f"/conversations/{key}/{step}", **fields)

    def _sends(self, form_on: str, path: str, **fields: str) -> requests.Response:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.sees(form_on))
        assert found
        answer = self.http.post(self.base + path, data={"csrf": found[1], **fields}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture
def desk(latido: Latido) -> Desk:
    return Desk(latido)


def key_of(latido: Latido, chat: Chat) -> str:
    return latido.vault.resident_key(chat.number)


def says_to_the_person(latido: Latido, chat: Chat, text: str) -> None:
    """She writes; what she wrote is dealt with and Latido says nothing."""
    chat.phone.says(text)
    deadline = time.monotonic() + 30
    while (last := [row for row in latido.log_of(chat.number) if row.direction == "in"][-1]).state == "received":
        assert time.monotonic() < deadline, latido.last_lines()
        time.sleep(0.1)
    assert last.state == "answered"
    assert chat.phone.hears_nothing(0.5), str(chat.phone)


def reads(chat: Chat, text: str) -> str:
    """What came to her phone without her asking, up to this text."""
    return "\n".join(seen.body for seen in chat.phone.waits_for(text, timeout=30))


def test_a_person_takes_over_and_the_journey_goes_on_after(latido: Latido, desk: Desk, ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").sees("¿Cuántos años tenés?")
    ana.says("quiero hablar con una persona").sees("No puedo decirte cuándo", "147", "107", "Ya no hace falta")
    key = key_of(latido, ana)
    desk.sees("/requests", key, "Pidió una persona", "Turno prenatal")
    card = desk.sees(f"/conversations/{key}", "Espera una persona", "Se frenó en", "edad", "Barracas")
    assert "30111222" not in card.replace(".", "")

    desk.does(key, "take")
    reads(ana, "Ahora te lee una persona")
    says_to_the_person(latido, ana, "hola?")
    desk.does(key, "write", text="Hola, soy del equipo. ¿En qué te ayudo?")
    reads(ana, "Hola, soy del equipo")
    desk.sees(f"/conversations/{key}", "demo, persona del equipo", "Latido no contestó")

    ana.says("estoy sangrando mucho").sees("107")
    assert ana.answer.index("107") < 120
    assert "danger" in latido.alerts_of(ana.number)
    says_to_the_person(latido, ana, "ya llamé al 107, gracias")

    desk.does(key, "give-back")
    reads(ana, "Seguís con Latido")
    ana.taps("Seguir donde estaba").sees("¿Cuántos años tenés?")
    ana.says("24").sees("presión alta")


def test_asking_twice_notes_it_once_and_she_may_take_it_back(latido: Latido, desk: Desk, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("quiero hablar con alguien").sees("Dejé anotado tu pedido")
    ana.says("necesito una persona por favor").sees("ya está anotado")
    key = key_of(latido, ana)
    assert desk.sees("/requests").count(f"r-{key}") == 1
    ana.taps("Ya no hace falta").sees("saqué tu pedido")
    assert key not in desk.sees("/requests")


def test_not_understood_three_times_a_person_is_asked_for_and_the_bot_goes_on_meanwhile(
    latido: Latido, desk: Desk, ana: Chat
) -> None:
    ana.says("hola").taps("Sí, acepto")
    for text in ("blorp blarp", "fnord fnord", "blarp fnord"):
        ana.says(text)
    ana.sees("persona", "147")
    desk.sees(f"/conversations/{key_of(latido, ana)}", "No se le entendió")
    ana.says("qué salita me queda cerca de barracas").sees("CeSAC")


def test_another_language_is_answered_with_the_numbers_and_a_person_who_speaks_it(
    latido: Latido, desk: Desk, ana: Chat
) -> None:
    ana.says("mba'éichapa, che ryeguasu ha aikotevẽ pytyvõ").sees("*107*", "144", "guaraníme")
    desk.sees(f"/conversations/{key_of(latido, ana)}", "Escribe en otra lengua", "guaraní")
    ana.says("estou perdendo sangue, estou grávida").sees("107", "Ligue agora")
    assert "danger" in latido.alerts_of(ana.number)


def test_who_goes_on_in_spanish_is_served_in_spanish(ana: Chat) -> None:
    ana.says("bom dia, eu preciso de uma consulta").sees("107", "português")
    ana.taps("Sigo en español")
    ana.taps("Sí, acepto").says("quero um turno, estou gravida de 5 meses").does_not_see("português")
