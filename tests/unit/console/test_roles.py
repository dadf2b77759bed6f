"""The table of roles: every right has somebody, words for who lacks it, and nobody has more than meant."""

from __future__ import annotations

from typing import get_args

import pytest

from latido.console.navigation import SECTIONS, sections_for
from latido.console.reading import label
from latido.console.roles import RIGHTS, ROLES, Right, may


@pytest.mark.parametrize("right", get_args(Right))
def test_every_right_has_somebody_and_words_for_who_lacks_it(right: Right) -> None:
    assert any(may(role, right) for role in ROLES)
    assert label("forbidden", right) != right


def test_each_role_has_what_the_one_before_it_in_its_line_has() -> None:
    for lower, higher in (
        ("reader", "reviewer"),
        ("reviewer", "approver"),
        ("agent", "supervisor"),
        ("supervisor", "admin"),
    ):
        assert RIGHTS[lower] < RIGHTS[higher]


def test_only_those_who_attend_to_residents_see_what_identifies_them() -> None:
    assert {role for role in ROLES if may(role, "reveal")} == {"agent", "supervisor", "admin"}


def test_an_unknown_role_has_no_right() -> None:
    assert not any(may("nobody", right) for right in get_args(Right))


def test_a_section_is_shown_to_who_may_open_it() -> None:
    for role in ROLES:
        assert set(sections_for(role)) == {section for section in SECTIONS if may(role, section.right)}
