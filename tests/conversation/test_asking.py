"""From a booking to "te aviso el …", and content that she asks for and ends. Every real process."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from latido.care.services import BUENOS_AIRES
from latido.reminders.content_data import load_content
from latido.reminders.tables import reminder
from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_interruptions import at_home, with_appointment
from tests.conversation.test_reminders import PATIENCE, database, in_words, planned, sent
from tests.conversation.test_several_people import child

ASKS = "¿Querés que te avise por acá"
ASKS_CONTENT = "te mande un consejo corto"


def steps_left(latido: Latido, chat: Chat) -> list[str]:
    """The steps of her plan that are to be said, once the planner has looked."""
    with database(latido) as connection:
        mine = (reminder.c.resident == latido.vault.resident_key(chat.number), reminder.c.state == "pending")
        return list(connection.execute(select(reminder.c.name).where(*mine)).scalars())


def day_said(moment: datetime) -> str:
    """The day as she reads it."""
    day, today = moment.astimezone(BUENOS_AIRES).date(), datetime.now(BUENOS_AIRES).date()
    months = (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    )
    near = {0: "hoy", 1: "mañana"}.get((day - today).days)
    return near or f"{day.day} de {months[day.month - 1]}"


def test_a_booking_a_yes_and_the_day_of_the_first_reminder(latido: Latido, ana: Chat) -> None:
    with_appointment(ana).sees(ASKS, "BAJA", "Sí, avisame")
    ana.says("para qué?").sees("no se te pase la fecha", "Sí, avisame")
    ana.says("dale").sees("Listo, te aviso.")
    first = planned(latido, ana, "book", "tell", "confirm", "remind", "morning", "after")
    ana.sees(f"te llega {'' if day_said(first.due_at) in ('hoy', 'mañana') else 'el '}").sees(day_said(first.due_at))
    ana.says("gracias").does_not_see(ASKS)


def test_a_no_is_a_no_until_she_asks_herself(latido: Latido, ana: Chat) -> None:
    with_appointment(ana).sees(ASKS)
    ana.says("no gracias").sees("no te mando avisos", "ALTA")
    ana.says("qué controles me tocan").does_not_see(ASKS)
    assert steps_left(latido, ana) == []
    ana.says("ALTA").sees("Listo").sees(ASKS_CONTENT)
    planned(latido, ana, "book", "tell", "confirm", "remind", "morning", "after")


def test_after_danger_nothing_is_asked(ana: Chat) -> None:
    at_home(ana).says("estoy sangrando mucho").sees("107")
    child(ana, "Luca", in_words(date.today() - timedelta(days=30))).does_not_see(ASKS)


def a_day_from_the_next_card() -> date:
    """The birthday of a child whose next card is of tomorrow."""
    first = min(card.first_day for card in load_content().cards if card.stage == "child" and card.first_day > 30)
    return datetime.now(BUENOS_AIRES).date() + timedelta(days=1 - first)


def test_content_is_asked_for_apart_and_ends_apart(latido: Latido, ana: Chat) -> None:
    born = a_day_from_the_next_card()
    child(at_home(ana), "Luca", in_words(born)).sees(ASKS)
    ana.taps("Sí, avisame").sees("Listo").does_not_see(ASKS_CONTENT)
    ana.says("quiero recibir consejos").sees("Listo")
    row = planned(latido, ana, "tip")
    with database(latido) as connection:
        said = {"state": "sent", "changed_at": datetime.now(UTC)}
        connection.execute(update(reminder).where(reminder.c.id == row.id).values(said))
    card = load_content().cards[-1]
    sent(
        latido, ana, row.id, "tip", {"title": card.title, "text": card.text, "source": card.source, "what": card.title}
    )
    latido.lets_hours_pass(ana.number, 72)
    ana.taps("No quiero más").sees("Los avisos de turnos y controles siguen igual")
    deadline = time.monotonic() + PATIENCE
    while "tip" in steps_left(latido, ana):
        assert time.monotonic() < deadline, latido.last_lines()
        time.sleep(0.2)
    assert set(steps_left(latido, ana)) & {"book", "tell"}


def test_no_more_tips_in_words_and_what_is_kept(ana: Chat) -> None:
    child(at_home(ana), "Mora", in_words(date.today() - timedelta(days=60)))
    ana.says("mandame consejos").sees(ASKS_CONTENT)
    ana.says("sí mandame").sees("Listo")
    ana.says("mis datos").sees("Pediste que te mande consejos")
    ana.says("no quiero más consejos").sees("siguen igual")
    ana.says("mis datos").does_not_see("Pediste que te mande consejos")
