"""Reading the seed files of data/places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from latido.care.places.geometry import Point

DATA = Path(__file__).resolve().parents[3] / "data"
PLACES = DATA / "places"
Row = dict[str, Any]


def read_seed(path: Path) -> Row:
    """The content of one seed file; FileNotFoundError when it is missing."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: Row = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (a safe loader)
    return content


def dated_rows(folder: Path, name: str) -> tuple[list[Row], str]:
    """The rows of `<name>.yml`, and the month they are as of; KeyError when it is incomplete."""
    content = read_seed(folder / f"{name}.yml")
    return content[name], str(content["source"]["as_of"])


def point_of(row: Row) -> Point:
    """The point of a row with `latitude` and `longitude` in degrees."""
    return Point(row["latitude"], row["longitude"])
