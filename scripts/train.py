"""Train the Rasa model when something it is made of has changed. Run by `make train`."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = "latido"
STAMP = ROOT / "models" / ".latido-stamp"
INGREDIENTS = (
    "config.yml",
    "domain.yml",
    *(f"data/{folder}/**/*.yml" for folder in ("nlu", "rules", "stories", "danger")),
    "data/places/neighbourhoods.yml",
    "bot/**/*.py",
    "bot/**/*.yml",
    "bot/requirements.lock",
)
RASA_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONPATH": str(ROOT),
}


def main() -> int:
    """Train unless the model is of today's ingredients; 0 when a model is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="train even when nothing has changed")
    force = parser.parse_args().force
    digest = ingredients_digest()
    model = ROOT / "models" / f"{MODEL}.tar.gz"
    if not force and model.exists() and STAMP.exists() and STAMP.read_text(encoding="ascii") == digest:
        return 0
    print("train: teaching the bot, one to three minutes", flush=True)
    rasa = str(ROOT / ".venv-bot" / "bin" / "rasa")
    command = [rasa, "train", "--fixed-model-name", MODEL, "--force", "--data", "data/nlu", "data/rules"]
    environment = {**os.environ, **RASA_ENVIRONMENT}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True)
    if done.returncode == 0:
        STAMP.write_text(digest, encoding="ascii")
        print(f"train: models/{MODEL}.tar.gz is ready", flush=True)
    else:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode


def ingredients_digest() -> str:
    """A hash (SHA-256) over everything the model is made of."""
    total = hashlib.sha256()
    for pattern in INGREDIENTS:
        for file in sorted(ROOT.glob(pattern)):
            total.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
