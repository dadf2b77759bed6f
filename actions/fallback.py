"""Not understood: first other words, then the menu, then a person, who is not promised over and over."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.people import tells_of_a_child
from actions.turn import Event, Turn

NAME = "action_default_fallback"
STEPS = ("utter_fallback_rephrase", "utter_fallback_menu", "utter_fallback_person", "utter_fallback_still")


class Fallback(LatidoAction):
    """Replaces Rasa's own of this name, so that every way of not understanding ends here."""

    action_name = NAME
    notes_needs = False

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The step for how often in a row she was not understood."""
        if tells_of_a_child(turn):
            say.utter_message(response="utter_about_child")
            return []
        before = misunderstood_in_a_row(turn.events)
        say.utter_message(response=STEPS[min(before, len(STEPS) - 1)])
        return []


def misunderstood_in_a_row(events: tuple[Event, ...]) -> int:
    """How many messages just before the present one ended in the fallback; being understood ends the row."""
    turns = _actions_by_turn(events)[1:-1]  # without what precedes the first message, and the present one
    count = 0
    for actions in reversed(turns):
        if NAME not in actions:
            break
        count += 1
    return count


def _actions_by_turn(events: tuple[Event, ...]) -> list[list[str]]:
    turns: list[list[str]] = [[]]
    for event in events:
        if event.get("event") == "user":
            turns.append([])
        elif event.get("event") == "action":
            turns[-1].append(str(event.get("name")))
    return turns
