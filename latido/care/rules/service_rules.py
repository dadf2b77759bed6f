"""What decides bookings of one service: who comes first, what counts as the same visit, who waits for what. Pure.

One set a service; whatever the service, a person comes with the same facts, and each set asks for those it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol

from latido.care.rules.child_windows import load_child_windows
from latido.care.rules.gestation import GestationalAge, load_windows
from latido.care.rules.priority import PEDIATRIC_RULES_FILE, Answers, Priority, RuleSet, evaluate, load_rules
from latido.care.rules.waiting_data import WaitingRules, load_waiting_rules


@dataclass(frozen=True)
class Facts:
    """What the rules may know of a person: how far her pregnancy is, when the child was born; None: unknown."""

    age: GestationalAge | None = None
    birth_date: date | None = None

    def weeks_on(self, day: date) -> int | None:
        """The upper bound of the completed weeks on a day."""
        return self.age.latest_on(day) if self.age else None

    def age_days_on(self, day: date) -> int | None:
        """How many days old the child is on a day; 0 before its birth."""
        return max(0, (day - self.birth_date).days) if self.birth_date else None


class VisitWindows(Protocol):
    """In which appointments a person needs only one."""

    def window_of(self, facts: Facts, day: date) -> str:
        """The name of the window a day falls into."""

    def clash(self, one: str, one_day: date, other: str, other_day: date) -> bool:
        """Whether two live appointments of one person are one too many."""


@dataclass(frozen=True)
class ServiceRules:
    """The rules of one service."""

    priority: RuleSet
    windows: VisitWindows
    waiting: WaitingRules

    def priority_on(self, day: date, facts: Facts, answers: Answers) -> Priority:
        """The priority of a person on a day."""
        return evaluate(self.priority, answers, facts.weeks_on(day), facts.age_days_on(day))


class _PregnancyWindows:
    def __init__(self) -> None:
        self._windows = load_windows()
        self.clash = self._windows.clash

    def window_of(self, facts: Facts, day: date) -> str:
        return self._windows.window_of(facts.age, day)


class _ChildWindows:
    def __init__(self) -> None:
        self._windows = load_child_windows()
        self.clash = self._windows.clash

    def window_of(self, facts: Facts, day: date) -> str:
        return self._windows.window_of(facts.birth_date, day)


@cache
def load_service_rules() -> Mapping[str, ServiceRules]:
    """The rules that ship with Latido, by service."""
    prenatal, pediatric = load_rules(), load_rules(PEDIATRIC_RULES_FILE)
    return {
        "prenatal": ServiceRules(prenatal, _PregnancyWindows(), load_waiting_rules(prenatal.classes)),
        "pediatric": ServiceRules(pediatric, _ChildWindows(), load_waiting_rules(pediatric.classes)),
    }
