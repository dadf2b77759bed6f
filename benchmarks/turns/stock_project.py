"""A Rasa project as `rasa init` would leave it, with Latido's intents and examples, and its trained model."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
RASA = ROOT / ".venv-bot" / "bin" / "rasa"
KEPT = ROOT / "results" / "turns"
ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONPATH": str(ROOT),
}
# The middle of Latido's own answers; no blank line, which the stock channel would cut into two messages.
ANSWER = (
    "Con gusto te ayudo con eso. Los centros de salud de la Ciudad atienden gratis, con o sin obra social. "
    "Si querés, te busco el más cercano o un turno."
)
# What FallbackClassifier makes of a message it is unsure of; one epoch leaves it often unsure, and each is answered.
UNSURE = "nlu_fallback"
# What rasa/engine/recipes/config_files/default_config.yml names in 3.6.21, order and options kept. One epoch: how often
# a network was trained changes what it answers, not what asking it costs.
EPOCHS = 1
PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": EPOCHS, "constrain_similarities": True},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]
POLICIES: list[dict[str, Any]] = [
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": EPOCHS},
    {"name": "TEDPolicy", "max_history": 5, "epochs": EPOCHS, "constrain_similarities": True},
]


class TrainingFailed(RuntimeError):
    """`rasa train` did not write a model; the message holds the end of what it said."""


def examples(folder: Path, per_intent: int | None = None) -> dict[str, list[str]]:
    """The sentences of each intent in a folder of Rasa's NLU files, each once; the first `per_intent` if given."""
    found: dict[str, dict[str, None]] = {}
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            lines = (line.strip() for line in block["examples"].splitlines() if "intent" in block)
            sentences = (line[2:].strip() for line in lines if line.startswith("- "))
            found.setdefault(block.get("intent", ""), {}).update(dict.fromkeys(sentences))
    found.pop("", None)
    return {intent: list(sentences)[:per_intent] for intent, sentences in found.items()}


def files(sentences: Mapping[str, list[str]]) -> dict[str, str]:
    """Every file of the project, by its name."""
    return {
        "config.yml": _dumped({"recipe": "default.v1", "assistant_id": "stock", "language": "es"})
        + _dumped({"pipeline": PIPELINE, "policies": POLICIES}),
        "domain.yml": _dumped(_domain(list(sentences))),
        "data/nlu.yml": _nlu(sentences),
        "data/rules.yml": _dumped({"version": "3.1", "rules": [_steps("rule", i) for i in (*sentences, UNSURE)]}),
        # Without a story TED, UnexpecTED and Memoization would learn nothing and so cost nothing.
        "data/stories.yml": _dumped({"version": "3.1", "stories": [_steps("story", intent) for intent in sentences]}),
    }


def trained(project: Path, sentences: Mapping[str, list[str]]) -> tuple[Path, float]:
    """Write the project, train it unless a model of the same files is kept; the model, and the seconds it took."""
    written = files(sentences)
    for name, content in written.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    KEPT.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(_dumped(written).encode()).hexdigest()[:16]
    model = KEPT / f"{name}.tar.gz"
    if model.exists():
        return model, 0.0
    started = time.perf_counter()
    _train(project, name)
    return model, time.perf_counter() - started


def _train(project: Path, name: str) -> None:
    command = [str(RASA), "train", "--fixed-model-name", name, "--out", str(KEPT)]
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(command, cwd=project, env=environment, text=True, capture_output=True)
    if done.returncode or not (KEPT / f"{name}.tar.gz").exists():
        raise TrainingFailed(f"rasa train failed in {project}:\n{(done.stdout + done.stderr)[-2000:]}")


def _domain(intents: list[str]) -> dict[str, Any]:
    return {
        "version": "3.1",
        "intents": intents,
        "responses": {f"utter_{name}": [{"text": ANSWER}] for name in (*intents, UNSURE, "default")},
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }


def _steps(kind: str, intent: str) -> dict[str, Any]:
    return {kind: intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]}


def _nlu(sentences: Mapping[str, list[str]]) -> str:
    blocks = (
        f"  - intent: {intent}\n    examples: |\n" + "".join(f"      - {line}\n" for line in lines)
        for intent, lines in sentences.items()
    )
    return 'version: "3.1"\nnlu:\n' + "".join(blocks)


def _dumped(content: object) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
