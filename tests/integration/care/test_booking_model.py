"""Random holds, bookings, moves, cancellations, expiries and repeats against a model of the rules.

Nothing doubled, nothing lost: after each step the server holds exactly what the model says, on one seat or on two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latido.care.booking.book import Booking, book
from latido.care.booking.cancel import cancel
from latido.care.booking.hold import confirm, hold, release
from latido.care.booking.move import reschedule
from latido.care.booking.patients import Person
from latido.care.booking.settling import sweep
from latido.care.errors import AlreadyBooked, HoldExpired, IdempotencyConflict, Missing, NotCancellable, SlotTaken
from latido.care.fhir_names import CAPACITY
from latido.care.rules.status import LIVE

ONE, OTHER, DOUBLE = (
    "cesac-1-prenatal-20261124T0900",
    "cesac-9-prenatal-20261124T0800",
    "cesac-1-prenatal-20261124T0920",
)
SEATS = {ONE: 1, OTHER: 1, DOUBLE: 2}
RESIDENTS = ["ana", "eva", "luz"]
ACTIONS = ["book", "hold", "confirm", "release", "move", "hold to move", "cancel", "expire", "repeat", "misuse a key"]
steps = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(RESIDENTS), st.sampled_from(list(SEATS))),
    min_size=5,
    max_size=20,
)
runs = iter(range(10**6))


@dataclass
class Hers:
    """What one resident has: a booking, a hold, and whether the hold is to replace the booking."""

    booked: str | None = None
    appointment: str | None = None
    held: str | None = None
    hold: str | None = None
    moving: bool = False


@dataclass
class Model:
    """Who has what, as the rules say, and what was asked last."""

    hers: dict[str, Hers] = field(default_factory=dict)
    last: dict[str, tuple[Booking, tuple]] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)

    def of(self, resident: str) -> Hers:
        return self.hers.setdefault(resident, Hers())

    def taken(self, slot: str) -> int:
        return sum((each.booked == slot) + (each.held == slot) for each in self.hers.values())

    def free(self, slot: str) -> bool:
        return self.taken(slot) < SEATS[slot]


@given(script=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_keeps_to_the_model(care, clock, script):
    start, run, model = clock.now, next(runs), Model()
    two_seats(care)
    try:
        for number, (action, name, slot) in enumerate(script):
            perform(care, clock, model, action, f"{name}{run}", slot, f"SM{run}-{number}")
            assert_agrees(care, model)
    finally:
        clock.now = start
        for resident, hers in model.hers.items():
            if hers.hold:
                release(care, hers.hold, resident, f"SM{run}-end-h-{resident}")
            if hers.appointment:
                cancel(care, hers.appointment, resident, f"SM{run}-end-{resident}")


def two_seats(care) -> None:
    slot = care.fhir.read("Slot", DOUBLE)
    if not slot.get("extension"):
        care.fhir.update({**slot, "extension": [{"url": CAPACITY, "valuePositiveInt": 2}]})


def perform(care, clock, model: Model, action: str, resident: str, slot: str, key: str) -> None:
    wanted, hers = Booking(key, resident, slot, "prenatal", Person("self")), model.of(resident)
    if action in ("book", "hold"):
        take(care, model, wanted, action)
    elif action == "hold to move" and hers.appointment:
        hold_to_move(care, model, Booking(key, resident, slot, "prenatal", Person("self"), replaces=hers.appointment))
    elif action == "confirm" and hers.hold:
        confirmed(care, hers, resident, key)
    elif action == "confirm" and resident in model.over:
        confirm_too_late(care, model, resident, key)
    elif action == "release" and hers.hold:
        release(care, hers.hold, resident, key)
        hers.held = hers.hold = None
        hers.moving = False
    elif action == "move" and hers.appointment:
        move(care, model, resident, slot, key)
    elif action == "cancel" and hers.appointment:
        cancelled(care, hers, resident, key)
    elif action == "expire":
        expire(care, clock, model)
    elif action == "repeat" and resident in model.last:
        booking, answer = model.last[resident]
        assert (book if answer[0] == "book" else hold)(care, booking) == (answer[1], False)
    elif action == "misuse a key" and resident in model.last:
        booking, answer = model.last[resident]
        other = Booking(booking.key, f"{resident}x", slot, "prenatal", Person("self"))
        assert refusal(lambda: (book if answer[0] == "book" else hold)(care, other)) is IdempotencyConflict


def take(care, model: Model, wanted: Booking, action: str) -> None:
    hers, use = model.of(wanted.resident), book if action == "book" else hold
    if hers.booked:
        assert refusal(lambda: use(care, wanted)) is AlreadyBooked
    elif not model.free(wanted.slot_id):
        assert refusal(lambda: use(care, wanted)) is SlotTaken
    else:
        answer, made_now = use(care, wanted)
        assert made_now
        hers.held = hers.hold = None  # an earlier hold gives way
        if action == "book":
            hers.booked, hers.appointment = wanted.slot_id, answer["appointment"]["id"]
        else:
            hers.held, hers.hold = wanted.slot_id, answer["hold"]["id"]
        hers.moving = False
        model.last[wanted.resident] = (wanted, (action, answer))


def hold_to_move(care, model: Model, wanted: Booking) -> None:
    hers = model.of(wanted.resident)
    if wanted.slot_id == hers.booked or not model.free(wanted.slot_id):
        expected = AlreadyBooked if wanted.slot_id == hers.booked else SlotTaken
        assert refusal(lambda: hold(care, wanted)) is expected
        return
    hers.held, hers.hold, hers.moving = wanted.slot_id, hold(care, wanted)[0]["hold"]["id"], True


def confirmed(care, hers: Hers, resident: str, key: str) -> None:
    answer = confirm(care, hers.hold, resident, key)
    assert answer["appointment"]["status"] == "booked" and answer["appointment"]["id"] == hers.hold
    assert ("replaced" in answer) == hers.moving
    hers.booked, hers.appointment = hers.held, hers.hold
    hers.held = hers.hold = None
    hers.moving = False


def confirm_too_late(care, model: Model, resident: str, key: str) -> None:
    """What ran out is taken anew when its slot has a seat and she has nothing else."""
    hers, gone = model.of(resident), model.over.pop(resident)
    slot = care.fhir.read("Appointment", gone)["slot"][0]["reference"].split("/")[1]
    if hers.booked:
        assert refusal(lambda: confirm(care, gone, resident, key)) is AlreadyBooked
    elif not model.free(slot):
        assert refusal(lambda: confirm(care, gone, resident, key)) is HoldExpired
    else:
        hers.booked, hers.appointment = slot, confirm(care, gone, resident, key)["appointment"]["id"]
        hers.held = hers.hold = None


def move(care, model: Model, resident: str, slot: str, key: str) -> None:
    hers = model.of(resident)
    if slot == hers.booked or not model.free(slot):
        expected = AlreadyBooked if slot == hers.booked else SlotTaken
        assert refusal(lambda: reschedule(care, hers.appointment, resident, slot, key)) is expected
        return
    answer = reschedule(care, hers.appointment, resident, slot, key)
    assert answer["replaced"]["id"] == hers.appointment
    hers.booked, hers.appointment = slot, answer["appointment"]["id"]
    hers.held = hers.hold = None
    hers.moving = False


def cancelled(care, hers: Hers, resident: str, key: str) -> None:
    appointment = hers.appointment
    answer = cancel(care, appointment, resident, key)
    assert cancel(care, appointment, resident, key) == answer
    assert refusal(lambda: cancel(care, appointment, resident, f"{key}-x")) is NotCancellable
    assert refusal(lambda: cancel(care, appointment, f"{resident}x", f"{key}-y")) is Missing
    hers.booked = hers.appointment = None


def expire(care, clock, model: Model) -> None:
    clock.now += timedelta(minutes=11)
    sweep(care)
    for resident, hers in model.hers.items():
        if hers.hold and not hers.moving:
            model.over[resident] = hers.hold
        hers.held = hers.hold = None
        hers.moving = False


def refusal(call) -> type[Exception] | None:
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def assert_agrees(care, model: Model) -> None:
    live = care.fhir.search("Appointment", [("status", ",".join(LIVE)), ("_count", "500")]).matches
    there = sorted((each["id"], each["status"], each["slot"][0]["reference"].split("/")[1]) for each in live)
    booked = [(each.appointment, "booked", each.booked) for each in model.hers.values() if each.booked]
    held = [(each.hold, "pending", each.held) for each in model.hers.values() if each.held]
    assert there == sorted(booked + held)
    slots = {slot["id"]: slot for slot in care.fhir.search("Slot", [("_id", ",".join(SEATS))]).matches}
    assert {name: slot["status"] == "free" for name, slot in slots.items()} == {
        name: model.free(name) for name in SEATS
    }
