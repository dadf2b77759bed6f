"""Reading data/reminders/experiments.yml: which wordings are compared, and when one is stopped."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from latido.experiments.rules.arms import OUTCOMES, PLAIN, Arm, Decision, Experiment, Outcome
from latido.experiments.rules.judging import JudgingRules, StopRule
from latido.messaging.templates.reading import templates

FILE = Path(__file__).resolve().parents[2] / "data" / "reminders" / "experiments.yml"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
# Two persons decide.
DECIDERS = 2
# Whoever sees these is not to be an experiment: they follow danger, a loss or what somebody could not bear to be asked.
NEVER = re.compile(r"loss|danger|follow_up|condolence|violence|harm")
Content = Mapping[str, Any]


class BadExperiments(ValueError):
    """The experiments cannot be used as written; the message names the place in the file and says what is wrong."""


@dataclass(frozen=True)
class Experiments:
    """Everything the file says."""

    rules: JudgingRules
    all: tuple[Experiment, ...] = ()

    def called(self, name: str) -> Experiment | None:
        """The experiment of this name."""
        return next((each for each in self.all if each.name == name), None)


@cache
def load_experiments(path: Path = FILE) -> Experiments:
    """Read the data file; BadExperiments says what is missing or wrong in it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise BadExperiments(f"{path.name} must be a mapping with as_of, rules and experiments")
    return read_experiments(content, templates())


def read_experiments(content: Content, known: Collection[tuple[str, str]]) -> Experiments:
    """The experiments of a file's content; `known`: the templates there are, by name and variant."""
    rules = _mapping(content, "rules", "rules")
    read = Experiments(
        JudgingRules(
            _stop_rule(_mapping(rules, "opted_out", "rules"), "rules.opted_out"),
            _stop_rule(_mapping(rules, "refused", "rules"), "rules.refused"),
            _probability(rules.get("propose_from_probability")),
        ),
        tuple(_experiment(row, known) for row in content.get("experiments") or ()),
    )
    _refuse_two_at_once(read.all)
    return read


def _experiment(row: Content, known: Collection[tuple[str, str]]) -> Experiment:
    name = str(row.get("name"))
    if not NAME.fullmatch(name):
        raise BadExperiments(f"an experiment's name is made of lower-case letters, digits and _: {name!r} is none")
    template = _words(row, "template", name)
    arms = tuple(_arm(each, name) for each in row.get("arms") or ())
    _refuse_bad_arms(name, template, arms, known)
    days = _mapping(row, "days", name)
    made = Experiment(
        name=name,
        template=template,
        arms=arms,
        begins=_day(row, "from", name),
        ends=_day(row, "until", name),
        primary=_outcome(row.get("primary"), name),
        days={outcome: _number(days, outcome, f"{name}.days") for outcome in OUTCOMES},
        least=_number(row, "least", name),
        title=_words(row, "title", name),
        owner=_words(row, "owner", name),
        why=_words(row, "why", name),
        decision=_decision(_mapping(row, "decision", name), name) if "decision" in row else None,
    )
    _refuse_contradictions(made)
    return made


def _arm(row: Content, name: str) -> Arm:
    return Arm(_words(row, "arm", f"{name}.arms"), _number(row, "share", f"{name}.arms"))


def _refuse_bad_arms(name: str, template: str, arms: tuple[Arm, ...], known: Collection[tuple[str, str]]) -> None:
    names = [arm.name for arm in arms]
    if PLAIN not in names or len(set(names)) < 2 or len(set(names)) < len(names):
        raise BadExperiments(f"{name}: it needs the arm {PLAIN}, the plain wording, and others, each once")
    for arm in arms:
        if (template, arm.variant) not in known:
            raise BadExperiments(
                f"{name}: data/templates/{template}.yml has no variant {arm.variant!r}: write it there first"
            )
    if NEVER.search(template):
        raise BadExperiments(f"{name}: nothing is tried out on whoever gets {template}")


def _decision(row: Content, name: str) -> Decision:
    by = tuple(str(each).strip() for each in row.get("by") or ())
    if len({each.casefold() for each in by if each}) < DECIDERS:
        raise BadExperiments(f"{name}.decision: two persons decide: name both under `by`")
    what = row.get("what")
    if what not in ("adopted", "dropped"):
        raise BadExperiments(f"{name}.decision: `what` is adopted or dropped: {what!r} is neither")
    return Decision(str(row.get("arm", PLAIN)), what == "adopted", by, _day(row, "on", f"{name}.decision"))


def _refuse_contradictions(made: Experiment) -> None:
    if made.ends < made.begins:
        raise BadExperiments(f"{made.name}: until lies before from")
    if made.decision and made.decision.arm not in {arm.name for arm in made.arms}:
        raise BadExperiments(f"{made.name}.decision: there is no arm {made.decision.arm}")


def _refuse_two_at_once(experiments: tuple[Experiment, ...]) -> None:
    if len({each.name for each in experiments}) < len(experiments):
        raise BadExperiments("two experiments have one name: who was told what would be mixed up")
    for before, after in pairwise(sorted(experiments, key=lambda each: (each.template, each.begins))):
        if before.template == after.template and before.ends >= after.begins:
            raise BadExperiments(f"{before.name} and {after.name} compare {before.template} at the same time: end one")


def _stop_rule(row: Content, place: str) -> StopRule:
    points = row.get("worse_by_points")
    if not isinstance(points, int | float) or not 0 <= points < 100:
        raise BadExperiments(f"{place}.worse_by_points must be points of a hundred: {points!r} is none")
    return StopRule(_number(row, "least", place), points / 100)


def _probability(given: object) -> float:
    if not isinstance(given, float) or not 0.5 < given < 1:
        raise BadExperiments(f"rules.propose_from_probability must lie between 0.5 and 1: {given!r} does not")
    return given


def _outcome(given: object, name: str) -> Outcome:
    found = next((outcome for outcome in OUTCOMES if outcome == given), None)
    if found is None:
        raise BadExperiments(f"{name}.primary is one of {', '.join(OUTCOMES)}: {given!r} is none")
    return found


def _mapping(content: Content, field: str, place: str) -> Content:
    found = content.get(field)
    if not isinstance(found, dict):
        raise BadExperiments(f"{place}: {field} is missing, or is no mapping")
    return found


def _words(content: Content, field: str, place: str) -> str:
    found = content.get(field)
    if not isinstance(found, str) or not found.strip():
        raise BadExperiments(f"{place}: {field} must be words: {found!r} is none (quote it)")
    return found.strip()


def _number(content: Content, field: str, place: str) -> int:
    found = content.get(field)
    if type(found) is not int or found < 1:
        raise BadExperiments(f"{place}: {field} must be a whole number from 1 on: {found!r} is none")
    return found


def _day(content: Content, field: str, place: str) -> date:
    try:
        return date.fromisoformat(str(content.get(field)))
    except ValueError:
        raise BadExperiments(f'{place}: {field} must be a day such as "2026-11-23", quoted') from None
