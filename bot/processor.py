"""Rasa's message processor, strict: a turn happens whole, with an answer, or not at all.

Rasa goes on when an action fails, with no events and no word to the resident, and saves that. Here the failure ends
the turn unsaved, so that the worker may send the message again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_DEFAULT_FALLBACK_NAME, ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answer import answer_of, find_turn, held_answer, replies_of_turn
from bot.errors import ActionFailed, TurnNotMade
from bot.nlu.in_context import in_context
from bot.nlu.languages import heard_in_language
from bot.nlu.to_question import to_question
from bot.nlu.to_reminder import to_reminder
from bot.nlu.unsure import decided
from bot.wording import wording

# Heard by Latido also while a person has the conversation: danger, and what Latido itself asked with a deadline.
ANSWERED_WHILE_HELD = frozenset({
    "danger_sign", "report_violence", "report_self_harm", "hide_traces", "waiting_list_answer", "danger_follow_up",
})  # fmt: skip
NET_RESPONSES = ("utter_default_net", "utter_error", "utter_unexpected_error")


class StrictProcessor(MessageProcessor):
    """A processor whose failures reach the caller."""

    @classmethod
    def adopt(cls, processor: MessageProcessor) -> StrictProcessor:
        """The same loaded model, strictly processed."""
        adopted = cls.__new__(cls)
        adopted.__dict__.update(processor.__dict__)
        return adopted

    async def turn(self, message: UserMessage) -> dict[str, Any]:
        """The answer to this message; a message that was answered before gets the same answer again."""
        tracker = await self.get_tracker(message.sender_id)
        answered = find_turn(list(tracker.events), message.message_id)
        if answered is None and _context(message).get("held"):
            heard = await self._hear(message)
            if heard.intent_name not in ANSWERED_WHILE_HELD:
                return held_answer(heard, list(tracker.events))
        if answered is None:
            await self._take_turn(message, tracker)
            await self.save_tracker(tracker)
        events = list(tracker.events)
        at = find_turn(events, message.message_id)
        if at is None:
            raise TurnNotMade("The turn left no trace in the tracker.")
        return answer_of(events, at)

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """What the pipeline makes of a message; `other_language`, or `nlu_fallback` where it is too unsure."""
        parsed = await super().parse_message(message, tracker, only_output_properties)
        spanish = tracker is not None and tracker.get_slot("language") == "es"
        asked = (message.metadata or {}).get("expecting") not in (None, "consent")
        return decided(heard_in_language(parsed, spanish, asked))

    def _check_for_unseen_features(self, parse_data: Mapping[str, Any]) -> None:
        """Nothing: Rasa warns of intents the domain has not, and writes the whole domain out to see if it is empty."""

    async def _hear(self, message: UserMessage) -> UserUttered:
        """What a message says to a person who has the conversation; it does not enter the dialogue."""
        message.parse_data = message.parse_data or await self.parse_message(message)
        parsed = message.parse_data
        return UserUttered(message.text, parsed["intent"], parsed["entities"], parsed, metadata=message.metadata)

    def _note_ticket(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Whether a person is asked for already, for the words of the answer."""
        state = _context(message).get("ticket")
        if "ticket" in tracker.slots and tracker.get_slot("ticket") != state:
            tracker.update(SlotSet("ticket", state), self.domain)

    async def _take_turn(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        output = message.output_channel
        await self._update_tracker_session(tracker, output, message.metadata)
        self._note_ticket(message, tracker)
        # What the form has just asked for tells a last period from an appointment date.
        message.metadata = {**(message.metadata or {}), "expecting": tracker.get_slot(REQUESTED_SLOT)}
        message.parse_data = in_context(message.parse_data or await self.parse_message(message, tracker), tracker)
        reminder = _context(message).get("reminder")
        if not reminder:  # said since: her words are about that
            message.parse_data = to_question(message.parse_data, tracker)
        message.parse_data = to_reminder(message.parse_data, tracker, reminder)
        await self._handle_message_with_tracker(message, tracker)
        await self.run_action_extract_slots(output, tracker)
        await self._run_prediction_loop(output, tracker)
        await self._never_silent(message, tracker)
        self._listen_again(tracker)

    def _listen_again(self, tracker: DialogueStateTracker) -> None:
        # A turn cut short by Rasa's limit of actions would silence the next one, even a danger sign.
        if tracker.latest_action_name != ACTION_LISTEN_NAME:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)

    @staticmethod
    def should_predict_another_action(action_name: str) -> bool:
        """Whether the turn goes on; an own fallback action ends it, which Rasa would predict ten times in a row."""
        ends = action_name == ACTION_DEFAULT_FALLBACK_NAME
        return not ends and MessageProcessor.should_predict_another_action(action_name)

    async def _never_silent(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        events = list(tracker.events)
        at = find_turn(events, message.message_id)
        if at is not None and not replies_of_turn(events, at):
            tracker.update(await self._net_reply(tracker, message.output_channel), self.domain)

    async def _net_reply(self, tracker: DialogueStateTracker, output: OutputChannel) -> BotUttered:
        for name in NET_RESPONSES:
            if name in self.domain.responses:
                drafted = await self.nlg.generate(name, tracker, output.name())
                if drafted and drafted.get("text"):
                    return BotUttered(drafted["text"], metadata={"utter_action": name})
        return BotUttered(wording()["net_reply"], metadata={"utter_action": NET_RESPONSES[0]})

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Runs the action as Rasa does, but a failure ends the turn."""
        guard = _Guard(action)
        goes_on = await super()._run_action(guard, tracker, output_channel, nlg, prediction)
        if guard.failure is not None:
            raise ActionFailed(f"Action '{action.name()}' failed ({type(guard.failure).__name__}).")
        return goes_on


def _context(message: UserMessage) -> Mapping[str, Any]:
    return (message.metadata or {}).get("context") or {}


class _Guard(Action):
    """An action that remembers the failure which Rasa is about to swallow."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.failure: Exception | None = None

    def name(self) -> str:
        return self._action.name()

    async def run(
        self, output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker, domain: Any
    ) -> list[Event]:
        try:
            return await self._action.run(output_channel, nlg, tracker, domain)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            self.failure = error
            # Rasa logs what an action raises, with its traceback; nothing personal may stand in it.
            return []

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> Any:
        return self._action.event_for_successful_execution(prediction)
