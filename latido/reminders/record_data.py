"""The codes of the record as values, read from data/care/record_codes.yml: dated, with source and sign-off."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from latido.reminders.rules.recorded import Coding, RecordCodes

RECORD_CODES = Path(__file__).resolve().parents[2] / "data" / "care" / "record_codes.yml"


class BadRecordCodes(ValueError):
    """A code cannot be used as written; the message names it and says what is wrong."""


@cache
def load_record_codes(path: Path = RECORD_CODES) -> RecordCodes:
    """Read the data file; BadRecordCodes or KeyError says what is missing or wrong in it."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    systems, vaccines = content["systems"], content["vaccines"]
    settles = {line: frozenset(needed) for line, needed in content["settles"].items()}
    for line, needed in settles.items():
        if not needed or needed - set(vaccines):
            raise BadRecordCodes(f"settles: {line} must name vaccines of this file: {sorted(needed - set(vaccines))}")
    held: dict[Coding, set[str]] = {}
    for vaccine, tokens in vaccines.items():
        for token in tokens:
            held.setdefault(_coding(systems, token), set()).add(vaccine)
    return RecordCodes(
        visits={service: frozenset(_coding(systems, each) for each in of) for service, of in content["visits"].items()},
        vaccines={coding: frozenset(of) for coding, of in held.items()},
        settles=settles,
    )


def _coding(systems: Mapping[str, str], token: str) -> Coding:
    system, bar, code = str(token).partition("|")
    if not bar or not code or system not in systems:
        raise BadRecordCodes(f"{token!r} is no code: write system|code with one of {', '.join(systems)}")
    return systems[system], code
