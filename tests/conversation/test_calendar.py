"""Her calendar: a few lines and a picture, when she asks for it; also during BAJA, and never after a loss."""

from __future__ import annotations

import io
import time

import requests
from PIL import Image
from sqlalchemy import select

from latido.emulator.client import Seen
from latido.messaging.pictures.tables import picture
from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_interruptions import at_home, with_appointment
from tests.conversation.test_several_people import child

PATIENCE = 90.0


def shown(chat: Chat, count: int = 1) -> Seen:
    """The picture on her phone, the last of so many."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [seen for seen in chat.phone.transcript() if seen.kind == "image" and seen.direction != "inbound"]
        if len(found) >= count:
            return found[-1]
        assert time.monotonic() < deadline, f"no picture\n{chat.phone}"
        time.sleep(0.1)


def drawn(latido: Latido, seen: Seen) -> Image.Image:
    """What the phone shows of it."""
    answer = requests.get(latido.emulator.base_url + seen.raw["media"]["url"], timeout=30)
    assert answer.headers["Content-Type"] == "image/png"
    return Image.open(io.BytesIO(answer.content))


def test_what_is_booked_and_due_in_words_and_as_a_picture(latido: Latido, ana: Chat) -> None:
    with_appointment(ana)
    ana.says("mi calendario").sees("Esto es lo que sigue", "Embarazo", "CeSAC")
    seen = shown(ana)
    assert seen.body == "Tu calendario"
    assert drawn(latido, seen).width == 1080
    ana.taps("Mis turnos").sees("Control de embarazo")


def test_what_is_left_for_the_baby_and_a_tap_to_book_it(latido: Latido, ana: Chat) -> None:
    child(at_home(ana), "Luca", "20 de septiembre de 2026")
    ana.says("que me falta? mostrame mi calendario").sees("Esto es lo que sigue", "Luca", "Bebé de").does_not_see(
        "Embarazo"
    )
    assert drawn(latido, shown(ana)).width == 1080


def test_who_told_nothing_yet_is_asked_whose(ana: Chat) -> None:
    at_home(ana)
    ana.says("ver mi calendario").sees("¿De qué calendario querés saber?")
    ana.taps("De un embarazo").sees("¿De cuánto estás?")


def test_after_baja_she_still_gets_it_when_she_asks(ana: Chat) -> None:
    with_appointment(ana)
    ana.says("BAJA")
    ana.says("mi calendario").sees("Esto es lo que sigue", "escribí ALTA")
    shown(ana)


def test_after_a_loss_there_are_careful_words_and_no_dates(ana: Chat) -> None:
    with_appointment(ana)
    ana.says("perdí el embarazo").sees("Lo siento")
    ana.says("mi calendario").sees("Lo siento mucho", "Hablar con alguien").does_not_see("Esto es lo que sigue")
    assert [seen for seen in ana.phone.transcript() if seen.kind == "image"] == []


def test_nothing_of_it_is_left_once_she_is_forgotten(latido: Latido, ana: Chat) -> None:
    with_appointment(ana)
    ana.says("mi calendario").sees("Esto es lo que sigue")
    shown(ana)
    ana.says("quiero que borren todos mis datos").taps("Sí, borrar todo").taps("Cancelarlo").sees("cancelé el turno")
    engine = latido.engine
    key = latido.vault.resident_key(ana.number)
    with engine.connect() as connection:
        assert connection.execute(select(picture.c.id).where(picture.c.resident == key)).all() == []
    engine.dispose()
