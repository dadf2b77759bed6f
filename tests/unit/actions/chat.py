"""A chat with the dialogue in this process: rules, forms and actions are real, only the classifier is left out.

What a resident writes comes with the intent and entities it would get; what she taps is looked up in the replies.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from rasa.core.agent import Agent

from bot.channel import SilentOutput
from bot.incoming import read_turn, structured_input, to_user_message

Json = dict[str, Any]
_ids = itertools.count(1)


class Chat:
    """One resident's phone."""

    def __init__(self, agent: Agent, resident: str) -> None:
        self.agent = agent
        self.resident = resident
        self.replies: list[Json] = []
        self.answer: Json = {}
        self.taps = 0
        self.ticket: str | None = None
        self.reminder: str | None = None  # the one that was said last
        self.unasked = False  # whether something else was

    def say(self, text: str, intent: str = "nlu_fallback", confidence: float = 0.95, **entities: Any) -> str:
        """Writes a text; returns all that Latido answers, as one text."""
        return self._turn(self._body("text", text=text), self._parsed(text, intent, confidence, entities))

    def tap(self, title: str) -> str:
        """Taps the button or list item with this title in the last replies."""
        self.taps += 1
        for reply in reversed(self.replies):
            for option in [*reply.get("buttons", []), *reply.get("items", [])]:
                if option["title"] == title:
                    return self._turn(self._body("button", text=title, payload=option["payload"]))
        raise AssertionError(f"no button {title!r} in {self.titles()}")

    def tap_first_item(self) -> str:
        """Taps the first item of the list shown last."""
        listed = [reply for reply in self.replies if reply["type"] == "list"]
        return self.tap(listed[-1]["items"][0]["title"])

    def send_payload(self, payload: str) -> str:
        """Taps a button of an earlier day."""
        return self._turn(self._body("button", payload=payload))

    def send_location(self, latitude: float, longitude: float) -> str:
        """Shares her location."""
        return self._turn(self._body("location", location={"latitude": latitude, "longitude": longitude}))

    def send_media(self, kind: str) -> str:
        """Sends an audio, a photo, a sticker."""
        return self._turn(self._body(kind, media={"kind": kind, "content_type": "application/octet-stream"}))

    def titles(self) -> list[str]:
        """What can be tapped now."""
        options = [[*reply.get("buttons", []), *reply.get("items", [])] for reply in self.replies]
        return [option["title"] for option in itertools.chain(*options)]

    def wait(self, hours: float) -> None:
        """Lets time pass: what was said so far becomes older."""
        loop, store = asyncio.get_event_loop(), self.agent.tracker_store
        tracker = loop.run_until_complete(store.retrieve(self.resident))
        for event in tracker.events:
            event.timestamp -= hours * 3600
        loop.run_until_complete(store.save(tracker))

    @property
    def form(self) -> str | None:
        """The form that is active after the last turn."""
        return self.answer.get("active_form")

    def _body(self, kind: str, **fields: Any) -> Json:
        sid = f"SM{next(_ids):032d}"
        context: Json = {"now": "2026-11-23T10:15:00-03:00", "profile_name": "Ana", "received_at": None}
        context |= {"ticket": self.ticket, "held": self.ticket == "taken", "reminder": self.reminder}
        context["unasked"] = self.unasked or self.reminder is not None
        self.reminder, self.unasked = None, False  # whatever is answered now stands after it
        return {"message_sid": sid, "resident": self.resident, "kind": kind, "context": context, **fields}

    @staticmethod
    def _parsed(text: str, intent: str, confidence: float, entities: Json) -> Json:
        ranked = {"name": intent, "confidence": confidence}
        found = [{"entity": k, "value": v, "start": 0, "end": len(text)} for k, v in entities.items()]
        return {"text": text, "intent": ranked, "intent_ranking": [ranked], "entities": found}

    def _turn(self, body: Json, parsed: Json | None = None) -> str:
        turn = read_turn(json.loads(json.dumps(body)))
        message = to_user_message(turn, structured_input(turn, self.agent.domain), SilentOutput())
        if parsed is not None:
            message.parse_data = parsed
        self.answer = asyncio.get_event_loop().run_until_complete(self.agent.processor.turn(message))
        self.replies = self.answer["replies"]
        return "\n".join(reply["text"] for reply in self.replies)
