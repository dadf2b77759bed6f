"""Danger signs, violence, self-harm and loss in a message, by the dated phrases of bot/data/danger_signs.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from re import Pattern
from typing import Any

import yaml

from bot.nlu.phrases import STOP, Corrector, PhraseIndex, SoundLine, compile_any, sound_line, vocabulary
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
    unless_asked: tuple[str, ...] = ()

    def answers(self, expecting: str | None) -> bool:
        """Whether these words are but an answer to what was just asked."""
        return expecting in self.unless_asked


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
        told = zip(data["signs"], self._signs, strict=True)
        self._index = PhraseIndex((phrase, sign) for entry, sign in told for phrase in entry["say"])
        self.circumstances = _circumstances(data, about)
        self._baby = about["baby"]
        said = vocabulary(phrase for entry in data["signs"] for phrase in entry["say"])
        self._corrector = Corrector(said, spared=vocabulary(_every_phrase(data)))

    @classmethod
    def read(cls, file: Path) -> DangerSigns:
        """The signs of a file."""
        return cls(yaml.safe_load(file.read_text(encoding="utf-8")))

    def find(self, text: str, expecting: str | None = None) -> list[Finding]:
        """Every sign in the message, those of now first, the gravest first; `expecting` is the slot just asked for."""
        return [one for one in self.find_in(self.line(text)) if not one.answers(expecting)]

    def line(self, text: str) -> SoundLine:
        """The message as sounds, misspelt words of danger mended."""
        return sound_line(text, self._corrector)

    def find_in(self, line: SoundLine) -> list[Finding]:
        """As `find`, in a message already heard, whatever was asked."""
        said = [*self._index.find(line.line), *self._said_whole(line.line)]
        found = [self._finding(sign, line, match) for sign, match in said if _tells(sign, line.line, match)]
        return _best(sorted(found, key=lambda one: (not one.now, PRECEDENCE.index(one.intent), one.start)))

    def _said_whole(self, line: str) -> Iterator[tuple[Sign, re.Match[str]]]:
        for sign in self._signs:
            match = sign.whole.fullmatch(line)
            if match:
                yield sign, match

    def _finding(self, sign: Sign, line: SoundLine, match: re.Match[str]) -> Finding:
        start, end = line.span(*match.span())
        now = self._is_now(sign, line.line, match)
        return Finding(sign.intent, sign.kind, sign.phase or self._phase(line.line), start, end, now, sign.unless_asked)

    def _is_now(self, sign: Sign, line: str, match: re.Match[str]) -> bool:
        before, around = _clause(line, match)
        known = self.circumstances
        if known.negated.search(before):
            return False
        if sign.intent in _TOLD_OF_THE_PAST_TOO:
            return True
        return not (self._is_imagined(line, before, around, match.group()) or self._is_past(around))

    def _is_imagined(self, line: str, before: str, around: str, said: str) -> bool:
        known = self.circumstances
        if known.imagined.search(around):
            return not known.present.search(around)
        conditional = known.imagined_if.search(before) and known.question.search(line)
        return bool(conditional and not known.real_if.search(before) and not known.done.search(before[-24:] + said))

    def _is_past(self, around: str) -> bool:
        known = self.circumstances
        return bool(known.past.search(around) and not known.present.search(around))

    def asks_of_the_past(self, expecting: str | None) -> bool:
        """Whether this slot asks about conditions or earlier pregnancies, so that a sign may be but an answer."""
        return any(expecting in sign.unless_asked for sign in self._signs)

    def phase(self, line: str) -> str | None:
        """Whose sign it is, as far as the message tells: `newborn` where it speaks of a baby and of no pregnancy."""
        return self._phase(line) or ("newborn" if self._baby.search(line) else None)

    def _phase(self, line: str) -> str | None:
        if self.circumstances.postpartum.search(line):
            return "postpartum"
        return "pregnancy" if self.circumstances.pregnancy.search(line) else None


def _every_phrase(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, (list, dict)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _every_phrase(part)


def _tells(sign: Sign, line: str, match: re.Match[str]) -> bool:
    """Whether these words tell of the sign here: of somebody it may be about, and in no other sense."""
    if sign.about and not sign.about.search(line):
        return False
    return not any(start.start() < match.end() and match.start() < start.end() for start in sign.unless.finditer(line))


def _sign(entry: Mapping[str, Any], about: Mapping[str, Pattern[str]]) -> Sign:
    return Sign(
        intent=entry["intent"],
        kind=entry["kind"],
        phase=entry.get("phase"),
        about=about[entry["about"]] if entry.get("about") else None,
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
