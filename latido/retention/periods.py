"""How long each kind of thing is kept: dated data, read from data/retention.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

FILE = Path(__file__).parents[2] / "data" / "retention.yml"


class BadPeriods(ValueError):
    """The file of periods cannot be used; the message says what to change in it."""


@dataclass(frozen=True)
class Period:
    """One kind of thing: kept `days` from the moment named by `since`; `words` and `counts_from` tell a person."""

    name: str
    days: int
    since: str
    words: str
    counts_from: str

    def before(self, now: datetime) -> datetime:
        """What happened before this moment is over."""
        return now - timedelta(days=self.days)


@dataclass(frozen=True)
class Periods:
    """The periods by name, and the tables that no period touches, each with the reason; `is_signed` by a lawyer."""

    version: str
    periods: Mapping[str, Period]
    kept: Mapping[str, str]
    is_signed: bool = False


def load_periods(file: Path = FILE) -> Periods:
    """The periods of a file; BadPeriods when one is missing a part or shorter than a month."""
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        periods = {name: _period(name, each) for name, each in told["periods"].items()}
        return Periods(str(told["version"]), periods, dict(told["kept"]), bool(told["legal_sign_off"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadPeriods(f"{file.name}: {error} is missing or of another kind than the rest") from error


def _period(name: str, told: Mapping[str, object]) -> Period:
    days = told["days"]
    if not isinstance(days, int) or days < 30:
        raise BadPeriods(f"{name}: days must be a whole number, 30 at least; nothing younger than a month is removed")
    return Period(name, days, str(told["from"]), str(told["words"]), str(told["counts_from"]))
