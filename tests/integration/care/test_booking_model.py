"""Random bookings, cancellations and repeats against a model of the rules: nothing doubled, nothing lost."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latido.care.booking.book import Booking, book
from latido.care.booking.cancel import cancel
from latido.care.booking.patients import Person
from latido.care.errors import AlreadyBooked, IdempotencyConflict, NotCancellable, SlotTaken

SLOTS = ["cesac-1-prenatal-20261124T0900", "cesac-1-prenatal-20261124T0920", "cesac-9-prenatal-20261124T0800"]
RESIDENTS = ["ana", "eva", "luz", "sol"]
steps = st.lists(
    st.tuples(
        st.sampled_from(["book", "book again", "cancel", "cancel again"]),
        st.sampled_from(RESIDENTS),
        st.sampled_from(SLOTS),
    ),
    min_size=4,
    max_size=14,
)
runs = iter(range(10**6))


class Model:
    """Who holds which slot, as the rules say."""

    def __init__(self) -> None:
        self.holder: dict[str, str] = {}
        self.appointment: dict[str, str] = {}
        self.last_booking: dict[str, tuple[Booking, dict]] = {}
        self.last_cancel: dict[str, tuple[str, str, dict]] = {}

    def slot_of(self, resident: str) -> str | None:
        return next((slot for slot, holder in self.holder.items() if holder == resident), None)


@given(script=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_bookings_keeps_to_the_model(care, script):
    run, model = next(runs), Model()
    try:
        for number, (action, name, slot) in enumerate(script):
            perform(care, model, action, f"{name}{run}", slot, f"SM{run}-{number}")
            assert_agrees(care, model)
    finally:
        for slot, resident in model.holder.items():
            cancel(care, model.appointment[resident], resident, f"SM{run}-end-{slot}")


def perform(care, model: Model, action: str, resident: str, slot: str, key: str) -> None:
    if action == "book":
        try_to_book(care, model, Booking(key, resident, slot, "prenatal", Person("self")))
    elif action == "book again" and resident in model.last_booking:
        booking, answer = model.last_booking[resident]
        assert book(care, booking) == (answer, False)
        other = Booking(booking.key, f"{resident}x", slot, "prenatal", Person("self"))
        assert refusal(lambda: book(care, other)) is IdempotencyConflict
    elif action == "cancel" and resident in model.appointment:
        try_to_cancel(care, model, resident, key)
    elif action == "cancel again" and resident in model.last_cancel:
        identity, old_key, answer = model.last_cancel[resident]
        assert cancel(care, identity, resident, old_key) == answer


def try_to_book(care, model: Model, booking: Booking) -> None:
    if model.slot_of(booking.resident):
        assert refusal(lambda: book(care, booking)) is AlreadyBooked
    elif booking.slot_id in model.holder:
        assert refusal(lambda: book(care, booking)) is SlotTaken
    else:
        answer, made_now = book(care, booking)
        assert made_now
        model.holder[booking.slot_id] = booking.resident
        model.appointment[booking.resident] = answer["appointment"]["id"]
        model.last_booking[booking.resident] = (booking, answer)


def try_to_cancel(care, model: Model, resident: str, key: str) -> None:
    held, identity = model.slot_of(resident), model.appointment[resident]
    if held is None:
        assert refusal(lambda: cancel(care, identity, resident, key)) is NotCancellable
        return
    model.last_cancel[resident] = (identity, key, cancel(care, identity, resident, key))
    del model.holder[held]


def refusal(call) -> type[Exception] | None:
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def assert_agrees(care, model: Model) -> None:
    slots = care.fhir.search("Slot", [("_id", ",".join(SLOTS))]).matches
    assert {slot["id"] for slot in slots if slot["status"] == "busy"} == set(model.holder)
    live = care.fhir.search("Appointment", [("status", "booked"), ("_count", "200")]).matches
    held = sorted((each["slot"][0]["reference"].split("/")[1], each["id"]) for each in live)
    assert held == sorted((slot, model.appointment[holder]) for slot, holder in model.holder.items())
