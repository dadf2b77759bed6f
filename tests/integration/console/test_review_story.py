"""A conversation as a test story: one that Rasa reads, and that tells nobody."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import Engine, insert

from latido.console.operators import add_operator
from latido.console.review.command import review_group
from latido.console.review.tables import review
from tests.integration.console.log import Log, nlu

ROOT = Path(__file__).resolve().parents[3]
RASA = ROOT / ".venv-bot" / "bin" / "python"
ROMINA = "whatsapp:+5491155667730"
READS = """
import sys
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
reader = YAMLStoryReader(Domain.load("domain.yml"))
(step,) = reader.read_from_file(sys.argv[1])
print(len(step.events), step.block_name)
"""


@pytest.fixture
def chat(log: Log) -> tuple[int, int]:
    """Three turns of hers: words that open a form, a button within it, and words that end it."""
    first = log.receives(ROMINA, "soy Romina Duarte, quiero un turno, mi dni es 30.999.888")
    named = [{"entity": "given_name", "value": "Romina Duarte", "start": 4, "end": 17}]
    log.answers(
        first,
        ["¿Es para vos?"],
        nlu=nlu("book_prenatal", 0.9) | {"entities": named},
        slots={"patient_name": "[reservado]", "open_form": "prenatal_form", "misses": 0, "consent": None},
        actions=["action_extract_slots", "action_start_prenatal", "prenatal_form", "action_listen"],
        active_form="prenatal_form",
    )
    second = log.receives(ROMINA, "Sí, para mí", "button")
    log.answers(
        second,
        ["¿De cuánto estás?"],
        nlu=nlu("inform", 1.0, for_whom="self"),
        actions=["prenatal_form"],
        active_form="prenatal_form",
    )
    third = log.receives(ROMINA, "mejor dejalo")
    log.answers(
        third, ["Listo"], nlu=nlu("stop_flow", 0.8), slots={"booking_confirmed": False}, actions=["prenatal_form"]
    )
    return first, third


def told(engine: Engine, log: Log, first: int, last: int, prefix: str = "") -> tuple[int, str]:
    start = prefix or log.key(ROMINA)[:8]
    result = CliRunner().invoke(review_group(lambda: engine), ["story", start, "--from", str(first), "--to", str(last)])
    return result.exit_code, result.output


def test_what_was_said_and_done_without_who_said_it(chat: tuple[int, int], log: Log, engine: Engine) -> None:
    code, output = told(engine, log, *chat)
    assert code == 0 and "nobody has confirmed 2 of these wordings" in output
    assert not any(secret in output for secret in ("Romina", "Duarte", "999", "documento"))
    (story,) = yaml.safe_load(output.split("nobody has")[0])["stories"]
    steps = story["steps"]
    assert steps[0]["intent"] == "book_prenatal" and "](given_name)" in steps[0]["user"]
    assert steps[1:4] == [
        {"action": "action_start_prenatal"},
        {"action": "prenatal_form"},
        {"active_loop": "prenatal_form"},
    ]
    assert steps[5] == {"intent": "inform", "entities": ["for_whom"]}
    assert steps[-2:] == [{"active_loop": None}, {"slot_was_set": [{"booking_confirmed": False}]}]
    assert "patient_name" in steps[4]["slot_was_set"] and {"consent": None} in steps[4]["slot_was_set"]


def test_the_wording_and_intent_that_people_confirmed_are_taken(
    chat: tuple[int, int], log: Log, engine: Engine
) -> None:
    with engine.begin() as connection:
        who = add_operator(connection, "rita", "reviewer")
        values = {"reason": "random", "rank": 4, "predicted_entities": [], "entities": [], "state": "pending"}
        values |= {"message_id": chat[1], "intent": "deny", "wording": "mejor no", "annotated_by": who}
        connection.execute(insert(review).values(values))
    _, output = told(engine, log, chat[1], chat[1])
    steps = yaml.safe_load(output)["stories"][0]["steps"]
    assert steps[:2] == [{"active_loop": "prenatal_form"}, {"user": "mejor no", "intent": "deny"}]


@pytest.mark.parametrize(
    ("prefix", "last", "words"),
    [("zz", 9, "hexadecimal"), ("0123456", 9, "no resident"), ("", 0, "answered stands between")],
)
def test_what_cannot_be_told_says_why(
    chat: tuple[int, int], log: Log, engine: Engine, prefix: str, last: int, words: str
) -> None:
    first = chat[0] if last else chat[1] + 1000
    code, output = told(engine, log, first, first + 9, prefix)
    assert code == 1 and words in output


@pytest.mark.skipif(not RASA.exists(), reason="the bot's environment is not installed: make setup")
def test_rasa_reads_it(chat: tuple[int, int], log: Log, engine: Engine, tmp_path: Path) -> None:
    _, output = told(engine, log, *chat)
    file = tmp_path / "test_review.yml"
    file.write_text(output.split("nobody has")[0], encoding="utf-8")
    read = subprocess.run(
        [RASA, "-W", "error::UserWarning:rasa.shared.core", "-c", READS, file], cwd=ROOT, capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr[-2000:]
    assert read.stdout.split()[0].isdigit() and "review" in read.stdout
