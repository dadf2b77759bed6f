"""Rules that are looked up predict what Rasa's own policy predicts, in whole conversations with the project's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chat import Chat
from fake_care import FakeCare
from rasa.core.agent import Agent
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rules import LookedUpRules, can_look_up

LISTENING = '{"prev_action": {"action_name": "action_listen"}'


class BothWays:
    """Predicts with Rasa's policy and with ours, and takes note of both."""

    def __init__(self, ours: LookedUpRules) -> None:
        self.ours = ours
        self.rasas = RulePolicy.__new__(RulePolicy)
        self.rasas.__dict__.update(ours.__dict__)
        self.predicted: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def __call__(self, _: Any, tracker: DialogueStateTracker, domain: Domain, **kwargs: Any) -> PolicyPrediction:
        ours = self.ours.predict_action_probabilities(tracker, domain)
        self.predicted.append((vars(self.rasas.predict_action_probabilities(tracker, domain)), vars(ours)))
        return ours


@pytest.fixture
def both_ways(agent: Agent) -> Iterator[BothWays]:
    """Both policies in the place of the agent's own, until the test ends."""
    [node] = [one for one in agent.processor.graph_runner._nodes.values() if isinstance(one._component, LookedUpRules)]
    both, before = BothWays(node._component), node._fn
    node._fn = both
    yield both
    node._fn = before


def books(phone: Chat, care: FakeCare) -> None:
    phone.say("quiero un turno", "book_prenatal")
    phone.tap("Sí, acepto")
    phone.tap("Para mí")
    phone.say("es gratis?", "ask_cost")
    phone.say("30.111.222", "inform", dni="30111222")
    phone.say("algo raro", "nlu_fallback", confidence=0.2)
    phone.say("estoy sangrando", "danger_sign")
    phone.say("no", "deny")
    phone.say("seguir", "resume_flow")
    phone.say("salir", "stop_flow")


def wanders(phone: Chat, care: FakeCare) -> None:
    phone.say("hola", "greet")
    phone.tap("Sí, acepto")
    phone.say("que salita hay en flores", "find_cesac", neighbourhood="flores")
    phone.tap("Ver en el mapa")
    phone.say("gracias", "thank")
    phone.say("xyz", "nlu_fallback", confidence=0.1)
    phone.say("xyz", "nlu_fallback", confidence=0.1)
    phone.say("mis turnos", "list_appointments")
    phone.say("quiero hablar con alguien", "ask_human")


@pytest.mark.parametrize("chat", [books, wanders])
def test_both_predict_the_same(
    chat: Callable[[Chat, FakeCare], None], stranger: Chat, shared_care: FakeCare, both_ways: BothWays
) -> None:
    chat(stranger, shared_care)
    assert len(both_ways.predicted) > 15
    for rasas, ours in both_ways.predicted:
        assert ours == rasas


def learned(rules: dict[str, str], unhappy: dict[str, str] | None = None) -> RulePolicy:
    policy = RulePolicy.__new__(RulePolicy)
    policy.lookup = {RULES: rules, RULES_FOR_LOOP_UNHAPPY_PATH: unhappy or {}}
    return policy


def test_the_projects_rules_can_be_looked_up(agent: Agent) -> None:
    kinds = [type(node._component) for node in agent.processor.graph_runner._nodes.values()]
    assert LookedUpRules in kinds and RulePolicy not in kinds


@pytest.mark.parametrize(
    "rule",
    [
        f'[{LISTENING}, "user": {{"text": "hola"}}}}]',
        f'[{LISTENING}, "user": {{"intent": "greet", "entities": ["dni"]}}}}]',
        f'[{LISTENING}, "user": {{"intent": "greet"}}, "slots": {{"zone": [1.0]}}}}]',
        f"[{LISTENING}}}]",
    ],
    ids=["text", "entities", "slots", "no intent"],
)
def test_rules_that_ask_for_more_stay_with_rasas_policy(rule: str) -> None:
    plain = f'[{LISTENING}, "user": {{"intent": "greet"}}}}]'
    assert can_look_up(learned({plain: "utter_greet"}))
    assert not can_look_up(learned({plain: "utter_greet", rule: "utter_other"}))
    assert not can_look_up(learned({plain: "utter_greet"}, {plain: "loop_was_interrupted"}))
