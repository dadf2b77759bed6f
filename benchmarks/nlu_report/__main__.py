"""Measures how well Latido understands beside Rasa's stock pipeline; writes docs/nlu-report.md. See `make nlu-report`.

Run it in the bot's environment. It takes an hour and more for the stock pipeline; what was measured is kept in
results/nlu-report and not measured again while the examples are the same (for Latido: the code and lists too).
"""

from __future__ import annotations

import argparse
import logging
import os
from datetime import date
from functools import partial

from benchmarks.nlu_report.data import (
    FOLDS,
    ROOT,
    training_examples,
    unseen_examples,
    urgent_messages,
    whole_test_set,
)
from benchmarks.nlu_report.measure import MODEL, alarms, measure_own, measure_stock, measure_whole, not_understood
from benchmarks.nlu_report.page import Findings, page
from benchmarks.nlu_report.picture import draw
from benchmarks.nlu_report.pipelines import intent_alone, milliseconds_by_way, parsed

DOCS = ROOT / "docs"
_WORDS = {1: "one core", 2: "two cores", 4: "four cores", 8: "eight cores"}


def main() -> None:
    """Measures and writes the page and its picture."""
    options = _options()
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"  # a cached fold would not be a measured one
    logging.disable(logging.CRITICAL)
    found = measure(None if options.no_stock else options.stock_folds)
    (DOCS / "nlu-report.md").write_text(page(found), encoding="utf-8")
    draw(found.own.crossed, DOCS / "nlu-confusion.png")
    print("docs/nlu-report.md is written")


def measure(stock_folds: int | None) -> Findings:
    """Everything that the page tells; without the stock pipeline for None."""
    examples, tests, urgent = training_examples(), unseen_examples(), urgent_messages()
    whole = measure_whole(tests)
    own = measure_own(examples, tests)
    stock = None if stock_folds is None else measure_stock(examples, tests, stock_folds)
    named = {"Latido's classifier": own, "Latido, whole": whole, **({"Stock": stock} if stock else {})}
    ways = {name: partial(parsed, one.processor) for name, one in named.items()}
    ways = {"Latido: words and intent alone": intent_alone(own.processor), **ways}
    return Findings(
        day=date.today(),
        machine=_machine(),
        examples=examples,
        own=own,
        stock=stock,
        whole=whole,
        milliseconds=milliseconds_by_way(ways, [example.text for example in tests]),
        alarms={name: alarms(one.processor, urgent) for name, one in named.items() if one is not own},
        urgent=(sum(one.urgent for one in urgent), sum(not one.urgent for one in urgent)),
        not_understood=not_understood(whole.processor, tests),
        left_out=len(whole_test_set()) - len(tests),
    )


def _machine() -> str:
    cores = os.cpu_count() or 1
    return f"a machine with {_WORDS.get(cores, f'{cores} cores')}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.nlu_report", description=__doc__)
    parser.add_argument(
        "--stock-folds", type=int, default=FOLDS, choices=range(FOLDS + 1), help="of the stock pipeline"
    )
    parser.add_argument("--no-stock", action="store_true", help="measure Latido alone, in some minutes")
    options = parser.parse_args()
    if not MODEL.exists():
        parser.error("there is no model to measure: run `make train`")
    return options


if __name__ == "__main__":
    main()
