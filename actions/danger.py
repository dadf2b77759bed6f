"""Danger, violence, self-harm: answered in any state, the number first, and nothing is asked."""

from __future__ import annotations

import logging

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, hint_resume, set_aside
from actions.care_client import CareClient, CareError
from actions.places import near_from
from actions.replies import Json
from actions.texts import piece
from actions.turn import Event, Turn

logger = logging.getLogger(__name__)

# The number is told whatever happens; the hospital only when care says it at once.
PATIENCE = (0.5, 2.0)
BABY = "newborn"
FOLLOW_UP_ANSWERS = {"yes": "utter_follow_up_yes", "going": "utter_follow_up_going", "no": "utter_follow_up_no"}


class Danger(LatidoAction):
    """A danger sign: SAME or the nearest emergency room."""

    action_name = "action_danger"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The answer, then the way back to what she was doing."""
        if turn.entity("language"):
            say.utter_message(response="utter_danger_in_language")
        say.utter_message(response="utter_danger_sign")
        show_nearest(self.care, turn, not is_about_baby(turn), say)
        leaving = set_aside(turn)
        return hint_resume(turn, leaving, say) if leaving else []


class DangerFollowUp(LatidoAction):
    """Her answer, hours later, to whether she could go: by button alone."""

    action_name = "action_danger_follow_up"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Nothing is asked about what it was; one who could not go hears the number and where again."""
        went = str(turn.entity("went"))
        say.utter_message(response=FOLLOW_UP_ANSWERS.get(went, "utter_follow_up_no"))
        if went not in ("yes", "going"):
            show_nearest(self.care, turn, not is_about_baby(turn), say)
        leaving = set_aside(turn)
        return hint_resume(turn, leaving, say) if leaving else []


class AfterDanger(LatidoAction):
    """Whether to wait, whom to call, where to go: asked soon after a danger sign."""

    action_name = "action_after_danger"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The number and where again, and nothing else."""
        say.utter_message(response="utter_after_danger")
        show_nearest(self.care, turn, not is_about_baby(turn), say)
        return set_aside(turn)


class Violence(LatidoAction):
    """Violence: line 144, in words that do not give her away."""

    action_name = "action_violence"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The number only: a hint about her appointment would add to what somebody may read."""
        say.utter_message(response="utter_report_violence")
        return [*set_aside(turn), SlotSet("discreet", True)]


class HideTraces(LatidoAction):
    """How she takes this chat off her phone, which nobody else can do for her."""

    action_name = "action_hide_traces"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The way in one line; what was told is not named."""
        say.utter_message(response="utter_hide_traces")
        return [*set_aside(turn), SlotSet("discreet", True)]


class SelfHarm(LatidoAction):
    """Wanting to die or to harm: the city's mental-health line."""

    action_name = "action_self_harm"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The number only: now is not the moment to speak of an appointment."""
        say.utter_message(response="utter_report_self_harm")
        return set_aside(turn)


def is_about_baby(turn: Turn) -> bool:
    """Whether the sign is a baby's: then any hospital counts, not only where children are born."""
    told = turn.entity("danger_kind")
    return isinstance(told, dict) and told.get("phase") == BABY


def show_nearest(care: CareClient, turn: Turn, maternity: bool, say: CollectingDispatcher) -> None:
    """The nearest hospital, when the place is known and care answers at once; else nothing."""
    place = turn.slots.get("place") or {}
    told = near_from(turn)
    near = told or _point(place)
    if near is None:
        return
    try:
        answer = care.hospitals(near, maternity, 1, PATIENCE)
    except CareError as error:
        logger.warning("no nearest hospital told: %s", type(error).__name__)
        return
    found: list[Json] = answer.get("hospitals") or []
    if found:
        where = (answer.get("place") or {}) if told else place
        _tell_hospital(found[0], where.get("label") or piece("danger.your_place"), maternity, say)


def _tell_hospital(hospital: Json, label: str, maternity: bool, say: CollectingDispatcher) -> None:
    response = "utter_danger_nearest_maternity" if maternity else "utter_danger_nearest_hospital"
    say.utter_message(response=response, place=label, hospital=hospital["name"], address=hospital["address"])
    phones = hospital.get("emergency_phones") or []
    if phones:
        say.utter_message(response="utter_danger_nearest_phone", phone=phones[0])


def _point(place: Json) -> Json | None:
    if place.get("latitude") is None or place.get("longitude") is None:
        return None
    return {"latitude": place["latitude"], "longitude": place["longitude"]}
