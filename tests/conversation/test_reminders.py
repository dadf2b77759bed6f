"""Talking back to a reminder: days later, without context, and whatever has happened meanwhile. Every real process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from latido.care.services import BUENOS_AIRES
from latido.messaging.outbox import queue_replies
from latido.messaging.tables import message
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.tables import reminder
from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_interruptions import at_home, with_appointment
from tests.conversation.test_several_people import child

PATIENCE = 90.0
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


@contextmanager
def database(latido: Latido) -> Iterator[Connection]:
    """One transaction; nothing of it stays open afterwards."""
    engine = latido.engine
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def reminded_of_appointment(latido: Latido, chat: Chat, name: str = "confirm") -> int:
    """A reminder of the appointment she has, as the worker writes and sends it; returns its id."""
    [appointment] = chat.appointments
    start = datetime.fromisoformat(appointment["start"]).astimezone(UTC)
    resident = latido.vault.resident_key(chat.number)
    group = f"{resident}:self:appointment:{appointment['id']}:{start:%Y%m%dT%H%MZ}"
    now = datetime.now(UTC)
    row = {
        "key": f"{group}:{name}",
        "resident": resident,
        "role": "self",
        "group_key": group,
        "kind": "appointment",
        "name": name,
        "service": "prenatal",
        "due_at": now,
        "not_after": now + timedelta(days=1),
        "template": f"appointment_{name}",
        "variables_sealed": latido.vault.seal("{}"),
        "appointment_id": appointment["id"],
        "codes": [],
        "state": "sent",
        "created_at": now,
        "changed_at": now,
    }
    with database(latido) as connection:
        number = int(connection.execute(insert(reminder).values(row).returning(reminder.c.id)).scalar_one())
    words = {"what": "Control del embarazo", "day": "el día que te dieron", "time": "9:30"}
    return sent(latido, chat, number, f"appointment_{name}", words)


def sent(latido: Latido, chat: Chat, number: int, template: str, words: Mapping[str, str]) -> int:
    """The message of a reminder, on her phone; quiet hours, which a test may run in, are not asked about."""
    resident = latido.vault.resident_key(chat.number)
    reply = reminder_reply(template, words, number)
    with database(latido) as connection:
        [queued] = queue_replies(connection, latido.vault, resident, None, [reply])
    chat.phone.waits_for(words["what"], timeout=PATIENCE)
    latido.waits_until_answered(chat.number, PATIENCE)
    with database(latido) as connection:
        connection.execute(update(message).where(message.c.id == queued).values(reminder_id=number))
    return number


def row_of(latido: Latido, number: int) -> Row[Any]:
    with database(latido) as connection:
        return connection.execute(select(reminder).where(reminder.c.id == number)).one()


def planned(latido: Latido, chat: Chat, *names: str) -> Row[Any]:
    """The first of these steps that the planner has written for her."""
    mine = (reminder.c.resident == latido.vault.resident_key(chat.number), reminder.c.name.in_(names))
    query = select(reminder).where(*mine, reminder.c.state == "pending").order_by(reminder.c.due_at).limit(1)
    deadline = time.monotonic() + PATIENCE
    while True:
        with database(latido) as connection:
            row = connection.execute(query).first()
        if row is not None:
            return row
        assert time.monotonic() < deadline, latido.last_lines()
        time.sleep(0.2)


def reminded_of_checkup(latido: Latido, chat: Chat) -> int:
    """The planner's own step to book the next check-up, said now."""
    row = planned(latido, chat, "book")
    with database(latido) as connection:
        mine = (reminder.c.id == row.id, reminder.c.state == "pending")
        said = {"state": "sent", "changed_at": datetime.now(UTC)}
        assert connection.execute(update(reminder).where(*mine).values(said)).rowcount == 1
    return sent(latido, chat, row.id, "checkup_book", {"what": "Control de tu bebé"})


def in_words(day: date) -> str:
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def with_child(chat: Chat) -> Chat:
    """A resident with a baby of a month on record who wants reminders."""
    child(at_home(chat), "Luca", in_words(date.today() - timedelta(days=30)))
    return chat.says("ALTA")


def test_a_button_tapped_days_later_confirms(latido: Latido, ana: Chat) -> None:
    number = reminded_of_appointment(latido, with_appointment(ana))
    latido.lets_hours_pass(ana.number, 72)
    ana.taps("Sí, voy").sees("Anoté que vas")
    ana.taps("Sí, voy").sees("Anoté que vas")
    assert row_of(latido, number).answer == "confirm"
    ana.says("mis turnos").sees("Confirmaste que vas")


