"""What all forms share: interruptions are answered and the form goes on, wrong answers are met with patience.

Rasa offers one rule per form and interruption. Here the form's validation answers them itself: one call of the
action server instead of two, no rules to keep in step, and the question is asked again by the form. It rejects
(returns nothing) only for what takes the conversation elsewhere; then the ordinary rules apply.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.care_client import CareClient, CareUnavailable
from actions.media import media_response
from actions.texts import is_one_of, mentions
from actions.turn import URGENT, Event, Turn

# Questions that are answered in a few words wherever they come up: `utter_<intent>`, or what ANSWERS knows better.
ANSWERED = frozenset({
    "thank", "help", "bot_challenge", "ask_human", "handover_not_needed", "other_language", "out_of_scope",
    "ask_prenatal_schedule", "ask_pediatric_schedule", "ask_vaccines", "ask_center_details",
    "ask_documents", "ask_cost", "ask_workshops", "ask_parenting_tips", "opt_in", "consent_answer",
    "show_my_data", "ask_privacy", "give_feedback",
})  # fmt: skip

Answer = Callable[[Turn, CareClient, CollectingDispatcher], None]
_ANSWERS: dict[str, Answer] = {}


def answers(*intents: str) -> Callable[[Answer], Answer]:
    """Registers who answers these intents in passing, where one text of the domain does not do."""

    def register(answer: Answer) -> Answer:
        _ANSWERS.update(dict.fromkeys(intents, answer))
        return answer

    return register


def answer_in_passing(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """The answer to one of ANSWERED, in a few words and without a question of its own; the plain text without care."""
    known = _ANSWERS.get(turn.intent)
    try:
        if known is not None:
            known(turn, care, say)
            return
    except CareUnavailable:
        pass  # an interruption must not end the journey it interrupts
    say.utter_message(response=f"utter_{turn.intent}")


# Nobody who doubts whether to go on, or says goodbye, is asked the next question of a form; what she says of an
# appointment that she has is done at once; a child is another journey, after which the first one is offered again.
# Her rights are not a matter to be dealt with in passing.
LEAVE_ANY_FORM = frozenset({
    "ask_pregnancy_options", "goodbye", "reschedule_appointment", "confirm_attendance", "missed_appointment",
    "book_pediatric", "report_birth", "register_baby", "find_early_childhood_centre", "opt_out", "delete_my_data",
})  # fmt: skip

# Of these, the ones that are no answer to a question even when a datum stands beside them.
BEFORE_ANY_ANSWER = frozenset({"find_early_childhood_centre", "opt_out", "delete_my_data"})

# Never an answer to the question of a form.
NEVER_HERE = URGENT | {"waiting_list_answer", "reminder_answer"}

# What a button of an old message says that is answered at once, so that the form goes on where it was.
AT_ONCE = {"reminder_answer": frozenset({"confirm", "went", "see"})}

# Intents that say nothing new in the middle of a form: the question is simply asked again.
CARRY_ON = frozenset({"greet", "resume_flow", "continue_in_spanish"})

# Said with this much certainty, a journey of somebody else's is no answer to a question, though its words may look
# like one ("ya nació, ayer" while the weeks are asked).
OF_SOMEBODY_ELSE = frozenset({"report_birth", "book_pediatric", "register_baby"})
CERTAIN = 0.6
# Questions that such words do answer.
OF_A_CHILD = frozenset({"birth_date", "schedule_birthday", "child_name"})
# Asked in the same breath as an answer: "no tengo DNI, ¿me atienden igual?" is both.
ALSO_ASKED = frozenset({"ask_documents", "ask_cost"})

ANOTHER_WAY_AFTER = 3


class JourneyForm(LatidoAction, ABC):
    """Validation of one form: understands the answer, or the interruption, and names the next question."""

    form: str
    leaves_for: frozenset[str] = frozenset()
    carries_on: frozenset[str] = CARRY_ON

    def name(self) -> str:
        """`validate_<form>`, as Rasa looks it up."""
        return f"validate_{self.form}"

    @abstractmethod
    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The slots this message fills (maybe none: something else was said about it); None when it says nothing."""

    def expects(self, turn: Turn) -> bool:
        """Whether the question asked invites words that would be urgent, or a leaving, elsewhere."""
        return False

    @property
    def elsewhere(self) -> frozenset[str]:
        """The intents that take the conversation elsewhere."""
        return self.leaves_for | LEAVE_ANY_FORM

    def leaves(self, turn: Turn) -> bool:
        """Whether the message takes the conversation elsewhere."""
        return turn.means(self.elsewhere)

    @abstractmethod
    def next_question(self, slots: dict[str, object]) -> str | None:
        """The next slot to ask for; None when the form is complete."""

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Slots and the next question; nothing at all when the message belongs elsewhere."""
        if turn.requested and turn.entity("answer") in AT_ONCE.get(turn.intent, ()):
            answer_in_passing(turn, self.care, say)
            return self._go_on(turn, {"misses": 0})
        if (turn.intent in NEVER_HERE or turn.means({"stop_flow"})) and not self.expects(turn):
            return []
        if turn.requested and turn.means(BEFORE_ANY_ANSWER) and self.leaves(turn):
            return []
        if turn.requested and self._switches(turn):
            return []
        filled = self.understand(turn, say)
        if filled is None:
            if turn.requested and self.leaves(turn):
                return []
            filled = self._respond(turn, say)
        elif turn.requested and turn.words:
            self._answer_beside(turn, say)
        return self._go_on(turn, {"misses": 0, **filled})

    def _answer_beside(self, turn: Turn, say: CollectingDispatcher) -> None:
        """What is asked or told in the same breath as an answer; that she was turned away is never passed over."""
        if mentions(turn.words, "refused_care"):
            say.utter_message(response="utter_care_refused")
        elif turn.means(ALSO_ASKED):
            answer_in_passing(turn, self.care, say)

    def _switches(self, turn: Turn) -> bool:
        sure = bool(turn.words) and turn.intent in OF_SOMEBODY_ELSE and turn.confidence >= CERTAIN
        return sure and turn.requested not in OF_A_CHILD and self.leaves(turn)

    def _asks_why(self, turn: Turn) -> bool:
        """Whether she asks what the question means or is for, and not something of its own."""
        asks = mentions(turn.words, "what_for") or is_one_of(turn.words, "what")
        return asks and (mentions(turn.words, "why_you_ask") or not turn.means(ANSWERED - {"help"}))

    def _respond(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object]:
        if turn.requested is None or turn.means(self.carries_on):
            return {}
        if turn.intent == "send_media":
            say.utter_message(response=media_response(turn))
            return {}
        if self._asks_why(turn):
            say.utter_message(response=f"utter_explain_{turn.requested}")
            return {}
        if turn.means(ANSWERED):
            answer_in_passing(turn, self.care, say)
            return {}
        return {"misses": self._explain(turn, say)}

    def _explain(self, turn: Turn, say: CollectingDispatcher) -> int:
        misses = int(turn.slots.get("misses") or 0) + 1
        another_way = misses >= ANOTHER_WAY_AFTER
        say.utter_message(response="utter_form_other_way" if another_way else self.explanation(turn))
        return misses

    def explanation(self, turn: Turn) -> str:
        """The response that helps with the question being asked."""
        return f"utter_explain_{turn.requested}"

    def _go_on(self, turn: Turn, filled: dict[str, object]) -> list[Event]:
        question = self.next_question({**turn.slots, **filled})
        return [*(SlotSet(name, value) for name, value in filled.items()), SlotSet("requested_slot", question)]
