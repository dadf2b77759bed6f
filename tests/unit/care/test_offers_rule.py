"""Which slots are shown, and in what order."""

from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from latido.care.rules.offers import FreeSlot, choose
from latido.care.rules.priority import ORDER, load_rules
from latido.care.services import BUENOS_AIRES

RULES = load_rules()
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)


def slot(day: int, hour: int = 9, minute: int = 0, center: int = 1, metres: float = 500) -> FreeSlot:
    start = NOW.replace(hour=hour, minute=minute) + timedelta(days=day)
    return FreeSlot(f"s{center}-{day}-{hour}-{minute}", "1", start, start + timedelta(minutes=20), center, metres)


slots = st.lists(
    st.builds(
        slot,
        st.integers(1, 30),
        st.integers(8, 16),
        st.sampled_from([0, 20, 40]),
        st.integers(1, 6),
        st.sampled_from([300.0, 900.0, 2500.0]),
    ),
    unique_by=lambda each: each.slot_id,
    max_size=60,
)
classes = st.sampled_from(["top", "priority", "routine"])


def test_top_sees_tomorrow_and_routine_does_not_while_others_fit():
    free = [slot(1), slot(2), slot(10)]
    assert choose(free, RULES.classes["top"], NOW, 3).slots[0] == slot(1)
    assert choose(free, RULES.classes["routine"], NOW, 3).slots == (slot(10),)


def test_routine_sees_the_first_days_when_nothing_else_fits():
    free = [slot(1), slot(2)]
    assert choose(free, RULES.classes["routine"], NOW, 3).slots == (slot(1), slot(2))


def test_top_walks_farther_for_an_earlier_day_and_routine_does_not():
    near_later, far_sooner = slot(8, center=1, metres=300), slot(6, center=2, metres=3000)
    assert choose([near_later, far_sooner], RULES.classes["top"], NOW, 1).slots == (far_sooner,)
    assert choose([near_later, far_sooner], RULES.classes["routine"], NOW, 1).slots == (near_later,)


def test_three_slots_are_not_three_of_the_same_morning():
    free = [slot(5, 9, 0), slot(5, 9, 20), slot(5, 9, 40), slot(6, 9, 0), slot(7, 14, 0)]
    assert [each.start.day for each in choose(free, RULES.classes["routine"], NOW, 3).slots] == [28, 29, 30]


def test_nothing_free_is_said_as_nothing():
    choice = choose([], RULES.classes["top"], NOW, 3)
    assert choice.slots == () and not choice.more and not choice.within_target


@given(slots, classes, st.integers(1, 5))
def test_the_choice_is_of_what_is_free_in_order_of_time_and_repeatable(free, name, limit):
    rule = RULES.classes[name]
    choice = choose(free, rule, NOW, limit)
    assert set(choice.slots) <= set(free) and len(choice.slots) <= limit
    assert bool(choice.slots) == bool(free)
    starts = [each.start for each in choice.slots]
    assert starts == sorted(starts)
    assert choose(list(reversed(free)), rule, NOW, limit) == choice


METRES = {1: 300.0, 2: 900.0, 3: 900.0, 4: 2500.0, 5: 4000.0, 6: 9000.0}
agendas = st.lists(
    st.builds(
        lambda day, hour, minute, center: slot(day, hour, minute, center, METRES[center]),
        st.integers(0, 30),
        st.integers(8, 17),
        st.sampled_from([0, 20, 40]),
        st.sampled_from(sorted(METRES)),
    ),
    unique_by=lambda each: each.slot_id,
    min_size=1,
    max_size=40,
)


@given(agendas, st.integers(1, 4), st.integers(0, 23))
@example([slot(0, 16), slot(2)], 1, 10)  # of today and the day after tomorrow, routine must not get today's
@settings(max_examples=400)
def test_with_the_same_agenda_a_higher_class_never_gets_a_later_first_slot(agenda, limit, hour):
    now = NOW.replace(hour=hour)
    free = [each for each in agenda if each.start > now]
    classes = [RULES.classes[name] for name in ORDER]
    choices = [choose(free, rule, now, limit, classes[:rank][::-1]) for rank, rule in enumerate(classes)]
    first = [choice.slots[0].start for choice in choices if choice.slots]
    assert first == sorted(first)


@given(slots, classes)
def test_asking_for_more_goes_on_without_repeating_and_comes_to_an_end(free, name):
    rule, seen, rest = RULES.classes[name], set(), list(free)
    while rest:
        choice = choose(rest, rule, NOW, 3)
        assert choice.slots and not seen & set(choice.slots)
        seen |= set(choice.slots)
        last = choice.slots[-1].start
        rest = [each for each in rest if each.start > last]
        assert choice.more == bool(rest)
