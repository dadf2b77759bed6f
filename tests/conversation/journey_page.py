"""docs/journeys.md as a value: which chats there are, which the page has, and which of its sections are out of date."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER.parent.parent / "docs" / "journeys.md"
# What one reads first and last; everything else stands between them, by name.
FIRST = (
    "first_contact",
    "nearest_center",
    "prenatal_appointment",
    "holding",
    "my_appointments",
    "other_time",
    "waiting_list",
)
LAST = ("not_understood", "order_and_doubles", "health_service_down", "restarts", "recovery", "twilio_contract")
HEAD = """# Journeys

What residents write and tap, and what Latido answers: every chat of `tests/conversation/` as it went when this page was
written, over all real processes. `make journeys` writes anew what has changed; `make journeys ALL=1` everything. Dates,
times and centres are those of that day's demo agenda. What follows ▸ was tapped, and what stands `like this` below a
message can be. The words with which Latido introduces itself and asks for permission are shown in the first chats only.
"""
MARK = re.compile(r"^<!-- (?P<module>\w+)::(?P<test>\w+) (?P<digest>[0-9a-f]{8}) -->\n", re.MULTILINE)
GROUP = re.compile(r"^## .*\n", re.MULTILINE)


@dataclass(frozen=True)
class Journey:
    """One conversation test: where it stands, what it shows, and a hash of its source."""

    module: str
    test: str
    title: str
    digest: str

    @property
    def id(self) -> str:
        """The test as pytest names it, from the project's folder."""
        return f"tests/conversation/test_{self.module}.py::test_{self.test}"


def journeys() -> list[Journey]:
    """Every conversation test there is, in the order of the page."""
    return [each for module in _modules() for each in _tests_of(module)]


def group_title(module: str) -> str:
    """The first line of a test module's docstring."""
    said = ast.get_docstring(_tree(module)) or module
    return said.splitlines()[0].rstrip(".")


def sections(page: str) -> dict[tuple[str, str], tuple[str, str]]:
    """(module, test) → (digest, chat) of a page that was written before."""
    marks = list(MARK.finditer(page))
    ends = [*(mark.start() for mark in marks[1:]), len(page)] if marks else []
    found = {}
    for mark, end in zip(marks, ends, strict=True):
        body = GROUP.split(page[mark.end() : end])[0]
        found[mark["module"], mark["test"]] = (mark["digest"], body.strip())
    return found


def outdated(page: str) -> list[Journey]:
    """The tests that the page lacks, or shows as they were before they changed."""
    known = sections(page)
    return [each for each in journeys() if known.get((each.module, each.test), ("", ""))[0] != each.digest]


def leftovers(page: str) -> list[str]:
    """The sections whose tests are gone."""
    there = {(each.module, each.test) for each in journeys()}
    return [f"{module}::{test}" for module, test in sections(page) if (module, test) not in there]


def compose(page: str, told: dict[tuple[str, str], str]) -> str:
    """The page with these chats, and the earlier ones of tests that did not change."""
    known = {key: body for key, (_, body) in sections(page).items()} | {
        (each.module, each.test): f"### {each.title}\n\n{told[each.module, each.test]}"
        for each in journeys()
        if (each.module, each.test) in told
    }
    kept = {key: digest for key, (digest, _) in sections(page).items() if key not in told}
    present = [each for each in journeys() if (each.module, each.test) in known]
    parts = [HEAD.strip(), "\n".join(_contents(present))]
    for module in dict.fromkeys(each.module for each in present):
        parts.append(f"## {group_title(module)}")
        parts += [_section(each, known, kept) for each in present if each.module == module]
    return "\n\n".join(parts) + "\n"


def _section(each: Journey, known: dict[tuple[str, str], str], kept: dict[tuple[str, str], str]) -> str:
    key = (each.module, each.test)
    return f"<!-- {each.module}::{each.test} {kept.get(key, each.digest)} -->\n{known[key]}"


def _contents(present: Iterable[Journey]) -> Iterator[str]:
    for module in dict.fromkeys(each.module for each in present):
        title = group_title(module)
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        yield f"- [{title}](#{anchor})"


def _modules() -> list[str]:
    found = sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))
    middle = [module for module in found if module not in FIRST + LAST]
    return [module for module in [*FIRST, *middle, *LAST] if module in found]


def _tree(module: str) -> ast.Module:
    return ast.parse((FOLDER / f"test_{module}.py").read_text(encoding="utf-8"))


def _tests_of(module: str) -> list[Journey]:
    functions = [node for node in _tree(module).body if isinstance(node, ast.FunctionDef)]
    return [_journey(module, node) for node in functions if node.name.startswith("test_")]


def _journey(module: str, node: ast.FunctionDef) -> Journey:
    test = node.name.removeprefix("test_")
    said = (ast.get_docstring(node) or test.replace("_", " ").capitalize()).splitlines()[0].rstrip(".")
    return Journey(module, test, said, hashlib.sha256(ast.unparse(node).encode()).hexdigest()[:8])
