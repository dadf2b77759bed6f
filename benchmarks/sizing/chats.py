"""The conversations that are held while it is measured: eight messages of hers each, every fifth of them books."""

from __future__ import annotations

import itertools

from tests.conversation.chat import Chat
from tests.conversation.running import Latido

MESSAGES = 8
BOOKS = 5
ASKED = (
    "busco un cesac en barracas",
    "¿es gratis?",
    "¿qué tengo que llevar?",
    "¿los sábados atienden?",
    "¿sos un robot?",
    "muchas gracias",
)


def hold(latido: Latido, first: int, count: int) -> int:
    """So many conversations of as many residents, from this number on; returns how many messages they wrote."""
    return sum(_conversation(latido, number) for number in range(first, first + count))


def _conversation(latido: Latido, number: int) -> int:
    chat = Chat(latido, number=f"+54911{30_000_000 + number}")
    return _books(chat) if number % BOOKS == 0 else _asks(chat)


def _asks(chat: Chat) -> int:
    chat.says("hola").taps("Sí, acepto")
    for text in ASKED:
        chat.says(text)
    return 2 + len(ASKED)


def _books(chat: Chat) -> int:
    """A prenatal appointment with the shortest answers, until it stands or eight messages are written."""
    chat.says("hola, quiero sacar turno, estoy embarazada de 14 semanas y vivo en palermo").taps("Sí, acepto")
    for written in itertools.count(2):
        if written == MESSAGES:
            return written
        chat.next_step()
    raise AssertionError("never reached")
