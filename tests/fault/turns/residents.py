"""What residents do while things go wrong: they chat, they book, one writes without end."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from latido.emulator.client import Phone, Seen
from tests.fault.turns.town import Town

TEXTS = ("hola", "¿es gratis?", "qué tengo que llevar?", "busco un cesac en barracas", "gracias", "¿sos un robot?")
WANTS = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas, quiero un turno"
AGAIN = "quiero un turno"
TRIES = 5
BOOKED = "¡Listo!"
# The first of these that is offered is what she wants; else she answers what was asked.
WISHES = (
    *("Sí, acepto", "Sacar turno", "Para mí", "En trámite", "Prefiero no decir", "Sí, confirmar"),
    *("Ver esos turnos", "Probar de nuevo"),
)
ASKED = {"¿De cuánto": "5 meses", "zona": "barracas"}
PATIENCE_S = 20.0
STEPS = 40
FLOOD_AT_ONCE = 16


def chats(town: Town, over: threading.Event, pause: tuple[float, float], chance: random.Random) -> None:
    """One resident who writes without waiting for answers."""
    phone = town.somebody()
    while not over.is_set():
        town.says(phone, chance.choice(TEXTS))
        over.wait(chance.uniform(*pause))


def books(town: Town, over: threading.Event) -> None:
    """Residents, one after the other, of whom each does what she is asked until her appointment is made."""
    while not over.is_set():
        phone = town.somebody()
        for words in (WANTS, *[AGAIN] * TRIES):
            town.says(phone, words)
            if _books(town, phone, over) or over.wait(1.0):
                break


def _books(town: Town, phone: Phone, over: threading.Event) -> bool:
    """Whether it was made; not when she knows no further, or nobody answers."""
    for _ in range(STEPS):
        seen = _answer(phone, over)
        if any(BOOKED in each.body for each in seen):
            town.count("appointments made")
            return True
        if not seen or over.is_set() or not _steps(town, phone, seen):
            return False
    return False


def _answer(phone: Phone, over: threading.Event) -> list[Seen]:
    """What came; nothing when she loses her patience."""
    waited = 0.0
    while waited < PATIENCE_S and not over.is_set():
        if found := phone.waits_for_reply(timeout=0.5, messages=0, quiet=0.1):
            return found
        waited += 0.5
    return []


def _steps(town: Town, phone: Phone, seen: Sequence[Seen]) -> bool:
    """One step further; False when she does not know what to say."""
    last = seen[-1]
    wish = next((choice for wish in WISHES for choice in last.choices if choice.startswith(wish)), None)
    time_of_day = next((item for item in last.items if ":" in item), None)
    asked = next((words for mark, words in ASKED.items() if mark in last.body), None)
    if time_of_day or wish:
        town.chooses(phone, time_of_day or wish or "", from_list=(time_of_day or wish) in last.items)
    elif asked:
        town.says(phone, asked)
    return bool(time_of_day or wish or asked)


def floods(town: Town, messages: int, over: threading.Event) -> None:
    """One resident who writes so many messages at once."""
    phone = town.somebody()
    town.flooder = phone.number
    with ThreadPoolExecutor(FLOOD_AT_ONCE) as pool:
        for number in range(messages):
            pool.submit(town.says, phone, f"gracias {number % 7}", wait=False)
    while not over.wait(1.0):
        town.sends_freely(phone.number)
