"""Phrases and model together: how urgent a message is, and in which of the three ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.danger_signs import DANGER_SIGNS_FILE, DangerSigns, Finding
from bot.nlu.phrases import STOP, SoundLine
from bot.nlu.urgency.examples import HARMLESS, Labelled, urgency_examples
from bot.nlu.urgency.features import urgency_features
from bot.nlu.urgency.model import Features, UrgencyModel
from bot.nlu.urgency.training import train_urgency

# From this probability on the model alone is believed; lower hears a little more and alarms more often (see danger.md).
BELIEVED = 0.45
# And from this one on when she was just asked about conditions or earlier pregnancies.
BELIEVED_OF_AN_ANSWER = 0.9
# A phrase of danger told as of now is believed down to this one: below, the model is sure that it means something else.
PHRASE_BELIEVED = 0.4


# In a message longer than this, stretches are judged as well, of so many words at such steps.
LONG, STRETCH, STEP, SHORTEST = 12, 12, 4, 3
BELIEVED_OF_A_STRETCH = 0.97  # lower it mostly alarms: words cut out of their sentence sound worse than they are


@dataclass(frozen=True)
class Judgement:
    """What a message tells: the urgent intent or None, how likely it is urgent at all, and the signs in its words."""

    intent: str | None
    probability: float
    findings: tuple[Finding, ...]
    phase: str | None = None


class UrgencyJudge:
    """Judges messages by the phrases of danger_signs.yml and by a model trained with `train`."""

    def __init__(self, signs: DangerSigns, model: UrgencyModel) -> None:
        """Takes the phrases and the model."""
        self._signs, self._model = signs, model

    @classmethod
    def train(cls, of_intents: Iterable[Labelled], seed: int) -> UrgencyJudge:
        """Learns from data/danger and from the labelled examples of the intents."""
        signs = DangerSigns.read(DANGER_SIGNS_FILE)
        examples = urgency_examples(of_intents, seed)
        features = (_features(signs, signs.line(text))[0] for text, _ in examples)
        return cls(signs, train_urgency(features, [kind for _, kind in examples], seed))

    @classmethod
    def load(cls, folder: Path) -> UrgencyJudge:
        """The judge saved in a folder; OSError or ValueError when it is not whole."""
        return cls(DangerSigns.read(DANGER_SIGNS_FILE), UrgencyModel.load(folder))

    def save(self, folder: Path) -> None:
        """Writes the model; the phrases stay where they are."""
        self._model.save(folder)

    def judge(self, text: str, expecting: str | None = None) -> Judgement:
        """How urgent this message is; `expecting` is the slot that was just asked for."""
        line = self._signs.line(text)
        features, findings = _features(self._signs, line)
        chances = self._gravest(self._model.judge(features), line.line)
        urgent = 1.0 - chances[HARMLESS]
        told = tuple(one for one in findings if not one.answers(expecting))
        now = [one.intent for one in told if one.now and one.intent != "report_loss"]
        answered = len(told) < len(findings) and not now
        alone = BELIEVED_OF_AN_ANSWER if self._signs.asks_of_the_past(expecting) else BELIEVED
        if answered or urgent < (PHRASE_BELIEVED if now else alone):
            return Judgement(None, 0.0 if answered else urgent, told)
        return Judgement(_which(chances, now), urgent, told, self._signs.phase(line.line))

    def _gravest(self, whole: dict[str, float], line: str) -> dict[str, float]:
        """The chances of the whole message, or of that stretch of a long one which is urgent beyond doubt."""
        if whole[HARMLESS] <= 1.0 - BELIEVED or len(line.split()) <= LONG:
            return whole
        judged = (self._model.judge(_features(self._signs, SoundLine(part, (), ()))[0]) for part in _stretches(line))
        gravest = min(judged, key=lambda chances: chances[HARMLESS], default=whole)
        return gravest if gravest[HARMLESS] <= 1.0 - BELIEVED_OF_A_STRETCH else whole


def _stretches(line: str) -> Iterator[str]:
    """Its sentences, the long ones in overlapping pieces."""
    for sentence in line.split(f"{STOP} "):
        words = sentence.split()
        for start in range(0, max(1, len(words) - STRETCH + STEP), STEP):
            if len(words[start : start + STRETCH]) >= SHORTEST:
                yield " ".join(words[start : start + STRETCH]) + " "


def _which(chances: Mapping[str, float], now: list[str]) -> str:
    """The likeliest urgent intent; a phrase of the safer one wins where the model does not rule it out."""
    likeliest = max((kind for kind in chances if kind != HARMLESS), key=chances.__getitem__)
    return now[0] if now and chances[now[0]] >= chances[likeliest] / 10 else likeliest


def _features(signs: DangerSigns, line: SoundLine) -> tuple[Features, tuple[Finding, ...]]:
    findings = tuple(signs.find_in(line))
    return urgency_features(line.line, findings, signs.circumstances), findings
