"""A tracker copied as it stands is the tracker that Rasa replays."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import AnySlot, TextSlot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.trackers import SessionTracker


def heard(text: str) -> UserUttered:
    return UserUttered(text, {"name": "greet", "confidence": 1.0}, message_id=f"SM-{text}")


CONVERSATIONS: list[list[Event]] = [
    [],
    [ActionExecuted("action_session_start"), SessionStarted(), SlotSet("zone", "flores"),
     ActionExecuted("action_listen")],
    [heard("hola"), ActionExecuted("a_form"), ActiveLoop("a_form"), SlotSet("weeks", {"min": 20}), BotUttered("¿?")],
    [heard("hola"), ActionExecuted("a_form"), ActiveLoop("a_form"), ActionExecuted("action_listen"), heard("no"),
     ActionExecutionRejected("a_form"), LoopInterrupted(True), ActionExecuted("utter_no"), ActionExecuted("a_form")],
    [heard("hola"), ActionExecuted("action_listen"), heard("qué"), UserUtteranceReverted()],
    [heard("hola"), SlotSet("zone", "boedo"), ActionExecuted("utter_a"), ActionReverted()],
    [heard("hola"), SlotSet("zone", "boedo"), Restarted(), heard("otra vez")],
]  # fmt: skip


def tracker_of(events: list[Event]) -> SessionTracker:
    tracker = SessionTracker("ana", [TextSlot("zone", []), AnySlot("weeks", [], initial_value=1)])
    tracker.model_id, tracker.assistant_id = "model", "latido"
    for event in events:
        tracker.update(event)
    return tracker


def state(tracker: DialogueStateTracker) -> dict[str, object]:
    return {
        **tracker.current_state(EventVerbosity.ALL),
        "set": {name: slot.has_been_set for name, slot in tracker.slots.items()},
        "model": (tracker.model_id, tracker.assistant_id),
        "applied": tracker.applied_events(),
    }


@pytest.mark.parametrize("events", CONVERSATIONS, ids=range(len(CONVERSATIONS)))
def test_a_copy_is_what_a_replay_gives(events: list[Event]) -> None:
    tracker = tracker_of(events)
    assert state(tracker.copy()) == state(DialogueStateTracker.copy(tracker))


def test_a_copy_is_changed_alone() -> None:
    tracker = tracker_of(CONVERSATIONS[2])
    before = state(tracker)
    copy = tracker.copy()
    copy.update(SlotSet("zone", "flores"))
    copy.update(ActionExecutionRejected("a_form"))
    copy.update(heard("algo más"))
    copy.applied_events().clear()
    assert state(tracker) == before
    assert copy.get_slot("zone") == "flores" and copy.is_active_loop_rejected and copy.applied_events()


def test_what_counts_is_worked_out_anew_after_each_event() -> None:
    tracker = tracker_of(CONVERSATIONS[4][:3])
    assert len(tracker.applied_events()) == 3
    tracker.update(UserUtteranceReverted())
    assert tracker.applied_events() == DialogueStateTracker.applied_events(tracker) != []
