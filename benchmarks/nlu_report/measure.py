"""Measures the pipelines: cross-validation, the test set, danger, time. What was measured is kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rasa.core.processor import MessageProcessor

from benchmarks.nlu_report.data import FOLDS, ROOT, Example, Urgent, fingerprint, folds
from benchmarks.nlu_report.pipelines import STOCK, Config, guesses, loaded, own_classifier, parsed, train
from benchmarks.nlu_report.scores import Guess
from bot.nlu.classifier import GatherIntentClassifier
from bot.nlu.unsure import NOT_UNDERSTOOD, decided
from bot.nlu.urgency.examples import URGENT

KEPT = ROOT / "results" / "nlu-report"
MODEL = ROOT / "models" / "latido.tar.gz"


@dataclass(frozen=True)
class Measured:
    """What one pipeline did: by folds (as many as were run), and on the test set after training on everything."""

    folds: Sequence[Sequence[Guess]]
    test: Sequence[Guess]
    train_seconds: float
    processor: MessageProcessor

    @property
    def crossed(self) -> list[Guess]:
        """Every guess of the cross-validation."""
        return [guess for fold in self.folds for guess in fold]


def measure_own(examples: Sequence[Example], tests: Sequence[Example]) -> Measured:
    """Latido's classifier; measured anew when its code, its lists of words or the examples changed."""
    config = own_classifier()
    return _measure(config, GatherIntentClassifier.fingerprint_addon({}) or "", examples, tests, FOLDS)


def measure_stock(examples: Sequence[Example], tests: Sequence[Example], how_many_folds: int) -> Measured:
    """Rasa's stock pipeline, over that many folds; measured anew when the examples changed."""
    return _measure(STOCK, "", examples, tests, how_many_folds)


def _measure(
    config: Config, code: str, examples: Sequence[Example], tests: Sequence[Example], how_many_folds: int
) -> Measured:
    crossed = [_kept_fold(config, code, seen, unseen) for seen, unseen in list(folds(examples))[:how_many_folds]]
    model, seconds = _kept_model(config, code, examples)
    processor = loaded(model)
    return Measured(crossed, guesses(processor, tests), seconds, processor)


def measure_whole(tests: Sequence[Example]) -> Measured:
    """The model that Latido serves, danger detector and all; cross-validation does not apply."""
    processor = loaded(MODEL)
    return Measured((), guesses(processor, tests), 0.0, processor)


def alarms(processor: MessageProcessor, messages: Sequence[Urgent]) -> tuple[float, float]:
    """Recall of danger and rate of false alarms."""
    raised = [(message.urgent, _urgent(processor, message)) for message in messages]
    heard = [alarm for urgent, alarm in raised if urgent]
    false = [alarm for urgent, alarm in raised if not urgent]
    return sum(heard) / max(len(heard), 1), sum(false) / max(len(false), 1)


def not_understood(processor: MessageProcessor, tests: Sequence[Example]) -> tuple[int, int]:
    """How many messages the turn takes for not understood; how many of these the pipeline had guessed right."""
    results = [(example.intent, parsed(processor, example.text)) for example in tests]
    unsure = [(truth, one["intent"]["name"]) for truth, one in results if _is_unsure(one)]
    return len(unsure), sum(truth == name for truth, name in unsure)


def _is_unsure(one: dict[str, object]) -> bool:
    return bool(decided(one)["intent"]["name"] == NOT_UNDERSTOOD)


def _urgent(processor: MessageProcessor, message: Urgent) -> bool:
    return decided(parsed(processor, message.text, message.now))["intent"]["name"] in URGENT


def _fold(config: Config, seen: Sequence[Example], unseen: Sequence[Example], model: Path) -> list[Guess]:
    train(config, seen, model)
    return guesses(loaded(model), unseen)


def _kept_fold(config: Config, code: str, seen: Sequence[Example], unseen: Sequence[Example]) -> list[Guess]:
    file = KEPT / f"{fingerprint(config, code, seen, unseen)}.json"
    if not file.exists():
        with tempfile.TemporaryDirectory() as folder:
            found = _fold(config, seen, unseen, Path(folder) / "fold.tar.gz")
        KEPT.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found), encoding="utf-8")
    return [Guess(*row) for row in json.loads(file.read_text(encoding="utf-8"))]


def _kept_model(config: Config, code: str, examples: Sequence[Example]) -> tuple[Path, float]:
    model = KEPT / f"{fingerprint(config, code, examples)}.tar.gz"
    took = model.with_suffix(".json")
    if not took.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        took.write_text(json.dumps(train(config, examples, model)), encoding="utf-8")
    return model, float(json.loads(took.read_text(encoding="utf-8")))
