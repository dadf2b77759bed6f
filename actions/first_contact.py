"""First contact: who Latido is, her consent, and then straight to what she asked."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActionExecuted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CONSENT_FORM, LatidoAction
from actions.journey import answer_in_passing
from actions.media import media_response
from actions.turn import SURE_ENOUGH, URGENT, Event, Turn

# Answered before consent: they need none of her data.
HARMLESS = frozenset({
    "ask_privacy", "bot_challenge", "ask_cost", "ask_documents", "ask_human", "out_of_scope", "ask_pregnancy_options",
    "goodbye", "thank", "opt_out", "give_feedback", "handover_not_needed", "other_language", "show_my_data",
})  # fmt: skip
# Said even before we introduce ourselves: who wants a person, or does not read Spanish, is not served by a welcome.
EVEN_BEFORE_HELLO = frozenset({"ask_human", "other_language"})
NO_REQUEST = HARMLESS | URGENT | {
    "affirm", "deny", "greet", "help", "stop_flow", "send_media", "nlu_fallback", "resume_flow", "delete_my_data",
}  # fmt: skip
# Of the harmless, those that the welcome leaves unanswered when she comes with them: they are taken up afterwards.
ASKED_AT_FIRST = frozenset({"ask_cost", "ask_documents", "ask_pregnancy_options", "give_feedback", "show_my_data"})
# Rights that nobody has to agree to anything for, and that need a journey of their own.
OF_THEIR_OWN = frozenset({"delete_my_data"})
INTRO = "utter_consent_intro"
AGAIN = "utter_consent_again"


def was_introduced(events: tuple[Event, ...]) -> bool:
    """Whether this session already told her who we are and asked."""
    return any(_response(event) in (INTRO, AGAIN) for event in events)


def _response(event: Event) -> str | None:
    return (event.get("metadata") or {}).get("utter_action") if event.get("event") == "bot" else None


class ConsentForm(LatidoAction):
    """Keeps the door: until she agrees only danger and harmless questions are answered, nothing is stored."""

    action_name = f"validate_{CONSENT_FORM}"
    notes_needs = False

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Her consent recorded, or the question again; an urgent message goes to its own rule first."""
        if turn.intent in URGENT or turn.means(OF_THEIR_OWN):
            return [] if _first_look(turn) else _still_asking()
        if _answered_already(turn):  # what she said yes to was something else
            return _still_asking()
        if not was_introduced(turn.events):
            if turn.means(EVEN_BEFORE_HELLO) or _leaves_quickly(turn):
                answer_in_passing(turn, self.care, say)
            return _still_asking()
        if turn.means({"affirm"}):
            return self._record(turn)
        if turn.means({"deny", "stop_flow"}):
            say.utter_message(response="utter_consent_refused")
        elif turn.intent == "send_media":
            say.utter_message(response=media_response(turn))
        elif turn.means(HARMLESS):
            answer_in_passing(turn, self.care, say)
        return _still_asking()

    def _record(self, turn: Turn) -> list[Event]:
        version = turn.slots.get("consent_version") or self.care.resident(turn.resident)["current_consent_version"]
        self.care.give_consent(turn.resident, version, turn.key("consent"))
        return [SlotSet("consent", version), SlotSet("misses", 0), SlotSet("requested_slot", None)]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Her yes could not be recorded: says so; the question stays."""
        say.utter_message(response="utter_service_unavailable")
        return _still_asking()


def _still_asking() -> list[Event]:
    return [SlotSet("misses", 0), SlotSet("requested_slot", "consent")]


def _leaves_quickly(turn: Turn) -> bool:
    """Whether she, who told of violence, wants another screen: nothing may be added to it."""
    return bool(turn.slots.get("discreet")) and turn.means({"goodbye"})


def _answered_already(turn: Turn) -> bool:
    """Whether another action has said something to this message."""
    since = [event for event in turn.events[_last_message(turn.events) :] if event.get("event") == "bot"]
    return bool(since) and not _first_look(turn)


def _last_message(events: tuple[Event, ...]) -> int:
    users = [index for index, event in enumerate(events) if event.get("event") == "user"]
    return users[-1] if users else 0


def _first_look(turn: Turn) -> bool:
    """Whether no other action has answered this message yet."""
    for event in reversed(turn.events):
        if event.get("event") == "user":
            return True
        if event.get("event") == "action" and event.get("name") != CONSENT_FORM:
            return False
    return True


class AskConsent(LatidoAction):
    """Asks for consent in the words that fit; keeps quiet after an urgent answer, a refusal or a breakdown."""

    action_name = f"action_ask_{CONSENT_FORM}_consent"
    notes_needs = False

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The introduction once, later a short question."""
        if turn.intent in URGENT or _answered_already(turn) or _leaves_quickly(turn):
            return []
        if not was_introduced(turn.events):
            say.utter_message(response=INTRO)
        elif not turn.means({"affirm", "deny", "stop_flow", "delete_my_data", "goodbye", "thank"}):
            say.utter_message(response=AGAIN)
        return []


class AfterConsent(LatidoAction):
    """Thanks her and takes up the message she came with, as if it had just been said."""

    action_name = "action_after_consent"
    notes_needs = False

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Her first message again, with its intent and entities; the menu when she only greeted."""
        if not turn.slots.get("consent"):
            return []
        request = pending_request(turn.events)
        if request is None:
            say.utter_message(response="utter_consent_thanks_menu")
            return []
        say.utter_message(response="utter_consent_thanks")
        return [ActionExecuted("action_listen"), said_again(request)]


def pending_request(events: tuple[Event, ...]) -> Event | None:
    """The latest message of this session that asked for something; a bare datum only when there is no other."""
    heard = [event for event in events if event.get("event") == "user"]
    at_first = [event for event in heard[:1] if _intent(event) in ASKED_AT_FIRST and _is_sure(event)]
    requests = [*at_first, *(event for event in heard if _is_request(event))]
    wishes = [event for event in requests if _intent(event) not in ("inform", "share_location")]
    return (wishes or requests or [None])[-1]


def said_again(message: Event) -> Event:
    """The message as a new event of this turn; without its id, which names the turn it came in."""
    parse_data: dict[str, Any] = dict(message.get("parse_data") or {})
    parse_data.pop("message_id", None)
    return {
        "event": "user",
        "timestamp": None,
        "text": message.get("text"),
        "parse_data": parse_data,
        "input_channel": message.get("input_channel"),
    }


def _is_request(event: Event) -> bool:
    return _intent(event) not in NO_REQUEST and _is_sure(event)


def _is_sure(event: Event) -> bool:
    confidence = ((event.get("parse_data") or {}).get("intent") or {}).get("confidence") or 0.0
    return float(confidence) >= SURE_ENOUGH


def _intent(event: Event) -> str:
    return ((event.get("parse_data") or {}).get("intent") or {}).get("name") or ""
