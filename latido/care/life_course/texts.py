"""What operators read of a life's events. The words are in data/care/life_course.yml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parents[3] / "data" / "care" / "life_course.yml"


@cache
def load_life_course_texts() -> Mapping[str, str]:
    """The words by their name."""
    texts: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["texts"]
    return texts
