"""Whose appointments come first: answers, weeks or a child's age to a class, its reasons and its target. Pure.

The rules themselves are data (data/care/*_priority.yml) with their source, date and clinical sign-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

PriorityClass = Literal["top", "priority", "routine"]
ORDER: tuple[PriorityClass, ...] = ("top", "priority", "routine")
# What the conditions of a rule may be compared with; answers arrive with exactly these values.
ANSWER_VALUES: Mapping[str, frozenset[str]] = {
    "prior_checkups": frozenset({"none", "some", "overdue"}),
    "age_band": frozenset({"under_15", "15_17", "18_35", "over_35"}),
    "conditions": frozenset({"yes", "no"}),
    "history": frozenset({"yes", "no"}),
}
# What is counted; a condition is one of these with "_at_least", "_below" or "_unknown".
MEASURES = ("weeks", "age_days")
RULES_FILE = Path(__file__).resolve().parents[3] / "data" / "care" / "prenatal_priority.yml"
PEDIATRIC_RULES_FILE = RULES_FILE.with_name("pediatric_priority.yml")


class BadRule(ValueError):
    """A rule of the data file can never hold as written; the message names it and says what is wrong."""


@dataclass(frozen=True)
class Answers:
    """What she chose to tell. None: not asked; "undisclosed": she preferred not to say. Neither ever counts."""

    prior_checkups: str | None = None
    age_band: str | None = None
    conditions: str | None = None
    history: str | None = None


@dataclass(frozen=True)
class ClassRule:
    """How a class is booked: FHIR priority, days to the target, and how days weigh against metres."""

    fhir_priority: int
    target_days: int
    keep_back_days: int
    a_day_is_worth_m: int
    centers: int


@dataclass(frozen=True)
class Rule:
    """One reason, the class it leads to, and the conditions that must all hold."""

    reason: str
    leads_to: PriorityClass
    when: Mapping[str, Any]
    text: str


@dataclass(frozen=True)
class RuleSet:
    """The priority rules of one date."""

    version: str
    clinical_sign_off: str
    classes: Mapping[PriorityClass, ClassRule]
    rules: tuple[Rule, ...]
    lead: str
    joiner: str
    routine_text: str
    min_notice_hours: int
    horizon_days: int


@dataclass(frozen=True)
class Priority:
    """The class of a booking and why; `reason_text` may be shown to the resident."""

    name: PriorityClass
    fhir_priority: int
    reasons: tuple[str, ...]
    reason_text: str
    target_days: int
    rule_set: str


def load_rules(path: Path = RULES_FILE) -> RuleSet:
    """Read the rule file; BadRule, KeyError or TypeError names what is wrong or missing in it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    texts, offering = content["reason_texts"], content["offering"]
    return RuleSet(
        version=content["rule_set"],
        clinical_sign_off=content["clinical_sign_off"],
        classes={name: ClassRule(**content["classes"][name]) for name in ORDER},
        rules=tuple(_rule(row) for row in content["criteria"]),
        lead=texts["lead"],
        joiner=texts["joiner"],
        routine_text=texts["routine"],
        min_notice_hours=offering["min_notice_hours"],
        horizon_days=offering["horizon_days"],
    )


def _rule(row: dict[str, Any]) -> Rule:
    for condition, wanted in row["when"].items():
        if not _is_condition(condition, wanted):
            # YAML reads 15_17 as a number and yes as true unless they are quoted.
            raise BadRule(f"rule {row['reason']}: {condition}: {wanted!r} is no condition (values may need quotes)")
    if row["class"] not in ORDER:
        raise BadRule(f"rule {row['reason']}: {row['class']!r} is no class")
    return Rule(row["reason"], row["class"], row["when"], row["text"])


def _is_condition(condition: str, wanted: Any) -> bool:
    """Whether a condition can be asked, and compared with this."""
    if condition in ANSWER_VALUES:
        return wanted in ANSWER_VALUES[condition]
    if condition in [f"{name}_unknown" for name in MEASURES]:
        return isinstance(wanted, bool)
    return condition in [f"{name}_{how}" for name in MEASURES for how in ("at_least", "below")] and type(wanted) is int


def evaluate(rules: RuleSet, answers: Answers, weeks_upper: int | None = None, age_days: int | None = None) -> Priority:
    """The priority of a booking; `weeks_upper`: the upper bound of the completed weeks; None: unknown, or no matter."""
    measures = {"weeks": weeks_upper, "age_days": age_days}
    applying = [rule for rule in rules.rules if _applies(rule, answers, measures)]
    reached = {rule.leads_to for rule in applying}
    name = next((each for each in ORDER if each in reached), ORDER[-1])
    chosen = rules.classes[name]
    return Priority(
        name=name,
        fhir_priority=chosen.fhir_priority,
        reasons=tuple(rule.reason for rule in applying),
        reason_text=reason_text(rules, [rule.reason for rule in applying]),
        target_days=chosen.target_days,
        rule_set=rules.version,
    )


def reason_text(rules: RuleSet, reasons: list[str]) -> str:
    """The reasons in the resident's words; codes of another rule set are passed over."""
    texts = dict.fromkeys(rule.text for rule in rules.rules if rule.reason in reasons)
    if not texts:
        return rules.routine_text
    return rules.lead + rules.joiner.join(list(texts)[:2]) + "."


def _applies(rule: Rule, answers: Answers, measures: Mapping[str, int | None]) -> bool:
    return all(_holds(condition, wanted, answers, measures) for condition, wanted in rule.when.items())


def _holds(condition: str, wanted: Any, answers: Answers, measures: Mapping[str, int | None]) -> bool:
    if condition in ANSWER_VALUES:
        return bool(getattr(answers, condition) == wanted)
    measured = next(value for name, value in measures.items() if condition.startswith(name))
    if condition.endswith("_unknown"):
        return (measured is None) is wanted
    if measured is None:
        return False
    return measured >= wanted if condition.endswith("_at_least") else bool(measured < wanted)
