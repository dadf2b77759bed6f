"""Turn the city's open-data tables into the seed files of data/places.

Run it again after the tables or data/places/corrections.yml change:

    .venv/bin/python scripts/build_places.py [FOLDER_WITH_THE_TABLES] [FOLDER_TO_WRITE_TO]

The folder (default: ../shared/facts) holds cesac.csv, barrios.csv, hospitals.csv and early_childhood_centres.csv.
`latido places check` says first what would change.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from latido.care.places.open_data.entries import NO_CODE, Maker, place_names
from latido.care.places.open_data.tables import Table, read_table
from latido.care.places.seed_files import PLACES, read_seed

CREDIT = {
    "publisher": "Gobierno de la Ciudad de Buenos Aires, BA Data (data.buenosaires.gob.ar)",
    "licence": "CC-BY-2.5-AR",
}
TABLES = ("barrios.csv", "cesac.csv", "hospitals.csv", "early_childhood_centres.csv")
HEADS = {
    "neighbourhoods": ("2026-08", "points of popular names are approximate; radius_m is in metres"),
    "centers": ("2026-08", "services null means unknown; phones were not dialled; hours null means unknown"),
    "hospitals": ("2025-01", "maternity is a proxy: a birth desk of the Civil Registry inside the hospital"),
    "early_childhood_centres": ("2026-08", "no hours and no free places are published: ask"),
}


def write(folder: Path, kind: str, entries: list[dict[str, Any]]) -> None:
    """Write one seed file with its source on top."""
    as_of, remark = HEADS[kind]
    head = {"source": {**CREDIT, "as_of": as_of, "corrections": "corrections.yml", "remark": remark}}
    text = "# Made by scripts/build_places.py: change data/places/corrections.yml and run it again.\n"
    text += yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)
    text += yaml.safe_dump({kind: entries}, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    (folder / f"{kind}.yml").write_text(text, encoding="utf-8")


def made(maker: Maker, table: Table) -> list[dict[str, Any]]:
    """The entries of a table; ends with what is wrong when a row cannot be read or a service has no code."""
    entries, faults = maker.entries(table)
    wrong = [f"{fault.table}, line {fault.line}: {fault.what}" for fault in faults]
    wrong += [
        f"{table.name}: service {name[1:]!r} of CeSAC {entry['number']}: give it a code in data/places/open_data.yml"
        for entry in entries
        for name in entry.get("services") or ()
        if name.startswith(NO_CODE)
    ]
    if wrong:
        raise SystemExit("\n".join(wrong))
    return entries


def build(folder: Path, target: Path) -> None:
    """Read the tables, lay the corrections over them, write the four files."""
    rules = read_seed(PLACES / "open_data.yml")
    fixes = read_seed(PLACES / "corrections.yml")
    tables = [read_table(folder / name, rules["columns"]) for name in TABLES]
    names = place_names([row["name"] for _, row in tables[0].rows], fixes)
    maker = Maker(fixes, rules["services"], names)
    for table in tables:
        write(target, table.kind, made(maker, table))


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    build(given[0] if given else PLACES.parents[2] / "shared" / "facts", given[1] if len(given) > 1 else PLACES)
