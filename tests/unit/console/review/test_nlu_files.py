"""What two people agreed on, merged into NLU files: once, apart from what judges, and as a diff."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from latido.console.review.exporting import Places, export_of
from latido.console.review.rules.marked import WordingRefused, marked, read_marked
from latido.console.review.rules.nlu_files import TEST_HEAD, Example, added, difference, plain, plan, taught
from latido.console.review.rules.teaching import is_kept_for_tests
from latido.console.review.store import entity_kinds, intents

ROOT = Path(__file__).resolve().parents[4]
HEAD = 'version: "3.1"\n\n# Hands off this comment.\n\nnlu:\n'
GREETINGS = HEAD + "  - intent: greet\n    examples: |\n      - hola\n      - buenas\n"
FILES = {"greet": "small.yml", "thank": "small.yml"}


def example(intent: str, wording: str, number: int = 1) -> Example:
    return Example(number, intent, wording)


def wordings(kept: bool, count: int) -> list[str]:
    """Wordings of the fifth that judges, or of the rest."""
    every = (f"buen dia numero {number}" for number in range(1000))
    return [one for one in every if is_kept_for_tests(plain(one)) == kept][:count]


def made(*examples: Example, test_set: str = "", judged: tuple[str, ...] = ()) -> tuple[str, str]:
    found = plan(examples, {"small.yml": GREETINGS}, test_set, FILES, judged)
    return found.training["small.yml"], found.test_set


def test_a_new_block_says_where_it_comes_from_and_leaves_the_rest_as_it_was() -> None:
    new = wordings(False, 2)
    text, _ = made(example("thank", new[0]), example("thank", new[1], 2))
    assert text.startswith(GREETINGS)
    read = yaml.safe_load(text)["nlu"]
    assert read[1] == {"intent": "thank", "metadata": {"origin": "review"}, "examples": f"- {new[0]}\n- {new[1]}\n"}


def test_later_examples_join_the_block_of_review() -> None:
    once = added(GREETINGS, "greet", ["holis"])
    twice = added(added(once, "thank", ["gracias che"]), "greet", ["buenass"])
    assert [one["examples"] for one in yaml.safe_load(twice)["nlu"]] == [
        "- hola\n- buenas\n",
        "- holis\n- buenass\n",
        "- gracias che\n",
    ]


def test_nothing_twice_however_it_is_written() -> None:
    new = wordings(False, 1)[0]
    same = (example("greet", "¡HOLA!"), example("greet", new), example("greet", new.upper() + "!", 2))
    found = plan(same, {"small.yml": GREETINGS}, "", FILES, ())
    assert [one.wording for one in found.trained] == [new]
    assert len(found.known) == 2


def test_a_fifth_goes_to_the_test_set_and_never_to_training() -> None:
    kept = wordings(True, 3)
    text, test_set = made(*(example("greet", one, number) for number, one in enumerate(kept)))
    assert text == GREETINGS
    assert test_set.startswith(TEST_HEAD) and list(taught([test_set])) == [plain(one) for one in kept]
    again, same = made(example("greet", kept[0].upper()), test_set=test_set)
    assert (again, same) == (GREETINGS, test_set)


@given(st.integers(0, 10**6))
def test_the_fifth_is_a_fifth_and_is_stable(start: int) -> None:
    drawn = [is_kept_for_tests(f"texto {number}") for number in range(start, start + 1000)]
    assert 130 < sum(drawn) < 270
    assert drawn[0] == is_kept_for_tests(f"texto {start}")


def test_what_another_test_set_judges_by_is_not_trained_on() -> None:
    new = wordings(False, 1)[0]
    assert made(example("greet", new), judged=(plain(new),))[0] == GREETINGS


def test_a_wording_that_is_taught_otherwise_is_left_to_people() -> None:
    found = plan([example("thank", "Hola!")], {"small.yml": GREETINGS}, "", FILES, ())
    assert found.conflicts == ((example("thank", "Hola!"), "greet"),)
    assert found.trained == () and found.training["small.yml"] == GREETINGS


def test_signs_alone_and_intents_that_text_does_not_teach_are_left_out() -> None:
    found = plan([example("greet", "???"), example("send_media", "una foto")], {"small.yml": GREETINGS}, "", FILES, ())
    assert len(found.not_learned) == 2


def test_the_diff_is_one_that_git_applies(tmp_path: Path) -> None:
    before = {"data/nlu/small.yml": GREETINGS}
    after = {"data/nlu/small.yml": added(GREETINGS, "thank", ["mil gracias"]), "tests/nlu/reviewed.yml": TEST_HEAD}
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    (tmp_path / "data" / "nlu" / "small.yml").write_text(GREETINGS, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, check=True, input=difference(before, after), text=True)
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in after} == after


def test_the_real_files_take_an_example_of_each_intent_and_stay_yaml() -> None:
    new = wordings(False, 1)[0]
    every = [example(intent, f"{new} {intent}", number) for number, intent in enumerate(sorted(intents()))]
    export = export_of(every, Places(ROOT / "data" / "nlu", ROOT / "tests" / "nlu"))
    assert len(export.plan.trained) + len(export.plan.kept_for_tests) == len(every)
    for path, text in export.after.items():
        assert all(one["intent"] in intents() for one in yaml.safe_load(text)["nlu"]), path.name
        assert text.startswith(export.before.get(path, "").rstrip("\n"))


def test_marks_are_read_as_they_are_written() -> None:
    text, spans = "estoy de 20 semanas en barracas", (("gestational_age", 9, 19), ("neighbourhood", 23, 31))
    written = marked(text, spans)
    assert written == "estoy de [20 semanas](gestational_age) en [barracas](neighbourhood)"
    assert read_marked(f"  {written}\n", entity_kinds()) == (text, spans)
    assert plain(written) == plain(text)


@given(st.text(), st.lists(st.tuples(st.sampled_from(entity_kinds()), st.integers(0, 40), st.integers(0, 40))))
def test_any_text_is_refused_or_written_as_one_line_that_reads_the_same(text: str, places: list[tuple[str, int, int]]):
    spans = [one for one in places if 0 <= one[1] < one[2] <= len(text)]
    try:
        plain_text, found = read_marked(marked(text, spans), entity_kinds())
    except WordingRefused:
        return
    assert "\n" not in plain_text and len(plain_text.splitlines()) == 1
    assert read_marked(marked(plain_text, found), entity_kinds()) == (plain_text, found)
    block = yaml.safe_load(added(GREETINGS, "thank", [marked(plain_text, found)]))
    assert block["nlu"][1]["examples"] == f"- {marked(plain_text, found)}\n"


@pytest.mark.parametrize("words", ["", "a" * 601, "[x](nada)", "[x", "{x}"])
def test_wordings_that_would_break_a_file_are_refused(words: str) -> None:
    with pytest.raises(WordingRefused):
        read_marked(words, entity_kinds())
