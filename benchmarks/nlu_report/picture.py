"""The confusion picture: which intent was taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.nlu_report.scores import Guess

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def draw(guesses: Sequence[Guess], file: Path) -> None:
    """Writes a PNG: a row for each meaning, a column for each guess, darker for a larger share of the row."""
    names = sorted({guess.truth for guess in guesses} | {guess.name for guess in guesses})
    shares = _shares(guesses, names)
    figure, axes = plt.subplots(figsize=(11, 10.4), dpi=100)
    axes.imshow(np.sqrt(shares), cmap="Purples", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("taken for")
    axes.set_ylabel("meant")
    _number(axes, shares)
    figure.tight_layout()
    figure.savefig(file, metadata={"Software": None})
    plt.close(figure)


def _shares(guesses: Sequence[Guess], names: Sequence[str]) -> np.ndarray:
    """Of each meaning (row) the share that was taken for each intent (column)."""
    counted = Counter((guess.truth, guess.name) for guess in guesses)
    counts = np.array([[counted[truth, name] for name in names] for truth in names], dtype=float)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _number(axes: plt.Axes, shares: np.ndarray) -> None:
    """Writes the per cent into every field that has at least two."""
    for row, column in np.argwhere(shares >= 0.02):
        share = shares[row, column]
        colour = "white" if share > 0.4 else "black"
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=5, color=colour)
