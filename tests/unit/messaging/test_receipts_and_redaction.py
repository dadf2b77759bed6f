"""Receipts only climb; documents and phones never stay readable."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.messaging.receipts import merge_status
from latido.messaging.redaction import masked


def after(statuses: list[str]) -> str | None:
    known = None
    for status in statuses:
        known = merge_status(known, status)
    return known


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered", "read"])))
def test_any_order_of_receipts_ends_the_same(order: tuple[str, ...]) -> None:
    assert after(list(order)) == "read"


@given(st.lists(st.sampled_from(["queued", "sent", "failed", "undelivered", "new_status"]), min_size=1))
def test_a_failure_stays_a_failure(statuses: list[str]) -> None:
    failures = [status for status in statuses if status in ("failed", "undelivered")]
    if failures:
        assert after(statuses) == failures[0]
    assert after([*statuses, "read", "failed"]) in ("read", *failures[:1])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mi dni es 30.111.222", "mi dni es [documento]"),
        ("30111222", "[documento]"),
        ("5 411 222", "[documento]"),
        ("llamame al +54 9 11 5123-4567", "llamame al [teléfono]"),
        ("llamame al 5566-7788", "llamame al [teléfono]"),
        ("mi fijo es 4301 2233.", "mi fijo es [teléfono]."),
        ("la campaña 2025-2026, de 4500 a 5500", "la campaña 2025-2026, de 4500 a 5500"),
        ("11 5123 4567 o 30111222", "[teléfono] o [documento]"),
        ("tengo fum 12/08/2026 y 14 semanas", "tengo fum 12/08/2026 y 14 semanas"),
        ("vivo en la 1-11-14, corrientes 2500", "vivo en la 1-11-14, corrientes 2500"),
        ("el lunes 23 a las 10.30", "el lunes 23 a las 10.30"),
        ("cesac-8-prenatal-20261123T0920", "cesac-8-prenatal-20261123T0920"),
        ("turno d40f74a5-9ee4-443b-ba9b-1849e3067805", "turno d40f74a5-9ee4-443b-ba9b-1849e3067805"),
        ("dni30111222gracias", "dni[documento]gracias"),
    ],
)
def test_documents_and_phones_are_masked_and_dates_are_not(text: str, shown: str) -> None:
    assert masked(text) == shown
