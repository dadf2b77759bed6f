"""Danger, violence, self-harm: answered in any state, the number first, and nothing is asked."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, hint_resume, set_aside
from actions.turn import Event, Turn


class Danger(LatidoAction):
    """A danger sign: SAME or the nearest emergency room."""

    action_name = "action_danger"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The answer, then the way back to what she was doing."""
        if turn.entity("language"):
            say.utter_message(response="utter_danger_in_language")
        say.utter_message(response="utter_danger_sign")
        leaving = set_aside(turn)
        return hint_resume(turn, leaving, say) if leaving else []


class Violence(LatidoAction):
    """Violence: line 144, in words that do not give her away."""

    action_name = "action_violence"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The number only: a hint about her appointment would add to what somebody may read."""
        say.utter_message(response="utter_report_violence")
        return set_aside(turn)


class SelfHarm(LatidoAction):
    """Wanting to die or to harm: the city's mental-health line."""

    action_name = "action_self_harm"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The number only: now is not the moment to speak of an appointment."""
        say.utter_message(response="utter_report_self_harm")
        return set_aside(turn)
