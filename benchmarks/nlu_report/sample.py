"""Latido's classifier beside Rasa's stock pipeline on a sample of the examples: minutes instead of hours.

`python -m benchmarks.nlu_report.sample [--per-intent 40] [--epochs 60]`, in the bot's environment. Both are trained on
the same sentences and judged by the frozen set; fewer sentences and epochs than the stock pipeline is meant to have.
"""

from __future__ import annotations

import argparse
import copy
import logging
import os
import random
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.nlu_report.data import Example, training_examples, unseen_examples
from benchmarks.nlu_report.pipelines import STOCK, Config, guesses, loaded, milliseconds, own_classifier, train

SEED = 7


def sample(examples: Sequence[Example], per_intent: int) -> list[Example]:
    """At most so many sentences of each intent; the same ones every time."""
    chance = random.Random(SEED)
    ordered = sorted(examples, key=lambda one: (one.intent, one.text))
    groups = [list(group) for _, group in groupby(ordered, key=lambda one: one.intent)]
    return [one for group in groups for one in chance.sample(group, min(per_intent, len(group)))]


def stock(epochs: int) -> Config:
    """The stock pipeline with this many epochs."""
    config = copy.deepcopy(STOCK)
    config["pipeline"][-1]["epochs"] = epochs
    return config


def main() -> None:
    """Trains both and prints accuracy, training time and cost."""
    parser = argparse.ArgumentParser(prog="benchmarks.nlu_report.sample", description=__doc__)
    parser.add_argument("--per-intent", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args()
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    logging.disable(logging.CRITICAL)
    seen, unseen = sample(training_examples(), options.per_intent), unseen_examples()
    named = {"Latido's classifier": own_classifier(), f"Stock, {options.epochs} epochs": stock(options.epochs)}
    with tempfile.TemporaryDirectory() as folder:
        models = {name: Path(folder) / f"{number}.tar.gz" for number, name in enumerate(named)}
        took = {name: train(config, seen, models[name]) for name, config in named.items()}
        processors = [loaded(model) for model in models.values()]
    times = milliseconds(processors, [one.text for one in unseen])
    print(f"{len(seen)} sentences learnt, {len(unseen)} judged")
    for name, processor, cost in zip(named, processors, times, strict=True):
        right = sum(guess.right for guess in guesses(processor, unseen))
        print(f"{name}: {right / len(unseen):.3f} right, {took[name]:.0f} s to train, {cost:.2f} ms a message")


if __name__ == "__main__":
    main()
