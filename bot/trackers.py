"""Rasa's tracker, copied as it stands instead of being replayed from its first event."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker


class SessionTracker(DialogueStateTracker):
    """A tracker that remembers how much of it is stored, and is cheap to copy.

    Rasa copies the tracker before each action and makes one anew at each turn: it replays every event and copies each
    slot by the protocol of pickle.
    """

    stored_length: int = 0  # items in the list in Redis
    stored_last: str = ""  # its last item, as written
    stored_events: int = 0  # events of this tracker which those items stand for
    _applied: tuple[int, list[Event]] | None = None

    def copy(self) -> SessionTracker:
        """The same state, to be changed without changing this one; like Rasa's copy it stamps no model on events."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.events = deque(self.events, self.events.maxlen)
        twin.slots = _copied(self.slots.values())
        twin.active_loop = replace(self.active_loop) if self.active_loop else None
        twin.model_id = twin.assistant_id = twin.sender_source = None
        return twin

    def blank_for(self, sender_id: str) -> SessionTracker:
        """A copy of this tracker, which is blank, for somebody else."""
        twin = self.copy()
        twin.sender_id = sender_id
        return twin

    def applied_events(self) -> list[Event]:
        """The events that count, as Rasa works them out; once for each new event. The list is the caller's own."""
        if self._applied is None or self._applied[0] != len(self.events):
            self._applied = (len(self.events), super().applied_events())
        return list(self._applied[1])


def _copied(slots: Iterable[Slot]) -> dict[str, Slot]:
    copies = {}
    for slot in slots:
        copy = slot.__class__.__new__(slot.__class__)
        copy.__dict__.update(slot.__dict__)
        copies[slot.name] = copy
    return copies
