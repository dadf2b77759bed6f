"""What the judge of danger and the intent classifier make of a message together."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.danger import DangerDetector
from bot.nlu.unsure import NOT_UNDERSTOOD, UNSURE_BELOW, decided
from bot.nlu.urgency.judge import UrgencyJudge

CONFIG = DangerDetector.get_default_config()


def parsed(
    judge: UrgencyJudge, text: str, *guesses: tuple[str, float], unsure_below: float = 0.0, expecting: str | None = None
) -> dict[str, Any]:
    ranking = [{"name": name, "confidence": confidence} for name, confidence in guesses]
    message = Message(data={"text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": []})
    message.set(UNSURE_BELOW, unsure_below, add_to_output=True)
    message.set("metadata", {"expecting": expecting})
    DangerDetector(CONFIG, None, None, judge).process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    return decided(message.as_dict())


def read(judge: UrgencyJudge, text: str, *guesses: tuple[str, float], **more: Any) -> str:
    """The intent that the turn acts on, where the classifier guessed these."""
    return str(parsed(judge, text, *guesses, **more)["intent"]["name"])


def test_a_danger_sign_wins_over_any_guess(judge):
    assert read(judge, "estoy sangrando", ("greet", 0.99)) == "danger_sign"
    assert read(judge, "estoy sangrando", ("greet", 0.2), unsure_below=0.5) == "danger_sign"


def test_the_kind_of_sign_goes_along(judge):
    told = parsed(judge, "estoy sangrando y tengo 8 semanas", ("greet", 0.99))
    assert told["entities"][0]["value"] == {"kind": "bleeding", "phase": "pregnancy"}


@pytest.mark.parametrize("intent", ["danger_sign", "report_violence", "report_self_harm"])
def test_what_the_judge_rules_out_the_classifier_cannot_bring_back(judge, intent):
    assert read(judge, "mejor a la tarde", (intent, 0.9), ("inform", 0.05)) == "inform"
    assert read(judge, "12345", (intent, 0.9), ("inform", 0.1)) == "inform"


def test_denied_the_next_likeliest_intent_is_taken(judge):
    assert read(judge, "no estoy sangrando", ("danger_sign", 0.9), ("report_violence", 0.05), ("deny", 0.04)) == "deny"


def test_a_loss_of_long_ago_is_not_mourned_as_todays(judge):
    guesses = ("report_loss", 0.98), ("inform", 0.01)
    assert read(judge, "el año pasado perdi un embarazo", *guesses) == "inform"
    assert read(judge, "perdi el embarazo", ("inform", 0.9)) == "report_loss"


def test_an_answer_to_a_question_about_the_past_is_no_danger(judge):
    assert read(judge, "tengo presion alta", ("inform", 0.5), expecting="conditions") == "inform"
    assert read(judge, "estoy sangrando", ("inform", 0.5), expecting="conditions") == "danger_sign"


def test_what_nobody_understands_stays_not_understood(judge):
    assert read(judge, "asdf qwer", ("find_cesac", 0.3), ("danger_sign", 0.2), unsure_below=0.5) == NOT_UNDERSTOOD


def test_an_untrained_detector_says_what_to_do():
    message = Message(data={"text": "hola", "intent": {}, "intent_ranking": [], "entities": []})
    with pytest.raises(InvalidConfigException, match="make train"):
        DangerDetector(CONFIG, None, None, None).process([message])
