"""The intent model: served as trained, calibrated, unsure when it should be."""

from __future__ import annotations

import numpy as np
import pytest
from bot_parts import EXAMPLES
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.classifier import GatherIntentClassifier
from bot.nlu.concepts import concepts_of
from bot.nlu.features import features_of
from bot.nlu.model import IntentModel, train_intents
from bot.nlu.unsure import NOT_UNDERSTOOD, UNSURE_BELOW, decided

SENTENCES = [(text, intent) for intent, texts in EXAMPLES.items() for text in texts]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return train_intents([features_of(text, ()) for text, _ in SENTENCES], [intent for _, intent in SENTENCES], 0.3, 7)


def test_it_knows_its_examples(model):
    right = [model.rank(features_of(text, ()))[0][0] == intent for text, intent in SENTENCES]
    assert np.mean(right) > 0.95


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("HOLAAA!!", "greet"),
        ("kiero turno estoi enbarasada", "book_prenatal"),
        ("graciass x todo", "thank"),
        ("dnd qda la salita", "find_cesac"),
    ],
)
def test_it_understands_the_spelling_of_chats(model, text, intent):
    assert model.rank(features_of(text, ()))[0][0] == intent


def test_probabilities_add_up_and_are_ranked(model):
    ranked = model.rank(features_of("quiero un turno", ()))
    assert sum(probability for _, probability in ranked) == pytest.approx(1.0, abs=1e-4)
    assert [p for _, p in ranked] == sorted((p for _, p in ranked), reverse=True)


def test_it_is_the_same_after_saving(model, tmp_path):
    model.save(tmp_path)
    again = IntentModel.load(tmp_path)
    features = features_of("necesito turno", ())
    assert again.rank(features) == model.rank(features)
    assert (again.temperature, again.threshold) == (model.temperature, model.threshold)


def test_a_model_with_missing_rows_is_refused(model, tmp_path):
    model.save(tmp_path)
    np.savez(tmp_path / "weights.npz", weights=model.weights[:-1], intercept=model.intercept)
    with pytest.raises(ValueError, match="train again"):
        IntentModel.load(tmp_path)


def classifier(model, **config) -> GatherIntentClassifier:
    return GatherIntentClassifier({**GatherIntentClassifier.get_default_config(), **config}, None, None, model)


def ranked(component, text) -> list[str]:
    """The intents in the end, the one that the turn acts on first."""
    message = Message(data={"text": text})
    component.process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    return [entry["name"] for entry in decided(message.as_dict(only_output_properties=True))["intent_ranking"]]


def test_below_the_threshold_the_turn_says_so_and_keeps_the_guess_second(model):
    assert ranked(classifier(model, threshold=1.01), "hola")[:2] == [NOT_UNDERSTOOD, "greet"]
    assert ranked(classifier(model, threshold=0.0), "hola")[0] == "greet"


def test_the_pipeline_itself_always_names_an_intent(model):
    message = Message(data={"text": "hola"})
    classifier(model, threshold=1.01).process([message])
    assert (message.get("intent")["name"], message.get(UNSURE_BELOW)) == ("greet", 1.01)


def test_what_is_decided_keeps_the_rest_and_tells_no_threshold():
    parsed = {"text": "x", "intent": {"name": "greet", "confidence": 0.4}, "intent_ranking": [], UNSURE_BELOW: 0.3}
    assert decided(parsed) == {"text": "x", "intent": {"name": "greet", "confidence": 0.4}, "intent_ranking": []}
    assert decided({**parsed, UNSURE_BELOW: 0.5})["intent"] == {"name": NOT_UNDERSTOOD, "confidence": 0.6}
    assert decided({"text": "x", "intent": {"name": None, "confidence": 0.0}})["intent"]["name"] == NOT_UNDERSTOOD


def test_the_calibrated_threshold_is_used_when_none_is_set(model):
    assert 0.15 <= model.threshold <= 0.6
    assert ranked(classifier(model), "hola")[0] == "greet"


def test_words_that_mean_the_same_count_as_the_same():
    ficha, turno = features_of("ficha para mi wawa", ()), features_of("turno para mi bebe", ())
    assert {"k:appointment", "k:baby", "kk:appointment baby"} <= set(ficha) & set(turno)


def test_the_sound_of_a_word_hides_its_spelling():
    assert "w:enbarasada" in features_of("embarazada", ())
    assert "w:enbarasada" in features_of("enbarasada", ())


def test_a_phrase_is_a_concept_only_where_its_words_follow_each_other():
    assert "birth" in concepts_of(["ayer", "di", "a", "luz"])
    assert "birth" not in concepts_of(["luz", "a", "di"])


def test_the_beginning_of_a_word_is_a_concept_however_it_is_spelt():
    assert "pregnancy" in concepts_of(["enbarasadisima"])
    assert "vaccine" in concepts_of(["bacunarlo"])


def test_a_question_is_told_from_a_statement_and_a_word_from_a_story():
    assert "q:asks" in features_of("es gratis?", ())
    assert {"q:tells", "n:1"} <= set(features_of("es gratis", ()))
    assert "n:5" in features_of("hola buenas queria saber si es gratis o hay que pagar algo", ())


def test_sounds_are_heard_across_the_ends_of_words():
    assert "x:i b" in features_of("mi bebe", ())
