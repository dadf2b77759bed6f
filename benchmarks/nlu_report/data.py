"""The sentences of the report: what is trained on, what is never trained on, and the folds between."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml
from sklearn.model_selection import StratifiedKFold

from bot.nlu.text import words_of

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "data" / "nlu"
# The frozen set is the stricter judge; where it is not there yet, the one that people look at while they work.
TEST_SETS = (ROOT / "tests" / "nlu" / "frozen", ROOT / "tests" / "nlu" / "development")
FOLDS, SEED = 5, 7


class Example(NamedTuple):
    """A sentence and what it means."""

    text: str
    intent: str


class Urgent(NamedTuple):
    """A message, when it was written, and whether it is urgent."""

    text: str
    now: str
    urgent: bool


def read_nlu(file: Path) -> list[Example]:
    """The examples of a file in Rasa's format, those of intents only."""
    blocks = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    lines = ((line.strip(), block["intent"]) for block in blocks if "intent" in block for line in _lines(block))
    return [Example(line[2:].strip(), intent) for line, intent in lines if line.startswith("- ")]


def _lines(block: dict[str, str]) -> list[str]:
    return block["examples"].splitlines()


def training_examples() -> list[Example]:
    """Everything in data/nlu, each sentence once."""
    return list(dict.fromkeys(example for file in sorted(TRAINING.glob("*.yml")) for example in read_nlu(file)))


def unseen_folder() -> Path:
    """Where the test set of the report lies."""
    return next(folder for folder in TEST_SETS if (folder / "intents.yml").exists())


def whole_test_set() -> list[Example]:
    """Every sentence of the test set."""
    return read_nlu(unseen_folder() / "intents.yml")


def unseen_examples() -> list[Example]:
    """The test set without the sentences that somebody wrote for training too ("hola", "ok dale"), word for word."""
    trained = {plain(example.text) for example in training_examples()}
    return [example for example in whole_test_set() if plain(example.text) not in trained]


def plain(text: str) -> str:
    """The words of a text, for comparing."""
    return " ".join(word.text for word in words_of(text))


def urgent_messages() -> list[Urgent]:
    """The messages of danger.jsonl beside the test set; none when there is no such file."""
    file = unseen_folder() / "danger.jsonl"
    rows = map(json.loads, filter(str.strip, file.read_text(encoding="utf-8").splitlines())) if file.exists() else ()
    return [Urgent(row["text"], row["now"], bool(row["urgent"])) for row in rows]


def folds(examples: Sequence[Example]) -> Iterator[tuple[list[Example], list[Example]]]:
    """What to train on and what to test on, five times, each intent in the same share."""
    intents = [example.intent for example in examples]
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(intents, intents):
        yield [examples[i] for i in seen], [examples[i] for i in unseen]


def write_nlu(examples: Sequence[Example], file: Path) -> None:
    """Writes examples in Rasa's format."""
    by_intent: dict[str, list[str]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(f"      - {example.text}")
    blocks = [f"  - intent: {intent}\n    examples: |\n" + "\n".join(lines) for intent, lines in by_intent.items()]
    file.write_text('version: "3.1"\nnlu:\n' + "\n".join(blocks) + "\n", encoding="utf-8")


def fingerprint(*parts: object) -> str:
    """A short hash of what a measurement depends on."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]
