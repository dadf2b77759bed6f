"""Two workers on two hosts, one cut off: nothing lost, nothing said twice, order kept, old leases refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fault.audit import remember
from tests.fault.cut_off import TwoHosts, holding, two_hosts
from tests.fault.namespaces import NotAllowed
from tests.fault.waiting import until

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHosts]:
    try:
        with two_hosts(tmp_path_factory.mktemp("two-hosts")) as made:
            yield made
    except NotAllowed as reason:
        pytest.skip(f"needs network namespaces (root, Linux): {reason}")


def test_cut_from_postgres_in_mid_turn_while_it_still_reaches_bot_and_twilio(two: TwoHosts) -> None:
    two.everybody_chats("uno")
    two.cut_in_mid_turn("database")
    assert two.town.problems() == []


def test_cut_from_everything_while_it_waits_for_twilio(two: TwoHosts) -> None:
    two.cut_in_mid_send("database", "world")
    assert two.town.problems() == []


def test_cut_within_a_transaction_it_holds_nobody_up_for_long(
    two: TwoHosts, record_property: Callable[[str, object], None]
) -> None:
    two.everybody_chats("cuatro y medio")
    ana, *others = two.town.phones
    with holding(two.first, two.town, ana.number):
        two.first.cut("database")
        ana.says("cinco", wait=False)  # her webhook waits for the lock, is refused, and is fetched later
        two.town.everybody_says("cinco", others)  # theirs are stored together with it, and must not wait for long
        assert two.town.missing() <= {ana.number}
        until(lambda: two.town.is_quiet(), "Postgres has let go of what a dead worker held")
        two.first.heal("database")
    assert two.town.problems(in_order=False) == []
    report = remember(record_property, two.town.audited("one of two cut off", {"cut off": 3}))
    assert report.sound, report.lines()
