"""Whatever is told in whatever order: who is pregnant, which children are told of, and that a stop stops."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from latido.care.errors import Missing
from latido.care.life_course import births, children, losses, pregnancies
from latido.care.life_course.forgetting import forget
from latido.care.people.stopped import is_stopped
from latido.care.people.views import people_view
from latido.care.residents import CHAT, CURRENT_CONSENT, give_consent
from latido.care.services import Care
from latido.messaging.notices import Notices
from tests.integration.care.conftest import Clock

# Each example is a resident of her own: what fails is short enough to read.
NO_SHRINKING = (Phase.explicit, Phase.generate)
BORN = date(2026, 11, 20)
ADULTS = {"self": None, "other-1": "Rosa"}


@dataclass
class Model:
    """What ought to be told of; each stop with whose pregnancy it ended, whose it only assumed, and which children."""

    adults: set[str] = field(default_factory=set)
    pregnant: set[str] = field(default_factory=set)
    ended: Counter[str] = field(default_factory=Counter)
    children: list[str] = field(default_factory=list)
    known_children: int = 0
    stops: list[tuple[set[str], set[str], list[str]]] = field(default_factory=list)

    def next_child(self) -> str:
        self.known_children += 1
        self.children.append(f"child-{self.known_children}")
        return self.children[-1]


class Story:
    """One resident's messages, told to care and to the model alike."""

    def __init__(self, care: Care, clock: Clock) -> None:
        self.clock, self.care, self.resident, self.model = clock, care, uuid.uuid4().hex, Model()
        with care.engine.begin() as connection:
            give_consent(connection, self.resident, CHAT, CURRENT_CONSENT, care.now())

    @property
    def key(self) -> str:
        self.clock.now += timedelta(seconds=1)
        return f"SM{uuid.uuid4().hex}"

    def pregnant(self, role: str) -> None:
        if role == "other-1" and role not in self.model.adults:
            # Known by name alone until then; once forgotten she would be somebody else.
            if self.model.ended[role]:
                return
            told = pregnancies.Telling(self.key, self.resident, None, ADULTS[role])
        else:
            told = pregnancies.Telling(self.key, self.resident, role)
        assert pregnancies.tell(self.care, told)[0]["person"]["id"] == role
        self.model.adults.add(role)
        self.model.pregnant.add(role)

    def child(self, _: str) -> None:
        if self.model.known_children == 11:
            return
        name = f"Niña {self.model.known_children}"
        told = children.tell(self.care, children.Child(self.key, self.resident, None, name, BORN))[0]
        assert told["person"]["id"] == self.model.next_child()

    def birth(self, role: str) -> None:
        if role not in self.model.adults or self.model.known_children == 11:
            return
        names = (f"Niña {self.model.known_children}",)
        answer = births.tell(self.care, births.Birth(self.key, self.resident, role, BORN, names))[0]
        assert answer["pregnancy_closed"] == (role in self.model.pregnant)
        self.model.next_child()
        if role in self.model.pregnant or not self.model.ended[role]:
            self.model.ended[role] += 1
        self.model.pregnant.discard(role)

    def lose(self, role: str) -> None:
        """`all`: of a pregnancy, nobody named."""
        before = set(self.model.pregnant)
        if role == "all":
            losses.tell(self.care, losses.Loss(self.key, self.resident, "unknown"))
            meant = before or {"self"}
        elif role in self.model.adults:
            losses.tell(self.care, losses.Loss(self.key, self.resident, "pregnancy", role))
            meant = {role}
        else:
            return
        stopped = before & meant
        assumed = {each for each in meant - before if not self.model.ended[each]}
        if stopped | assumed:
            self.model.stops.append((stopped, assumed, []))
        self.model.pregnant -= meant
        self.model.ended.update(stopped | assumed)

    def lose_child(self, _: str) -> None:
        if not self.model.children:
            return
        role = self.model.children[0]
        losses.tell(self.care, losses.Loss(self.key, self.resident, "child", role))
        self.model.children.remove(role)
        self.model.stops.append((set(), set(), [role]))

    def undo(self, _: str) -> None:
        losses.undo(self.care, self.resident, self.key)
        if self.model.stops:
            was_pregnant, assumed, were_told = self.model.stops.pop()
            self.model.ended.subtract(assumed | (was_pregnant - self.model.pregnant))
            self.model.pregnant |= was_pregnant
            self.model.children = sorted(self.model.children + were_told, key=lambda each: int(each[6:]))

    def forget_child(self, _: str) -> None:
        if not self.model.children:
            return
        forget(self.care, self.resident, self.model.children.pop(), self.key)

    def check(self) -> None:
        with self.care.engine.connect() as connection:
            told = people_view(self.care, connection, self.resident)
            silent = {role for role in ADULTS if is_stopped(connection, self.resident, role, "prenatal")}
        adults = {each["id"]: each["pregnancy"] is not None for each in told if each["kind"] == "adult"}
        assert set(adults) == self.model.adults
        assert {role for role, is_pregnant in adults.items() if is_pregnant} == self.model.pregnant
        assert [each["id"] for each in told if each["kind"] == "child"] == self.model.children
        assert silent == {role for role in ADULTS if self.model.ended[role] and role not in self.model.pregnant}


steps = st.tuples(
    st.sampled_from(["pregnant", "child", "birth", "lose", "lose_child", "undo", "forget_child"]),
    st.sampled_from(["self", "other-1", "all"]),
)


def test_any_order_of_messages_is_kept_as_told(bare_care: Care, clock: Clock) -> None:
    care = replace(bare_care, messenger=Notices(bare_care.vault))

    @given(st.lists(steps, max_size=14))
    @settings(
        max_examples=100, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck), derandomize=True
    )
    def try_it(told: list[tuple[str, str]]) -> None:
        story = Story(care, clock)
        for what, whom in told:
            if whom == "all" and what in ("pregnant", "birth"):
                continue
            getattr(story, what)(whom)
            story.check()

    try_it()


def test_nobody_is_stopped_whom_nobody_knows(bare_care: Care, clock: Clock) -> None:
    story = Story(replace(bare_care, messenger=Notices(bare_care.vault)), clock)
    for role in ("other-1", "child-1"):
        try:
            losses.tell(story.care, losses.Loss(story.key, story.resident, "unknown", role))
        except Missing:
            continue
        raise AssertionError(f"{role} was stopped")
