"""What a resident reads, wherever it stands: voseo, one question at a time, no jargon, no shouting, no false cheer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
BODY, BUTTON, TITLE, DESCRIPTION = 1024, 20, 24, 72
LONGEST_SENTENCE = 32  # words; a screen of a cheap phone shows about as many

# Keys whose values no resident reads: they are for operators, for whoever signs the data, or for the dialogue.
NOT_TOLD = {"source", "sources", "as_of", "alert", "call", "loss_alert", "clinical_sign_off", "legal_sign_off", "code",
            "words", "version", "rule_set", "waiting_list", "review", "reviewed_by", "id", "payload", "when",
            "condition"}  # fmt: skip
GRAVE = ("danger", "violence", "self_harm", "loss", "options", "fallback", "unavailable", "error", "privacy")


def load(path: str) -> Any:
    return YAML(typ="safe").load((ROOT / path).read_text(encoding="utf-8"))


RESPONSES: dict[str, list[dict[str, Any]]] = load("domain.yml")["responses"]
WORDS: dict[str, list[str]] = load("tests/unit/actions/words_to_avoid.yml")


def without_quotes(text: str) -> str:
    """A text without the examples in «quotes», which are her words."""
    return re.sub(r"«[^»]*»", "", text)


def strings(node: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every string below a node that a resident may read, with its path."""
    if isinstance(node, str):
        yield where, node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in NOT_TOLD:
                yield from strings(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from strings(value, f"{where}.{index}")


def everything() -> Iterator[tuple[str, str]]:
    """All that is told in this project, with its path."""
    yield from strings(RESPONSES, "domain")
    yield from strings(load("actions/texts.yml"), "texts")
    yield from strings(load("latido/messaging/texts/es_AR.yml"), "messaging")
    for file in sorted((ROOT / "data" / "care").glob("*.yml")):
        yield from strings(load(f"data/care/{file.name}"), file.stem)


EVERYTHING = dict(everything())
MESSAGES = {where: text for where, text in EVERYTHING.items() if where.endswith(".text")}


@pytest.mark.parametrize("kind", WORDS)
def test_no_text_speaks_like_that(kind: str) -> None:
    words = re.compile(rf"(?<!\w)(?:{'|'.join(WORDS[kind])})(?!\w)")
    own = {where: without_quotes(text.lower()) for where, text in EVERYTHING.items()}
    assert {where: found for where, text in own.items() if (found := words.findall(text))} == {}


@pytest.mark.parametrize("where", MESSAGES)
def test_one_question_and_no_shouting(where: str) -> None:
    own = without_quotes(MESSAGES[where])
    assert own.count("¿") == own.count("?") <= 1
    assert own.count("¡") == own.count("!") <= 1
    assert not re.search(r"\b[A-ZÁÉÍÓÚÑ]{4,} [A-ZÁÉÍÓÚÑ]{4,}\b", own)


@pytest.mark.parametrize("where", [where for where in MESSAGES if any(word in where for word in GRAVE)])
def test_what_is_grave_or_failed_is_said_without_exclamations(where: str) -> None:
    assert "¡" not in MESSAGES[where] and not re.search("[🎉🥳😀😃😊🤗💪✨]", MESSAGES[where])


@pytest.mark.parametrize("where", MESSAGES)
def test_sentences_are_short(where: str) -> None:
    sentences = re.split(r"(?<=[.!?:;])\s+|\n", MESSAGES[where])
    assert max(len(sentence.split()) for sentence in sentences) <= LONGEST_SENTENCE
    assert len(MESSAGES[where]) <= BODY


@pytest.mark.parametrize(("ending", "limit"), [("button", BUTTON), ("title", TITLE), ("description", DESCRIPTION)])
def test_what_can_be_tapped_fits(ending: str, limit: int) -> None:
    tapped = {where: text for where, text in EVERYTHING.items() if where.rsplit(".", 1)[-1].endswith(ending)}
    whole = {where: re.sub(r"\{\w+\}", "", text) for where, text in tapped.items() if not where.startswith("domain")}
    assert whole
    assert {where: text for where, text in whole.items() if not 0 < len(text) <= limit} == {}


def test_a_list_has_a_button_that_opens_it() -> None:
    long = [one for alternatives in RESPONSES.values() for one in alternatives if len(one.get("buttons", [])) > 3]
    assert long
    assert [one["text"] for one in long if not (one.get("metadata") or {}).get("list_button")] == []


def test_every_response_named_in_a_rule_exists() -> None:
    rules = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "data" / "rules").glob("*.yml"))
    assert set(re.findall(r"\butter_\w+", rules)) <= set(RESPONSES)
