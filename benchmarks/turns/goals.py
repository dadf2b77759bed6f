"""The budgets of the architecture that a run of turns can judge."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.turns.measured import Finding, Start

TURNS_A_SECOND, TIMES_STOCK, P95_MS, ACKNOWLEDGED_MS, HISTORY = 150.0, 10.0, 150.0, 50.0, 1.2
READY_SECONDS, IDLE_GB = 30.0, 2.0


@dataclass(frozen=True)
class Goal:
    """A budget, and whether this run kept it."""

    what: str
    budget: str
    measured: str
    kept: bool


def goals(start: Start | None, findings: Sequence[Finding], rate: float) -> list[Goal]:
    """The budgets that these findings say something about."""
    return [*_speed(findings), *_times(findings, rate), *_histories(findings), *_starting(start)]


def _speed(findings: Sequence[Finding]) -> Iterator[Goal]:
    for own in _closed(findings, "Latido", history=False):
        yield Goal(
            "sustained", f"≥ {TURNS_A_SECOND:.0f} turns/s", f"{own.per_second:.1f}", own.per_second >= TURNS_A_SECOND
        )
    for far, history in itertools.product((False, True), repeat=2):
        for own in _closed(findings, "Latido", history, far):
            for stock in _closed(findings, "stock Rasa", history, far):
                yield _beside(own, stock)


def _beside(own: Finding, stock: Finding) -> Goal:
    case = stock.case
    what = f"beside stock, {case.store}, {case.sessions} earlier sessions"
    what += f", Twilio answers after {case.distance} ms" if case.distance else ""
    if not stock.turns:
        return Goal(what, f"≥ {TIMES_STOCK:.0f} ×", "stock answered nothing", kept=own.turns > 0)
    times = own.per_second / stock.per_second
    return Goal(what, f"≥ {TIMES_STOCK:.0f} ×", f"{times:.1f} ×", times >= TIMES_STOCK)


def _times(findings: Sequence[Finding], rate: float) -> Iterator[Goal]:
    for each in findings:
        if each.case.system != "Latido" or not each.case.rate:
            continue
        if each.case.rate == rate:
            what = f"p95 of a turn at {rate:.0f} turns/s"
            yield Goal(what, f"≤ {P95_MS:.0f} ms", f"{each.p95:.0f} ms", not each.lost and each.p95 <= P95_MS)
        elif each.acknowledged_p99 is not None:
            what, took = f"webhook acknowledgement, p99, at {each.case.rate:.0f} messages/s", each.acknowledged_p99
            yield Goal(what, f"≤ {ACKNOWLEDGED_MS:.0f} ms", f"{took:.0f} ms", took <= ACKNOWLEDGED_MS)


def _histories(findings: Sequence[Finding]) -> Iterator[Goal]:
    for fresh in _closed(findings, "Latido", history=False):
        for old in _closed(findings, "Latido", history=True):
            ratio, what = old.own_cpu / fresh.own_cpu, f"cost of a turn after {old.case.sessions} sessions / after none"
            yield Goal(what, f"≤ {HISTORY}", f"{ratio:.2f}", ratio <= HISTORY)


def _starting(start: Start | None) -> Iterator[Goal]:
    if start:
        took, memory = start.seconds, start.memory / 2**30
        what = "`latido up` to ready, in an empty data directory"
        yield Goal(what, f"≤ {READY_SECONDS:.0f} s", f"{took:.0f} s", took <= READY_SECONDS)
        what = "memory of all processes after the start, without the emulator"
        yield Goal(what, f"≤ {IDLE_GB:.0f} GB", f"{memory:.2f} GB", memory <= IDLE_GB)


def _closed(findings: Sequence[Finding], system: str, history: bool, far: bool = False) -> list[Finding]:
    asked = (system, history, far)
    return [
        each
        for each in findings
        if not each.case.rate and (each.case.system, bool(each.case.sessions), bool(each.case.distance)) == asked
    ]
