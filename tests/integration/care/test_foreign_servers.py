"""The same bookings on servers of other makes, and what becomes of them when a process dies between two writes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

from latido.care.booking.appointments import residents_appointments
from latido.care.booking.attendance import confirm_attendance
from latido.care.booking.book import Booking, book
from latido.care.booking.cancel import cancel
from latido.care.booking.hold import confirm, hold, release
from latido.care.booking.ledger import find_entry
from latido.care.booking.move import reschedule
from latido.care.booking.patients import Person
from latido.care.booking.settling import sweep
from latido.care.errors import AlreadyBooked, HealthServiceUnavailable, SlotTaken
from latido.fhir.errors import FhirError, OutcomeUnknown
from latido.fhir.server import FhirServer
from tests.integration.care.foreign import Leaky, WithOperations, WithoutTransactions, on, response
from tests.integration.care.test_holds import NEXT_WEEK, NINE, live, slot_status

EVERY_MAKE = [WithoutTransactions, Leaky, WithOperations]


@pytest.fixture
def line(care, vault, request):
    return request.param(FhirServer(care.engine, vault))


@pytest.fixture
def there(care, line):
    return on(care, line)


def wish(slot=NINE, resident="ana", key="SM1", **more):
    return Booking(key, resident, slot, "prenatal", Person("self"), **more)


@pytest.mark.parametrize("line", EVERY_MAKE, indirect=True)
def test_book_and_cancel(there, care):
    answer, made_now = book(there, wish())
    assert made_now and slot_status(care) == "busy" and len(live(care)) == 1
    assert book(there, wish()) == (answer, False)
    with pytest.raises(AlreadyBooked):
        book(there, wish(NEXT_WEEK, key="SM2"))
    with pytest.raises(SlotTaken) as refused:
        book(there, wish(resident="eva", key="SM3"))
    assert refused.value.offers["slots"]
    cancel(there, answer["appointment"]["id"], "ana", "SM4")
    assert slot_status(care) == "free" and live(care) == []


@pytest.mark.parametrize("line", EVERY_MAKE, indirect=True)
def test_hold_confirm_release_and_expire(there, care, clock):
    held = hold(there, wish())[0]["hold"]["id"]
    assert slot_status(care) == "busy-tentative" and [each["status"] for each in live(care)] == ["pending"]
    assert confirm(there, held, "ana", "SM2")["appointment"]["status"] == "booked"
    assert slot_status(care) == "busy"
    second = hold(there, wish(NEXT_WEEK, "eva", "SM3"))[0]["hold"]["id"]
    release(there, second, "eva", "SM4")
    assert slot_status(care, NEXT_WEEK) == "free"
    hold(there, wish(NEXT_WEEK, "eva", "SM5"))
    clock.now += timedelta(minutes=11)
    sweep(there)
    assert slot_status(care, NEXT_WEEK) == "free" and len(live(care)) == 1


@pytest.mark.parametrize("line", EVERY_MAKE, indirect=True)
def test_move(there, care):
    old = book(there, wish())[0]["appointment"]["id"]
    moved = reschedule(there, old, "ana", NEXT_WEEK, "SM2")
    assert moved["replaced"]["id"] == old and moved["replaced"]["status"] == "cancelled"
    assert (slot_status(care, NINE), slot_status(care, NEXT_WEEK)) == ("free", "busy")


@pytest.mark.parametrize("line", EVERY_MAKE, indirect=True)
def test_twenty_race_for_one_slot(there, care, line):
    def attempt(number):
        try:
            return book(there, wish(resident=f"r{number}", key=f"SM{number}"))[1]
        except SlotTaken:
            return False

    with ThreadPoolExecutor(10) as pool:
        winners = sum(pool.map(attempt, range(20)))
    sweep(there, timedelta(0))
    # Halves that a leaky server kept may refuse each other: then nobody has it, and it is free for the next.
    assert winners == 1 or (isinstance(line, Leaky) and winners == 0)
    assert [each["status"] for each in live(care)] == ["booked"] * winners
    assert slot_status(care) == ("busy" if winners else "free")


class KeepsAHalf(Leaky):
    """Keeps the Appointment of the first transaction and refuses its Slot."""

    halved = False

    def _one(self, entry):
        if self.halved or entry["request"]["method"] != "PUT":
            return super()._one(entry)
        self.halved = True
        return {"response": {"status": "412"}}


@pytest.mark.parametrize("line", [KeepsAHalf], indirect=True)
def test_a_half_that_was_undone_does_not_keep_the_slot_from_the_next(there, care):
    with pytest.raises(SlotTaken):
        book(there, wish())
    assert slot_status(care) == "free" and live(care) == []
    assert book(there, wish(resident="eva", key="SM2"))[1]


class WithoutResponses(WithoutTransactions):
    """Knows no AppointmentResponse."""

    def answered(self, call, request):
        if call == "POST /AppointmentResponse":
            return response(request, (404, {"resourceType": "OperationOutcome", "issue": [{"code": "not-supported"}]}))
        return super().answered(call, request)


@pytest.mark.parametrize("line", [WithoutResponses], indirect=True)
def test_her_answer_to_a_reminder_is_kept_where_the_server_cannot_keep_it(there):
    booked = book(there, wish())[0]["appointment"]["id"]
    answer = confirm_attendance(there, booked, "ana", "accepted", "SM2")
    assert answer["appointment"]["attendance"] == "accepted"
    assert residents_appointments(there, "ana")["appointments"][0]["attendance"] == "accepted"


class Killed(BaseException):
    """The process is gone: no handler of ours runs after it."""


def die_at(line, wanted, after):
    """Die before (or after) the call that begins so, once."""
    pending = [wanted]

    def strike(call):
        if pending and call.startswith(pending[0]):
            pending.clear()
            raise Killed

    setattr(line, "afterwards" if after else "interrupt", strike)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["PUT /Slot/", "POST /Appointment"])
@pytest.mark.parametrize("line", [WithoutTransactions], indirect=True)
@pytest.mark.parametrize("again", [False, True])
def test_killed_between_the_two_writes_of_a_booking(there, care, clock, line, call, after, again):
    die_at(line, call, after)
    with pytest.raises(Killed):
        book(there, wish())
    if again:
        assert book(there, wish())[0]["appointment"]["status"] == "booked"
    clock.now += timedelta(minutes=3)
    sweep(there)
    made = live(care)
    assert len(made) == (1 if again or (call.startswith("POST") and after) else 0)
    assert slot_status(care) == ("busy" if made else "free")
    if not made:
        book(there, wish(resident="eva", key="SM9"))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["PUT /Appointment/", "PUT /Slot/", "GET /Slot/"])
@pytest.mark.parametrize("line", [WithoutTransactions, Leaky], indirect=True)
def test_killed_while_moving_loses_neither(there, care, clock, line, call, after):
    old = book(there, wish())[0]["appointment"]["id"]
    held = hold(there, wish(NEXT_WEEK, key="SM2", replaces=old))[0]["hold"]["id"]
    die_at(line, call, after)
    try:
        confirm(there, held, "ana", "SM3")
    except Killed:
        assert {old, held} & {each["id"] for each in live(care) if each["status"] == "booked"}
        confirm(there, held, "ana", "SM3")
    clock.now += timedelta(minutes=30)
    sweep(there)
    assert [(each["id"], each["status"]) for each in live(care)] == [(held, "booked")]
    assert (slot_status(care, NINE), slot_status(care, NEXT_WEEK)) == ("free", "busy")


@pytest.mark.parametrize("line", EVERY_MAKE, indirect=True)
def test_what_nobody_can_tell_is_not_taken_for_refused(there, care, line):
    """The answer to the first write that makes an Appointment is lost, and after it no call leaves any more."""

    def dead(call):
        raise requests.ConnectTimeout("the line is dead")

    def lose(call):
        if call in ("POST /", "POST /Appointment", "POST /Appointment/$book") and live(care):
            line.interrupt = dead
            raise requests.ReadTimeout("the answer was lost")

    line.afterwards = lose
    with pytest.raises((HealthServiceUnavailable, OutcomeUnknown)):
        book(there, wish())
    line.afterwards = line.interrupt = lambda call: None
    sweep(there, timedelta(seconds=-1))
    [made] = live(care)
    entry = find_entry(care.engine, "SM1")
    assert (entry.state, entry.appointment_id, made["status"]) == ("booked", made["id"], "booked")


@pytest.mark.parametrize("line", EVERY_MAKE, indirect=True)
def test_lost_answers_are_settled(there, care, clock, line):
    lost = iter([True, False] * 3)

    def lose(call):
        if (
            call.startswith(("POST /Appointment", "POST /", "PUT /Slot"))
            and "_search" not in call
            and next(lost, False)
        ):
            raise requests.ReadTimeout("the answer was lost")

    line.afterwards = lose
    for _ in range(8):
        try:
            book(there, wish())
            break
        except (HealthServiceUnavailable, FhirError, SlotTaken):
            clock.now += timedelta(minutes=3)
            sweep(there)
    line.afterwards = lambda call: None
    clock.now += timedelta(minutes=3)
    sweep(there)
    made = live(care)
    assert len(made) <= 1 and slot_status(care) == ("busy" if made else "free")
