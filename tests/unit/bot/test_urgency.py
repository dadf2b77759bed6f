"""The judge of danger on messages it never learnt from: tests/nlu/danger_cases.jsonl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bot_parts import ROOT

from bot.nlu.urgency.examples import URGENT, danger_files, lines_of, urgency_examples
from bot.nlu.urgency.judge import UrgencyJudge

CASES = ROOT / "tests" / "nlu" / "danger_cases.jsonl"


def cases(urgent: bool) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["urgent"] is urgent]


def test_nearly_every_danger_is_heard(judge: UrgencyJudge):
    missed = [row["text"] for row in cases(True) if judge.judge(row["text"]).intent is None]
    assert len(missed) <= 0.03 * len(cases(True)), missed


def test_few_false_alarms(judge: UrgencyJudge):
    alarmed = [row["text"] for row in cases(False) if judge.judge(row["text"]).intent is not None]
    assert len(alarmed) <= 0.05 * len(cases(False)), alarmed


def test_no_test_sentence_was_learnt(judge: UrgencyJudge):
    learnt = {text for text, _ in urgency_examples([], seed=7)}
    assert [row["text"] for urgent in (True, False) for row in cases(urgent) if row["text"] in learnt] == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("me limpie y habia un poquito de sangre", "danger_sign"),
        ("no lo siento mucho hoy", "danger_sign"),
        ("mi cuñada rompio bolsa", "danger_sign"),
        ("mi bb de un mes tiene 38", "danger_sign"),
        ("no puedo hablar esta mi marido", "report_violence"),
        ("me dijo que si hablo me va a ir mal", "report_violence"),
        ("mi bebe estaria mejor sin mi", "report_self_harm"),
        ("me dan ganas de sacudirlo", "report_self_harm"),
    ],
)
def test_the_right_kind_of_danger(judge: UrgencyJudge, text: str, intent: str):
    assert judge.judge(text).intent == intent


def test_danger_at_the_end_of_a_long_message_about_an_appointment(judge: UrgencyJudge):
    text = (
        "hola buenas tardes soy rosa queria cambiar el turno del jueves porque ese dia trabajo y no me dejan salir, "
        "tambien queria saber si tengo que llevar los analisis, ah y desde ayer que no lo siento moverse al bebe"
    )
    assert judge.judge(text).intent == "danger_sign"


def test_what_is_saved_judges_alike(judge: UrgencyJudge, tmp_path: Path):
    judge.save(tmp_path)
    again = UrgencyJudge.load(tmp_path)
    text = "estoy manchando y tengo miedo"
    assert again.judge(text).probability == pytest.approx(judge.judge(text).probability, abs=1e-6)


def test_the_same_seed_makes_the_same_examples():
    given = [("quiero un turno para el martes", "book_prenatal")]
    assert urgency_examples(given, 7) == urgency_examples(given, 7)
    assert {label for _, label in urgency_examples(given, 7)} == {*URGENT, "none"}


def test_the_data_is_dated():
    for file in danger_files():
        assert 'as_of: "' in file.read_text(encoding="utf-8"), file.name


def test_blocks_are_read_line_by_line():
    assert lines_of("  uno\n\n dos \n") == ["uno", "dos"]
    assert lines_of(None) == []
