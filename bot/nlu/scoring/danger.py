"""`danger`: whether a message is urgent, by the trained model, or by the danger detector alone where there is none."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.scoring.lines import Line
from bot.nlu.scoring.report import Scorer

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "models" / "latido.tar.gz"
INTENTS = ROOT / "data" / "nlu"
SEED = 7


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _understand(line: Line) -> Mapping[str, Any]:
    return {"urgent": _judge()(line)}


def _agrees(name: str, line: Line, got: Mapping[str, Any]) -> bool:
    return bool(got[name] == line.expected[name])


def _figures(scored: list[tuple[Line, Mapping[str, Any]]]) -> list[str]:
    """Recall over the urgent lines, false alarms over the others."""
    heard = [got["urgent"] for line, got in scored if line.expected["urgent"]]
    alarms = [got["urgent"] for line, got in scored if not line.expected["urgent"]]
    return [_rate("recall", heard), _rate("false_alarms", alarms)]


def _rate(name: str, raised: list[bool]) -> str:
    share = f"{sum(raised) / len(raised):.4f}" if raised else "none"
    return f"{name} {sum(raised)}/{len(raised)} {share}"


@lru_cache(maxsize=1)
def _judge() -> Callable[[Line], bool]:
    if MODEL.exists():
        return _as_the_bot(MODEL)
    print("no trained model: judging by the danger detector alone (run `make train`)", file=sys.stderr)
    return _as_the_detector()


def _as_the_bot(model: Path) -> Callable[[Line], bool]:
    """As a running bot understands it: its pipeline, then what it decides of an unsure message."""
    os.chdir(ROOT)
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)  # else Rasa tells every message on the screen
    warnings.simplefilter("ignore")

    from bot.nlu.urgency.examples import URGENT
    from bot.processor import StrictProcessor

    processor = StrictProcessor.adopt(Agent.load(str(model)).processor)

    def urgent(line: Line) -> bool:
        metadata = {"context": {"now": line.now.isoformat()}, "expecting": line.expecting}
        parsed = asyncio.run(processor.parse_message(UserMessage(line.text, sender_id="score", metadata=metadata)))
        return parsed["intent"]["name"] in URGENT

    return urgent


def _as_the_detector() -> Callable[[Line], bool]:
    from bot.nlu.urgency.judge import UrgencyJudge

    judge = UrgencyJudge.train(list(_intent_examples()), SEED)
    return lambda line: judge.judge(line.text, line.expecting).intent is not None


def _intent_examples() -> list[tuple[str, str]]:
    listed = [
        entry for file in sorted(INTENTS.glob("*.yml")) for entry in yaml.safe_load(file.read_text("utf-8"))["nlu"]
    ]
    told = [
        (line.strip(), entry["intent"])
        for entry in listed
        if "intent" in entry
        for line in entry["examples"].splitlines()
    ]
    return [(text[2:], intent) for text, intent in told if text.startswith("- ")]


SCORER = Scorer({"urgent": _is_flag}, _understand, _agrees, _figures)
