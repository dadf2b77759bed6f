"""Rasa's own Twilio channel, pointed at the emulator; and a route that gives a resident earlier sessions.

Runs inside `rasa run` of the stock project, in the bot's environment (Python 3.10).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

DAY = 86_400.0
RANKED = 10


class EmulatedTwilio(TwilioInput):
    """The stock input; only where Twilio is differs."""

    api_url = ""

    @classmethod
    def name(cls) -> str:
        """As the stock channel: its address does not change."""
        return "twilio"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """The stock credentials, and `api_url`."""
        channel = super().from_credentials(credentials)
        channel.api_url = (credentials or {})["api_url"]
        return channel

    def get_output_channel(self) -> OutputChannel:
        """As the stock channel does: a new client for every message."""
        output = TwilioOutput(self.account_sid, self.auth_token, self.twilio_number)
        output.api.base_url = self.api_url
        return output

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The stock routes, and `POST history`: `{"sender", "sessions", "turns"}`."""
        stock = super().blueprint(on_new_message)

        @stock.route("/history", methods=["POST"])
        async def history(request: Request) -> HTTPResponse:
            wanted, agent = request.json, request.app.ctx.agent
            events = list(_sessions(agent.domain.intents, wanted["sessions"], wanted["turns"]))
            tracker = DialogueStateTracker.from_events(
                wanted["sender"], events, agent.domain.slots, domain=agent.domain
            )
            await agent.tracker_store.save(tracker)
            return response.json({"events": len(events)})

        return stock


def _sessions(intents: list[str], sessions: int, turns: int) -> Iterator[Event]:
    """The events of that many days, a session each; no slots, whose carrying over would only add to them."""
    for day in range(sessions, 0, -1):
        at = time.time() - day * DAY
        yield ActionExecuted("action_session_start", timestamp=at)
        yield SessionStarted(timestamp=at)
        yield ActionExecuted("action_listen", timestamp=at)
        for turn in range(turns):
            yield from _turn(intents, intents[turn % len(intents)], at + 20.0 * (turn + 1))


def _turn(intents: list[str], intent: str, at: float) -> Iterator[Event]:
    ranking = [{"name": intent, "confidence": 0.9}]
    ranking += [{"name": name, "confidence": 0.01} for name in intents if name != intent][: RANKED - 1]
    parsed = {"intent": ranking[0], "intent_ranking": ranking, "entities": []}
    yield UserUttered("una pregunta como las otras", ranking[0], [], parsed, timestamp=at, input_channel="twilio")
    yield ActionExecuted(f"utter_{intent}", policy="RulePolicy", confidence=1.0, timestamp=at + 0.1)
    yield BotUttered("una respuesta", metadata={"utter_action": f"utter_{intent}"}, timestamp=at + 0.2)
    yield ActionExecuted("action_listen", policy="RulePolicy", confidence=1.0, timestamp=at + 0.3)
