"""Comparing the seed with fresh open-data files. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from latido.care.places.directory import load_directory
from latido.care.places.open_data.compare import Change, changes
from latido.care.places.open_data.entries import Fault, Maker, place_names
from latido.care.places.open_data.plausible import doubts
from latido.care.places.open_data.tables import Table, UnknownTable, read_table
from latido.care.places.seed_files import PLACES, Row, dated_rows, read_seed


@dataclass(frozen=True)
class Report:
    """What a check found: how many rows of each table were compared, and what is to be looked at."""

    compared: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 nothing changed, 1 something did or is doubtful, 2 something cannot be read."""
        if self.faults or self.unreadable or not self.compared:
            return 2
        return 1 if self.changes or self.doubts else 0


def check(given: Path, folder: Path = PLACES) -> Report:
    """Compare one CSV file, or every CSV file of a folder, with the seed in `folder`."""
    report = Report()
    rules = read_seed(folder / "open_data.yml")
    tables = []
    for path in sorted(given.glob("*.csv")) if given.is_dir() else [given]:
        try:
            tables.append(read_table(path, rules["columns"]))
        except UnknownTable as problem:
            report.unreadable.append(str(problem))
    if not tables and not report.unreadable:
        report.unreadable.append(f"{given.name}: holds no .csv file")
    fixes = read_seed(folder / "corrections.yml")
    maker = Maker(fixes, rules["services"], _names(tables, folder, fixes))
    directory = load_directory(folder)
    for table in tables:
        fresh, faults = maker.entries(table)
        report.compared[table.kind] = len(fresh)
        unread = [fault.key for fault in faults]
        report.changes.extend(changes(table.kind, dated_rows(folder, table.kind)[0], fresh, unread))
        report.doubts.extend(
            f"{table.name}: {doubt}" for doubt in doubts(table.kind, fresh, directory, rules["expected"])
        )
        report.faults.extend(faults)
    return report


def _names(tables: list[Table], folder: Path, fixes: Row) -> dict[str, str]:
    """What neighbourhoods are called: as the seed has it, as the city's files have it, and those of a fresh table."""
    known = {row["name"]: row["name"] for row in dated_rows(folder, "neighbourhoods")[0]}
    fresh = [row["name"] for table in tables if table.kind == "neighbourhoods" for _, row in table.rows]
    return known | place_names([*fixes["neighbourhoods"], *fresh], fixes)
