"""Rasa's rules, looked up instead of searched.

For each prediction Rasa replays the conversation, works out the state at every step of it, twice, and holds every rule
against them. Our rules ask for the last steps alone, and of those for intent, action and form alone (docs/adr/0027).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTIVE_LOOP, LOOP_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

_ASKED_FOR = {USER: {INTENT}, PREVIOUS_ACTION: {ACTION_NAME}, ACTIVE_LOOP: {LOOP_NAME}}

Lookup = Mapping[str, str]  # action by rule, a rule being the JSON of its states
Last = tuple[Any, Any]  # action and intent of a last state


class LookedUpRules(RulePolicy):
    """Rasa's rule policy with the same predictions; serves only rules that `can_look_up`."""

    @classmethod
    def adopt(cls, policy: RulePolicy) -> LookedUpRules:
        """The same learned rules, with an index of them."""
        adopted = cls.__new__(cls)
        adopted.__dict__.update(policy.__dict__)
        adopted._by_last = _by_last_state(policy.lookup[RULES])
        adopted._longest = max(len(json.loads(rule)) for rule in policy.lookup[RULES])
        return adopted

    _by_last: Mapping[Last, Lookup]
    _longest: int

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:  # no rule of ours is about a text
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(tracker, domain, False)
        return found

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        return last_states(tracker.applied_events(), self._longest)

    def _get_possible_keys(self, lookup: Lookup, states: list[State]) -> set[str]:
        if lookup is not self.lookup[RULES]:
            possible: set[str] = super()._get_possible_keys(lookup, states)
            return possible
        action, intent = _last(states[-1])
        asked = {**self._by_last.get((action, intent), {}), **self._by_last.get((action, None), {})}
        return set(super()._get_possible_keys(asked, states))

    def _rule_prediction(self, *args: Any, **kwargs: Any) -> PolicyPrediction:
        prediction = super()._rule_prediction(*args, **kwargs)
        prediction.policy_name = RulePolicy.__name__  # as it stands in the events
        return prediction


def can_look_up(policy: RulePolicy) -> bool:
    """Whether the rules ask for no more than `last_states` tells, and none could answer to a text alone."""
    if policy.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH) or not policy.lookup.get(RULES):
        return False
    rules = [json.loads(rule) for rule in policy.lookup[RULES]]
    return all(map(_is_told, (state for rule in rules for state in rule))) and all(_has_intent(rule) for rule in rules)


def last_states(applied: Sequence[Event], count: int) -> list[State]:
    """The states before each of the last actions and after all, at most so many, oldest first."""
    return list(reversed([_state(applied[:end]) for end in _last_ends(applied, count)]))


def _last_ends(applied: Sequence[Event], count: int) -> Iterator[int]:
    yield len(applied)
    actions = (at for at in range(len(applied) - 1, -1, -1) if isinstance(applied[at], ActionExecuted))
    yield from islice(actions, count - 1)


def _state(events: Sequence[Event]) -> State:
    heard, done, loop = (_latest(events, kind) for kind in (UserUttered, ActionExecuted, ActiveLoop))
    state: State = {}
    if heard is not None and heard.as_sub_state().get(INTENT):
        state[USER] = {INTENT: heard.intent_name}
    if done is not None:
        state[PREVIOUS_ACTION] = done.as_sub_state()
    if loop is not None and loop.name is not None:
        state[ACTIVE_LOOP] = {LOOP_NAME: loop.name}
    return state


def _latest(events: Sequence[Event], kind: type[Event]) -> Any:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)


def _by_last_state(rules: Lookup) -> Mapping[Last, Lookup]:
    index: dict[Last, dict[str, str]] = defaultdict(dict)
    for rule, action in rules.items():
        index[_last(json.loads(rule)[-1])][rule] = action
    return dict(index)


def _last(state: Mapping[str, Mapping[str, Any]]) -> Last:
    return state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME), state.get(USER, {}).get(INTENT)


def _is_told(state: Mapping[str, Mapping[str, Any]]) -> bool:
    return all(kind in _ASKED_FOR and set(asked) <= _ASKED_FOR[kind] for kind, asked in state.items())


def _has_intent(rule: Sequence[Mapping[str, Mapping[str, Any]]]) -> bool:
    action, intent = _last(rule[-1])
    return action != ACTION_LISTEN_NAME or intent is not None
