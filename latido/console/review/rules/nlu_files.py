"""Reviewed wordings as Rasa NLU YAML, merged into the files that are there without touching what people wrote. Pure.

What came from review stands in blocks of its own at the end of its journey's file, with `metadata: origin: review`:
Rasa puts blocks of one intent together, and nothing inside a block of examples may be a comment.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from latido.console.review.rules.marked import Span, marked
from latido.console.review.rules.teaching import is_kept_for_tests

TEST_FILE = "reviewed.yml"
TEST_HEAD = """version: "3.1"

# A fifth of what two persons confirmed in review (docs/review.md), chosen by a hash of the wording: never trained on.

nlu:
"""
_EXAMPLE = re.compile(r"^\s+- (?!intent:)(.+)$")
_INTENT = re.compile(r"^  - intent: (\w+)\s*$")


@dataclass(frozen=True)
class Example:
    """A wording two people agreed on."""

    message_id: int
    intent: str
    wording: str
    entities: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What an export changes: whole texts by file name, for training and for the test set, and what it leaves out.

    `conflicts` teach another intent under the same wording already; a person has to settle them.
    """

    training: Mapping[str, str]
    test_set: str
    trained: tuple[Example, ...] = ()
    kept_for_tests: tuple[Example, ...] = ()
    known: tuple[Example, ...] = ()
    conflicts: tuple[tuple[Example, str], ...] = ()
    not_learned: tuple[Example, ...] = ()


def plain(text: str) -> str:
    """For comparing: lower case, without accents, signs and marks of entities."""
    unmarked = re.sub(r"\[([^\[\]]+)\](?:\([a-z_]+\)|\{[^}]*\})", r"\1", text)
    letters = unicodedata.normalize("NFD", unmarked.lower())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]", " ", kept).split())


def taught(texts: Iterable[str]) -> dict[str, str]:
    """The intent of each plain wording in these NLU files."""
    found: dict[str, str] = {}
    for text in texts:
        found = _taught_by(text) | found
    return found


@lru_cache(maxsize=64)
def _taught_by(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    intent = ""
    for line in text.splitlines():
        if head := _INTENT.match(line):
            intent = head[1]
        elif example := _EXAMPLE.match(line):
            found.setdefault(plain(example[1]), intent)
    return found


def judged(lines: Iterable[str]) -> set[str]:
    """The plain wordings of test sets kept as a JSON object a line."""
    return {plain(json.loads(line)["text"]) for line in lines if line.strip()}


def plan(
    examples: Sequence[Example],
    training: Mapping[str, str],
    test_set: str,
    files: Mapping[str, str],
    judged_elsewhere: Iterable[str],
) -> Plan:
    """Where each example goes; `training` and `test_set` are the texts now, `files` has the file of each intent."""
    known, tested = taught(training.values()), {**dict.fromkeys(judged_elsewhere, ""), **taught([test_set])}
    sorted_out: dict[str, list[Example]] = {"trained": [], "kept_for_tests": [], "known": [], "not_learned": []}
    conflicts: list[tuple[Example, str]] = []
    for one in sorted(examples, key=lambda each: each.message_id):
        normal = plain(one.wording)
        if not normal or one.intent not in files:
            sorted_out["not_learned"].append(one)
        elif (known | tested).get(normal, one.intent) not in ("", one.intent):
            conflicts.append((one, (known | tested)[normal]))
        elif normal in known or normal in tested:
            sorted_out["known"].append(one)
        else:
            place = "kept_for_tests" if is_kept_for_tests(normal) else "trained"
            (tested if place == "kept_for_tests" else known)[normal] = one.intent
            sorted_out[place].append(one)
    groups = {name: tuple(group) for name, group in sorted_out.items()}
    changed = _merged(training, files, groups["trained"])
    return Plan(changed, _tested(test_set, groups["kept_for_tests"]), conflicts=tuple(conflicts), **groups)


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """A unified diff that `git apply` takes; names are paths within the project."""
    pieces: list[str] = []
    for name in sorted(after):
        old, new = before.get(name, ""), after[name]
        if old != new:
            source = f"a/{name}" if old else "/dev/null"
            lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), source, f"b/{name}")
            pieces += [f"diff --git a/{name} b/{name}\n", *([] if old else ["new file mode 100644\n"]), *lines]
    return "".join(pieces)


def added(text: str, intent: str, lines: Sequence[str]) -> str:
    """The file with these examples at the end of the intent's block from review, which is begun if there is none."""
    rows = text.splitlines()
    news = [f"      - {line}" for line in lines]
    end = _end_of_block(rows, intent)
    if end is None:
        head = [f"  - intent: {intent}", "    metadata:", "      origin: review", "    examples: |"]
        while rows and not rows[-1].strip():
            rows.pop()
        return "\n".join([*rows, *head, *news]) + "\n"
    return "\n".join([*rows[:end], *news, *rows[end:]]) + "\n"


def _end_of_block(rows: Sequence[str], intent: str) -> int | None:
    """The row after the last example of the block from review."""
    head = [f"  - intent: {intent}", "    metadata:", "      origin: review", "    examples: |"]
    for at in range(len(rows) - len(head) + 1):
        if list(rows[at : at + len(head)]) == head:
            end = at + len(head)
            while end < len(rows) and rows[end].startswith("      - "):
                end += 1
            return end
    return None


def _merged(training: Mapping[str, str], files: Mapping[str, str], examples: Iterable[Example]) -> dict[str, str]:
    texts = dict(training)
    for one in examples:
        name = files[one.intent]
        texts[name] = added(texts[name], one.intent, [one.wording])  # entities are found by rules: none are marked
    return texts


def _tested(test_set: str, examples: Sequence[Example]) -> str:
    text = test_set
    for one in examples:
        text = added(text or TEST_HEAD, one.intent, [marked(one.wording, one.entities)])
    return text
