"""Living through a year: one town after the other, each on a database of its own."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.reminder_year.diary import Diary
from benchmarks.reminder_year.town import town
from benchmarks.reminder_year.year import Year
from latido.care.services import BUENOS_AIRES
from latido.embedded.postgres import EmbeddedPostgres

START = datetime(2026, 12, 1, 7, tzinfo=BUENOS_AIRES)
PLAN_EVERY = timedelta(days=14)
# One appointment of twenty minutes a day and centre is enough for so many residents.
RESIDENTS_AN_HOUR = 60


def live(url: str, seed: int, days: int, numbers: Sequence[int]) -> Diary:
    """A year of some residents on the empty database at `url`."""
    with town(url, START, PLAN_EVERY) as place:
        place.opens_agendas(START.date(), days + 30, hours=1 + len(numbers) // RESIDENTS_AN_HOUR)
        diary = Diary(seed, len(numbers), START, START + timedelta(days=days))
        Year(place, diary, days, numbers).passes()
    return diary


def live_alone(seed: int, days: int, keep: Path, first: int, residents: int) -> Path:
    """The same on a Postgres of its own; where its diary lies."""
    path = keep / f"{seed}-{days}-{first}-{residents}.diary"
    if not path.exists():
        with tempfile.TemporaryDirectory(prefix="latido-year-") as name:
            postgres = EmbeddedPostgres(Path(name) / "postgres")
            try:
                diary = live(postgres.start(), seed, days, range(first, first + residents))
            finally:
                postgres.stop()
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(pickle.dumps(diary))
        unfinished.rename(path)
    return path
