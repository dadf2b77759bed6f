"""The scores of `latido dates` and `latido gestation`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.scoring.__main__ import main

NOW = "2026-11-23T10:15:00-03:00"


@pytest.fixture
def score(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run(kind: str, *lines: dict[str, Any]) -> list[str]:
        file = tmp_path / "lines.jsonl"
        file.write_text("\n".join(json.dumps({"now": NOW, **line}) for line in lines), encoding="utf-8")
        assert main([kind, str(file)]) == 0
        return capsys.readouterr().out.splitlines()

    return run


def test_each_miss_is_told_and_the_fields_are_counted(score):
    told = score(
        "dates",
        {"text": "el jueves a la tarde", "date": "2026-11-26", "part": "afternoon", "time": None},
        {"text": "el lunes", "date": "2026-11-27"},
        {"text": "cualquier dia", "date": None},
    )
    assert told == [
        """miss  'el lunes'  expected {"date": "2026-11-27"}  got {"date": "2026-11-30"}""",
        "n 3",
        "right 2",
        "accuracy 0.6667",
        "date 2/3 0.6667",
        "part 1/1 1.0000",
        "time 1/1 1.0000",
    ]


def test_a_part_worked_out_from_the_hour_is_right_where_none_was_said(score):
    assert "right 1" in score("dates", {"text": "a las 3", "part": None, "time": "15:00"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"text": "a las 3", "part": "morning"}, "right 0"),
        ({"text": "a la tarde", "part": None}, "right 0"),
    ],
)
def test_what_counts_as_right(score, text, expected):
    assert expected in score("dates", text)


def test_weeks_are_right_when_both_ends_are(score):
    told = score(
        "gestation",
        {"text": "estoy de 5 meses", "weeks_min": 18, "weeks_max": 22},
        {"text": "estoy de 5 meses", "weeks_min": 18, "weeks_max": 21},
        {"text": "no se", "weeks_min": None, "weeks_max": None},
    )
    assert told[1:] == ["n 3", "right 2", "accuracy 0.6667", "weeks_min 3/3 1.0000", "weeks_max 2/3 0.6667"]


def test_what_was_asked_helps_only_when_the_line_says_so(score):
    asked = {"text": "20", "weeks_min": 20, "weeks_max": 20, "expecting": "gestational_age"}
    assert "right 1" in score("gestation", asked)
    assert "right 0" in score("gestation", {**asked, "expecting": None})


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"date": null}', '"text" has to be a string'),
        ('{"text": "hola"}', "nothing to score"),
        ('{"text": "hola", "date": "2026-13-01"}', '"date" cannot be "2026-13-01"'),
        ('{"text": "hola", "time": "25:00"}', '"time" cannot be "25:00"'),
        ('{"text": "hola", "date": null, "now": "today"}', '"now" has to be a moment'),
        ('{"text": "hola", "date": null, "expecting": 3}', '"expecting" has to be'),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path, capsys, row, fault):
    file = tmp_path / "bad.jsonl"
    file.write_text(f'{{"text": "hoy", "date": null}}\n\n{row}\n', encoding="utf-8")
    assert main(["dates", str(file)]) == 2
    told = capsys.readouterr()
    assert f"{file}:3: " in told.err and fault in told.err
    assert told.out == ""


def test_a_missing_file_is_said(tmp_path, capsys):
    assert main(["dates", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_an_unknown_kind_is_told_the_known_ones(capsys):
    assert main(["weather", "x"]) == 2
    assert "dates|gestation|danger" in capsys.readouterr().err


def test_neither_tensorflow_nor_rasa_is_loaded(tmp_path):
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps({"text": "hoy", "now": NOW, "date": "2026-11-23"}), encoding="utf-8")
    run = f"import sys; from bot.nlu.scoring.__main__ import main; main(['dates', {str(file)!r}]); print(sorted("
    run += "{'rasa', 'tensorflow', 'sklearn'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"
