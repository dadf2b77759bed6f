"""Several needs in one message: the most pressing is served, the others are remembered; one need stays one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.clauses import clauses_of
from bot.nlu.needs import needs

ROOT = Path(__file__).parents[3]
MODEL = Path(os.environ.get("LATIDO_TEST_MODEL", ROOT / "models" / "latido.tar.gz"))
CASES = [json.loads(row) for row in (Path(__file__).parent / "data" / "needs.jsonl").read_text("utf-8").splitlines()]
SEVERAL = [case for case in CASES if case["others"]]
SINGLE = [case for case in CASES if not case["others"]]

Read = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def read() -> Read:
    """What the pipeline of the trained model makes of a text, before and after the splitter."""
    if not MODEL.exists():
        pytest.skip("no trained model: run `make train`, or name one in LATIDO_TEST_MODEL")
    nodes = _nodes_of(MODEL)
    if "NeedsSplitter" not in nodes:
        pytest.skip("the trained model is older than the splitter of needs: run `make train`")

    def run(text: str) -> dict[str, Any]:
        message = Message({"text": text})
        for name in ("ChatTokenizer", "RuleEntityExtractor", "GatherIntentClassifier"):
            nodes[name].process([message])
        whole = message.get("intent")["name"]
        nodes["NeedsSplitter"].process([message])
        others = [one for one in message.get("entities") if one["entity"] == "other_need"]
        return {"whole": whole, "intent": message.get("intent")["name"], "others": others}

    return run


def _nodes_of(model: Path) -> dict[str, Any]:
    from rasa.core.agent import Agent

    runner = Agent.load(str(model)).processor.graph_runner
    components = [node._component for node in runner._instantiated_nodes.values()]
    return {type(component).__name__: component for component in components}


def test_the_most_pressing_is_served_and_the_others_are_remembered(read):
    got = {case["text"]: read(case["text"]) for case in SEVERAL}
    told = {text: (one["intent"], [other["value"] for other in one["others"]]) for text, one in got.items()}
    missed = {
        case["text"]: told[case["text"]] for case in SEVERAL if told[case["text"]] != (case["intent"], case["others"])
    }
    assert len(missed) <= 0.07 * len(SEVERAL), missed


def test_one_need_stays_one_and_keeps_its_meaning(read):
    got = {case["text"]: read(case["text"]) for case in SINGLE}
    split = {text: one["others"] for text, one in got.items() if one["others"] or one["intent"] != one["whole"]}
    assert len(split) <= 0.02 * len(SINGLE), split


def test_another_need_stands_where_it_is_told(read):
    text = "quiero turno para mi embarazo. ademas, hay una guarderia para mi nena?"
    (other,) = read(text)["others"]
    assert text[other["start"] : other["end"]] == "hay una guarderia para mi nena?"


def test_what_is_grave_is_alone(read):
    assert read("estoy perdiendo sangre y tambien queria saber por el jardin de mi nena")["others"] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("quiero turno y tambien saber si es gratis", ["quiero turno", "saber si es gratis"]),
        ("Hola. Quiero turno. Gracias", ["Quiero turno", "Gracias"]),
        ("vivo en Av. Juan B. Justo 4500", ["vivo en Av. Juan B. Justo 4500"]),
        ("a las 10.30 puedo", ["a las 10.30 puedo"]),
        ("quiero turno para mi y mi bebe", ["quiero turno para mi y mi bebe"]),
        ("que vacunas le tocan? cuanto sale?", ["que vacunas le tocan?", "cuanto sale?"]),
        ("estoy de 20 semanas y vivo en barracas", ["estoy de 20 semanas y vivo en barracas"]),
        ("un turno para el bebe y una guarderia para la nena", ["un turno para el bebe", "una guarderia para la nena"]),
    ],
)
def test_a_message_is_cut_where_a_new_wish_begins(text, parts):
    assert [clause.text for clause in clauses_of(text)] == parts


def test_places_of_clauses_are_those_of_the_message():
    text = "  ¡Hola!  Necesito turno,  y también una guardería"
    assert [text[one.start : one.end] for one in clauses_of(text)] == ["Necesito turno", "una guardería"]


def test_every_journey_of_the_list_is_an_intent_of_the_domain():
    import yaml

    intents = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    known = {one if isinstance(one, str) else next(iter(one)) for one in intents}
    listed = {*needs().about, *needs().alone, *needs().kept, *(intent for pair in needs().kin for intent in pair)}
    assert listed <= known
