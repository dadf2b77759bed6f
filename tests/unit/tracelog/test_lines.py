"""A line for each step with the id of its turn, in the form somebody asked for."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracelog import Place, relay, resumed, set_up, step, trace_of

ROOT = Path(__file__).resolve().parents[3]
SID = "SM" + "0b" * 16


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    yield
    set_up(Place("tests"))
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


def lines_of(captured: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.splitlines()]


def test_in_json_a_step_is_a_line_with_its_turn_and_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Place("worker", "json"))
    with step("turn", trace_of(SID), message_id=7):
        logging.getLogger("latido.messaging.turns").warning("the bot cannot be reached: %s", "ConnectionError")
    warning, turn = lines_of(capsys.readouterr().err)
    assert warning["message"] == "the bot cannot be reached: ConnectionError"
    assert (warning["part"], warning["level"]) == ("worker", "WARNING")
    assert warning["trace_id"] == turn["trace_id"] == trace_of(SID).trace_id
    assert (turn["message"], turn["message_id"], turn["logger"]) == ("turn", 7, "latido.steps")
    assert turn["seconds"] >= 0


def test_in_text_steps_are_left_out_and_a_warning_names_its_turn(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Place("worker"))
    with step("turn", trace_of(SID)):
        logging.getLogger("latido.messaging.turns").warning("the bot cannot be reached")
    logging.getLogger("latido").info("nothing special")
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"WARNING latido.messaging.turns: the bot cannot be reached trace={trace_of(SID).trace_id}",
        "INFO latido: nothing special",
    ]


def test_in_text_steps_are_told_at_debug(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Place("worker", level="DEBUG"))
    with step("send", trace_of(SID), outcome="handed_over"):
        pass
    assert "outcome=handed_over" in capsys.readouterr().err


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Place("web", "json"))
    try:
        raise ValueError("no such thing")
    except ValueError:
        logging.getLogger("latido").exception("a chore failed")
    (line,) = lines_of(capsys.readouterr().err)
    assert line["message"] == "a chore failed"
    assert "ValueError: no such thing" in line["error"]


def test_what_another_process_says_is_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Place("up", "json"))
    relay("bot", '{"message": "ready"}')
    relay("bot", "Rasa says this")
    passed_on, wrapped = lines_of(capsys.readouterr().out)
    assert passed_on == {"message": "ready"}
    assert (wrapped["part"], wrapped["message"]) == ("bot", "Rasa says this")
    set_up(Place("up"))
    relay("bot", "Rasa says this")
    assert capsys.readouterr().out == "bot      | Rasa says this\n"


def test_outside_of_a_turn_there_is_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Place("web", "json"))
    with resumed(None):
        logging.getLogger("latido").warning("alone")
    assert "trace_id" not in lines_of(capsys.readouterr().err)[0]


@pytest.mark.parametrize("where", ["main", "thread"])
def test_what_nobody_caught_is_one_line_of_json(where: str) -> None:
    fails = "(lambda: 1 / 0)()" if where == "main" else "threading.Thread(target=lambda: 1 / 0).start()"
    program = f"import threading; from tracelog import Place, set_up; set_up(Place('worker', 'json')); {fails}"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    (line,) = lines_of(ended.stderr)
    assert (line["level"], line["part"]) == ("CRITICAL", "worker")
    assert "ZeroDivisionError" in line["error"]
