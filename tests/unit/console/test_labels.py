"""Operators read Spanish: whatever the dialogue keeps or asks has a word of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
LABELS = yaml.safe_load((ROOT / "latido" / "console" / "labels.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("group", ["slots", "forms", "entities", "intents"])
def test_every_name_of_the_dialogue_has_a_label(group: str) -> None:
    names = {name if isinstance(name, str) else next(iter(name)) for name in DOMAIN[group]}
    assert names - set(LABELS[group]) == set()
