"""What a day of a conversation can be found by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from latido.console.finding.facts import facts_of, percent_steps


@dataclass
class Row:
    """A row of the message log."""

    direction: str = "in"
    kind: str = "text"
    state: str = "answered"
    status: str | None = None
    nlu: dict[str, Any] | None = None
    slots: dict[str, Any] | None = None
    actions: list[str] | None = None
    active_form: str | None = None
    flags: list[str] = field(default_factory=list)
    reminder_id: int | None = None
    campaign_recipient_id: int | None = None


def asks(form: str | None, question: str | None = None, **more: Any) -> Row:
    return Row(active_form=form, slots={"requested_slot": question, **more.pop("slots", {})}, **more)


def outcomes(*rows: Row, handed_over: bool = False) -> set[str]:
    found = facts_of(rows, handed_over)
    return {fact for fact in found if fact.startswith(("outcome", "left", "journey"))}


def test_an_intent_is_found_by_its_name_and_how_sure_it_was() -> None:
    nlu = {"intent": {"name": "inform", "confidence": 0.58}, "model": "20261123-x"}
    found = facts_of([Row(nlu=nlu, flags=["not_understood"])], False)
    assert found == {
        *("kind:text", "flag:not_understood", "intent:inform", "sure:inform:50", "sure:*:50", "model:20261123-x"),
    }
    sure = facts_of([Row(nlu={"intent": {"name": "affirm", "confidence": 1.0}})], False)
    assert "sure:affirm:90" in sure


def test_a_booking_is_the_end_of_its_journey() -> None:
    booked = {"booked_appointment": "a1"}
    rows = (
        asks("prenatal_form", "gestational_age"),
        asks("prenatal_form", "chosen_offer"),
        asks(None, None, actions=["action_book_prenatal"], slots=booked),
    )
    assert outcomes(*rows) == {"journey:prenatal_form", "outcome:booked", "outcome:prenatal_form:booked"}


def test_a_booking_that_the_health_service_refused_is_none() -> None:
    rows = (
        asks("prenatal_form", "booking_confirmed"),
        asks("prenatal_form", "chosen_offer", actions=["action_book_prenatal"]),
    )
    assert outcomes(*rows) == {
        *("journey:prenatal_form", "outcome:left", "outcome:prenatal_form:left", "left:prenatal_form:chosen_offer"),
    }


def test_what_was_asked_last_is_where_she_left_it() -> None:
    rows = (asks("place_form", "place"), Row(active_form="place_form", slots={}))
    assert "left:place_form:place" in outcomes(*rows)
    assert "left:place_form:unknown" in outcomes(Row(active_form="place_form"))


def test_a_journey_that_gives_way_to_another_begins_it_with_no_question() -> None:
    assert "left:place_form:unknown" in outcomes(asks("prenatal_form", "patient_name"), Row(active_form="place_form"))


def test_moved_cancelled_finished() -> None:
    assert "outcome:rebook_form:moved" in outcomes(asks("rebook_form", "x"), asks(None, actions=["action_rebook"]))
    cancelled = outcomes(asks("cancel_form", "x"), asks(None, actions=["action_cancel_appointment"]))
    assert "outcome:cancel_form:cancelled" in cancelled
    assert "outcome:place_form:finished" in outcomes(asks("place_form", "place"), asks(None))


def test_errors_and_persons_belong_to_the_journey_they_came_in() -> None:
    failed = Row(direction="out", state="failed")
    assert "outcome:place_form:error" in outcomes(asks("place_form", "place"), failed)
    assert "outcome:error" in outcomes(Row(state="set_aside"))
    assert "outcome:error" in outcomes(Row(direction="out", state="handed_over", status="undelivered"))
    assert "outcome:place_form:handed_over" in outcomes(asks("place_form", "place"), handed_over=True)


def test_a_reminder_and_a_campaign_are_found_but_not_named() -> None:
    said = Row(direction="out", state="handed_over", reminder_id=5, campaign_recipient_id=6)
    assert facts_of([said], False) == {"kind:text", "reminder", "campaign"}


@pytest.mark.parametrize(
    ("status", "steps"), [("sent", set()), ("delivered", {"delivered"}), ("read", {"delivered", "read"})]
)
def test_a_reminder_is_found_by_how_far_it_came(status: str, steps: set[str]) -> None:
    found = facts_of([Row(direction="out", state="handed_over", status=status, reminder_id=5)], False)
    assert {fact for fact in found if fact.startswith("reminder")} == {"reminder", *(f"reminder:{s}" for s in steps)}


def test_a_booking_is_found_by_the_class_it_was_chosen_by() -> None:
    offered = asks("prenatal_form", "chosen_offer", slots={"priority": {"class": "top", "reason_text": "x"}})
    booked = asks(None, actions=["action_book_prenatal"], slots={"booked_appointment": "a", "priority": None})
    assert "priority:top" in facts_of([offered, booked], False)
    assert not {fact for fact in facts_of([offered], False) if fact.startswith("priority")}
    odd = asks("prenatal_form", "chosen_offer", slots={"priority": {"class": "x:y"}})
    assert not {fact for fact in facts_of([odd, booked], False) if fact.startswith("priority")}


def test_centres_are_those_she_chose_not_those_she_was_shown() -> None:
    offers = [{"slot_id": "s", "center": {"number": 9}}]
    slots = {"offers": offers, "chosen_offer": {"center": {"number": 15}}, "feedback": {"center_number": 3}}
    nlu = {"entities": [{"entity": "center_number", "value": 24}, {"entity": "date", "value": "x"}]}
    found = facts_of([Row(slots=slots, nlu=nlu)], False)
    assert {fact for fact in found if fact.startswith("center")} == {"center:15", "center:3", "center:24"}


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (0, 100, list(range(0, 100, 10))),
        (30, 50, [30, 40]),
        (100, 100, [90]),
        (95, 100, [90]),
        (60, 20, [60]),
        (0, 0, [0]),
    ],
)
def test_a_range_of_confidence_is_made_of_tens(low: int, high: int, steps: list[int]) -> None:
    assert percent_steps(low, high) == steps
