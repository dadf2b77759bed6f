"""What cleared a group: a booking, then the visit, of the very check-up that the appointment is for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from latido.care.rules.calendar_data import load_calendars
from latido.care.rules.gestation import GestationalAge
from latido.care.services import BUENOS_AIRES
from latido.reminders.policy_data import load_policy
from latido.reminders.rules.clearing import Cleared, cleared_groups
from latido.reminders.rules.keys import appointment_group, calendar_group
from latido.reminders.rules.steps import Appointment, Known, Subject

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
BOOKED_AT = NOW - timedelta(days=2)
# 20 weeks on the 23rd of November.
AGE = GestationalAge(20, 20, NOW.date(), "lmp", date(2026, 7, 6))
VISIT = Appointment("a1", "prenatal", NOW + timedelta(days=3), "booked", "CeSAC 1", booked_at=BOOKED_AT)
WHO = Subject("self", "p1", "prenatal", NOW - timedelta(days=30), age=AGE, appointments=(VISIT,))


def cleared(subject: Subject) -> dict[str, Cleared]:
    known = Known("ana", True, False, (subject,))
    return cleared_groups(known, load_calendars(), load_policy(), BUENOS_AIRES, NOW)


def with_appointment(**changed: object) -> Subject:
    return replace(WHO, appointments=(replace(VISIT, **changed),))


def test_a_booking_clears_the_checkup_it_is_for() -> None:
    [(group, one)] = cleared(WHO).items()
    assert group.startswith("ana:self:p1:")
    assert (one.by, one.at) == ("booking", BOOKED_AT)


def test_the_visit_clears_both_the_checkup_and_the_appointment() -> None:
    found = cleared(with_appointment(status="fulfilled"))
    assert {one.by for one in found.values()} == {"visit"}
    assert appointment_group("ana", WHO, VISIT) in found
    assert len(found) == 2


def test_what_was_declined_cancelled_or_missed_clears_nothing() -> None:
    assert cleared(with_appointment(answer="declined")) == {}
    assert cleared(with_appointment(status="cancelled")) == {}
    assert cleared(with_appointment(status="noshow", start=NOW - timedelta(days=1))) == {}


def test_what_is_known_to_be_done_is_a_visit_whatever_was_booked() -> None:
    [code] = {group.split(":")[-1] for group in cleared(WHO)}
    found = cleared(replace(WHO, done=frozenset((code, "anti-d"))))
    assert found[calendar_group("ana", WHO, code)].by == "visit"
    assert found[calendar_group("ana", WHO, "anti-d")] == Cleared("visit")
