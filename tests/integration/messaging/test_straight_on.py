"""From a turn straight on to the sender: one transaction less, and the same order, doubts and limits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from latido.messaging.lanes import Lease, claim
from latido.messaging.pacing import Limit, Pacer
from latido.messaging.straight_on import StraightOn
from latido.messaging.tables import lane, message, resident
from latido.messaging.turns import Turns
from tests.integration.messaging.conftest import TEXTS, Inbox, LoopbackBot
from tests.integration.messaging.post import Post


@dataclass
class Hands:
    """The sender's threads: begun work waits here until the test has it done."""

    free: int = 1
    begun: list[tuple[Lease, Any]] = field(default_factory=list)

    def take(self) -> bool:
        taken = self.free > 0
        self.free -= taken
        return taken

    def give_back(self) -> None:
        self.free += 1

    def begin(self, lease: Lease, first: Any) -> None:
        self.begun.append((lease, first))


@dataclass
class Way:
    """Turns that hand on to the post's sender, and what came of it."""

    post: Post
    turns: Turns
    hands: Hands
    woken: list[str]

    def answers(self) -> None:
        for lease in claim(self.post.engine, "turn", 10, 30.0):
            self.turns.work(lease)

    def sends(self) -> None:
        for lease, first in self.hands.begun:
            self.post.sender.work(lease, first)
            self.hands.give_back()
        self.hands.begun = []

    def shows(self, *wanted: str) -> bool:
        """Whether this is what stands on her phone, in this order; it takes a moment to come."""
        deadline = time.monotonic() + 60
        while len(self.post.shown()) < len(wanted) and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.post.shown() == list(wanted)

    def states(self) -> list[tuple[str, int]]:
        return [(row.state, row.attempts) for row in self.post.rows()]

    def lanes_due(self) -> list[tuple[str, bool]]:
        """Lanes that are due, each with whether somebody has its lease."""
        with self.post.engine.connect() as connection:
            due = select(lane.c.name, lane.c.lease_token).where(lane.c.due_at.is_not(None)).order_by(lane.c.name)
            return [(row.name, row.lease_token is not None) for row in connection.execute(due)]

    def changes(self, table: Any, where: Sequence[Any] = (), **values: Any) -> None:
        with self.post.engine.begin() as connection:
            connection.execute(update(table).where(*where).values(values))


@pytest.fixture
def way(post: Post, inbox: Inbox, bot: LoopbackBot) -> Way:
    woken: list[str] = []
    hands, straight_on = Hands(), StraightOn()
    turns = Turns(
        post.engine,
        post.vault,
        inbox.turns.conversation,
        woken.append,
        TEXTS,
        attempts=3,
        lease_seconds=30.0,
        straight_on=straight_on,
        send_lease_seconds=30.0,
    )
    straight_on.open(hands, post.sender.goes_now)
    return Way(post, turns, hands, woken)


def test_an_answer_is_tried_in_the_transaction_that_writes_it(way: Way) -> None:
    way.answers()
    assert way.states() == [("sending", 1)]
    assert way.lanes_due() == [("send", True)]
    way.sends()
    assert way.states() == [("handed_over", 1)]
    assert way.shows("eco: hola")
    assert (way.lanes_due(), way.hands.free, way.woken) == ([], 1, [])


def test_what_she_writes_meanwhile_is_answered_after_it(way: Way) -> None:
    for text in ("dos", "tres"):
        way.post.ana.says(text)
    way.answers()
    assert way.states() == [("sending", 1), ("queued", 0), ("queued", 0)]
    way.sends()
    assert way.shows("eco: hola", "eco: dos", "eco: tres")
    assert way.lanes_due() == []


def test_nothing_overtakes_what_waits_in_her_lane(way: Way) -> None:
    way.post.queues("antes")
    way.answers()
    assert way.states() == [("queued", 0), ("queued", 0)]
    assert (way.hands.begun, way.hands.free, way.woken) == ([], 1, ["send"])
    way.post.works()
    assert way.shows("antes", "eco: hola")


def test_a_lane_that_a_sender_has_is_left_to_it(way: Way) -> None:
    way.post.queues("antes")
    [held] = claim(way.post.engine, "send", 10, 30.0)
    way.answers()
    assert (way.hands.begun, way.lanes_due()) == ([], [("send", True)])
    way.post.sender.work(held)
    assert way.shows("antes", "eco: hola")


def test_without_a_free_place_the_answer_waits_in_the_log(way: Way) -> None:
    way.hands.free = 0
    way.answers()
    assert (way.states(), way.hands.free, way.woken) == ([("queued", 0)], 0, ["send"])
    way.post.works()
    assert way.shows("eco: hola")


def test_after_the_24_hours_it_takes_the_way_that_knows_templates(way: Way) -> None:
    way.changes(resident, last_inbound_at=func.now() - timedelta(hours=25))
    way.answers()
    assert (way.states(), way.hands.free) == ([("queued", 0)], 1)


def test_who_may_not_be_sent_to_yet_is_not_tried(way: Way, redis_url: str) -> None:
    object.__setattr__(way.post.sender, "pacer", Pacer(redis_url, per_resident=Limit(0.001, 0.5)))
    way.answers()
    assert (way.states(), way.hands.free) == ([("queued", 0)], 1)


def test_what_was_perhaps_answered_before_a_restore_is_asked_of_twilio_first(way: Way) -> None:
    way.changes(message, [message.c.direction == "in"], attempted_at=func.now())
    way.answers()
    assert (way.states(), way.hands.begun) == ([("unknown", 0)], [])


def test_who_dies_before_the_call_leaves_it_to_be_asked_for_and_sent_once(way: Way) -> None:
    way.answers()
    way.hands.begun = []
    way.changes(lane, lease_until=func.now() - timedelta(seconds=1))
    way.post.works_until(lambda: way.post.states() == ["handed_over"])
    assert way.shows("eco: hola")
    assert way.post.sent_posts() == 1


def test_who_dies_after_the_call_has_not_sent_it_twice(way: Way) -> None:
    way.answers()
    [(_, tried)] = way.hands.begun
    way.post.sender.provider.send(way.post.sender._outgoing(tried, tried.reply, None))
    way.changes(lane, lease_until=func.now() - timedelta(seconds=1))
    way.post.works_until(lambda: way.post.states() == ["handed_over"])
    assert way.post.sent_posts() == 1


def test_a_turn_that_lost_its_lane_writes_nothing_and_gives_the_place_back(way: Way) -> None:
    [stale] = claim(way.post.engine, "turn", 10, 0.0)
    [fresh] = claim(way.post.engine, "turn", 10, 30.0)
    way.turns.work(stale)
    assert (way.states(), way.hands.begun, way.hands.free) == ([], [], 1)
    way.turns.work(fresh)
    way.sends()
    assert way.shows("eco: hola")
