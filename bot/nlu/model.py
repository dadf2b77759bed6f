"""A linear machine for each intent: trained with scikit-learn, served as a gather of few rows and a softmax."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

Features = Mapping[str, float]

FOLDS = 3
SEEN_AT_LEAST = 2  # a feature of one example alone teaches nothing
RIGHT_ANSWERS_GIVEN_UP = 0.03  # share of right answers which the fallback may cost
_LOWEST_THRESHOLD, _HIGHEST_THRESHOLD = 0.15, 0.6
_TEMPERATURES = np.exp(np.linspace(np.log(0.2), np.log(3.0), 40))


@dataclass(frozen=True)
class IntentModel:
    """Weights by feature and intent, a calibrated temperature, the confidence below which it does not know."""

    intents: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: np.ndarray  # one row a feature, one column an intent
    intercept: np.ndarray
    temperature: float
    threshold: float

    def rank(self, features: Features) -> list[tuple[str, float]]:
        """Intents with their probability, likeliest first."""
        rows, values = _known(features, self.vocabulary)
        scores = self.intercept + values @ self.weights[rows] if len(rows) else self.intercept
        probabilities = _softmax(np.asarray(scores) / self.temperature)
        order = np.argsort(-probabilities)
        return [(self.intents[i], float(probabilities[i])) for i in order]

    def save(self, folder: Path) -> None:
        """Writes the model into a folder, as numbers and JSON: nothing in it is code."""
        np.savez(folder / "weights.npz", weights=self.weights, intercept=self.intercept)
        names = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        plain = {
            "intents": self.intents,
            "vocabulary": names,
            "temperature": self.temperature,
            "threshold": self.threshold,
        }
        (folder / "intents.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """The model written by `save`; OSError or ValueError when it is not whole."""
        plain = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as numbers:
            weights, intercept = numbers["weights"], numbers["intercept"]
        vocabulary = {name: row for row, name in enumerate(plain["vocabulary"])}
        if weights.shape != (len(vocabulary), len(plain["intents"])):
            raise ValueError("The weights do not fit the vocabulary: train again.")
        return cls(tuple(plain["intents"]), vocabulary, weights, intercept, plain["temperature"], plain["threshold"])


def train_intents(examples: Sequence[Features], labels: Sequence[str], strength: float, seed: int) -> IntentModel:
    """A model of these examples; `strength` is scikit-learn's C, larger follows the examples more closely."""
    vocabulary, rarity = _vocabulary(examples)
    matrix, truth = _matrix(examples, vocabulary) @ diags(rarity), np.array(labels)
    fitted = _fit(matrix, truth, strength, seed)
    temperature, threshold = _calibrate(matrix, truth, strength, seed)
    return IntentModel(
        tuple(fitted.classes_),
        vocabulary,
        np.ascontiguousarray((fitted.coef_ * rarity).T, dtype=np.float32),
        fitted.intercept_.astype(np.float32),
        temperature,
        threshold,
    )


def _vocabulary(examples: Sequence[Features]) -> tuple[dict[str, int], np.ndarray]:
    """Row by feature name, and how telling each feature is: the rarer, the more."""
    seen = Counter(name for features in examples for name in features)
    names = sorted(name for name, times in seen.items() if times >= SEEN_AT_LEAST)
    rarity = np.array([np.log(len(examples) / seen[name]) / 3 for name in names])
    return {name: row for row, name in enumerate(names)}, rarity


def _known(features: Features, vocabulary: Mapping[str, int]) -> tuple[list[int], np.ndarray]:
    found = [(vocabulary[name], value) for name, value in features.items() if name in vocabulary]
    return [row for row, _ in found], np.array([value for _, value in found], dtype=np.float32)


def _matrix(examples: Sequence[Features], vocabulary: Mapping[str, int]) -> csr_matrix:
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for features in examples:
        rows, values = _known(features, vocabulary)
        columns.extend(rows)
        data.extend(values)
        starts.append(len(columns))
    return csr_matrix((data, columns, starts), shape=(len(examples), len(vocabulary)))


def _fit(matrix: csr_matrix, truth: np.ndarray, strength: float, seed: int) -> LinearSVC:
    machine = LinearSVC(C=strength, class_weight="balanced", tol=1e-3, max_iter=2000, random_state=seed)
    return machine.fit(matrix, truth)


def _calibrate(matrix: csr_matrix, truth: np.ndarray, strength: float, seed: int) -> tuple[float, float]:
    scores, correct = _held_out(matrix, truth, strength, seed)
    if not scores:
        return 1.0, _LOWEST_THRESHOLD
    temperature = min(_TEMPERATURES, key=lambda t: _loss(scores, correct, t))
    sure = [
        float(_softmax(row / temperature).max())
        for row, i in zip(scores, correct, strict=True)
        if int(row.argmax()) == i
    ]
    lowest = float(np.quantile(sure, RIGHT_ANSWERS_GIVEN_UP)) if sure else _LOWEST_THRESHOLD
    return float(temperature), float(np.clip(lowest, _LOWEST_THRESHOLD, _HIGHEST_THRESHOLD))


def _held_out(matrix: csr_matrix, truth: np.ndarray, strength: float, seed: int) -> tuple[list[np.ndarray], list[int]]:
    """Scores of each example by a model that has not seen it; none when an intent has too few examples."""
    if min(np.unique(truth, return_counts=True)[1]) < FOLDS:
        return [], []
    scores: list[np.ndarray] = []
    correct: list[int] = []
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(matrix, truth):
        model = _fit(matrix[seen], truth[seen], strength, seed)
        scores.extend(matrix[unseen] @ model.coef_.T + model.intercept_)
        correct.extend(np.searchsorted(model.classes_, truth[unseen]))
    return scores, correct


def _loss(scores: Sequence[np.ndarray], correct: Sequence[int], temperature: float) -> float:
    losses = [-np.log(max(_softmax(row / temperature)[i], 1e-12)) for row, i in zip(scores, correct, strict=True)]
    return float(np.mean(losses))


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
