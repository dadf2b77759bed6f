"""The made-up agenda: every service where it is published, the same for the same days and seed."""

from __future__ import annotations

from datetime import date

from latido.care.agenda.demo import HOLIDAYS, demo_slots
from latido.care.fhir_names import SERVICES
from latido.care.places.directory import load_directory

DIRECTORY = load_directory()
MONDAY = date(2026, 11, 23)


def test_every_centre_that_publishes_a_service_has_slots_of_it_and_no_other():
    slots = demo_slots(DIRECTORY, MONDAY, weeks=4)
    for service in SERVICES:
        offering = {number for number, center in DIRECTORY.centers.items() if center.offers(service)}
        assert {slot.center_number for slot in slots if slot.service == service} == offering
    assert 41 not in {slot.center_number for slot in slots if slot.service == "pediatric"}


def test_it_is_the_same_again_and_another_with_another_seed():
    first = demo_slots(DIRECTORY, MONDAY, weeks=1)
    assert demo_slots(DIRECTORY, MONDAY, weeks=1) == first
    assert demo_slots(DIRECTORY, MONDAY, weeks=1, seed=2) != first
    assert len({slot.slot_id for slot in first}) == len(first)


def test_a_newborn_finds_a_slot_within_three_days_and_nobody_one_on_a_holiday():
    slots = demo_slots(DIRECTORY, MONDAY, weeks=4)
    soon = [slot for slot in slots if slot.service == "pediatric" and (slot.start.date() - MONDAY).days <= 3]
    assert len({slot.center_number for slot in soon}) > 20
    assert not [slot for slot in slots if (slot.start.month, slot.start.day) in HOLIDAYS or slot.start.weekday() > 4]
