"""How many examples a fuzz test tries, and words that must never be seen again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MARK = "Ñusta-Secreta-77"
"""Stands for what a resident wrote: in no log, no error, no address."""

odd_texts = st.text(max_size=30) | st.sampled_from(
    [
        *("", " ", "\x00", "a\x00b", "' OR 1=1 --", "%00", "../../etc/passwd", "<script>alert(1)</script>", MARK),
        *("🤰" * 50, "x" * 5000, "\u202e", "\ufeff", "2026-13-45", "-1", "0", "9" * 40, "1e999", "NaN", "{{7*7}}"),
    ]
)


def trying(examples: int) -> Callable[[Any], Any]:
    """Settings for `examples` tries, the same ones every time; LATIDO_FUZZ_EXAMPLES asks for as many others."""
    asked = os.environ.get("LATIDO_FUZZ_EXAMPLES")
    return settings(
        max_examples=int(asked or examples),
        deadline=None,
        derandomize=asked is None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
