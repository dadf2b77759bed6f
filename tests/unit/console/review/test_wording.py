"""What tells who wrote a message is replaced by something of the same shape; what is learned from stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.console.review.rules.teaching import REASONS, Prediction, is_drawn, prediction_of, reason_to_review
from latido.console.review.rules.wording import Span, proposed, still_identifies
from latido.console.review.store import made_up

MADE_UP = made_up()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("me llamo Romina Duarte y quiero turno", "Romina"),
        ("soy Romina, turno por favor", "Romina"),
        ("es la mama de Kevin", "Kevin"),
        ("mi dni es [documento]", "[documento]"),
        ("escribime a [mail]", "[mail]"),
        ("vivo en av. salguero 3311", "3311"),
        ("calle Los Patos 3040 depto 7", "Patos"),
        ("manzana 8 casa 95", "95"),
        ("mi numero es 15 4444 3333", "4444"),
        ("mi afiliado es 99887766", "99887766"),
    ],
)
def test_by_sight(text: str, secret: str) -> None:
    found = proposed(text, (), MADE_UP)
    assert secret not in found.text and found.replaced
    assert not still_identifies(found.text, MADE_UP)


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("turno para romina", "given_name", "romina"),
        ("por salguero y mansilla", "address", "salguero y mansilla"),
        ("nacio el 3/5/2026", "birth_date", "3/5/2026"),
        ("30.999.888", "dni", "30.999.888"),
    ],
)
def test_by_what_was_found_in_it(text: str, kind: str, secret: str) -> None:
    start = text.index(secret)
    found = proposed(text, [(kind, start, start + len(secret))], MADE_UP)
    assert secret not in found.text
    ((kept, at, until),) = found.entities
    assert kept == kind and found.text[:at] == text[:start] and until == len(found.text)
    assert found.text[at:until][0].isupper() == secret[0].isupper()


@pytest.mark.parametrize(
    "text",
    [
        "estoy de 20 semanas y vivo en barracas",
        "soy boliviana y vivo en la 1 11 14",
        "fum 12/03/2026, turno para el cesac 15 a las 10:30",
        "la beba pesa 3500 y nacio de 38",
    ],
)
def test_what_is_learned_from_stays(text: str) -> None:
    assert proposed(text, (), MADE_UP).text == text


def test_a_name_said_twice_becomes_one_name() -> None:
    text = "Kevin tiene fiebre, llevo a Kevin"
    found = proposed(text, [("given_name", 0, 5), ("given_name", 28, 33)], MADE_UP)
    first, second = (found.text[a:b] for _, a, b in found.entities)
    assert first == second and first in MADE_UP.names


def test_places_behind_a_mask_are_not_believed() -> None:
    found = proposed("[documento] vivo en once", [("neighbourhood", 18, 22)], MADE_UP)
    assert found.entities == ()


@given(
    st.text(alphabet="ab Cé.1928/[]@\n", max_size=60),
    st.lists(
        st.tuples(st.sampled_from(["given_name", "address", "dni", "date"]), st.integers(0, 60), st.integers(0, 60)),
        max_size=4,
    ),
)
def test_whatever_is_written_places_lie_within_the_text(text: str, places: list[Span]) -> None:
    found = proposed(text, places, MADE_UP)
    assert all(0 <= start < end <= len(found.text) for _, start, end in found.entities)
    assert "\n" not in found.text


def test_reasons_come_in_the_order_of_what_teaches() -> None:
    unsure = Prediction("m", "greet", 0.5, "thank", 0.45)
    sure = Prediction("m", "greet", 0.99, "thank", 0.01)
    everything = ["danger", "feedback", "not_understood"]
    found = [
        reason_to_review(1, everything, unsure),
        reason_to_review(1, everything[:2], unsure),
        reason_to_review(1, everything[:2], sure),
        reason_to_review(1, ["violence"], sure),
        next(reason_to_review(number, [], sure) for number in range(10_000) if is_drawn(number)),
    ]
    assert found == list(REASONS)


def test_one_in_a_hundred_is_drawn_always_the_same_ones() -> None:
    drawn = [number for number in range(50_000) if is_drawn(number)]
    assert 400 < len(drawn) < 600
    assert drawn == [number for number in range(50_000) if is_drawn(number)]


def test_what_the_log_says_of_a_message_is_read_however_little_it_is() -> None:
    assert prediction_of(None) == Prediction()
    told = {"intent": {"name": "greet", "confidence": 0.6}, "ranking": [{"name": "greet"}, {"name": "thank"}]}
    assert prediction_of(told).runner_up == "thank"
