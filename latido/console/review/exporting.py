"""What two people agreed on as a change to the training data, read from and written to a checkout of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from latido.console.review.rules.nlu_files import TEST_FILE, Example, Plan, difference, judged, plan, taught
from latido.console.review.store import PROJECT, TRAINING, intents
from latido.console.review.tables import review

TESTS = PROJECT / "tests" / "nlu"


@dataclass(frozen=True)
class Places:
    """Where the training data and the test sets are."""

    training: Path = TRAINING
    tests: Path = TESTS


@dataclass(frozen=True)
class Export:
    """What would change, as texts before and after by path, and as a plan."""

    plan: Plan
    before: Mapping[Path, str]
    after: Mapping[Path, str]

    @property
    def diff(self) -> str:
        """As `git apply` takes it; paths begin at data/ and tests/."""
        return difference(_named(self.before), _named(self.after))

    def write(self) -> list[Path]:
        """Write the files that change."""
        changed = [path for path in self.after if self.before.get(path, "") != self.after[path]]
        for path in changed:
            path.write_text(self.after[path], encoding="utf-8")
        return changed


def agreed(connection: Connection, since: datetime | None = None) -> list[Example]:
    """What was approved, since then if given; what has a flag on it waits."""
    columns = (review.c.message_id, review.c.intent, review.c.wording, review.c.entities)
    query = select(*columns).where(review.c.state == "applied", ~review.c.flagged).order_by(review.c.message_id)
    if since is not None:
        query = query.where(review.c.approved_at >= since)
    return [
        Example(row.message_id, row.intent, row.wording, tuple((kind, a, b) for kind, a, b in row.entities or ()))
        for row in connection.execute(query)
    ]


def export_of(examples: list[Example], places: Places | None = None) -> Export:
    """The change these examples make to the files as they are now."""
    found = places or Places()
    paths = {path.name: path for path in sorted(found.training.glob("*.yml"))}
    training = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    target = found.tests / TEST_FILE
    test_set = target.read_text(encoding="utf-8") if target.exists() else ""
    made = plan(examples, training, test_set, intents(), _judged(found.tests, target))
    before = {paths[name]: text for name, text in training.items()} | ({target: test_set} if test_set else {})
    after = {paths[name]: text for name, text in made.training.items()}
    return Export(made, before, after | ({target: made.test_set} if made.test_set else {}))


def _judged(tests: Path, target: Path) -> set[str]:
    """Every wording a test set of understanding judges by: it must never be trained on."""
    files = [path for path in sorted(tests.rglob("*.yml")) if path != target]
    found = set(taught(path.read_text(encoding="utf-8") for path in files))
    for path in tests.rglob("*.jsonl"):
        found |= judged(path.read_text(encoding="utf-8").splitlines())
    return found


def _named(texts: Mapping[Path, str]) -> dict[str, str]:
    """By path within the project: the folder and its parent, wherever the checkout is."""
    return {f"{path.parent.parent.name}/{path.parent.name}/{path.name}": text for path, text in texts.items()}
