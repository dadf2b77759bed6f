"""A conversation as a Rasa test story, in wordings that tell nobody. Pure.

Rasa runs no action of ours in a test story: what they set has to stand in it. Values that could tell of somebody are
left out, and Rasa takes the slot for filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from latido.console.review.rules.marked import Span, marked

# What every turn does by itself: a story must not name it.
BY_ITSELF = frozenset({"action_listen", "action_extract_slots", "action_unlikely_intent", "action_session_start"})


@dataclass(frozen=True)
class Turn:
    """One inbound message and what followed; without a wording it was a button, told by its intent and entity kinds."""

    intent: str
    wording: str = ""
    entities: tuple[Span, ...] = ()
    kinds: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    form: str | None = None


def story(name: str, turns: Sequence[Turn], form: str | None, is_known: Callable[[str], bool]) -> str:
    """The file; `form` was open before the first turn, `is_known` says whether a word is one of ours and not hers."""
    steps: list[dict[str, Any]] = [{"active_loop": form}] if form else []
    for turn in turns:
        steps += [_said(turn), *_done(turn, form), *_set(turn, is_known)]
        form = turn.form
    told = {"version": "3.1", "stories": [{"story": name, "metadata": {"origin": "review"}, "steps": steps}]}
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=1000)


def _said(turn: Turn) -> dict[str, Any]:
    if turn.wording:
        return {"user": marked(turn.wording, turn.entities), "intent": turn.intent}
    return {"intent": turn.intent} | ({"entities": list(turn.kinds)} if turn.kinds else {})


def _done(turn: Turn, form: str | None) -> list[dict[str, Any]]:
    """The actions, and where among them a form began or ended."""
    steps: list[dict[str, Any]] = []
    names = [name for name in turn.actions if name not in BY_ITSELF]
    for at, name in enumerate(names):
        steps.append({"action": name})
        if name == turn.form and name != form and name not in names[:at]:
            steps.append({"active_loop": name})
        if name == form and turn.form != form and name not in names[at + 1 :]:
            steps.append({"active_loop": None})
    return steps


def _set(turn: Turn, is_known: Callable[[str], bool]) -> list[dict[str, Any]]:
    slots = [_slot(name, value, is_known) for name, value in turn.slots.items()]
    return [{"slot_was_set": slots}] if slots else []


def _slot(name: str, value: Any, is_known: Callable[[str], bool]) -> dict[str, Any] | str:
    is_ours = value is None or isinstance(value, bool) or (isinstance(value, str) and is_known(value))
    return {name: value} if is_ours else name
