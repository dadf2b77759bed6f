"""Every rule of days, hours and weeks, in varied words: the sentences stand in data/*.jsonl."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.scoring import dates, gestation
from bot.nlu.scoring.lines import Line, read_lines
from bot.nlu.scoring.report import Scorer

DATA = Path(__file__).parent / "data"


def _cases(scorer: Scorer, name: str) -> list[Line]:
    return list(read_lines(DATA / name, scorer.fields))


def _missed(scorer: Scorer, line: Line) -> dict[str, object]:
    got = scorer.understand(line)
    return {name: got[name] for name in line.expected if not scorer.agrees(name, line, got)}


@pytest.mark.parametrize("line", _cases(dates.SCORER, "dates.jsonl"), ids=lambda line: line.text)
def test_days_and_hours(line):
    assert _missed(dates.SCORER, line) == {}


@pytest.mark.parametrize("line", _cases(gestation.SCORER, "gestation.jsonl"), ids=lambda line: line.text)
def test_weeks(line):
    assert _missed(gestation.SCORER, line) == {}
