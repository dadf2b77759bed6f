"""The figures and the page of `make nlu-report`, from guesses whose figures are known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from benchmarks.nlu_report.data import Example, folds, plain, read_nlu, training_examples, unseen_examples, write_nlu
from benchmarks.nlu_report.measure import Measured
from benchmarks.nlu_report.page import Findings, page
from benchmarks.nlu_report.picture import draw
from benchmarks.nlu_report.pipelines import own_classifier
from benchmarks.nlu_report.scores import (
    Guess,
    accuracy,
    calibration_error,
    confusions,
    f1_by_intent,
    macro_f1,
    reliability,
)

GUESSES = [
    Guess("greet", "greet", 0.95),
    Guess("greet", "greet", 0.85),
    Guess("greet", "thank", 0.55),
    Guess("thank", "thank", 1.0),
]


def test_accuracy_f1_and_confusions():
    assert accuracy(GUESSES) == 0.75
    assert f1_by_intent(GUESSES) == {"greet": pytest.approx(0.8), "thank": pytest.approx(2 / 3)}
    assert macro_f1(GUESSES) == pytest.approx((0.8 + 2 / 3) / 2)
    assert confusions(GUESSES) == Counter({("greet", "thank"): 1})


def test_calibration_compares_confidence_with_what_was_right():
    bins = {one.low: one for one in reliability(GUESSES)}
    assert sorted(bins) == [0.5, 0.8, 0.9]
    assert (bins[0.9].number, bins[0.9].confidence, bins[0.9].accuracy) == (2, pytest.approx(0.975), 1.0)
    assert calibration_error(GUESSES) == pytest.approx((0.55 + 0.15 + 2 * 0.025) / 4)


def unseen_examples_come_back_from_the_file_they_were_written_to(tmp_path):
    examples = [Example("hola 👋", "greet"), Example("gracias: muchas", "thank"), Example('"ok" #1', "affirm")]
    write_nlu(examples, tmp_path / "nlu.yml")
    assert read_nlu(tmp_path / "nlu.yml") == examples


def test_each_example_is_unseen_in_one_fold():
    examples = [Example(f"{intent} {number}", intent) for intent in ("greet", "thank") for number in range(10)]
    halves = list(folds(examples))
    assert Counter(example for _, unseen in halves for example in unseen) == Counter(examples)
    assert all(not set(seen) & set(unseen) for seen, unseen in halves)
    assert all(Counter(one.intent for one in unseen) == {"greet": 2, "thank": 2} for _, unseen in halves)


def test_the_test_set_is_never_trained_on_and_holds_every_canonical_intent():
    trained, tested = training_examples(), unseen_examples()
    assert {one.intent for one in tested} == {one.intent for one in trained} - {"resume_flow"}
    assert not {plain(one.text) for one in tested} & {plain(one.text) for one in trained}


def test_the_classifier_is_compared_without_the_danger_detector():
    names = [part["name"].rpartition(".")[2] for part in own_classifier()["pipeline"]]
    assert names[0] == "ChatTokenizer"
    assert names[-1] == "GatherIntentClassifier"


OWN = Measured([GUESSES] * 5, GUESSES, 9.0, None)
WRONG = [Guess("greet", "thank", 0.4), *GUESSES[1:]]
FOUND = Findings(
    day=date(2026, 11, 23),
    machine="a machine with two cores",
    examples=[Example("hola", "greet"), Example("gracias", "thank")],
    own=OWN,
    stock=Measured([WRONG], WRONG, 900.0, None),
    whole=Measured((), GUESSES, 0.0, None),
    milliseconds={"Latido's classifier": 1.0, "Latido, whole": 2.0, "Stock": 40.0},
    alarms={"Latido, whole": (0.99, 0.01), "Stock": (0.9, 0.1)},
    urgent=(170, 160),
    not_understood=(3, 1),
    left_out=7,
)


def test_the_page_tells_what_was_measured():
    told = page(FOUND)
    assert "| Latido's classifier | 5 of 5 | 0.750 |" in told
    assert "| Stock | 1 of 5 | 0.500 |" in told
    assert "On the 1 of 5 folds that were run for both, Latido's classifier has 0.750, stock 0.500." in told
    assert "| Latido's classifier | 1.00 | 40 |" in told
    assert "| `greet` | `thank` | 5 |" in told


def test_the_page_says_so_when_the_stock_pipeline_was_not_measured():
    alone = {name: ms for name, ms in FOUND.milliseconds.items() if name != "Stock"}
    told = page(replace(FOUND, stock=None, milliseconds=alone, alarms={"Latido, whole": (0.99, 0.01)}))
    assert "**Not measured this time**" in told
    assert "| Stock |" not in told
    assert "| Latido's classifier | 1.00 | – |" in told


def test_the_confusions_are_drawn(tmp_path):
    draw(OWN.crossed, tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
