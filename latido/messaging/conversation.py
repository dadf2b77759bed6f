"""The worker's side of the bot's turn: the request, the answer, and what each failure allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import requests
from pydantic import BaseModel, Field, ValidationError

from latido.messaging.messages import Button, Location, Reply
from tracelog import traceparent

JsonObject = dict[str, object]


class BotUnavailable(Exception):
    """The turn did not happen (nobody answers, or 503): try again, however long it takes."""


class TurnFailed(Exception):
    """The bot answered with a fault or not in time: this message may be the cause, so tries are counted."""


class ReplyButton(BaseModel):
    """A choice as the bot names it."""

    title: str
    payload: str
    description: str | None = None


class TurnReply(BaseModel):
    """One reply as `docs/wires.md` has it."""

    type: Literal["text", "quick_reply", "list", "location", "picture"]
    text: str = ""
    buttons: list[ReplyButton] = []
    items: list[ReplyButton] = []
    button: str = ""
    latitude: float | None = None
    longitude: float | None = None
    label: str | None = None
    picture: int | None = None

    def value(self) -> Reply:
        """The reply as the log keeps it."""
        choices = tuple(Button(one.title, one.payload, one.description) for one in self.buttons or self.items)
        place = None
        if self.latitude is not None and self.longitude is not None:
            place = Location(self.latitude, self.longitude, self.label)
        return Reply(self.type, self.text, choices, self.button, place, picture=self.picture)


class Intent(BaseModel):
    """An intent with its confidence, 0–1."""

    name: str | None = None
    confidence: float = 0.0


class Understanding(BaseModel):
    """The NLU result of one message."""

    intent: Intent = Intent()
    ranking: list[Intent] = []
    entities: list[JsonObject] = []
    model: str | None = None


class SummaryLine(BaseModel):
    """One line for the operator: a name of ours, and a value of ours or of a slot."""

    label: str = Field(max_length=64)
    value: Any = None


class HandOver(BaseModel):
    """That a person is needed, and why; or that none is needed any more."""

    reason: str | None = Field(default=None, max_length=32)
    summary: list[SummaryLine] = []
    withdrawn: bool = False

    def lines(self) -> list[dict[str, Any]]:
        """The summary as plain values."""
        return [line.model_dump() for line in self.summary]


class Turn(BaseModel):
    """What one turn gave: replies in order, what was understood, what changed."""

    replies: list[TurnReply]
    nlu: Understanding = Understanding()
    slots: JsonObject = {}
    active_form: str | None = None
    flags: list[str] = []
    actions: list[str] = []
    handover: HandOver | None = None


class Conversation(Protocol):
    """Whoever holds the conversation."""

    def take_turn(self, request: JsonObject) -> Turn:
        """One turn; raises BotUnavailable or TurnFailed."""
        ...


@dataclass(frozen=True)
class RasaConversation:
    """The bot over HTTP, one call a turn."""

    url: str
    service_token: str
    timeout: float
    session: requests.Session

    def take_turn(self, request: JsonObject) -> Turn:
        """One turn of Rasa's channel; raises BotUnavailable or TurnFailed."""
        try:
            answer = self.session.post(
                f"{self.url}/webhooks/latido/turn",
                json=request,
                headers={"Authorization": f"Bearer {self.service_token}", **traceparent()},
                timeout=(2.0, self.timeout),
            )
        except requests.ReadTimeout as error:
            raise TurnFailed("no answer in time") from error
        except requests.RequestException as error:
            raise BotUnavailable(type(error).__name__) from error
        return _turn(answer, held=is_held(request))


def is_held(request: JsonObject) -> bool:
    """Whether a person has the conversation, so that the bot may keep silent."""
    context = request.get("context")
    return isinstance(context, dict) and bool(context.get("held"))


def _turn(answer: requests.Response, held: bool) -> Turn:
    if answer.status_code in (401, 404, 429, 502, 503, 504):
        raise BotUnavailable(f"HTTP {answer.status_code}")
    if answer.status_code != 200:
        raise TurnFailed(f"HTTP {answer.status_code}")
    try:
        turn = Turn.model_validate_json(answer.content)
    except ValidationError as error:
        raise TurnFailed(f"not a turn: {error.error_count()} faults") from error
    if not turn.replies and not held:
        raise TurnFailed("a turn without replies, and nobody has the conversation")
    return turn
