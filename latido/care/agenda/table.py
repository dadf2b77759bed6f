"""Reading an agenda from a CSV file: every fault with its line, its column and what to do. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from latido.care.agenda.slots import AgendaSlot
from latido.care.fhir_names import SERVICES
from latido.care.services import BUENOS_AIRES

COLUMNS = ("center", "service", "date", "from", "to", "minutes")
LAST_YEAR = 2100
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 240


@dataclass(frozen=True)
class Fault:
    """What is wrong with one line, and what to do about it."""

    line: int
    column: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.problem}; {self.remedy}"


class _Wrong(Exception):
    def __init__(self, column: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.column, self.problem, self.remedy = column, problem, remedy


def read_table(text: str, centers: Container[int], now: datetime) -> tuple[list[AgendaSlot], list[Fault]]:
    """The slots of a CSV file and its faults; with any fault the slots must not be used."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restkey="(more)", restval="")
    try:
        return _read(rows, centers, now)
    except csv.Error as error:
        return [], [Fault(max(rows.line_num, 1), "(line)", f"not CSV: {error}", "save it as CSV again")]


def _read(rows: csv.DictReader[str], centers: Container[int], now: datetime) -> tuple[list[AgendaSlot], list[Fault]]:
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        remedy = f"the first line must name the columns {','.join(COLUMNS)}"
        return [], [Fault(1, ", ".join(missing), "missing column", remedy)]
    slots: list[AgendaSlot] = []
    faults: list[Fault] = []
    for row in rows:
        try:
            slots.extend(_slots_of(row, rows.line_num, centers, now))
        except _Wrong as wrong:
            faults.append(Fault(rows.line_num, wrong.column, wrong.problem, wrong.remedy))
    return sorted(slots), faults + _overlaps(slots)


def _slots_of(row: dict[str, str], line: int, centers: Container[int], now: datetime) -> Iterator[AgendaSlot]:
    if "(more)" in row:
        raise _Wrong("(after the last)", "more values than columns", "remove the extra comma")
    center, service = _center(row["center"], centers), _service(row["service"])
    day = _day(row["date"])
    opens, closes = _instant(day, row["from"], "from"), _instant(day, row["to"], "to")
    length = _minutes(row["minutes"])
    if closes - opens < length:
        raise _Wrong("to", "no slot fits between from and to", "write a later to, or fewer minutes")
    if opens <= now:
        raise _Wrong("date", "this time is past", "leave past times out")
    while opens + length <= closes:
        yield AgendaSlot(center, service, opens, opens + length, line)
        opens += length


def _center(text: str, centers: Container[int]) -> int:
    number = int(text) if text.strip().isdecimal() else 0
    if number not in centers:
        raise _Wrong("center", f"{text!r} is no CeSAC", "write its number, 1 to 50")
    return number


def _service(text: str) -> str:
    if text.strip() not in SERVICES:
        raise _Wrong("service", f"{text!r} is unknown", f"write one of {', '.join(SERVICES)}")
    return text.strip()


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
        if day.year <= LAST_YEAR:
            return day
    raise _Wrong("date", f"{text!r} is no date", "write it as 2026-11-26 or 26/11/2026")


def _instant(day: date, text: str, column: str) -> datetime:
    try:
        clock = time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise _Wrong(column, f"{text!r} is no time", "write it as 09:30") from None
    return datetime.combine(day, clock.replace(tzinfo=None), BUENOS_AIRES)


def _minutes(text: str) -> timedelta:
    minutes = int(text) if text.strip().isdecimal() else 0
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        limits = f"{SHORTEST_MINUTES} to {LONGEST_MINUTES}"
        raise _Wrong("minutes", f"{text!r} is no length of an appointment", f"write whole minutes, {limits}")
    return timedelta(minutes=minutes)


def _overlaps(slots: list[AgendaSlot]) -> list[Fault]:
    faults: dict[tuple[int, int], Fault] = {}
    for first, second in pairwise(sorted(slots)):
        if first.agenda == second.agenda and second.start < first.end:
            earlier, later = sorted((first.line, second.line))
            remedy = f"it overlaps line {earlier}: remove one of them"
            faults.setdefault((earlier, later), Fault(later, "from", "two times overlap in one agenda", remedy))
    return list(faults.values())