def test_another_time_in_words_is_for_that_very_appointment(latido: Latido, ana: Chat) -> None:
    number = reminded_of_appointment(latido, with_appointment(ana))
    [before] = ana.appointments
    ana.says("no puedo ese día").taps_first_slot().sees("Cambiar").taps("Sí, cambiar")
    [after] = ana.appointments
    assert after["id"] != before["id"]
    assert row_of(latido, number).answer == "move"
    latido.lets_hours_pass(ana.number, 30)
    ana.taps("Otra cosa").sees("Decime qué necesitás")


def test_a_button_of_an_appointment_that_was_cancelled_meanwhile(latido: Latido, ana: Chat) -> None:
    reminded_of_appointment(latido, with_appointment(ana))
    ana.says("cancelar mi turno").taps("Sí, cancelar")
    assert ana.appointments == []
    ana.taps("Sí, voy").sees("ya no está en pie").does_not_see("Anoté")


def test_a_button_after_a_loss(latido: Latido, ana: Chat) -> None:
    reminded_of_appointment(latido, with_appointment(ana))
    ana.says("perdí el embarazo").sees("Lo siento mucho").does_not_see("¿", "¡")
    latido.lets_hours_pass(ana.number, 48)
    ana.taps("Sí, voy").sees("Lo siento mucho", "no hace falta que hagas nada").does_not_see("¿", "¡", "Anoté")


def test_a_loss_told_in_the_menu_of_a_reminder(latido: Latido, ana: Chat) -> None:
    reminded_of_appointment(latido, with_appointment(ana))
    ana.taps("Otra cosa").sees("Ya nació", "No quiero más avisos", "Hablar con una persona")
    ana.taps("Perdí el embarazo").sees("Lo siento mucho", "No fue eso").does_not_see("¿", "¡")
    assert "loss" in latido.alerts_of(ana.number)


def test_a_button_in_the_middle_of_another_journey(latido: Latido, ana: Chat) -> None:
    reminded_of_appointment(latido, with_appointment(ana))
    ana.says("necesito un turno de pediatra para mi bebe").sees("¿Cómo se llama?")
    ana.taps("Sí, voy").sees("Anoté que vas", "¿Cómo se llama?")
    ana.says("Luca").sees("¿Qué día nació?")


def test_she_cancels_from_the_reminder_of_the_day_before(latido: Latido, ana: Chat) -> None:
    number = reminded_of_appointment(latido, with_appointment(ana), "remind")
    ana.taps("No puedo ir").sees("¿")
    assert ana.appointments
    ana.taps("Sí, cancelar")
    assert ana.appointments == []
    assert row_of(latido, number).answer == "cancel"


def test_no_more_reminders_from_the_menu(latido: Latido, ana: Chat) -> None:
    reminded_of_appointment(latido, with_appointment(ana))
    ana.taps("Otra cosa").taps("No quiero más avisos").sees("no te voy a escribir")


def test_later_and_then_a_day_in_words(latido: Latido, ana: Chat) -> None:
    number = reminded_of_checkup(latido, with_child(ana))
    ana.taps("Más adelante").sees("¿Cuándo te aviso de nuevo?", "La semana que viene")
    ana.says("mañana").sees("te aviso el")
    row = row_of(latido, number)
    tomorrow = datetime.now(BUENOS_AIRES).date() + timedelta(days=1)
    assert row.answer == "later" and row.asked_for.astimezone(BUENOS_AIRES).date() == tomorrow
    deadline = time.monotonic() + PATIENCE
    while not planned(latido, ana, "book").key.startswith(f"{row.key}:"):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_remind_me_in_words(latido: Latido, ana: Chat) -> None:
    number = reminded_of_checkup(latido, with_child(ana))
    ana.says("recordame mañana").sees("te aviso el")
    assert row_of(latido, number).asked_for is not None


def test_a_checkup_is_booked_with_what_is_known_of_the_child(latido: Latido, ana: Chat) -> None:
    number = reminded_of_checkup(latido, with_child(ana))
    ana.taps("Sacar turno").does_not_see("¿Cómo se llama?", "¿Qué día nació?")
    assert row_of(latido, number).answer == "book"


def test_already_done_in_words(latido: Latido, ana: Chat) -> None:
    number = reminded_of_checkup(latido, with_child(ana))
    ana.says("ya lo llevé al control").sees("Lo anoté")
    assert row_of(latido, number).answer == "went"
    ana.says("gracias").sees("De nada")
