"""What of a conversation is worth keeping: the current session, and of a long one its last turns.

Pure functions on lists of events; replaying what they return gives the same slots, form and latest action as
replaying what they were given.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
)
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)


def current_session(events: Sequence[Event]) -> list[Event]:
    """The events from the last session start on, each slot carried over once."""
    start = _session_start(events)
    return _carry_each_slot_once(list(events[start:]))


def starts_session(events: Sequence[Event]) -> bool:
    """Whether a session begins in these events."""
    return any(isinstance(event, SessionStarted) for event in events)


def compact(events: Sequence[Event], turns_kept: int) -> list[Event]:
    """A snapshot of slots and form, then the last turns; the events themselves when there are no more turns."""
    cut = _start_of_last_turns(events, turns_kept)
    if cut <= 0:
        return list(events)
    return _snapshot(events[:cut]) + list(events[cut:])


def applied(events: Sequence[Event]) -> list[Event]:
    """The events that still count, without those which Rasa took back (its stock fallback takes back a message)."""
    counting: list[Event] = []
    for event in events:
        if isinstance(event, Restarted):
            counting = []
        elif isinstance(event, UserUtteranceReverted):
            _take_back(counting, UserUttered)
        elif isinstance(event, ActionReverted):
            _take_back(counting, ActionExecuted)
        else:
            counting.append(event)
    return counting


def _take_back(events: list[Event], kind: type[Event]) -> None:
    while events and not isinstance(events.pop(), kind):
        continue


def _session_start(events: Sequence[Event]) -> int:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], SessionStarted):
            before = events[index - 1] if index else None
            return index - 1 if _is_action(before, ACTION_SESSION_START_NAME) else index
    return 0


def _carry_each_slot_once(session: list[Event]) -> list[Event]:
    first_user = next((i for i, event in enumerate(session) if isinstance(event, UserUttered)), len(session))
    opening = session[:first_user]
    last = {event.key: i for i, event in enumerate(opening) if isinstance(event, SlotSet)}
    kept = [e for i, e in enumerate(opening) if not isinstance(e, SlotSet) or last[e.key] == i]
    return kept + session[first_user:]


def _start_of_last_turns(events: Sequence[Event], turns_kept: int) -> int:
    starts = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    return starts[-turns_kept] if len(starts) > turns_kept else 0


def _snapshot(events: Sequence[Event]) -> list[Event]:
    at = events[-1].timestamp
    slots: dict[str, SlotSet] = {}
    loop: ActiveLoop | None = None
    for event in applied(events):
        if isinstance(event, SessionStarted):
            slots, loop = {}, None
        elif isinstance(event, SlotSet):
            slots[event.key] = event
        elif isinstance(event, ActiveLoop):
            loop = event
    opening: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at), SessionStarted(timestamp=at)]
    carried: list[Event] = [event for event in slots.values() if event.value is not None]
    form: list[Event] = [loop] if loop is not None and loop.name else []
    return opening + carried + form + [ActionExecuted(ACTION_LISTEN_NAME, timestamp=at)]


def _is_action(event: Event | None, name: str) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == name
