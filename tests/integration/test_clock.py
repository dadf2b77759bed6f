"""What time it is: Postgres says it, a machine's own clock decides nothing, and whoever sets Postgres' is noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import Engine, func, insert, select, update

from latido.clock import SharedClock
from latido.database import create_engine
from latido.messaging.brought_back import BroughtBack
from latido.messaging.lanes import claim
from latido.messaging.pacing import Limit, Pacer
from latido.messaging.tables import lane, message, resident
from latido.worker import Chore, run_worker
from tests.conftest import temporary_database
from tests.fault.jumping_clock import JumpingClock
from tests.integration.messaging.post import Post, post

__all__ = ["post"]

HOUR = timedelta(hours=1)
NEARLY = timedelta(seconds=60)
NOBODY = "postgresql://127.0.0.1:9/nobody"


@pytest.fixture(scope="module")
def jumping(postgres_url: str) -> Iterator[JumpingClock]:
    with temporary_database(postgres_url) as url:
        clock = JumpingClock(url)
        clock.begin()
        yield clock


def test_a_machine_whose_own_clock_is_wrong_knows_the_time_and_that_something_is_wrong(engine: Engine) -> None:
    ahead = SharedClock(engine, own=lambda: datetime.now(UTC) + HOUR)
    assert abs(ahead.now() - datetime.now(UTC)) < NEARLY
    assert ahead.in_doubt()
    assert not SharedClock(engine).in_doubt()


def test_without_postgres_time_goes_on_from_what_it_said_last(engine: Engine) -> None:
    never = SharedClock(create_engine(NOBODY), own=lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert never.now() == datetime(2026, 11, 24, tzinfo=UTC)
    once = SharedClock(engine, own=lambda: datetime(2020, 1, 1, tzinfo=UTC), look_every=0.0)
    before = once.now()
    once._engine = create_engine(NOBODY)
    assert before <= once.now() < before + NEARLY
    assert once.steady_for() == 0.0, "nobody knows what happened to the clock meanwhile"


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=str)
def test_who_sets_the_clock_of_postgres_is_noticed(jumping: JumpingClock, ahead: timedelta) -> None:
    jumping.set(timedelta(0))
    clock = SharedClock(create_engine(jumping.url, pool_size=1), look_every=0.0)
    clock.now()
    clock._steady_since -= 1000
    assert clock.steady_for() > 900
    jumping.set(ahead)
    assert clock.steady_for() < 900
    assert clock.set_back == (ahead < timedelta(0))
    assert abs(clock.now() - datetime.now(UTC) - ahead) < NEARLY


def test_lanes_put_off_until_a_time_that_is_far_again_are_brought_back(engine: Engine) -> None:
    clock = SharedClock(engine)
    back = BroughtBack(clock, engine, 20.0)
    with engine.begin() as connection:
        for key, due, until in (("a", HOUR, None), ("b", -HOUR, HOUR), ("c", None, None), ("d", NEARLY / 2, None)):
            connection.execute(insert(resident).values(key=key, address_sealed=b""))
            moments = {"due_at": due and func.now() + due, "lease_until": until and func.now() + until}
            connection.execute(insert(lane).values(resident=key, name="turn", **moments))
    back._seen = 0  # it has worked for a while
    assert back.look() == 0
    clock.set_back += 1
    assert back.look() == 2
    assert [lease.resident for lease in claim(engine, "turn", 9, 1.0)] == ["a"]
    with engine.connect() as connection:
        left = select(lane.c.lease_until - func.now()).where(lane.c.resident == "b")
        assert connection.execute(left).scalar_one() <= timedelta(seconds=20)
        untouched = select(lane.c.due_at, lane.c.lease_until).where(lane.c.resident == "c")
        assert connection.execute(untouched).one() == (None, None)
    with engine.begin() as connection:
        connection.execute(update(lane).where(lane.c.resident == "d").values(due_at=func.now() + HOUR))
    assert BroughtBack(clock, engine, 20.0).look() == 1, "who starts after the clock was set back knows nothing of it"


def test_a_valkey_whose_clock_was_set_back_lets_messages_go(redis_url: str) -> None:
    pacer = Pacer(redis_url, Limit(1.0, 5.0), Limit(1.0, 5.0))
    assert pacer.wait("set back", "ana") == 0.0
    with redis.Redis.from_url(redis_url) as valkey:
        for key in ("latido:pace:sender:set back", "latido:pace:resident:ana"):
            valkey.hset(key, "at", time.time() + 3600)
    assert pacer.wait("set back", "ana") == 0.0


@pytest.mark.parametrize(("attempted", "steady"), [(HOUR, 1.0), (-HOUR, 1.0)], ids=["jumped", "set back"])
def test_a_send_is_not_repeated_because_the_clock_was_set(post: Post, attempted: timedelta, steady: float) -> None:
    post.queues("uno")
    with post.engine.begin() as connection:
        tried = {"state": "sending", "attempted_at": func.now() - attempted, "attempts": 1}
        connection.execute(update(message).where(message.c.direction == "out").values(tried))
    wary = replace(post.sender, steady_for=lambda: steady)
    for lease in claim(post.engine, "send", 10, 30.0):
        wary.work(lease)
    assert (post.states(), post.sent_posts()) == (["sending"], 0)
    post.works_until(lambda: post.states() == ["handed_over"])
    assert post.sent_posts() == 1


def test_a_message_that_twilio_took_is_found_though_its_clock_is_another(post: Post) -> None:
    post.emulator.faults(
        rest={"kind": "timeout_after_accepting", "hold_seconds": 2}, lose=["sent", "delivered", "read"]
    )
    post.emulator.clock(advance_seconds=-3 * 3600)
    post.queues("uno")
    post.works_until(lambda: post.states() == ["handed_over"])
    assert post.sent_posts() == 1


def test_what_cannot_be_taken_back_rests_while_nobody_knows_the_time() -> None:
    done: list[str] = []
    stop = threading.Event()
    chores = [
        Chore("retention", 0.01, lambda: done.append("retention"), when_sure=True),
        Chore("bookings", 0.01, lambda: done.append("bookings") or (len(done) > 20 and stop.set())),
    ]

    class NobodyWakes:
        def listen(self, events: object, stop: threading.Event) -> None:
            stop.wait(60)

    run_worker([], chores, NobodyWakes(), stop, lambda: True)  # type: ignore[arg-type]
    assert set(done) == {"bookings"}
