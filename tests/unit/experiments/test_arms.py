"""Who is told what: the same for ever, by name and key alone, in the shares the data says."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from latido.experiments.rules.arms import OUTCOMES, Arm, Decision, Experiment, arm_of, of_template

BOTH = Experiment(
    name="how_it_begins",
    template="checkup_book",
    arms=(Arm("a", 50), Arm("b", 50)),
    begins=date(2026, 12, 1),
    ends=date(2026, 12, 31),
    primary="booked",
    days=dict.fromkeys(OUTCOMES, 14),
    least=100,
    title="How it begins",
    owner="the team",
    why="to know",
)
KEYS = [hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest() for number in range(10_000)]


def test_each_arm_gets_its_share() -> None:
    found = Counter(arm_of(BOTH, key).name for key in KEYS)
    assert 4_800 < found["a"] < 5_200
    thirds = replace(BOTH, arms=(Arm("a", 2), Arm("b", 1), Arm("c", 1)))
    found = Counter(arm_of(thirds, key).name for key in KEYS)
    assert 4_800 < found["a"] < 5_200 and 2_350 < found["b"] < 2_650 and sum(found.values()) == len(KEYS)


def test_it_depends_on_nothing_but_the_key_and_the_name() -> None:
    first = {key: arm_of(BOTH, key) for key in KEYS[:500]}
    assert {key: arm_of(BOTH, key) for key in reversed(KEYS[:500])} == first
    elsewhere = replace(BOTH, begins=date(2027, 1, 1), ends=date(2027, 2, 1), least=7)
    assert {key: arm_of(elsewhere, key) for key in KEYS[:500]} == first


def test_another_process_says_the_same() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_arms import BOTH, KEYS, arm_of;"
        "print(''.join(arm_of(BOTH, key).name for key in KEYS[:200]))"
    )
    here = os.path.dirname(__file__)
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    said = subprocess.run([sys.executable, "-c", program, here], capture_output=True, text=True, check=True, env=env)
    assert said.stdout.strip() == "".join(arm_of(BOTH, key).name for key in KEYS[:200])


def test_two_experiments_divide_residents_independently() -> None:
    other = replace(BOTH, name="how_it_ends")
    both = Counter((arm_of(BOTH, key).name, arm_of(other, key).name) for key in KEYS)
    assert all(2_300 < count < 2_700 for count in both.values()) and len(both) == 4


def test_a_is_the_plain_wording_and_the_others_are_variants() -> None:
    assert [arm.variant for arm in BOTH.arms] == ["", "b"] and BOTH.variants == (Arm("b", 50),)


@pytest.mark.parametrize(
    ("day", "runs"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2026, 12, 31), True), (date(2027, 1, 1), False)],
)
def test_it_runs_from_its_first_day_to_its_last(day: date, runs: bool) -> None:
    assert BOTH.runs_on(day) is runs
    assert (of_template([BOTH], "checkup_book", day) is BOTH) is runs
    assert of_template([BOTH], "missed_offer", day) is None


def test_once_decided_nobody_is_assigned_and_what_was_adopted_holds_from_that_day() -> None:
    decided = replace(BOTH, decision=Decision("b", True, ("Ana", "Eva"), date(2026, 12, 20)))
    assert not decided.runs_on(date(2026, 12, 10))
    assert (decided.adopted_on(date(2026, 12, 19)), decided.adopted_on(date(2027, 3, 1))) == (None, "b")
    assert of_template([decided], "checkup_book", date(2027, 3, 1)) is decided
    dropped = replace(BOTH, decision=Decision("b", False, ("Ana", "Eva"), date(2026, 12, 20)))
    assert of_template([dropped], "checkup_book", date(2027, 3, 1)) is None


def test_a_later_experiment_takes_the_place_of_what_was_adopted() -> None:
    decided = replace(BOTH, decision=Decision("b", True, ("Ana", "Eva"), date(2026, 12, 20)))
    later = replace(BOTH, name="the_next", begins=date(2027, 2, 1), ends=date(2027, 3, 1))
    assert of_template([decided, later], "checkup_book", date(2027, 2, 10)) is later
    assert of_template([decided, later], "checkup_book", date(2027, 4, 10)) is decided
