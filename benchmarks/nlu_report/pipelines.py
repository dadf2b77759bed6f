"""The pipelines that are compared, trained and asked through Rasa itself."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.model_training import train_nlu
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from benchmarks.nlu_report.data import ROOT, Example, write_nlu
from benchmarks.nlu_report.scores import Guess
from bot.graph_runner import OrderedGraphRunner

Config = dict[str, Any]

_CLASSIFIER = "bot.nlu.classifier.GatherIntentClassifier"
STOCK: Config = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "es",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "random_seed": 7},
    ],
}
ROUNDS = 5


def own_classifier() -> Config:
    """Latido's pipeline up to its intent classifier: no danger detector, whose phrases no fold hides."""
    config: Config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    names = [part["name"] for part in config["pipeline"]]
    pipeline = config["pipeline"][: names.index(_CLASSIFIER) + 1]
    return {**{key: config[key] for key in ("recipe", "assistant_id", "language")}, "pipeline": pipeline}


def train(config: Config, examples: Sequence[Example], model: Path) -> float:
    """Writes a model of these examples; the seconds that its training took."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        write_nlu(examples, Path(folder) / "nlu.yml")
        start = time.perf_counter()
        with _quiet():
            name = model.name.removesuffix(".tar.gz")
            train_nlu(f"{folder}/config.yml", f"{folder}/nlu.yml", str(model.parent), fixed_model_name=name)
        return time.perf_counter() - start


def loaded(model: Path) -> MessageProcessor:
    """A model as Latido serves it: its parts one after the other, without Rasa's planning of every run."""
    processor = Agent.load(str(model)).processor
    processor.graph_runner = OrderedGraphRunner(processor.graph_runner)
    return processor


def parsed(processor: MessageProcessor, text: str, now: str | None = None) -> dict[str, Any]:
    """What the pipeline makes of a text."""
    metadata = {"context": {"now": now}} if now else {}
    result: dict[str, Any] = processor._parse_message_with_graph(
        UserMessage(text, sender_id="report", metadata=metadata), tracker=None
    )
    return result


def guesses(processor: MessageProcessor, examples: Sequence[Example]) -> list[Guess]:
    """The guess of each example."""
    intents = [(example.intent, parsed(processor, example.text)["intent"]) for example in examples]
    return [Guess(truth, str(intent["name"]), float(intent["confidence"])) for truth, intent in intents]


def intent_alone(processor: MessageProcessor) -> Callable[[str], object]:
    """Latido's tokenizer and classifier by themselves: what the stock pipeline does too, without our entities."""
    nodes = {type(node._component).__name__: node._component for node in processor.graph_runner._nodes.values()}
    tokenizer, classifier = nodes["ChatTokenizer"], nodes["GatherIntentClassifier"]
    return lambda text: classifier.process(tokenizer.process([Message(data={TEXT: text})]))


def milliseconds(processors: Sequence[MessageProcessor], texts: Sequence[str]) -> list[float]:
    """Processor time a message of each."""
    ways = {str(number): partial(parsed, processor) for number, processor in enumerate(processors)}
    return list(milliseconds_by_way(ways, texts).values())


def milliseconds_by_way(ways: Mapping[str, Callable[[str], object]], texts: Sequence[str]) -> dict[str, float]:
    """Processor time a message of each way, measured in turns so that what else runs here weighs on all alike."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.process_time()
            for text in texts:
                way(text)
            rounds[name].append(1000 * (time.process_time() - start) / len(texts))
    return {name: median(spent) for name, spent in rounds.items()}


@contextlib.contextmanager
def _quiet() -> Any:
    """Rasa's progress bars write to the standard error, whatever the level of its logs."""
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        yield
