"""The eviction rules: harm stops an arm, a good sign only proposes it, and few residents do neither."""

from __future__ import annotations

import pytest

from latido.experiments.data import load_experiments
from latido.experiments.rules.judging import ArmCounts, Count, is_proposed, why_stop

RULES = load_experiments().rules


NONE, SOME = Count(0, 1000), Count(300, 1000)


def arm(opted_out: Count = NONE, refused: Count = NONE, booked: Count = SOME) -> ArmCounts:
    return ArmCounts(outcomes={"booked": booked, "opted_out": opted_out}, opted_out_so_far=opted_out, refused=refused)


def test_alike_nothing_happens() -> None:
    assert why_stop(RULES, arm(), arm()) is None
    assert why_stop(RULES, arm(opted_out=Count(22, 1000)), arm(opted_out=Count(15, 1000))) is None


def test_an_arm_with_surely_more_opt_outs_is_stopped() -> None:
    plain, bad = arm(opted_out=Count(10, 1000)), arm(opted_out=Count(40, 1000))
    assert why_stop(RULES, bad, plain) == "opted_out" and why_stop(RULES, plain, bad) is None


def test_surely_more_by_less_than_the_limit_does_not_stop_it() -> None:
    # 0.3 against 0.6 of a hundred among very many: sure, and less than half a point.
    assert why_stop(RULES, arm(opted_out=Count(600, 100_000)), arm(opted_out=Count(300, 100_000))) is None


@pytest.mark.parametrize("of", [RULES.opted_out.least - 1, 20])
def test_before_the_least_number_nothing_is_stopped_for_opt_outs(of: int) -> None:
    assert why_stop(RULES, arm(opted_out=Count(of // 2, of)), arm()) is None
    assert why_stop(RULES, arm(opted_out=Count(500, 1000)), arm(opted_out=Count(0, of))) is None


def test_an_arm_that_is_refused_or_not_delivered_is_stopped_early() -> None:
    assert why_stop(RULES, arm(refused=Count(30, 60)), arm(refused=Count(2, 60))) == "refused"
    assert why_stop(RULES, arm(refused=Count(30, 60)), arm(refused=Count(28, 60))) is None, "it is the day, not the arm"


def test_an_arm_is_proposed_when_it_is_very_probably_better_and_enough_were_told() -> None:
    better, plain = arm(booked=Count(400, 1000)), arm(booked=Count(330, 1000))
    assert is_proposed(RULES, "booked", 1000, better, plain)
    assert not is_proposed(RULES, "booked", 1001, better, plain)
    assert not is_proposed(RULES, "booked", 1000, plain, better)
    assert not is_proposed(RULES, "booked", 1000, arm(booked=Count(335, 1000)), plain)


def test_of_opt_outs_fewer_are_better() -> None:
    few, many = arm(opted_out=Count(5, 1000)), arm(opted_out=Count(25, 1000))
    assert is_proposed(RULES, "opted_out", 500, few, many) and not is_proposed(RULES, "opted_out", 500, many, few)


def test_small_cells_are_known_as_such_on_both_sides() -> None:
    small = [Count(3, 9), Count(1, 400), Count(9, 400), Count(395, 400), Count(0, 9)]
    assert all(count.is_small for count in small)
    assert not any(count.is_small for count in (Count(0, 400), Count(10, 400), Count(390, 400), Count(400, 400)))
