"""Postgres, Valkey and workers are killed while reminders are claimed, queued and sent; residents change their minds.

The same at any size: `python -m tests.fault.reminders`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault.reminder_town import Town, a_town
from tests.fault.reminders import Plan, run

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def town() -> Iterator[Town]:
    # Not pytest's own folder: each run that begins shuts it again for the user as whom Postgres runs.
    with tempfile.TemporaryDirectory(prefix="latido-fault-") as name, a_town(Path(name)) as empty:
        yield empty


def test_whatever_dies_each_reminder_is_accepted_once_and_none_is_said_to_whom_it_is_wrong(town: Town) -> None:
    report = run(town, Plan(rows=40, changing=12, seconds=300.0, lost_answers=3))
    print(report.figures)
    assert report.violations == [] and report.not_reached == 0
    kills = report.figures["kills"]
    assert isinstance(kills, dict) and {"worker", "postgres", "valkey"} <= set(kills)
