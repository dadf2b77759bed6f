"""What the second opinion sees of a message: words, concepts and how they stand to each other, and in which light.

Every word also counts by its light: refused ("no sangro"), conditional ("si sangro"), past or imagined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.nlu.danger_signs import Circumstances, Finding
from bot.nlu.phrases import STOP
from bot.nlu.urgency.lexicon import Lexicon, lexicon

# How much each kind of feature counts; tuned on tests/nlu/danger_cases.jsonl.
WORD, PAIR, SKIP, PIECE = 1.0, 0.7, 0.5, 0.3
CONCEPT, CONCEPTS, WORD_AND_CONCEPT = 1.0, 0.7, 0.5
LIT_WORD, FOUND = 0.7, 1.0
_REFUSED_FOR, _CONDITIONAL_FOR = 5, 9  # words
_NEAR, _REMEMBERED = 7, 14
_PIECES = (3, 4, 5)

Features = dict[str, float]


@dataclass
class _Clause:
    """Where the reading of a clause stands."""

    light: str
    refused: int = 0
    conditional: int = 0
    before: tuple[str, str] = ("", "<")
    last: str = ""
    seen: list[tuple[int, str]] = field(default_factory=list)


def urgency_features(line: str, findings: Sequence[Finding], known: Circumstances) -> Features:
    """Weight by feature name, of a line of sounds and the signs that phrases found in it."""
    words = lexicon()
    features: Features = {}
    whole = "".join(
        name
        for name, pattern in (("P", known.past), ("I", known.imagined), ("Q", known.question))
        if pattern.search(line)
    )
    for clause in _clauses(line, words):
        _read_clause(clause, whole, known, words, features)
    features.update(dict.fromkeys(("m:" + name for name in whole), 1.0))
    if known.present.search(line):
        features["m:now"] = 1.0
    for finding in findings:
        features.update(dict.fromkeys(_found(finding), FOUND))
    return features


def _found(finding: Finding) -> Iterator[str]:
    when = "now" if finding.now else "not"
    if finding.intent != "report_loss":
        yield from ("f:" + when, f"f:{finding.intent} {when}", f"f:{finding.kind} {when}")


def _clauses(line: str, words: Lexicon) -> Iterator[list[str]]:
    clause: list[str] = []
    for word in line.split():
        if word == STOP or word in words.turning:
            if clause:
                yield clause
            clause = [] if word == STOP else [word]
        else:
            clause.append(word)
    if clause:
        yield clause


def _read_clause(clause: list[str], whole: str, known: Circumstances, words: Lexicon, features: Features) -> None:
    told = " ".join(clause) + " "
    light = "".join(name for name, pattern in (("i", known.imagined), ("p", known.past)) if pattern.search(told))
    state = _Clause(light)
    for at, heard in enumerate(clause):
        _read_word(at, heard, clause, state, whole, words, features)
        _turn_light(heard, state, words)
    features[f"b:{state.before[1]} >"] = PAIR


def _read_word(
    at: int, heard: str, clause: list[str], state: _Clause, whole: str, words: Lexicon, features: Features
) -> None:
    plain = words.plain(heard)
    second, first = state.before
    light = state.light + "n" * (state.refused > 0) + "c" * (state.conditional > 0)
    features["w:" + (plain if heard.isdigit() else heard)] = WORD
    features[f"b:{first} {plain}"] = PAIR
    if second:
        features[f"s:{second} {plain}"] = SKIP
    features.update(dict.fromkeys(_pieces(plain), PIECE))
    features.update(dict.fromkeys((f"{name}w:{plain}" for name in light), LIT_WORD))
    if at:
        _read_age(words.age(clause[at - 1], heard), state, features)
    for concept in _concepts(heard):
        _read_concept(at, concept, first, light + whole, state, features)
    state.seen.extend((at, concept) for concept in _concepts(heard))
    state.before = (first, plain)


def _read_concept(at: int, concept: str, first: str, light: str, state: _Clause, features: Features) -> None:
    features["k:" + concept] = CONCEPT
    features[f"kw:{first} {concept}"] = WORD_AND_CONCEPT
    features.update(dict.fromkeys((f"{name}k:{concept}" for name in light), CONCEPT))
    for place, other in state.seen[-_REMEMBERED:]:
        if other != concept and at - place <= _NEAR:
            features[f"kk:{other} {concept}"] = CONCEPTS


def _read_age(age: str | None, state: _Clause, features: Features) -> None:
    if age:
        features["age:" + age] = CONCEPT
        features.update(dict.fromkeys((f"ka:{concept} {age}" for _, concept in state.seen[-_REMEMBERED:]), CONCEPTS))


def _turn_light(heard: str, state: _Clause, words: Lexicon) -> None:
    state.refused = _REFUSED_FOR if heard in words.negators else state.refused - 1
    opens = heard in words.conditions and state.last not in words.asking
    state.conditional = _CONDITIONAL_FOR if opens else state.conditional - 1
    state.last = heard


@lru_cache(maxsize=32768)
def _concepts(heard: str) -> tuple[str, ...]:
    return lexicon().concepts(heard)


@lru_cache(maxsize=32768)
def _pieces(plain: str) -> tuple[str, ...]:
    padded = f" {plain} "
    return tuple("c:" + padded[at : at + size] for size in _PIECES for at in range(len(padded) - size + 1))
