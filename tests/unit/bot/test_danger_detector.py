"""What the phrases and the model make of a message together."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.danger import DangerDetector
from bot.nlu.unsure import NOT_UNDERSTOOD, UNSURE_BELOW, decided


def read(text: str, *guesses: tuple[str, float], unsure_below: float = 0.0) -> str:
    """The intent that the turn acts on, where the model guessed these."""
    ranking = [{"name": name, "confidence": confidence} for name, confidence in guesses]
    message = Message(data={"text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": []})
    message.set(UNSURE_BELOW, unsure_below, add_to_output=True)
    detector = DangerDetector(DangerDetector.get_default_config(), None, None, None)
    detector.process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    return str(decided(message.as_dict())["intent"]["name"])


def test_a_phrase_wins_over_any_guess():
    assert read("estoy sangrando", ("greet", 0.99)) == "danger_sign"


@pytest.mark.parametrize("intent", ["report_violence", "report_self_harm"])
def test_what_the_model_hardly_believes_is_no_violence_and_no_self_harm(intent):
    assert read("mejor a la tarde", (intent, 0.42), ("inform", 0.4)) == NOT_UNDERSTOOD
    assert read("algo que nadie previo", (intent, 0.7), ("inform", 0.2)) == intent


def test_numbers_alone_tell_of_no_violence():
    assert read("12345", ("report_violence", 0.9), ("inform", 0.1)) == NOT_UNDERSTOOD


def test_an_unsure_model_that_leans_to_a_danger_sign_is_believed():
    assert read("algo raro abajo", ("danger_sign", 0.3), ("inform", 0.2), unsure_below=0.5) == "danger_sign"
    assert read("algo raro abajo", ("find_cesac", 0.3), ("danger_sign", 0.2), unsure_below=0.5) == NOT_UNDERSTOOD


def test_a_phrase_needs_no_model_that_is_sure():
    assert read("estoy sangrando", ("greet", 0.2), unsure_below=0.5) == "danger_sign"


def test_a_loss_of_long_ago_is_not_mourned_as_todays():
    assert read("el año pasado perdi un embarazo", ("report_loss", 0.98), ("inform", 0.01)) == "inform"
    assert read("perdi el embarazo", ("inform", 0.9)) == "report_loss"
