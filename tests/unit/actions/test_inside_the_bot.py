"""The actions in the bot's own process answer as the action server does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat import Chat
from fake_care import TOKEN, FakeCare
from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from actions.care_client import shared_client
from bot.errors import ActionFailed
from bot.inside_actions import InsideActions

ODD_ACTIONS = """
from rasa_sdk import Action
from rasa_sdk.interfaces import ActionExecutionRejection


class Changes(Action):
    def name(self):
        return "changes"

    async def run(self, dispatcher, tracker, domain):
        tracker.events[0]["text"] = "changed"
        return [{"event": "slot", "name": "zone", "value": (1, 2)}]


class Rejects(Changes):
    def name(self):
        return "rejects"

    async def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name())


class Fails(Changes):
    def name(self):
        return "fails"

    async def run(self, dispatcher, tracker, domain):
        raise ValueError("her words")
"""


@pytest.fixture
def inside(
    agent: Agent, actions_url: str, shared_care: FakeCare, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InsideActions]:
    """Our actions inside the agent's process, until the test ends."""
    monkeypatch.setenv("LATIDO_CARE_URL", shared_care.url)
    monkeypatch.setenv("LATIDO_SERVICE_TOKEN", TOKEN)
    shared_client.cache_clear()
    before = agent.action_endpoint
    agent.action_endpoint = agent.processor.action_endpoint = adopted("inside:actions")
    yield agent.action_endpoint
    agent.action_endpoint = agent.processor.action_endpoint = before
    shared_client.cache_clear()


@pytest.fixture
def odd(tmp_path: Path, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> InsideActions:
    """Actions that do what none may."""
    (tmp_path / "odd_actions.py").write_text(ODD_ACTIONS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    endpoint = adopted("inside:odd_actions")
    sys.modules.pop("odd_actions")
    return endpoint


def adopted(url: str) -> InsideActions:
    async def adopt() -> InsideActions:
        return InsideActions.adopt(EndpointConfig(url, enable_selective_domain=True))

    return asyncio.get_event_loop().run_until_complete(adopt())


def call(endpoint: InsideActions, action: str) -> dict[str, object]:
    events = [{"event": "user", "text": "hola", "parse_data": {}, "metadata": {}}]
    tracker = {"sender_id": "ana", "slots": {}, "latest_message": {}, "events": events}
    body = {"next_action": action, "sender_id": "ana", "tracker": tracker}
    try:
        return asyncio.get_event_loop().run_until_complete(endpoint.request(json=body)) | {"sent": events}
    finally:
        assert events[0]["text"] == "hola"


def talks(phone: Chat) -> list[object]:
    phone.say("hola", "greet")
    phone.tap("Sí, acepto")
    said = [phone.replies]
    phone.say("busco un centro en barracas", "find_cesac", neighbourhood="barracas")
    said += [phone.replies, phone.answer["slots"]]
    phone.say("quiero un turno", "book_prenatal")
    said += [phone.replies, phone.answer["active_form"]]
    phone.say("mis turnos", "list_appointments")
    return [*said, phone.replies, phone.answer["actions"]]


def test_a_conversation_is_the_same_inside(agent: Agent, stranger: Chat, request: pytest.FixtureRequest) -> None:
    apart = talks(stranger)
    request.getfixturevalue("inside")
    assert talks(Chat(agent, stranger.resident + "inside")) == apart
    assert apart[0]


def test_an_action_cannot_change_the_conversation_behind_its_back(odd: InsideActions) -> None:
    assert call(odd, "changes")["events"] == [{"event": "slot", "name": "zone", "value": [1, 2]}]


def test_a_rejection_is_what_rasa_expects(odd: InsideActions) -> None:
    with pytest.raises(ClientResponseError) as raised:
        call(odd, "rejects")
    assert raised.value.status == 400 and "rejects" in raised.value.text


@pytest.mark.parametrize("action", ["fails", "unknown"])
def test_every_other_failure_ends_the_turn_and_quotes_nobody(odd: InsideActions, action: str) -> None:
    with pytest.raises(ActionFailed) as raised:
        call(odd, action)
    assert "her words" not in str(raised.value)
