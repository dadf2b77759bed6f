"""Every pair of the table of statuses: what is written there happens, whatever else is refused."""

import itertools
from typing import get_args

import pytest

from latido.care.rules.status import LIVE, STEPS, TERMINAL, Event, NoSuchStep, may, step

STATUSES = (
    None, "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error",
    "checked-in", "waitlist",
)  # fmt: skip
# Written down a second time, by hand, from the status machine of the health service.
ALLOWED = {
    (None, "hold"): ("pending", "tentative"),
    (None, "book"): ("booked", "busy"),
    (None, "wait"): ("waitlist", "unchanged"),
    ("waitlist", "offer"): ("pending", "tentative"),
    ("waitlist", "cancel"): ("cancelled", "unchanged"),
    ("waitlist", "mistake"): ("entered-in-error", "unchanged"),
    ("proposed", "hold"): ("pending", "tentative"),
    ("proposed", "cancel"): ("cancelled", "unchanged"),
    ("proposed", "mistake"): ("entered-in-error", "unchanged"),
    ("pending", "confirm"): ("booked", "busy"),
    ("pending", "expire"): ("cancelled", "free"),
    ("pending", "let_go"): ("cancelled", "free"),
    ("pending", "cancel"): ("cancelled", "free"),
    ("pending", "mistake"): ("entered-in-error", "free"),
    ("booked", "cancel"): ("cancelled", "free"),
    ("booked", "arrive"): ("arrived", "busy"),
    ("booked", "check_in"): ("checked-in", "busy"),
    ("booked", "attend"): ("fulfilled", "busy"),
    ("booked", "miss"): ("noshow", "unchanged"),
    ("booked", "mistake"): ("entered-in-error", "free"),
    ("arrived", "check_in"): ("checked-in", "busy"),
    ("arrived", "attend"): ("fulfilled", "busy"),
    ("arrived", "mistake"): ("entered-in-error", "unchanged"),
    ("checked-in", "arrive"): ("arrived", "busy"),
    ("checked-in", "attend"): ("fulfilled", "busy"),
    ("checked-in", "mistake"): ("entered-in-error", "unchanged"),
}


@pytest.mark.parametrize(("status", "event"), list(itertools.product(STATUSES, get_args(Event))))
def test_each_pair(status, event):
    if (status, event) in ALLOWED:
        found = step(status, event)
        assert (found.status, found.slot) == ALLOWED[status, event] and may(status, event)
    else:
        assert not may(status, event)
        with pytest.raises(NoSuchStep):
            step(status, event)


def test_nothing_leads_out_of_what_is_over_and_every_status_is_known():
    assert not [pair for pair in STEPS if pair[0] in TERMINAL]
    assert {each.status for each in STEPS.values()} <= set(STATUSES) and not TERMINAL & set(LIVE)
