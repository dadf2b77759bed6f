"""Praise and complaints: thanked or taken seriously, kept sealed, a person offered; the centre asked, if she likes."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, hint_resume, set_aside
from actions.care_client import CareClient, CareRefused
from actions.journey import JourneyForm, answers
from actions.places import center_asked_about, unknown_center
from actions.prenatal_answers import yes_or_no
from actions.replies import Json
from actions.texts import is_one_of, mentions
from actions.turn import Event, Turn

FEEDBACK_FORM = "feedback_form"
FEEDBACK_SLOTS = ("feedback", "feedback_center")
NO_CENTER = 0
CENTER_NUMBERS = range(1, 51)


def kind_of(turn: Turn) -> str:
    """`complaint`, `praise` or `other`, by her words; a complaint wins."""
    if mentions(turn.words, "complaint"):
        return "complaint"
    return "praise" if mentions(turn.words, "praise") else "other"


def response_to(turn: Turn) -> str:
    """What is answered to an opinion."""
    if mentions(turn.words, "refused_care"):
        return "utter_care_refused"
    kind = kind_of(turn)
    if kind == "complaint":
        return "utter_feedback_bot" if mentions(turn.words, "about_the_bot") else "utter_feedback_complaint"
    return "utter_feedback_praise" if kind == "praise" else "utter_give_feedback"


def keep(turn: Turn, care: CareClient) -> Json | None:
    """The opinion as care keeps it; None from one who has not agreed to anything being kept."""
    if turn.slots.get("consent") in (None, "unknown") or not turn.words:
        return None
    # Not "el 15": in a sentence that may be a day.
    opinion = {"kind": kind_of(turn), "text": turn.words, "center_number": turn.entity("center_number")}
    try:
        kept = care.give_feedback(turn.resident, opinion, turn.key("feedback"))
    except CareRefused:  # a centre that there is none of: the words are what matters
        opinion["center_number"] = None
        kept = care.give_feedback(turn.resident, opinion, turn.key("feedback-words"))
    return {"id": kept["id"], "kind": opinion["kind"], "center_number": opinion["center_number"]}


@answers("give_feedback")
def answer_feedback(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """In passing: kept and answered; no question is added to the one that is open."""
    keep(turn, care)
    say.utter_message(response=response_to(turn))


class GiveFeedback(LatidoAction):
    """An opinion outside a form."""

    action_name = "action_give_feedback"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Kept and answered; after a complaint about a centre, which one."""
        kept = keep(turn, self.care)
        response = response_to(turn)
        say.utter_message(response=response)
        if response != "utter_feedback_complaint" or kept is None or kept["center_number"] is not None:
            return []
        asked = [SlotSet("feedback", kept), SlotSet("feedback_center", None), SlotSet("misses", 0)]
        return [*set_aside(turn), *asked, FollowupAction(FEEDBACK_FORM)]


class FeedbackForm(JourneyForm):
    """Which centre it was: optional, and whatever else she says is let pass."""

    form = FEEDBACK_FORM
    leaves_for = frozenset({
        "list_appointments", "cancel_appointment", "book_prenatal", "find_cesac", "ask_human", "give_feedback", "thank",
        "ask_center_details", "opt_out", "delete_my_data",
    })  # fmt: skip

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The number of the centre, or that she does not say."""
        if turn.requested is None:
            return {}
        if unknown_center(turn):
            say.utter_message(response="utter_center_unknown")
            return {"misses": 0}
        number = center_asked_about(turn) or self._bare_number(turn)
        if number is not None:
            return {"feedback_center": number}
        declined = turn.entity("detail") == "undisclosed" or mentions(turn.words, "undisclosed")
        if declined or is_one_of(turn.words, "unknown") or yes_or_no(turn) is False:
            return {"feedback_center": NO_CENTER}
        return None

    def _bare_number(self, turn: Turn) -> int | None:
        number = int(turn.words) if turn.words.isascii() and turn.words.isdigit() and len(turn.words) < 4 else 0
        return number if number in CENTER_NUMBERS else None

    def next_question(self, slots: dict[str, object]) -> str | None:
        """Only one."""
        return "feedback_center" if slots.get("feedback_center") is None else None


class FeedbackNoted(LatidoAction):
    """The centre is added to what she told."""

    action_name = "action_feedback_noted"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Thanks, and where a formal complaint goes; nothing when she left."""
        number, told = turn.slots.get("feedback_center"), turn.slots.get("feedback")
        done: list[Event] = [SlotSet(slot, None) for slot in FEEDBACK_SLOTS]
        if number is None or not told:
            return done
        if number != NO_CENTER:
            opinion = {"kind": told["kind"], "about": told["id"], "center_number": int(number)}
            self.care.give_feedback(turn.resident, opinion, turn.key("feedback-center"))
        say.utter_message(response="utter_feedback_noted")
        return hint_resume(turn, done, say)
