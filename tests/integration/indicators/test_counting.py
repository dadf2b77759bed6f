"""A month of a few residents, counted by hand and by Latido."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, insert, select, update

from latido.care.places.locate import Near
from latido.care.residents import CHAT, CURRENT_CONSENT, REMINDERS, give_consent, remember_place, withdraw_consent
from latido.care.services import BUENOS_AIRES, Care
from latido.care.tables import bookings
from latido.indicators.command import indicators_group
from latido.indicators.kept import figures_of, months_counted
from latido.indicators.rounds import AS_OF_NOW, COUNTS, count_if_due, count_month
from latido.indicators.rules.figures import Figure, Month
from latido.indicators.tables import figures
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import alert, message
from latido.messaging.tickets import ask_for_person
from latido.reminders.parts import Reminders
from latido.reminders.tables import reminder
from tests.integration.care.conftest import NOW, Clock
from tests.integration.reminders.conftest import VISIT, Story, at

NOVEMBER = Month.named("2026-11")
ANA, EVA = "whatsapp:+5491151234567", "whatsapp:+5491151234568"


def november(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BUENOS_AIRES)


def writes(care: Care, sid: str, when: datetime, who: str = ANA, **more: object) -> str:
    """A written message of that moment, answered a minute later; returns her key."""
    store_inbound(care.engine, care.vault, InboundMessage(sid, who, "text", "hola"))
    mine = message.c.provider_sid == sid
    with care.engine.begin() as connection:
        told = {"created_at": when, "state": "answered", **more}
        connection.execute(update(message).where(mine).values(told))
        row = connection.execute(select(message.c.id, message.c.resident).where(mine)).one()
        answer = {"state": "handed_over", "handed_over_at": when + timedelta(minutes=1), "answers_id": row.id}
        content = {"text": "x", "content_sealed": care.vault.seal("{}"), "kind": "text", "direction": "out"}
        connection.execute(insert(message).values(resident=row.resident, **content, **answer))
    return str(row.resident)


def counted(care: Care, indicator: str, month: Month = NOVEMBER) -> list[Figure]:
    count_month(care, month)
    with care.engine.connect() as connection:
        return figures_of(connection, month).get(indicator, [])


def test_a_conversation_begins_after_a_day_of_silence(care: Care) -> None:
    writes(care, "SM1", november(1) - timedelta(hours=12))  # the last day of October
    writes(care, "SM2", november(1, 9))  # goes on
    writes(care, "SM3", november(3))
    writes(care, "SM4", november(3, 20))  # goes on
    writes(care, "SM5", november(5), EVA)
    assert counted(care, "conversations") == [Figure("", 2, 2)]


def test_those_in_which_a_person_was_asked_for_are_not_resolved_without(care: Care) -> None:
    ana = writes(care, "SM1", november(3))
    writes(care, "SM2", november(9))
    writes(care, "SM3", november(5), EVA)
    with care.engine.begin() as connection:
        message_id = connection.execute(select(message.c.id).where(message.c.provider_sid == "SM2")).scalar_one()
        ask_for_person(connection, care.vault, ana, message_id, "asked", [])
        connection.exec_driver_sql("UPDATE ticket SET created_at = '2026-11-09 10:05-03'")
    assert counted(care, "without_person") == [Figure("", 3, 2)]


def test_what_was_not_understood_and_how_fast_danger_was_answered(care: Care) -> None:
    writes(care, "SM1", november(3), flags=["not_understood"])
    writes(care, "SM2", november(4))
    writes(care, "SM3", november(5), urgent=True)
    assert counted(care, "not_understood") == [Figure("", 3, 1)]
    assert counted(care, "danger_answered") == [Figure("", 1, None, 1.0, 1.0)]


def test_how_long_an_alarm_waits_for_a_person(care: Care) -> None:
    key = writes(care, "SM1", november(3))
    with care.engine.begin() as connection:
        for subject, seen in (("a", november(3, 10, 8)), ("b", november(3, 10, 20)), ("c", None)):
            made = {"kind": "danger", "resident": key, "subject": subject, "created_at": november(3)}
            connection.execute(insert(alert).values(**made, resolved_at=seen))
    assert counted(care, "danger_to_person") == [Figure("", 2, None, 8.0, 20.0)]
    assert counted(care, "danger_not_seen") == [Figure("", 3, 1)]


def test_who_no_longer_wants_reminders(care: Care) -> None:
    with care.engine.begin() as connection:
        for whose, given, withdrawn in (("a", 1, 10), ("b", 2, None), ("c", 3, 30)):
            give_consent(connection, whose, REMINDERS, CURRENT_CONSENT, november(given))
            give_consent(connection, whose, CHAT, CURRENT_CONSENT, november(given))
            if withdrawn:
                withdraw_consent(connection, whose, REMINDERS, november(withdrawn))
    assert counted(care, "opted_out") == [Figure("", 3, 2)]


def test_fifteen_minutes_by_mode_and_commune(care: Care) -> None:
    for name, where in (("a", "barracas"), ("b", "san telmo"), ("c", "san telmo")):
        place = care.locator.locate(Near(neighbourhood=where)).place
        assert place is not None
        with care.engine.begin() as connection:
            give_consent(connection, name, CHAT, CURRENT_CONSENT, NOW)
        remember_place(care.engine, name, place, NOW)
    found = {each.part: (each.of, each.hits) for each in counted(care, "within_15_minutes")}
    assert found["walking:"][0] == found["car:"][0] == 3
    assert (found["walking:4"][0], found["walking:1"][0]) == (1, 2)
    assert found["walking:1"][1] in (0, 2), "who lives in the same place has the same way"
    assert found["car:"][1] >= found["walking:"][1]


def test_where_they_live_now_says_nothing_of_a_month_that_is_over(care: Care, clock: Clock) -> None:
    place = care.locator.locate(Near(neighbourhood="barracas")).place
    assert place is not None
    with care.engine.begin() as connection:
        for name in ("a", "b"):
            give_consent(connection, name, CHAT, CURRENT_CONSENT, NOW)
    remember_place(care.engine, "a", place, NOW)
    count_month(care, NOVEMBER)
    clock.now = november(30) + timedelta(days=2)
    remember_place(care.engine, "b", place, clock.now)
    walking = {each.part: each.of for each in counted(care, "within_15_minutes")}
    assert walking["walking:"] == 1
    assert {each.of for each in counted(care, "within_15_minutes", Month.named("2026-12"))} == {2}


@pytest.fixture
def ana(reminders: Reminders, clock: Clock) -> Story:
    story = Story(reminders, clock).agrees()
    story.is_pregnant(date(2026, 9, 10))
    return story


def test_visits_by_what_the_centre_wrote_or_she_told(ana: Story, clock: Clock) -> None:
    appointment = ana.books(VISIT)
    december = Month.named("2026-12")
    clock.now = at(3)
    assert counted(ana.care, "visits_unknown", december) == [Figure("", 1, 1), Figure("prenatal", 1, 1)]
    ana.misses(appointment)
    assert counted(ana.care, "visits_kept", december) == [Figure("", 1, 0), Figure("prenatal", 1, 0)]


def test_the_wait_for_a_first_appointment_by_the_priority_it_was_made_with(ana: Story) -> None:
    first = ana.books(VISIT)
    ana.moves(first)  # the second one is no first one
    waits = {each.part: (each.of, each.median) for each in counted(ana.care, "wait_for_first")}
    assert waits[""] == (1, 8)  # from the 23rd of November to the 1st of December
    assert sorted(of for of, _ in waits.values()) == [0, 0, 1, 1]


def _visited(story: Story, *days: date, service: str = "prenatal", role: str = "self") -> None:
    """Bookings of these days that she kept."""
    with story.care.engine.begin() as connection:
        for day in days:
            moment = datetime.combine(day, november(1).timetz())
            row = {
                "booking_key": f"{service}-{role}-{day}",
                "resident": story.resident,
                "patient_key": f"{story.resident}:{role}",
                "service": service,
                "pregnancy_window": "unknown",
                "slot_id": f"{day}",
                "starts_at": moment,
                "appointment_id": f"{service}-{role}-{day}",
                "state": "ended",
                "origin": "resident",
                "replacing": False,
                "ended_why": "past",
                "told_visit": "went",
                "told_visit_at": moment,
                "looked_at": moment,
                "created_at": moment - timedelta(days=7),
            }
            connection.execute(insert(bookings).values(row))


def test_from_a_reminder_to_the_visit(ana: Story, clock: Clock) -> None:
    kept, to_come = ana.books(VISIT), "appointment-to-come"
    _visited(ana, date(2026, 12, 20))
    with ana.care.engine.begin() as connection:
        renamed = update(bookings).where(bookings.c.appointment_id == "prenatal-self-2026-12-20")
        connection.execute(renamed.values(appointment_id=to_come, state="booked", ended_why=None, told_visit=None))
        told = update(bookings).where(bookings.c.appointment_id == kept)
        connection.execute(told.values(state="ended", ended_why="past", told_visit="went", told_visit_at=NOW))
        for number, appointment in enumerate((kept, to_come)):
            _reminded(connection, ana, number, appointment)
    clock.now = datetime(2026, 12, 2, 10, tzinfo=BUENOS_AIRES)
    assert counted(ana.care, "reminders") == [
        Figure("answered", 2, 1),
        Figure("attended", 1, 1),
        Figure("delivered", 2, 2),
        Figure("read", 2, 1),
    ]


def _reminded(connection: Connection, story: Story, number: int, appointment: str) -> None:
    """A reminder of an appointment, sent on the 24th and delivered; the first one read and answered as well."""
    sent, first = november(24), number == 0
    kinds = {"role": "self", "group_key": "g", "kind": "appointment", "name": "confirm", "service": "prenatal"}
    said = {"template": "appointment_confirm", "variables_sealed": b"", "codes": [], "state": "sent"}
    moments = dict.fromkeys(("due_at", "not_after", "created_at", "changed_at"), sent)
    row = {"key": f"k{number}", "resident": story.resident, "appointment_id": appointment, **kinds, **said, **moments}
    answer = {"answer": "confirm", "answered_at": sent} if first else {}
    made = connection.execute(insert(reminder).values(**row, **answer).returning(reminder.c.id)).scalar_one()
    log = {"direction": "out", "kind": "text", "state": "handed_over", "content_sealed": b"", "reminder_id": made}
    ticks = {"handed_over_at": sent, "delivered_at": sent, "read_at": sent if first else None}
    connection.execute(insert(message).values(resident=story.resident, **log, **ticks))


def test_five_visits_in_a_pregnancy_and_seven_in_a_first_year(ana: Story, clock: Clock) -> None:
    _visited(ana, *(date(2026, 10, day) for day in (1, 8, 15, 22)), date(2027, 3, 1))
    clock.now = datetime(2027, 5, 20, 10, tzinfo=BUENOS_AIRES)
    ana.gives_birth(date(2027, 5, 19))
    assert counted(ana.care, "prenatal_five", Month.named("2027-05")) == [Figure("", 1, 1)]
    child = "child-1"
    weeks = [date(2027, 5, 26) + timedelta(days=30 * number) for number in range(6)]
    _visited(ana, *weeks, service="pediatric", role=child)
    clock.now = datetime(2028, 5, 31, 10, tzinfo=BUENOS_AIRES)
    assert counted(ana.care, "pediatric_seven", Month.named("2028-05")) == [Figure("", 1, 0)]
    _visited(ana, date(2028, 5, 1), service="pediatric", role=child)
    assert counted(ana.care, "pediatric_seven", Month.named("2028-05")) == [Figure("", 1, 1)]


def test_a_first_visit_before_week_13(ana: Story, clock: Clock) -> None:
    reached = Month.named("2026-12")  # 13 weeks after the 10th of September: the 10th of December
    assert counted(ana.care, "first_visit_before_13", reached) == [Figure("", 0, 0)], "that is to come yet"
    clock.now = datetime(2026, 12, 31, 10, tzinfo=BUENOS_AIRES)
    assert counted(ana.care, "first_visit_before_13", reached) == [Figure("", 1, 0)]
    _visited(ana, date(2026, 12, 10))
    assert counted(ana.care, "first_visit_before_13", reached) == [Figure("", 1, 0)]
    _visited(ana, date(2026, 12, 9))
    assert counted(ana.care, "first_visit_before_13", reached) == [Figure("", 1, 1)]


def test_a_loss_leaves_the_figures(ana: Story, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 1, 10, tzinfo=BUENOS_AIRES)
    ana.loses_it()
    assert counted(ana.care, "first_visit_before_13", Month.named("2026-12")) == [Figure("", 0, 0)]
    assert counted(ana.care, "prenatal_five", Month.named("2026-12")) == [Figure("", 0, 0)]


def test_this_month_is_counted_each_hour_and_the_one_before_each_day(care: Care, clock: Clock) -> None:
    assert count_if_due(care) == 2 * len(COUNTS) - len(AS_OF_NOW)
    clock.now = NOW + timedelta(minutes=59)
    assert count_if_due(care) == 0
    assert count_if_due(care, timedelta(minutes=30)) == len(COUNTS)
    clock.now = NOW + timedelta(minutes=119)
    assert count_if_due(care) == len(COUNTS), "the month before was counted today"
    clock.now = NOW + timedelta(days=1)
    assert count_if_due(care) == 2 * len(COUNTS) - len(AS_OF_NOW)
    with care.engine.connect() as connection:
        assert [month.name for month in months_counted(connection)] == ["2026-11", "2026-10"]


def test_while_the_health_service_is_away_the_figures_of_before_stay(ana: Story) -> None:
    ana.books(VISIT)
    before = counted(ana.care, "wait_for_first")
    assert counted(ana.without_fhir().care, "wait_for_first") == before


def test_the_command_hides_what_tells_of_a_few(care: Care) -> None:
    writes(care, "SM1", november(3))
    commands = indicators_group(lambda: care)
    run = CliRunner()
    assert run.invoke(commands, ["show", "--month", "2027-01"]).output == "Error: 2027-01 has not begun\n"
    assert ["conversations", "hidden"] in [line.split() for line in run.invoke(commands, ["show"]).output.splitlines()]
    assert "counted" in run.invoke(commands, ["count", "--month", "2026-11"]).output
    lines = run.invoke(commands, ["show", "--month", "2026-11"]).output.splitlines()
    assert ["conversations", "hidden"] in [line.split() for line in lines]
    assert run.invoke(commands, ["show", "--month", "nunca"]).exit_code == 2
    with care.engine.connect() as connection:
        assert connection.execute(select(figures.c.of).where(figures.c.indicator == "conversations")).scalar_one() == 1
