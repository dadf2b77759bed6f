"""Whatever she answers is read: no exception, the same again, a DNI of plain digits, and never for minutes."""

from __future__ import annotations

import re
import signal
from datetime import date
from types import FrameType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from actions.children.answers import answered_names, birthday, told_of_child
from actions.corrections import another_person, corrected, is_mistaken, says_it_again
from actions.prenatal_answers import answer, is_name, told, told_age_band, told_name, who_is_it_for, yes_or_no
from actions.texts import plain
from actions.turn import Turn

LONGEST = 1600
CPU_SECONDS = 60  # thousands of times what any takes: what is stopped would never have ended
PIECES = (
    *("30.111.222", "30111222", "٣٠١١١٢٢٢", "²", "1", "36", "99", "para mi", "no para mi hermana", "ella"),
    *(
        "cumple 99 años",
        "cumplio un mes",
        "tengo 15",
        "no perdon tengo 36",
        "si",
        "no",
        "Ana",
        "O'Brien-",
        "y",
        "/",
        ",",
    ),
    *("\x00", "\u2028", "\u202e", "n\u0303", "İ", "ß", "🤰🏽", "{", '"', "\n"),
)
texts = st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)
asked = st.sampled_from([None, "document_status", "for_whom", "patient_name", "age_band", "gestational_age", "history"])
days = st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(str)
every = list(HealthCheck)
tried = settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=every)


def turn(text: str, requested: str | None = None, day: str | None = None) -> Turn:
    """A message in a form, understood as nothing but a day."""
    entities = {"date": (day,)} if day else {}
    slots = {"requested_slot": requested, "for_whom": "other", "patient_name": "Ana", "dni": "30111222"}
    return Turn("ana", "inform", 0.9, text, entities, "SM1", "prenatal_form", slots, ())


READERS = (plain, is_name, who_is_it_for, lambda text: told_age_band(text, "other"))
TURN_READERS = (
    *(answer, yes_or_no, told_name, corrected, another_person, is_mistaken, says_it_again, answered_names, birthday),
    *(told_of_child, lambda one: told(one, {})),
)


@given(text=texts, requested=asked, day=days)
@example("mi dni es ٣٠١١١٢٢٢", "document_status", None)
@example("cumple 99 años", None, "1999-02-28")
@tried
def test_any_answer_is_read_the_same_way_twice(text: str, requested: str | None, day: str | None) -> None:
    assert plain(plain(text)) == plain(text)
    one = turn(text, requested, day)
    for read in TURN_READERS:
        assert read(one) == read(one)
    for read in READERS:
        assert read(text) == read(text)
    dni = (answer(one) or {}).get("dni")
    assert dni is None or re.fullmatch(r"[0-9]{7,8}", dni)
    born = birthday(one)
    assert born is None or date.fromisoformat(born)


@pytest.mark.parametrize("piece", [*PIECES, "a", "a ", "1", "1 ", "y ", "para ", "para mi ", "no es ", "cumple "])
def test_a_page_of_the_same_is_read_to_its_end(piece: str) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still reading after {CPU_SECONDS} s of processor")

    text = (piece * LONGEST)[:LONGEST]
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        for read in TURN_READERS:
            read(turn(text, "document_status"))
        for read in READERS:
            read(text)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
