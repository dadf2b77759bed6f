"""Papers and cost: what to bring, and that nobody is turned away for what she lacks. Never a price, never a refusal."""

from __future__ import annotations

import re

from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.care_client import CareClient
from actions.journey import answers
from actions.texts import mentions, plain
from actions.turn import Event, Turn

# Kind of words → response; the first that fits is the answer.
DOCUMENTS = (
    ("refused_care", "utter_care_refused"),
    ("minor_alone", "utter_documents_minor"),
    ("vaccine_card", "utter_documents_vaccines"),
    ("companion", "utter_documents_companion"),
    ("studies", "utter_documents_studies"),
    ("home_told", "utter_documents_home"),
    ("baby_told", "utter_documents_baby"),
    ("papers_told", "utter_documents_papers"),
    ("referral", "utter_documents_referral"),
)
COST = (
    ("refused_care", "utter_care_refused"),
    ("charged", "utter_cost_charged"),
    ("foreign_told", "utter_cost_foreign"),
    ("vaccines_told", "utter_cost_vaccines"),
    ("insurance", "utter_cost_insurance"),
    ("this_chat", "utter_cost_chat"),
    ("medicines", "utter_cost_medicines"),
)


# "Tengo 15", but not "tengo 15 semanas".
_YOUNG = re.compile(r"\b(?:tengo|tiene|de) 1[0-7]\b(?! (?:sem|mes|dia|hijo))")


def paper_response(turn: Turn) -> str:
    """The response about papers that fits her words and what she said of her document."""
    found = _first(turn, DOCUMENTS[:1])
    if found is None and _YOUNG.search(plain(turn.words)):
        return "utter_documents_minor"
    found = found or _first(turn, DOCUMENTS)
    if found is None and turn.entity("document_status") is not None:
        return "utter_documents_papers"
    return found or "utter_ask_documents"


def cost_response(turn: Turn) -> str:
    """The response about cost that fits her words."""
    return _first(turn, COST) or "utter_ask_cost"


def _first(turn: Turn, topics: tuple[tuple[str, str], ...]) -> str | None:
    return next((response for words, response in topics if mentions(turn.words, words)), None)


@answers("ask_documents")
def answer_papers(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """What to bring, or that she may come without."""
    say.utter_message(response=paper_response(turn))


@answers("ask_cost")
def answer_cost(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """That care is public; never an amount."""
    say.utter_message(response=cost_response(turn))


class AskDocuments(LatidoAction):
    """Papers, outside a form."""

    action_name = "action_documents"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """One short answer."""
        answer_papers(turn, self.care, say)
        return []


class AskCost(LatidoAction):
    """Cost, outside a form."""

    action_name = "action_cost"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """One short answer."""
        answer_cost(turn, self.care, say)
        return []
