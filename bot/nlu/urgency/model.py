"""The second opinion as numbers: small networks over the features of a message, served by their mean."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

_NUMBERS, _NAMES = "urgency.npz", "urgency.json"

Features = Mapping[str, float]


@dataclass(frozen=True)
class Network:
    """A linear judgement and one hidden layer beside it; weights as half floats, which is as exact as they are."""

    straight: np.ndarray  # one row a feature, one column a kind
    inward: np.ndarray  # one row a feature, one column a hidden unit
    hidden: np.ndarray  # intercept of each hidden unit
    outward: np.ndarray  # one row a hidden unit, one column a kind
    intercept: np.ndarray  # of each kind

    def chances(self, rows: Sequence[int], values: np.ndarray) -> np.ndarray:
        """Probability by kind, of the features in these rows."""
        inner = np.maximum(values @ self.inward[rows].astype(np.float32) + self.hidden, 0.0)
        scores = values @ self.straight[rows].astype(np.float32) + inner @ self.outward + self.intercept
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum())


@dataclass(frozen=True)
class UrgencyModel:
    """Networks that learnt the same in another order: what one of them only imagines, the others rarely do."""

    kinds: tuple[str, ...]
    vocabulary: Mapping[str, int]
    networks: tuple[Network, ...]

    def judge(self, features: Features) -> dict[str, float]:
        """Probability by kind: danger_sign, report_violence, report_self_harm, none."""
        known = [(self.vocabulary[name], value) for name, value in features.items() if name in self.vocabulary]
        rows, values = [row for row, _ in known], np.array([value for _, value in known], dtype=np.float32)
        mean = np.mean([network.chances(rows, values) for network in self.networks], axis=0)
        return dict(zip(self.kinds, mean.tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Writes the model as numbers and JSON: nothing in it is code."""
        numbers = {
            f"{part.name}{at}": getattr(one, part.name) for at, one in enumerate(self.networks) for part in fields(one)
        }
        np.savez_compressed(folder / _NUMBERS, **numbers)
        names = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        plain = {"kinds": self.kinds, "vocabulary": names, "networks": len(self.networks)}
        (folder / _NAMES).write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> UrgencyModel:
        """The model written by `save`; OSError, KeyError or ValueError when it is not whole."""
        plain = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        with np.load(folder / _NUMBERS, allow_pickle=False) as numbers:
            networks = tuple(
                Network(**{part.name: numbers[f"{part.name}{at}"] for part in fields(Network)})
                for at in range(plain["networks"])
            )
        vocabulary = {name: row for row, name in enumerate(plain["vocabulary"])}
        if any(one.straight.shape != (len(vocabulary), len(plain["kinds"])) for one in networks):
            raise ValueError("The weights do not fit the vocabulary: train again.")
        return cls(tuple(plain["kinds"]), vocabulary, networks)
