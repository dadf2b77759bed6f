"""Audio, photos, stickers: said kindly that they cannot be read, and what can."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.turn import Event, Turn

KNOWN_KINDS = frozenset({"audio", "image", "sticker"})


def media_response(turn: Turn) -> str:
    """The response for the kind of media that came."""
    kind = turn.entity("media_kind")
    return f"utter_media_{kind}" if kind in KNOWN_KINDS else "utter_media_other"


class Media(LatidoAction):
    """Answers media sent outside a form."""

    action_name = "action_media"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says what works instead."""
        say.utter_message(response=media_response(turn))
        return []
