"""Data files that a component was trained with: their fingerprint, and whether they changed since.

Rasa's training cache looks at a component's own source and configuration only, so a changed word list beside it
would not retrain it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

_RECORD = "data_files.json"
_CODE = Path(__file__).parent


def fingerprints(files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 by file name; OSError when a file is missing."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def fingerprint(files: Iterable[Path]) -> str:
    """One hash of these files and of the code beside the components."""
    code = {str(path.relative_to(_CODE)): path.read_text(encoding="utf-8") for path in sorted(_CODE.rglob("*.py"))}
    everything = json.dumps([fingerprints(files), code], sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()


def record(files: Iterable[Path], storage: ModelStorage, resource: Resource) -> None:
    """Notes in the model which data it was trained with."""
    with storage.write_to(resource) as folder:
        (folder / _RECORD).write_text(json.dumps(fingerprints(files)), encoding="utf-8")


def recorded(storage: ModelStorage, resource: Resource) -> Mapping[str, str]:
    """What `record` noted; ValueError when the model has no such component."""
    with storage.read_from(resource) as folder:
        trained: Mapping[str, str] = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    return trained


def changed_since(files: Iterable[Path], trained: Mapping[str, str]) -> list[str]:
    """Names of the files that are not as they were at training."""
    return [name for name, digest in fingerprints(files).items() if trained.get(name) != digest]
