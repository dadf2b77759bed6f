"""What she thinks of the service: praise is thanked, a complaint taken seriously, a person offered."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import Latido


@pytest.fixture
def ana(ana: Chat) -> Chat:
    ana.says("hola").taps("Sí, acepto")
    return ana


def test_praise(latido: Latido, ana: Chat) -> None:
    ana.says("excelente la atención en el cesac 15, muy amables").sees("Gracias por contarlo")
    assert any("feedback" in row.flags for row in latido.log_of(ana.number))


def test_a_complaint_and_its_centre(ana: Chat) -> None:
    ana.says("me trataron muy mal en la salita").sees("Lamento", "¿En qué CeSAC fue?", "Hablar con alguien")
    ana.says("en el 9").sees("Anotado", "147")


def test_a_complaint_without_saying_where(ana: Chat) -> None:
    ana.says("quiero quejarme de como me atendieron").taps("Prefiero no decir").sees("Anotado")


def test_anger_at_the_assistant(ana: Chat) -> None:
    ana.says("este bot no sirve para nada").sees("Perdón", "Hablar con alguien")
