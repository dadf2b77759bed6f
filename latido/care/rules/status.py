"""What may become of an appointment: FHIR R4's statuses as one table of steps. Pure.

Source: HL7 FHIR R4, Appointment.status (https://hl7.org/fhir/R4/valueset-appointmentstatus.html), as Latido uses it: a
hold is `pending`. Whatever is not in the table is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Event = Literal[
    "hold",
    "book",
    "wait",
    "offer",
    "confirm",
    "expire",
    "let_go",
    "cancel",
    "arrive",
    "check_in",
    "attend",
    "miss",
    "mistake",
]
SlotEffect = Literal["tentative", "busy", "free", "unchanged"]


@dataclass(frozen=True)
class Step:
    """The status after an event, and what happens to the slot."""

    status: str
    slot: SlotEffect


class NoSuchStep(ValueError):
    """An appointment of this status cannot take this step."""


_OVER: SlotEffect = "unchanged"
STEPS: Mapping[tuple[str | None, Event], Step] = {
    (None, "hold"): Step("pending", "tentative"),
    (None, "book"): Step("booked", "busy"),
    (None, "wait"): Step("waitlist", "unchanged"),
    ("waitlist", "offer"): Step("pending", "tentative"),
    ("waitlist", "cancel"): Step("cancelled", "unchanged"),
    ("proposed", "hold"): Step("pending", "tentative"),
    ("proposed", "cancel"): Step("cancelled", "unchanged"),
    ("pending", "confirm"): Step("booked", "busy"),
    ("pending", "expire"): Step("cancelled", "free"),
    # What ends a hold, and only a hold: a confirmation just before it wins.
    ("pending", "let_go"): Step("cancelled", "free"),
    ("pending", "cancel"): Step("cancelled", "free"),
    ("booked", "cancel"): Step("cancelled", "free"),
    ("booked", "arrive"): Step("arrived", "busy"),
    ("booked", "check_in"): Step("checked-in", "busy"),
    ("booked", "attend"): Step("fulfilled", "busy"),
    ("booked", "miss"): Step("noshow", _OVER),
    ("checked-in", "arrive"): Step("arrived", "busy"),
    ("checked-in", "attend"): Step("fulfilled", "busy"),
    ("arrived", "check_in"): Step("checked-in", "busy"),
    ("arrived", "attend"): Step("fulfilled", "busy"),
    **{
        (status, "mistake"): Step("entered-in-error", "free" if status in ("pending", "booked") else _OVER)
        for status in ("proposed", "pending", "booked", "arrived", "checked-in", "waitlist")
    },
}
TERMINAL = frozenset({"fulfilled", "cancelled", "noshow", "entered-in-error"})
# An appointment that still takes its slot.
LIVE = ("pending", "booked", "arrived", "checked-in")


def step(status: str | None, event: Event) -> Step:
    """What an event makes of an appointment (None: there is none yet); NoSuchStep when it cannot happen."""
    found = STEPS.get((status, event))
    if found is None:
        raise NoSuchStep(f"an appointment that is {status or 'not there'} cannot {event}")
    return found


def may(status: str | None, event: Event) -> bool:
    """Whether an event can happen to an appointment of this status."""
    return (status, event) in STEPS
