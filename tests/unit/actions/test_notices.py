"""The buttons of a campaign's notice: its detail, a booking for whom it is about, and silence after a loss."""

from __future__ import annotations

from chat import Chat
from fake_care import FakeCare
from fake_reminders import payload

TEXT = "Hola, te escribimos de Latido. *Cuándo:* desde el lunes 30"


def noticed(chat: Chat, care: FakeCare, now: str = "stands") -> str:
    """A notice that reached her days ago, as care tells of it."""
    said = {"text": TEXT, "buttons": [{"title": "Otra cosa", "payload": "/help"}]} if now == "stands" else None
    known = care.reminders.known
    number = care.reminders.add(chat.resident, "notice", kind="campaign", what=None, now=now, message=said)
    known["c17"] = {**known.pop(number), "id": "c17"}
    return "c17"


def test_a_neutral_notice_shows_its_detail(ana: Chat, shared_care: FakeCare) -> None:
    assert TEXT in ana.send_payload(payload("see", noticed(ana, shared_care)))


def test_she_books_and_that_she_tapped_is_kept(ana: Chat, shared_care: FakeCare) -> None:
    number = noticed(ana, shared_care)
    ana.send_payload(payload("book", number))
    assert ana.form == "prenatal_form"
    assert shared_care.reminders.answers == [(number, "book")]


def test_after_a_loss_nothing_of_it_is_said(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.send_payload(payload("see", noticed(ana, shared_care, "lost")))
    assert "Lo siento mucho" in said
    assert TEXT not in said
