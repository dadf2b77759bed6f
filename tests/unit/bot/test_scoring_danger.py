"""`latido danger` over lines that were judged already: recall, false alarms, and what a line must look like."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.nlu.clock import BUENOS_AIRES
from bot.nlu.scoring.danger import SCORER
from bot.nlu.scoring.lines import BadLine, Line, read_lines

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)


def judged(expected: bool, got: bool) -> tuple[Line, dict[str, bool]]:
    return Line("algo", NOW, None, {"urgent": expected}), {"urgent": got}


def test_recall_is_over_the_urgent_and_false_alarms_over_the_others():
    scored = [judged(True, True), judged(True, True), judged(True, False), judged(False, True), judged(False, False)]
    assert list(SCORER.figures(scored)) == ["recall 2/3 0.6667", "false_alarms 1/2 0.5000"]


def test_a_share_of_nothing_is_no_figure():
    assert list(SCORER.figures([judged(True, True)])) == ["recall 1/1 1.0000", "false_alarms 0/0 none"]


@pytest.mark.parametrize("row", ['{"text": "hola"}', '{"text": "hola", "urgent": "si"}', '{"urgent": true}', "hola"])
def test_a_line_that_cannot_be_scored_is_named(tmp_path: Path, row: str):
    file = tmp_path / "danger.jsonl"
    file.write_text('{"text": "hola", "now": "2026-11-23T10:15:00-03:00", "urgent": false}\n' + row, encoding="utf-8")
    with pytest.raises(BadLine, match=":2: "):
        list(read_lines(file, SCORER.fields))
