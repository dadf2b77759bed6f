"""The few words which the channel itself says, from bot/data/channel.yml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "data" / "channel.yml"


@lru_cache(maxsize=1)
def wording() -> Mapping[str, str]:
    """Words by name."""
    words: Mapping[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words
