"""Postgres' clock is set by an hour, forward and back, while two workers are in the middle of turns and of sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.conftest import temporary_database
from tests.fault.audit import remember
from tests.fault.clocked_town import Clocked, clocked_town

HOUR = timedelta(hours=1)
JUMPS = [HOUR, -HOUR, timedelta(0)]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def clocked(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Clocked]:
    with temporary_database(postgres_url) as url, clocked_town(url, tmp_path_factory.mktemp("clocked")) as made:
        yield made


@pytest.mark.parametrize("ahead", JUMPS, ids=str)
def test_set_in_the_middle_of_turns(clocked: Clocked, ahead: timedelta) -> None:
    clocked.sets_it_in_mid_turn(ahead)
    assert clocked.town.problems() == []


@pytest.mark.parametrize("ahead", JUMPS, ids=str)
def test_set_in_the_middle_of_sending(clocked: Clocked, ahead: timedelta) -> None:
    clocked.sets_it_in_mid_send(ahead)
    assert clocked.town.problems() == []


def test_set_back_when_a_worker_has_just_been_killed(
    clocked: Clocked, record_property: Callable[[str, object], None]
) -> None:
    clocked.sets_it_in_mid_turn(-HOUR, kills=True)
    assert clocked.town.problems() == []
    report = remember(record_property, clocked.audited())
    assert report.sound, report.lines()
