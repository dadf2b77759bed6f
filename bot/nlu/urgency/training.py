"""How the second opinion learns: networks with one hidden layer, most features left out of each look at a message.

Leaving out more than half of what a message says, at random, each time it is learnt from keeps the model from leaning
on single words: it is what helped most on messages of writers that it had not learnt from (docs/danger.md).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu.urgency.examples import HARMLESS
from bot.nlu.urgency.model import Network, UrgencyModel

NETWORKS = 2
HIDDEN = 48
ROUNDS, BATCH = 5, 256
STEP, LAST_STEP = 0.05, 0.3  # at the beginning; the share of it that is left at the end
FEATURES_LEFT_OUT, UNITS_LEFT_OUT = 0.6, 0.1  # shares
_SEEN_AT_LEAST = 3  # a feature of two examples alone teaches nothing
_TYPICAL = 50  # features of a message, for the size of the first weights


def train_urgency(examples: Iterable[Mapping[str, float]], labels: Sequence[str], seed: int) -> UrgencyModel:
    """A model of these examples, read one by one; ValueError when none of them is harmless."""
    if HARMLESS not in labels:
        raise ValueError("The second opinion on danger needs harmless examples: see data/danger/harmless.yml.")
    vocabulary, matrix = _known_features(examples)
    kinds, truth = np.unique(np.array(labels), return_inverse=True)
    networks = [_Learner(matrix.shape[1], len(kinds), seed + number).learn(matrix, truth) for number in range(NETWORKS)]
    return UrgencyModel(tuple(kinds.tolist()), vocabulary, tuple(networks))


class _Weights:
    """Numbers that are learnt, by Adagrad: what has changed much changes less. One pace for each row of a table."""

    def __init__(self, first: np.ndarray) -> None:
        self.now = first.astype(np.float32)
        self._moved = np.full((len(first), 1) if first.ndim == 2 else len(first), 1e-2, np.float32)

    def change(self, by: np.ndarray, step: float, rows: np.ndarray | None = None) -> None:
        """Takes a step against the gradient, in these rows or in all."""
        at = slice(None) if rows is None else rows
        self._moved[at] += np.square(by).mean(axis=1, keepdims=True) if by.ndim == 2 else np.square(by)
        self.now[at] -= step * by / np.sqrt(self._moved[at])


class _Learner:
    """One network while it learns."""

    def __init__(self, features: int, kinds: int, seed: int) -> None:
        self._chance = chance = np.random.default_rng(seed)
        self._inward = _Weights(chance.normal(0, 0.3 / np.sqrt(_TYPICAL), (features, HIDDEN)))
        self._hidden = _Weights(np.full(HIDDEN, 0.1))
        self._straight = _Weights(np.zeros((features, kinds)))
        self._outward = _Weights(chance.normal(0, 1 / np.sqrt(HIDDEN), (HIDDEN, kinds)))
        self._intercept = _Weights(np.zeros(kinds))

    def learn(self, matrix: csr_matrix, truth: np.ndarray) -> Network:
        """Goes over all examples, ROUNDS times, in ever smaller steps."""
        for number in range(ROUNDS):
            step = STEP * (1 - (1 - LAST_STEP) * number / ROUNDS)
            order = self._chance.permutation(matrix.shape[0])
            for start in range(0, len(order), BATCH):
                chosen = order[start : start + BATCH]
                self._look(matrix[chosen], truth[chosen], step)
        return Network(
            self._straight.now.astype(np.float16),
            self._inward.now.astype(np.float16),
            self._hidden.now,
            self._outward.now,
            self._intercept.now,
        )

    def _look(self, batch: csr_matrix, truth: np.ndarray, step: float) -> None:
        rows, seen = self._glimpse(batch)
        inner = seen @ self._inward.now[rows] + self._hidden.now
        kept = (inner > 0) * ((self._chance.random(inner.shape) > UNITS_LEFT_OUT) / np.float32(1 - UNITS_LEFT_OUT))
        active = (inner * kept).astype(np.float32)
        scores = active @ self._outward.now + seen @ self._straight.now[rows] + self._intercept.now
        error = _softmax(scores)
        error[np.arange(len(truth)), truth] -= 1.0
        inner_error = ((error @ self._outward.now.T) * kept).astype(np.float32)
        self._inward.change(seen.T @ inner_error, step, rows)
        self._straight.change(seen.T @ error, step / 2, rows)
        self._outward.change(active.T @ error, step)
        self._hidden.change(inner_error.sum(axis=0), step)
        self._intercept.change(error.sum(axis=0), step)

    def _glimpse(self, batch: csr_matrix) -> tuple[np.ndarray, csr_matrix]:
        """The features that these messages have, and the messages with most of their features left out."""
        kept = self._chance.random(len(batch.data)) > FEATURES_LEFT_OUT
        values = (batch.data * kept / (1 - FEATURES_LEFT_OUT)).astype(np.float32)
        rows, columns = np.unique(batch.indices, return_inverse=True)
        return rows, csr_matrix((values, columns, batch.indptr), shape=(batch.shape[0], len(rows)))


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _known_features(examples: Iterable[Mapping[str, float]]) -> tuple[dict[str, int], csr_matrix]:
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
