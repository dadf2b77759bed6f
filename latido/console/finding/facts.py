"""What one day of a conversation can be found by, as short words for an index. Pure.

`intent:x` `sure:x:30` (30–39 %; `sure:*:30` of any intent) `flag:x` `state:set_aside` `kind:audio` `model:x`
`center:15` `reminder` `reminder:read` `campaign` `journey:f` `outcome:o` `outcome:f:o` `left:f:question`
`priority:top`. A journey is a form of the dialogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

Outcome = Literal["booked", "moved", "cancelled", "finished", "left", "handed_over", "error"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
BY_ACTION: Mapping[str, Outcome] = {
    "action_book_prenatal": "booked",
    "action_book_pediatric": "booked",
    "action_rebook": "moved",
    "action_cancel_appointment": "cancelled",
}
# What an action leaves behind when it did what its name says; without it the journey just ended.
SIGNS: Mapping[str, tuple[str, ...]] = {"booked": ("booked_appointment", "appointment_id", "open_appointments")}
PRIORITIES = ("top", "priority", "routine")
# What became of a reminder on its way: one that was read was delivered.
ARRIVED: Mapping[str, tuple[str, ...]] = {"delivered": ("delivered",), "read": ("delivered", "read")}
STEP = 10


class Said(Protocol):
    """One row of the message log, as far as it is needed."""

    direction: str
    kind: str
    state: str
    status: str | None
    nlu: Mapping[str, Any] | None
    slots: Mapping[str, Any] | None
    actions: list[str] | None
    active_form: str | None
    flags: list[str]
    reminder_id: int | None
    campaign_recipient_id: int | None


@dataclass
class _Way:
    """Where the dialogue is while a day is read."""

    form: str | None = None
    question: str | None = None
    priority: str | None = None
    found: set[str] = field(default_factory=set)

    def ends(self, form: str | None, outcome: str) -> None:
        self.found.add(f"outcome:{outcome}")
        if form:
            self.found.add(f"outcome:{form}:{outcome}")

    def goes_on(self, form: str, question: object) -> None:
        self.found.add(f"journey:{form}")
        if isinstance(question, str) or form != self.form:
            self.question = question if isinstance(question, str) else None
        self.form = form


def facts_of(messages: Iterable[Said], handed_over: bool) -> frozenset[str]:
    """The facts of one day's messages, oldest first; `handed_over`: a person was asked for on that day."""
    way = _Way()
    for said in messages:
        way.found.update(_of_message(said))
        if said.direction == "in":
            _follow(way, said)
        elif said.state == "failed" or said.status in ("failed", "undelivered"):
            way.ends(way.form, "error")
    if handed_over:
        way.ends(way.form, "handed_over")
    if way.form:
        way.ends(way.form, "left")
        way.found.add(f"left:{way.form}:{way.question or 'unknown'}")
    return frozenset(way.found)


def percent_steps(low: int, high: int) -> list[int]:
    """The tens of a range of confidence in percent, both ends in it: 30 to 50 are [30, 40]; 90 holds 100."""
    first = min(low, 99) // STEP * STEP
    return list(range(first, max(min(high, 100), first + 1), STEP))


def _of_message(said: Said) -> Iterator[str]:
    yield f"kind:{said.kind}"
    yield from (f"flag:{flag}" for flag in said.flags or ())
    if said.state == "set_aside":
        yield "state:set_aside"
    if said.reminder_id is not None:
        yield "reminder"
        yield from (f"reminder:{step}" for step in ARRIVED.get(said.status or "", ()))
    if said.campaign_recipient_id is not None:
        yield "campaign"
    yield from _of_reading(said.nlu or {})
    for value in ((said.slots or {}), (said.nlu or {}).get("entities") or []):
        yield from (f"center:{number}" for number in _centers(value))


def _of_reading(nlu: Mapping[str, Any]) -> Iterator[str]:
    intent = nlu.get("intent") or {}
    if name := intent.get("name"):
        step = min(int(float(intent.get("confidence") or 0) * 100) // STEP * STEP, 100 - STEP)
        yield from (f"intent:{name}", f"sure:{name}:{step}", f"sure:*:{step}")
    if model := nlu.get("model"):
        yield f"model:{model}"


def _follow(way: _Way, said: Said) -> None:
    slots = said.slots or {}
    if said.state == "set_aside":
        way.ends(way.form, "error")
    if said.state != "answered":
        return
    way.priority = _priority_in(slots) or way.priority
    done = _done(said)
    form = said.active_form
    if form:
        way.goes_on(form, slots.get("requested_slot"))
    if done:
        way.ends(way.form or form, done)
        if done == "booked" and way.priority:
            way.found.add(f"priority:{way.priority}")
    elif way.form and not form:
        way.ends(way.form, "finished")
    if not form:
        way.form = way.question = None


def _priority_in(slots: Mapping[str, Any]) -> str | None:
    """The class by which offers were chosen in this turn."""
    given = slots.get("priority")
    name = given.get("class") if isinstance(given, Mapping) else None
    return name if name in PRIORITIES else None


def _done(said: Said) -> str | None:
    """What the turn brought about, if it was an appointment."""
    outcomes = [BY_ACTION[name] for name in said.actions or () if name in BY_ACTION]
    slots = said.slots or {}
    return next(
        (one for one in outcomes if one not in SIGNS or any(slots.get(name) for name in SIGNS[one])),
        None,
    )


def _centers(value: object) -> Iterator[int]:
    """The numbers of centres in a value of a slot or in entities."""
    if isinstance(value, Mapping):
        if value.get("entity") == "center_number" and isinstance(value.get("value"), int):
            yield value["value"]
        for name, one in value.items():
            if name == "center_number" and isinstance(one, int):
                yield one
            elif name in ("center", "asked_center") and isinstance(one, Mapping) and isinstance(one.get("number"), int):
                yield one["number"]
            elif name not in (
                "offers",
                "offers_given",
                "offer_search",
                "centers",
                "place_candidates",
            ):  # shown to her, not chosen by her
                yield from _centers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _centers(one)
