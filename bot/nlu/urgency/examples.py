"""The messages which the second opinion learns from: those of data/danger, put together, and the intents' own."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DANGER_DATA = Path(__file__).parents[3] / "data" / "danger"
HARMLESS = "none"
SIGN, VIOLENCE, SELF_HARM = "danger_sign", "report_violence", "report_self_harm"
URGENT = (SIGN, VIOLENCE, SELF_HARM)
FRAMED = 2  # messages made of a clause
_LONG = 2000  # messages made of two
_MISSPELT = 1000
_BUILT = 32  # messages of one frame of parts
_FIELD = re.compile(r"\{(\w+)\}")
_JOINTS = ("", " y", ",", " ah y", " ademas", " porque", ", otra cosa", " y tambien", ".", " y bueno", " es que")

Labelled = tuple[str, str]


def danger_files() -> list[Path]:
    """The files of data/danger."""
    return sorted(DANGER_DATA.glob("*.yml"))


def urgency_examples(of_intents: Iterable[Labelled], seed: int) -> list[Labelled]:
    """Texts with `danger_sign`, `report_violence`, `report_self_harm` or `none`; the same seed gives the same list."""
    own = [(text, intent if intent in URGENT else HARMLESS) for text, intent in of_intents]
    data = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in danger_files()}
    maker = _Maker(random.Random(seed), data)
    made = [*maker.signs(), *maker.violence(), *maker.self_harm(), *maker.told(), *maker.harmless(), *maker.built()]
    everyday = [text for text, intent in own if intent == HARMLESS]
    return list(dict.fromkeys([*own, *made, *maker.joined(made, everyday), *maker.misspelt(made)]))


def lines_of(block: str | None) -> list[str]:
    """The lines of a block of text."""
    return [line.strip() for line in (block or "").splitlines() if line.strip()]


@dataclass(frozen=True)
class _Maker:
    """Puts clauses into frames."""

    chance: random.Random
    data: Mapping[str, Any]

    def signs(self) -> Iterator[Labelled]:
        for sign in self.data["signs"]["signs"].values():
            yield from self._told_now(sign)
            yield from self._not_now(sign)

    def _told_now(self, sign: Mapping[str, Any]) -> Iterator[Labelled]:
        frames = self.data["frames"]["urgent"]
        for kind in ("present", "past", "only_now"):
            for clause in lines_of(sign.get(kind)):
                yield clause, SIGN
                yield from self._framed(frames[sign["who"]], SIGN, FRAMED, sign=[clause])
        for noun in lines_of(sign.get("noun")):
            yield from self._framed(frames[sign["who"] + "_noun"], SIGN, FRAMED, noun=[noun])

    def _not_now(self, sign: Mapping[str, Any]) -> Iterator[Labelled]:
        frames = self.data["frames"]["harmless"]
        for clause in lines_of(sign.get("present")):
            yield from self._framed(frames["denied"], HARMLESS, 2, sign=[clause])
            yield from self._framed(frames["imagined"], HARMLESS, 2, sign=[clause])
        for clause in lines_of(sign.get("past")):
            yield from self._framed(frames["past"], HARMLESS, 2, sign=[clause])
            yield from self._framed(frames["denied"], HARMLESS, 1, sign=[clause])
        for clause in lines_of(sign.get("only_now")):
            yield from self._framed(frames["imagined"], HARMLESS, 1, sign=[clause])
            yield from self._framed(frames["past"], HARMLESS, 1, sign=[clause])
        nouns = lines_of(sign.get("noun"))
        for noun in nouns:
            for kind in ("denied_noun", "past_noun", "imagined_noun"):
                yield from self._framed(frames[kind], HARMLESS, 2, noun=[noun, *nouns])

    def violence(self) -> Iterator[Labelled]:
        data = self.data["violence"]
        who = lines_of(data["who"])
        for deed in lines_of(data["done_by"]):
            yield deed, VIOLENCE
            for name in self.chance.sample(who, FRAMED):
                yield from self._around(f"{name} {deed}", VIOLENCE, 1)
            yield from self._framed(
                self.data["frames"]["violence_not_now"], HARMLESS, 2 * _plain(deed), deed=[deed], who=who
            )
        for text in lines_of(data["told"]):
            yield from self._around(text, VIOLENCE, FRAMED)
        for deed in lines_of(data["ambiguous_past"]):
            yield f"{self.chance.choice(who)} {deed}", VIOLENCE
            yield from self._framed(self.data["frames"]["violence_long_ago"], HARMLESS, 6, deed=[deed])

    def self_harm(self) -> Iterator[Labelled]:
        data, frames = self.data["self_harm"], self.data["frames"]
        who = lines_of(data["who"])
        for deed in lines_of(data["of_others"]):
            for name in self.chance.sample(who, FRAMED):
                yield from self._around(f"{name} {deed}", SELF_HARM, 1)
        for text in lines_of(data["told"]):
            yield from self._around(text, SELF_HARM, FRAMED)
            if text.startswith(("me quiero", "quiero", "me voy", "pienso", "tengo ganas", "me corto", "me dan ganas")):
                yield from self._framed(frames["self_harm_denied"], HARMLESS, 1, deed=[text])
            if text.startswith(("me corte", "intente", "tome", "me tome", "pense")):
                yield from self._framed(frames["self_harm_long_ago"], HARMLESS, 2, deed=[text])

    def told(self) -> Iterator[Labelled]:
        for intent in URGENT:
            for text in lines_of(self.data["told"][intent]):
                yield from self._around(text, intent, FRAMED)

    def built(self) -> Iterator[Labelled]:
        """Messages put together of parts, so that no word alone decides."""
        lists = {**self.data["built"]["lists"], **self.data["built_pairs"]["lists"]}
        for name in ("built", "built_pairs"):
            parts = self.data[name]
            for label, frames in {**parts["urgent"], HARMLESS: parts["harmless"]}.items():
                for frame in frames:
                    yield from self._framed([frame], label, _BUILT, **lists)

    def harmless(self) -> Iterator[Labelled]:
        lists = self.data["frames"]["lists"]
        for group, block in self.data["harmless"]["harmless"].items():
            for text in lines_of(block):
                yield text, HARMLESS
                if group != "answers":
                    yield from self._framed(self.data["frames"]["harmless_around"], HARMLESS, FRAMED, text=[text])
        for name in self.data["frames"]["harmless_lists"]:
            yield from ((text, HARMLESS) for text in lists[name])

    def joined(self, made: Sequence[Labelled], everyday: Sequence[str]) -> Iterator[Labelled]:
        """A sign buried in a message about an appointment, and two harmless things in one message."""
        asked = [text for text in everyday if len(text.split()) >= 4]
        urgent = [one for one in made if one[1] != HARMLESS]
        calm = [text for text, intent in made if intent == HARMLESS and len(text.split()) < 14]
        for _ in range(_LONG if asked else 0):
            text, intent = self.chance.choice(urgent)
            yield self._join(self.chance.choice(asked), text), intent
            yield self._join(self.chance.choice(asked), self.chance.choice(calm)), HARMLESS

    def misspelt(self, made: Sequence[Labelled]) -> Iterator[Labelled]:
        """Typed in haste: a letter left out, doubled or in the wrong place."""
        for text, intent in self.chance.sample(made, min(_MISSPELT, len(made))):
            words = text.split()
            long = [at for at, word in enumerate(words) if len(word) > 4]
            for at in self.chance.sample(long, min(2, len(long))):
                words[at] = self._mistyped(words[at])
            yield " ".join(words), intent

    def _mistyped(self, word: str) -> str:
        at = self.chance.randrange(1, len(word) - 1)
        left_out, doubled = word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]
        return self.chance.choice([left_out, doubled, word[:at] + word[at + 1] + word[at] + word[at + 2 :]])

    def _join(self, one: str, other: str) -> str:
        first, second = (one, other) if self.chance.random() < 0.6 else (other, one)
        return f"{first}{self.chance.choice(_JOINTS)} {second}"

    def _around(self, text: str, intent: str, times: int) -> Iterator[Labelled]:
        yield text, intent
        yield from self._framed(self.data["frames"]["around"], intent, times, text=[text])

    def _framed(self, frames: Sequence[str], label: str, times: int, **given: Sequence[str]) -> Iterator[Labelled]:
        lists = {**self.data["frames"]["lists"], **given}
        for _ in range(times):
            frame = self.chance.choice(frames)
            filled = _FIELD.sub(lambda found: self.chance.choice(lists[found.group(1)]), frame)
            yield re.sub(r" +", " ", filled).strip(" ,"), label


def _plain(deed: str) -> bool:
    """Whether it may be denied: not when it holds a "no" or a condition of its own."""
    return deed.startswith("me ") and not re.search(r"\b(?:no|si|cuando|toma|llega)\b", deed)
