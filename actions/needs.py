"""Several needs in one message: the first is served, the others are kept and offered when it is done."""

from __future__ import annotations

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import button, payload
from actions.texts import piece
from actions.turn import URGENT, Event, Turn

MOST_KEPT = 3
ASKED = "utter_next_need"


def note_needs(turn: Turn, say: CollectingDispatcher) -> list[Event]:
    """Keeps what else this message asks for, once a message, and says that it comes later."""
    asked = [str(need) for need in turn.entities.get("other_need", ()) if need != turn.intent]
    if not asked or turn.intent in URGENT or turn.slots.get("needs_of") == turn.message_sid:
        return []
    kept = list(dict.fromkeys([*(turn.slots.get("needs") or []), *asked]))[:MOST_KEPT]
    say.utter_message(response="utter_need_noted", need=in_words(asked))
    return [SlotSet("needs", kept), SlotSet("needs_of", turn.message_sid)]


def in_words(needs: list[str]) -> str:
    """The needs as one names them: "lo del jardín y lo de las vacunas"."""
    names = [piece(f"needs.{need}") for need in needs]
    return piece("needs.and", first=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else names[0]


def offer_next(turn: Turn, events: list[Event], say: CollectingDispatcher) -> list[Event]:
    """Offers the first need that is kept, unless something else goes on after these events."""
    needs = _after(turn, events, "needs") or []
    goes_on = any(event.get("event") == "followup" for event in events)
    if not needs or goes_on or _after(turn, events, "open_form"):
        return events
    need, left = needs[0], needs[1:]
    buttons = [button(piece("needs.yes_button"), payload(need)), button(piece("needs.no_button"), payload("deny"))]
    say.utter_message(response=ASKED, need=in_words([need]), buttons=buttons)
    return [*events, SlotSet("needs", left or None), SlotSet("need_offered", need)]


def need_offered(turn: Turn) -> str | None:
    """The need that was asked about just before this message; None when something else was said last."""
    said = [event for event in turn.events if event.get("event") == "bot"]
    asked = said and (said[-1].get("metadata") or {}).get("utter_action") == ASKED
    return str(turn.slots["need_offered"]) if asked and turn.slots.get("need_offered") else None


def meant(intent: str) -> Event:
    """The message that the button of a need would have been, for a yes in words."""
    named = {"name": intent, "confidence": 1.0}
    parse_data = {"text": payload(intent), "intent": named, "intent_ranking": [named], "entities": []}
    return {"event": "user", "timestamp": None, "text": payload(intent), "parse_data": parse_data}


def _after(turn: Turn, events: list[Event], slot: str) -> object:
    """The value of a slot once these events have happened."""
    value = turn.slots.get(slot)
    for event in events:
        if event.get("event") == "slot" and event.get("name") == slot:
            value = event.get("value")
    return value
