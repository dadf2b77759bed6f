"""Events are written and read as Rasa does, only faster."""

from __future__ import annotations

import pytest
from rasa.shared.core import events as rasa_events
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

from bot.events import dump_event, event_classes, load_event, load_events


@pytest.mark.parametrize("name", sorted({cls.type_name for cls in all_subclasses(Event)}))
def test_every_event_type_resolves_as_rasa_resolves_it(name):
    assert event_classes()[name] is Event.resolve_by_type(name)


@pytest.mark.parametrize(
    "event",
    [
        rasa_events.UserUttered(
            "hola", {"name": "greet"}, [{"entity": "dni", "value": "1"}], message_id="SM1", metadata={"kind": "text"}
        ),
        rasa_events.BotUttered(
            "hola", {"buttons": [{"title": "Sí", "payload": "/affirm"}]}, {"utter_action": "utter_greet"}
        ),
        rasa_events.SlotSet("gestational_age", {"weeks_min": 20}),
        rasa_events.ActionExecuted("utter_greet", "RulePolicy", 1.0),
        rasa_events.ActiveLoop("prenatal_form"),
        rasa_events.ActionExecutionRejected("prenatal_form"),
        rasa_events.DefinePrevUserUtteredFeaturization(False),
        rasa_events.LoopInterrupted(True),
        rasa_events.FollowupAction("action_listen"),
        rasa_events.SessionStarted(),
        rasa_events.UserUtteranceReverted(),
    ],
)
def test_an_event_comes_back_as_it_was(event):
    read = load_event(dump_event(event))
    assert read == event
    assert read.timestamp == event.timestamp


def test_a_message_keeps_its_id_intent_and_metadata():
    message = rasa_events.UserUttered(
        "hola", {"name": "greet"}, message_id="SM1", metadata={"kind": "text", "model_id": "m"}
    )
    read = load_event(dump_event(message))
    assert (read.message_id, read.intent_name, read.metadata) == ("SM1", "greet", {"kind": "text", "model_id": "m"})


def test_an_unknown_event_is_told():
    with pytest.raises(ValueError, match="no_such_event"):
        load_event('{"event": "no_such_event"}')


def test_many_events_are_read_as_one_by_one():
    written = [
        dump_event(rasa_events.SlotSet("place", {"label": "Núñez / Saavedra", "latitude": -34.5483219})),
        dump_event(rasa_events.ActiveLoop("a_form")),
    ]
    read = load_events(f"[{','.join(written)}]")
    assert read == [load_event(each) for each in written]
    assert read[0].value == {"label": "Núñez / Saavedra", "latitude": -34.5483219}
    assert [event.timestamp for event in read] == [load_event(each).timestamp for each in written]
