"""The second opinion as numbers: trained with scikit-learn, served as a sum over the features of a message."""

from __future__ import annotations

import json
import warnings
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from bot.nlu.urgency.examples import HARMLESS

_SEEN_AT_LEAST = 3  # a feature of two examples alone teaches nothing
_STRENGTH = 1.0  # scikit-learn's C
_NUMBERS, _NAMES = "urgency.npz", "urgency.json"

Features = Mapping[str, float]


@dataclass(frozen=True)
class UrgencyModel:
    """Weights by feature and kind of message."""

    kinds: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: np.ndarray  # one row a feature, one column a kind
    intercept: np.ndarray

    def judge(self, features: Features) -> dict[str, float]:
        """Probability by kind: danger_sign, report_violence, report_self_harm, none."""
        known = [(self.vocabulary[name], value) for name, value in features.items() if name in self.vocabulary]
        scores = self.intercept.astype(np.float64)
        if known:
            values = np.array([value for _, value in known], dtype=np.float32)
            scores = scores + values @ self.weights[[row for row, _ in known]]
        raised = np.exp(scores - scores.max())
        return dict(zip(self.kinds, (raised / raised.sum()).tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Writes the model as numbers and JSON: nothing in it is code."""
        np.savez_compressed(folder / _NUMBERS, weights=self.weights, intercept=self.intercept)
        names = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        plain = json.dumps({"kinds": self.kinds, "vocabulary": names}, ensure_ascii=False)
        (folder / _NAMES).write_text(plain, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> UrgencyModel:
        """The model written by `save`; OSError or ValueError when it is not whole."""
        plain = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        with np.load(folder / _NUMBERS, allow_pickle=False) as numbers:
            weights, intercept = numbers["weights"], numbers["intercept"]
        vocabulary = {name: row for row, name in enumerate(plain["vocabulary"])}
        if weights.shape != (len(vocabulary), len(plain["kinds"])):
            raise ValueError("The weights do not fit the vocabulary: train again.")
        return cls(tuple(plain["kinds"]), vocabulary, weights, intercept)


def train_urgency(examples: Iterable[Features], labels: Sequence[str], seed: int) -> UrgencyModel:
    """A model of these examples, read one by one; ValueError when none of them is harmless."""
    if HARMLESS not in labels:
        raise ValueError("The second opinion on danger needs harmless examples: see data/danger/harmless.yml.")
    vocabulary, matrix = _known_features(examples)
    fitted = LogisticRegression(C=_STRENGTH, max_iter=60, tol=1e-3, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # its last steps change nothing that counts
        fitted.fit(matrix, np.array(labels))
    return UrgencyModel(
        tuple(fitted.classes_),
        vocabulary,
        np.ascontiguousarray(fitted.coef_.T, dtype=np.float32),
        fitted.intercept_.astype(np.float32),
    )


def _known_features(examples: Iterable[Features]) -> tuple[dict[str, int], csr_matrix]:
    """Column by name, of the features seen often enough, and the matrix of the examples."""
    names: dict[str, int] = {}
    columns, values, starts = array("i"), array("f"), array("q", [0])
    for features in examples:
        columns.extend(names.setdefault(name, len(names)) for name in features)
        values.extend(features.values())
        starts.append(len(columns))
    shape = (len(starts) - 1, len(names))
    matrix = csr_matrix((np.asarray(values), np.asarray(columns), np.asarray(starts)), shape=shape)
    kept = np.flatnonzero(np.bincount(matrix.indices, minlength=len(names)) >= _SEEN_AT_LEAST)
    listed = list(names)
    return {listed[column]: row for row, column in enumerate(kept)}, matrix[:, kept]
