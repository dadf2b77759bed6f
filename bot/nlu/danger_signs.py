"""Danger signs, violence, self-harm and loss in a message, by the dated phrases of bot/data/danger_signs.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from re import Pattern
from typing import Any

import yaml

from bot.nlu.phrases import STOP, Corrector, SoundLine, compile_any, sound_line, vocabulary
from bot.nlu.text import fold, sound

DANGER_SIGNS_FILE = Path(__file__).parents[1] / "data" / "danger_signs.yml"

# The safer one wins (docs/intents.md).
PRECEDENCE = ("report_self_harm", "danger_sign", "report_violence", "report_loss")
_TOLD_OF_THE_PAST_TOO = frozenset({"report_violence"})


@dataclass(frozen=True)
class Sign:
    """One entry of the list."""

    intent: str
    kind: str
    phase: str | None
    about: Pattern[str] | None
    say: Pattern[str]
    unless: Pattern[str]
    whole: Pattern[str]
    unless_asked: tuple[str, ...]  # questions to which these words are an answer, not a sign


@dataclass(frozen=True)
class Finding:
    """A sign found in a message; `now` is false when it is denied, past or only imagined."""

    intent: str
    kind: str
    phase: str | None
    start: int
    end: int
    now: bool


@dataclass(frozen=True)
class Circumstances:
    """What makes a sign no sign of now, and whose sign it is."""

    negated: Pattern[str]
    imagined_if: Pattern[str]
    real_if: Pattern[str]
    question: Pattern[str]
    imagined: Pattern[str]
    done: Pattern[str]
    past: Pattern[str]
    present: Pattern[str]
    postpartum: Pattern[str]
    pregnancy: Pattern[str]


class DangerSigns:
    """The list, ready to be looked for."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Takes the parsed file; ValueError or KeyError when an entry is malformed."""
        about = {name: compile_any(phrases) for name, phrases in data["about"].items()}
        self.version: str = data["version"]
        self._signs = [_sign(entry, about) for entry in data["signs"]]
        self._circumstances = _circumstances(data, about)
        said = vocabulary(phrase for entry in data["signs"] for phrase in entry["say"])
        self._corrector = Corrector(said, spared=vocabulary(_every_phrase(data)))

    @classmethod
    def read(cls, file: Path) -> DangerSigns:
        """The signs of a file."""
        return cls(yaml.safe_load(file.read_text(encoding="utf-8")))

    def find(self, text: str, expecting: str | None = None) -> list[Finding]:
        """Every sign in the message, those of now first, the gravest first; `expecting` is the slot just asked for."""
        line = sound_line(text, self._corrector)
        signs = [sign for sign in self._signs if expecting not in sign.unless_asked]
        found = [finding for sign in signs for finding in self._look(sign, line)]
        return _best(sorted(found, key=lambda one: (not one.now, PRECEDENCE.index(one.intent), one.start)))

    def _look(self, sign: Sign, line: SoundLine) -> list[Finding]:
        if sign.about and not sign.about.search(line.line):
            return []
        spared = [match.span() for match in sign.unless.finditer(line.line)]
        findings = []
        for match in (*sign.say.finditer(line.line), *_all_of(sign.whole, line.line)):
            if not any(start < match.end() and match.start() < end for start, end in spared):
                findings.append(self._finding(sign, line, match))
        return findings

    def _finding(self, sign: Sign, line: SoundLine, match: re.Match[str]) -> Finding:
        start, end = line.span(*match.span())
        now = self._is_now(sign, line.line, match)
        return Finding(sign.intent, sign.kind, sign.phase or self._phase(line.line), start, end, now)

    def _is_now(self, sign: Sign, line: str, match: re.Match[str]) -> bool:
        before, around = _clause(line, match)
        known = self._circumstances
        if known.negated.search(before):
            return False
        if sign.intent in _TOLD_OF_THE_PAST_TOO:
            return True
        return not (self._is_imagined(line, before, around, match.group()) or self._is_past(around))

    def _is_imagined(self, line: str, before: str, around: str, said: str) -> bool:
        known = self._circumstances
        if known.imagined.search(around):
            return not known.present.search(around)
        conditional = known.imagined_if.search(before) and known.question.search(line)
        return bool(conditional and not known.real_if.search(before) and not known.done.search(before[-24:] + said))

    def _is_past(self, around: str) -> bool:
        known = self._circumstances
        return bool(known.past.search(around) and not known.present.search(around))

    def _phase(self, line: str) -> str | None:
        if self._circumstances.postpartum.search(line):
            return "postpartum"
        return "pregnancy" if self._circumstances.pregnancy.search(line) else None


def _every_phrase(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, (list, dict)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _every_phrase(part)


def _all_of(pattern: Pattern[str], line: str) -> list[re.Match[str]]:
    match = pattern.fullmatch(line)
    return [match] if match else []


def _sign(entry: Mapping[str, Any], about: Mapping[str, Pattern[str]]) -> Sign:
    return Sign(
        intent=entry["intent"],
        kind=entry["kind"],
        phase=entry.get("phase"),
        about=about[entry["about"]] if entry.get("about") else None,
        say=compile_any(entry["say"]),
        unless=compile_any(entry.get("unless", [])),
        whole=compile_any(entry.get("whole", [])),
        unless_asked=tuple(entry.get("unless_asked", ())),
    )


def _circumstances(data: Mapping[str, Any], about: Mapping[str, Pattern[str]]) -> Circumstances:
    light = "|".join(sorted({re.escape(sound(fold(word))) for word in data["between_negator_and_sign"]}))
    if_words = data["hypothetical"]
    return Circumstances(
        negated=_ending_with(data["negators"], light),
        imagined_if=_ending_with(if_words["if"], light),
        real_if=compile_any(if_words["real_if"]),
        question=compile_any(if_words["question"]),
        imagined=compile_any(if_words["whole"]),
        done=compile_any(if_words["done"]),
        past=compile_any(data["past"]),
        present=compile_any(data["present"]),
        postpartum=about["postpartum"],
        pregnancy=about["pregnancy"],
    )


def _ending_with(words: list[str], light: str) -> Pattern[str]:
    heads = "|".join(re.escape(sound(fold(word))) for word in words)
    return re.compile(rf"(?<![^ ])(?:{heads}) (?:(?:{light}) )*$")


def _clause(line: str, match: re.Match[str]) -> tuple[str, str]:
    """What stands before the match in its clause, and the whole clause."""
    opening, closing = 0, len(line)
    for boundary in (f"{STOP} ", " pero "):
        before, after = line.rfind(boundary, 0, match.start()), line.find(boundary, match.end() - 1)
        opening = max(opening, before + len(boundary)) if before >= 0 else opening
        closing = min(closing, after) if after >= 0 else closing
    return line[opening : match.start()], line[opening:closing]


def _best(findings: list[Finding]) -> list[Finding]:
    """The first finding of each kind."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        best.setdefault((finding.intent, finding.kind), finding)
    return list(best.values())
