"""Agenda files: what is read, and how each fault is told."""

from datetime import datetime
from pathlib import Path

import pytest

from latido.care.agenda.table import read_table
from latido.care.services import BUENOS_AIRES

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
HEADER = "center,service,date,from,to,minutes\n"


def read(*lines: str, header: str = HEADER):
    return read_table(header + "\n".join(lines) + "\n", range(1, 51), NOW)


def test_a_block_of_time_becomes_slots():
    slots, faults = read("15,prenatal,2026-11-26,09:00,10:00,20")
    assert faults == []
    assert [slot.slot_id for slot in slots] == [
        "cesac-15-prenatal-20261126T0900",
        "cesac-15-prenatal-20261126T0920",
        "cesac-15-prenatal-20261126T0940",
    ]
    assert slots[0].as_resource()["start"] == "2026-11-26T09:00:00-03:00"


def test_local_dates_a_byte_order_mark_more_columns_and_windows_ends_are_read():
    text = "\ufeff" + HEADER.replace("\n", ",note\r\n") + "15,prenatal,26/11/2026,9:00,09:30,30,Dra. X\r\n"
    slots, faults = read_table(text, range(1, 51), NOW)
    assert (len(slots), faults) == (1, [])


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("51,prenatal,2026-11-26,09:00,10:00,20", "center"),
        ("CeSAC 15,prenatal,2026-11-26,09:00,10:00,20", "center"),
        ("15,dental,2026-11-26,09:00,10:00,20", "service"),
        ("15,prenatal,2026-13-26,09:00,10:00,20", "date"),
        ("15,prenatal,2026-11-20,09:00,10:00,20", "date"),
        ("15,prenatal,2026-11-26,nine,10:00,20", "from"),
        ("15,prenatal,2026-11-26,09:00,25:00,20", "to"),
        ("15,prenatal,2026-11-26,10:00,09:00,20", "to"),
        ("15,prenatal,2026-11-26,09:00,10:00,2", "minutes"),
        ("15,prenatal,2026-11-26,09:00,10:00,", "minutes"),
        ("15,prenatal,2026-11-26,09:00,10:00,20,x,y", "(after the last)"),
        ("15,prenatal", "date"),
    ],
)
def test_a_fault_names_its_line_its_column_and_the_remedy(line, column):
    _, faults = read("15,prenatal,2026-11-27,09:00,10:00,20", line)
    assert [(fault.line, fault.column) for fault in faults] == [(3, column)]
    assert faults[0].problem and faults[0].remedy


def test_every_fault_of_a_file_is_told_at_once():
    _, faults = read("0,prenatal,2026-11-26,09:00,10:00,20", "15,x,2026-11-26,09:00,10:00,20")
    assert [fault.line for fault in faults] == [2, 3]


def test_times_that_overlap_in_one_agenda_are_refused_but_not_in_two():
    block = "prenatal,2026-11-26,09:00,10:00,20"
    _, faults = read(f"15,{block}", f"9,{block}", "15,prenatal,2026-11-26,09:30,10:30,30")
    assert [fault.line for fault in faults] == [4]
    assert "line 2" in str(faults[0])


def test_a_missing_column_is_told_with_the_header_wanted():
    _, faults = read("15", header="center,date\n")
    assert faults[0].line == 1 and "service" in faults[0].column


def test_the_example_in_the_documentation_is_a_good_one():
    example = Path(__file__).resolve().parents[3] / "docs" / "agenda-example.csv"
    slots, faults = read_table(example.read_text(encoding="utf-8"), range(1, 51), NOW)
    assert faults == [] and len(slots) == 9 + 6 + 9
