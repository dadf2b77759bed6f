"""The file of experiments: the one that ships, and what is refused with words that say what to do."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
import yaml

from latido.experiments.data import FILE, BadExperiments, load_experiments, read_experiments
from latido.messaging.templates.reading import templates

SHIPPED: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
KNOWN = [("checkup_book", ""), ("checkup_book", "b"), ("loss_words", ""), ("loss_words", "b")]


def test_the_one_that_ships_compares_wordings_that_differ_in_words_only() -> None:
    (shipped,) = load_experiments().all
    assert shipped.runs_on(date(2026, 11, 23)) and shipped.primary == "booked"
    forms = [templates()[shipped.template, arm.variant] for arm in shipped.arms]
    assert len({form.inside.body for form in forms}) == len({form.outside.body for form in forms}) == len(forms)
    assert len({(form.inside.buttons, form.outside.buttons, form.needs) for form in forms}) == 1
    assert len({form.inside.variables for form in forms}) == 1


def changed(**fields: Any) -> dict[str, Any]:
    content = deepcopy(SHIPPED)
    content["experiments"][0].update(fields)
    return content


TWO = {"what": "adopted", "arm": "b", "by": ["Ana Paz", "Eva Luna"], "on": "2027-01-10"}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "Con Espacios"}, "lower-case"),
        ({"template": "unknown"}, "has no variant ''"),
        ({"arms": [{"arm": "a", "share": 50}, {"arm": "z", "share": 50}]}, "has no variant 'z'"),
        ({"arms": [{"arm": "b", "share": 50}]}, "needs the arm a"),
        ({"arms": [{"arm": "a", "share": 1}, {"arm": "b", "share": 1}, {"arm": "b", "share": 1}]}, "each once"),
        ({"arms": [{"arm": "a", "share": 0}, {"arm": "b", "share": 1}]}, "share must be a whole number"),
        ({"template": "loss_words"}, "nothing is tried out"),
        ({"from": "soon"}, "from must be a day"),
        ({"until": "2025-01-01"}, "until lies before from"),
        ({"primary": "happy"}, "primary is one of"),
        ({"days": {"booked": 14}}, "delivered must be a whole number"),
        ({"least": 0}, "least must be"),
        ({"owner": ""}, "owner must be words"),
        ({"decision": {**TWO, "by": ["Ana Paz", "ana paz"]}}, "two persons decide"),
        ({"decision": {**TWO, "what": "perhaps"}}, "adopted or dropped"),
        ({"decision": {**TWO, "arm": "z"}}, "there is no arm z"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(BadExperiments, match=says):
        read_experiments(changed(**fields), KNOWN)


def test_two_persons_may_decide() -> None:
    (decided,) = read_experiments(changed(decision=TWO), KNOWN).all
    assert decided.adopted_on(date(2027, 1, 10)) == "b"


def test_two_experiments_of_one_template_at_a_time_are_refused() -> None:
    content = deepcopy(SHIPPED)
    second = {**content["experiments"][0], "name": "another", "from": "2027-06-01", "until": "2027-12-31"}
    content["experiments"].append(second)
    with pytest.raises(BadExperiments, match="at the same time"):
        read_experiments(content, KNOWN)
    second["from"] = "2027-11-23"
    assert len(read_experiments(content, KNOWN).all) == 2
    second["name"] = content["experiments"][0]["name"]
    with pytest.raises(BadExperiments, match="one name"):
        read_experiments(content, KNOWN)


@pytest.mark.parametrize(
    ("rule", "value", "says"),
    [
        ("propose_from_probability", 1.5, "between 0.5 and 1"),
        ("opted_out", {"least": 10, "worse_by_points": -1}, "points of a hundred"),
        ("refused", None, "refused is missing"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rule: str, value: Any, says: str) -> None:
    content = deepcopy(SHIPPED)
    content["rules"][rule] = value
    with pytest.raises(BadExperiments, match=says):
        read_experiments(content, KNOWN)
