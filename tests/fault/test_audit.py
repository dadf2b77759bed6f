"""The audit itself: each thing that must not happen is planted once, and found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fault.audit import Witnesses, audit, printed
from tests.fault.audit.witnesses import (
    Accepted,
    Agenda,
    Appointment,
    Delivery,
    Entry,
    LedgerRow,
    Refused,
    Written,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ANA, EVA = "+5491140000001", "+5491140000002"
KEYS = {ANA: "ana", EVA: "eva"}
SLOT = "Slot/cesac-1-prenatal-20261126T0930"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def inbound(number: int, resident: str = "ana", **values: object) -> Entry:
    row = Entry(number, resident, "in", "answered", f"SM{number}", None, after(number), after(number + 1))
    return replace(row, **values)  # type: ignore[arg-type]


def answer(number: int, to: int, resident: str = "ana", **values: object) -> Entry:
    row = Entry(number, resident, "out", "handed_over", f"SM{number}", to, after(to + 1))
    return replace(row, **values)  # type: ignore[arg-type]


# Ana writes twice and is answered, the first time with two messages; Eva once, and books.
LOG = (
    inbound(1),
    answer(2, to=1),
    answer(3, to=1),
    inbound(4),
    answer(5, to=4),
    inbound(6, "eva"),
    answer(7, to=6, resident="eva"),
)
BOOKED = Appointment("A1", True, True, (SLOT,), "Patient/eva for prenatal", "SM6:book")
SOUND = Witnesses(
    written=[Written("SM1", ANA, 1), Written("SM4", ANA, 4), Written("SM6", EVA, 1)],
    accepted=[Accepted(f"SM{n}", EVA if n == 7 else ANA, n, "read") for n in (2, 3, 5, 7)],
    log=LOG,
    phones=KEYS,
    agenda=Agenda([BOOKED], {SLOT: 1}, [LedgerRow("SM6:book", "booked", "A1")], frozenset({"A1"})),
    deliveries={"SM1": Delivery(1.0, 1.1), "SM4": Delivery(2.0, 2.1)},
    refused=[Refused("SM90", "forged", 403), Refused("SM91", "oversized", 413)],
)


def with_rows(*changed: Entry, without: tuple[int, ...] = ()) -> Witnesses:
    rows = {row.id: row for row in LOG} | {row.id: row for row in changed}
    return replace(SOUND, log=[rows[key] for key in sorted(rows) if key not in without])


def with_agenda(*appointments: Appointment, **values: object) -> Witnesses:
    assert SOUND.agenda is not None
    return replace(SOUND, agenda=replace(SOUND.agenda, appointments=appointments, **values))  # type: ignore[arg-type]


PLANTED: dict[str, tuple[Callable[[], Witnesses], str]] = {
    "an inbound that the log does not have": (lambda: with_rows(without=(4, 5)), "lost"),
    "one that is open": (lambda: with_rows(inbound(4, state="received", answered_at=None)), "unanswered"),
    "one without an answer": (lambda: with_rows(without=(5,)), "unanswered"),
    "one of which only the delay was told": (lambda: with_rows(answer(5, to=4, own_words=True)), "unanswered"),
    "one set aside without an alert": (lambda: with_rows(inbound(4, state="set_aside")), "unanswered"),
    "two turns of one message": (lambda: with_rows(answer(3, to=1, turn=after(9))), "answered twice"),
    "one stored twice": (lambda: with_rows(inbound(8, sid="SM4"), answer(9, to=8)), "answered twice"),
    "an answer that waits": (lambda: with_rows(answer(5, to=4, state="unknown")), "not sent"),
    "one that failed in silence": (lambda: with_rows(answer(5, to=4, state="failed")), "not sent"),
    "one that Twilio does not know": (lambda: with_rows(answer(5, to=4, sid="SM55")), "not sent"),
    "one that was sent twice": (
        lambda: replace(SOUND, accepted=[*SOUND.accepted, Accepted("SM33", ANA, 6, "read")]),
        "sent twice",
    ),
    "an earlier message stored after a later one": (
        lambda: replace(SOUND, deliveries={"SM1": Delivery(3.0, 3.1), "SM4": Delivery(2.0, 2.1)}),
        "out of order",
    ),
    "a later message answered first": (lambda: with_rows(inbound(1, answered_at=after(99))), "out of order"),
    "answers shown in another order": (
        lambda: replace(SOUND, accepted=[*SOUND.accepted[1:], Accepted("SM2", ANA, 99, "read")]),
        "out of order",
    ),
    "two in one slot": (
        lambda: with_agenda(BOOKED, replace(BOOKED, id="A2", who="Patient/ana", key="k")),
        "booked twice",
    ),
    "two of one person": (
        lambda: with_agenda(BOOKED, replace(BOOKED, id="A2", slots=("Slot/2",), key="k")),
        "booked twice",
    ),
    "one booking made twice": (
        lambda: with_agenda(BOOKED, replace(BOOKED, id="A2", live=False, booked=False)),
        "booked twice",
    ),
    "one that the ledger does not know": (lambda: with_agenda(BOOKED, ledger=()), "booking lost"),
    "one that the server does not have": (lambda: with_agenda(), "booking lost"),
    "one that was promised and cancelled by nobody": (
        lambda: with_agenda(replace(BOOKED, live=False, booked=False), ledger=[LedgerRow("k", "ended", "A1")]),
        "booking lost",
    ),
    "one that is never placed": (lambda: with_agenda(BOOKED, ledger=[LedgerRow("k", "placing", None)]), "booking lost"),
    "a forged message in the log": (lambda: with_rows(inbound(8, sid="SM90"), answer(9, to=8)), "forged entered"),
    "one that was taken": (lambda: replace(SOUND, refused=[Refused("SM92", "forged", 204)]), "forged entered"),
    "a forged receipt": (
        lambda: replace(SOUND, refused=[Refused("SM5", "forged status", 403)], receipts=frozenset({("SM5", "failed")})),
        "forged entered",
    ),
}


def test_what_is_sound_is_found_sound() -> None:
    report = audit("quiet", SOUND, {"nothing": 0}, 3.0)
    assert report.sound, report.lines()
    assert report.counts["written"] == report.counts["answered"] == 3
    assert printed([report])[-1].startswith("sound: 3 messages written, 3 answered once")


@pytest.mark.parametrize("planted", PLANTED)
def test_what_must_not_happen_is_found(planted: str) -> None:
    make, guarantee = PLANTED[planted]
    report = audit("planted", make())
    assert report.problems[guarantee], report.problems
    assert "NOT SOUND" in printed([report])[-1]


def test_what_was_set_aside_with_an_alert_is_not_lost() -> None:
    aside = with_rows(inbound(4, state="set_aside"))
    assert audit("aside", replace(aside, alerts=frozenset({("set_aside", 4)}))).sound


def test_what_was_written_at_once_may_be_stored_in_any_order() -> None:
    at_once = {"SM1": Delivery(2.0, 2.9), "SM4": Delivery(2.1, 2.5)}
    assert audit("at once", replace(SOUND, deliveries=at_once)).sound


def test_whoever_waits_through_a_flood_is_starved() -> None:
    flood = [inbound(100 + n, "flo", turn=after(0), answered_at=after(n)) for n in range(40)]
    flooded = replace(SOUND, phones=KEYS | {"+5491140000003": "flo"}, flooder="+5491140000003")
    behind = inbound(4, turn=after(2), answered_at=after(39))
    fair = audit("fair", replace(flooded, log=[*LOG, *flood]))
    unfair = audit("unfair", replace(flooded, log=[*with_rows(behind).log, *flood]))
    assert not fair.problems["starved"] and fair.counts["overtaken"] == fair.counts["usually overtaken"] == 0
    assert unfair.problems["starved"] == ["1 of 3 messages waited while 36 or more of a flood were answered"]
    assert unfair.counts["overtaken"] == 36 and unfair.counts["usually overtaken"] == 0
    failed = with_rows(replace(behind, attempts=1)).log
    assert audit("her own turn failed", replace(flooded, log=[*failed, *flood])).problems["starved"] == []
