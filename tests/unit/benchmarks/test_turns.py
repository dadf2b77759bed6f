"""The benchmark of turns: what it computes, teaches stock and writes; what it measures is its own run's matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from benchmarks.turns.goals import Goal, goals
from benchmarks.turns.load import percentile
from benchmarks.turns.machine import Machine
from benchmarks.turns.measured import Case, Finding, Start
from benchmarks.turns.page import BEGIN, END, NoMarkers, Report, chart, figure, write_page
from benchmarks.turns.processes import Usage, part_of, spent
from benchmarks.turns.profile import REST, SHOWN, Share, packages
from benchmarks.turns.stock_project import ANSWER, ROOT, UNSURE, examples, files

LATIDO = Finding(
    Case("Latido", "Redis", 0, 40), 4000, 0, 160.0, 200.0, 300.0, 400.0, {"bot": 4.0, "emulator": 2.0}, {"bot": 2**29}
)
OLD = replace(LATIDO, case=replace(LATIDO.case, sessions=30), per_second=155.0, cpu={"bot": 4.4, "emulator": 9.0})
STOCK = replace(LATIDO, case=Case("stock Rasa", "memory", 0, 40), per_second=10.0, cpu={"bot": 90.0})
MUTE = replace(STOCK, case=Case("stock Rasa", "Redis", 30, 1), turns=0, lost=1, per_second=0.0, p50=float("nan"))
MACHINE = Machine("2026-01-01 00:00 UTC", 2, "a processor", 8.0, "Linux x86_64", "3.11.7", 0.3)


def judged(*findings: Finding, start: Start | None = None) -> dict[str, Goal]:
    return {goal.what: goal for goal in goals(start, findings, rate=50.0)}


def test_a_part_is_known_by_its_command_line() -> None:
    assert part_of("/x/.venv-bot/bin/python /x/.venv-bot/bin/rasa run --port 1") == "bot"
    assert part_of("python -m latido.cli worker") == "worker"
    assert part_of("postgres: latido latido 127.0.0.1(5) idle") == "postgres"
    assert part_of("python -m something.else") == "other"


def test_what_was_spent_before_does_not_count_and_what_began_later_does() -> None:
    before, after = {"bot": Usage(10.0, 1)}, {"worker": Usage(1.0, 1), "bot": Usage(14.0, 1)}
    assert spent(before, after, turns=1000) == {"bot": 4.0, "worker": 1.0}
    assert list(spent(before, after, turns=1000)) == ["bot", "worker"]


def test_percentiles_of_many_of_one_and_of_none() -> None:
    assert percentile([float(n) for n in range(101)], 95) == 95.0
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 50) != percentile([], 50)


def test_budgets_are_judged_within_the_run() -> None:
    found = judged(LATIDO, OLD, STOCK)
    assert found["sustained"].kept
    assert found["beside stock, memory, 0 earlier sessions"].measured == "16.0 ×"
    assert found["cost of a turn after 30 sessions / after none"] == Goal(
        "cost of a turn after 30 sessions / after none", "≤ 1.2", "1.10", kept=True
    )


def test_far_from_twilio_only_what_is_as_far_is_compared() -> None:
    far, stock = (replace(each, case=replace(each.case, distance=150)) for each in (LATIDO, STOCK))
    found = judged(replace(far, per_second=80.0), replace(stock, per_second=5.0), LATIDO, STOCK, OLD)
    assert found["beside stock, memory, 0 earlier sessions, Twilio answers after 150 ms"].measured == "16.0 ×"
    assert found["beside stock, memory, 0 earlier sessions"].measured == "16.0 ×"
    assert found["sustained"].measured == "160.0"
    assert found["cost of a turn after 30 sessions / after none"].measured == "1.10"
    assert "far" not in far.case.title and far.case.title.endswith("40 waiting, Twilio answers after 150 ms")


def test_a_budget_that_is_not_kept_falls_short() -> None:
    slow = replace(LATIDO, per_second=90.0)
    found = judged(slow, replace(OLD, cpu={"bot": 5.0}), STOCK)
    assert not found["sustained"].kept
    assert not found["beside stock, memory, 0 earlier sessions"].kept
    assert not found["cost of a turn after 30 sessions / after none"].kept


def test_a_rate_that_lost_messages_is_not_kept_however_quick_the_others_were() -> None:
    quick = replace(LATIDO, case=replace(LATIDO.case, rate=50.0), p95=20.0)
    assert judged(quick)["p95 of a turn at 50 turns/s"].kept
    assert not judged(replace(quick, lost=1))["p95 of a turn at 50 turns/s"].kept


def test_acknowledgements_are_judged_at_the_peak() -> None:
    peak = replace(LATIDO, case=replace(LATIDO.case, rate=150.0)).acknowledging([10.0] * 98 + [80.0] * 2)
    assert not judged(peak)["webhook acknowledgement, p99, at 150 messages/s"].kept


def test_a_stock_that_answered_nothing_is_said_so() -> None:
    assert judged(OLD, MUTE)["beside stock, Redis, 30 earlier sessions"].measured == "stock answered nothing"


def test_the_start_is_judged_without_the_emulator() -> None:
    found = judged(start=Start(seconds=31.0, memory=2**30))
    assert not found["`latido up` to ready, in an empty data directory"].kept
    assert found["memory of all processes after the start, without the emulator"].measured == "1.00 GB"


def test_the_page_gets_its_figures_between_the_markers_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n", encoding="utf-8")
    write_page(Report(MACHINE, "bench", "abc", 50.0, None, [LATIDO, OLD, STOCK, MUTE]), page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n") and text.endswith(f"{END}\nafter\n") and "old figures" not in text
    assert "| Latido, Redis, 0 earlier sessions, 40 waiting | 4000 | 0 | 160 | 200 | 300 | 400 | 4.0 | 512 |" in text
    assert "| stock Rasa, Redis, 30 earlier sessions, 1 waiting | 0 | 1 | 0.00 | – |" in text
    assert "| nan" not in text
    ElementTree.parse(tmp_path / "pictures" / "performance.svg")


def test_a_busy_machine_is_said_beside_its_figures(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    page = tmp_path / "performance.md"
    for load, told in ((0.3, False), (9.0, True)):
        page.write_text(f"{BEGIN}\n{END}", encoding="utf-8")
        write_page(Report(replace(MACHINE, load=load), "bench", "abc", 50.0, None, [LATIDO]), page)
        assert ("Others were at work" in page.read_text(encoding="utf-8")) is told


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("words of people", encoding="utf-8")
    with pytest.raises(NoMarkers, match="needs the lines"):
        write_page(Report(MACHINE, "bench", "abc", 50.0, None, [LATIDO]), page)
    assert page.read_text(encoding="utf-8") == "words of people"


def test_bars_are_in_proportion() -> None:
    root = ElementTree.fromstring(chart([LATIDO, STOCK]))
    widths = [float(each.get("width", "0")) for each in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert widths[0] == pytest.approx(16 * widths[1], rel=0.01)  # drawn to a tenth of a pixel


def test_figures_have_the_digits_they_can_bear() -> None:
    assert [figure(number) for number in (1234.5, 12.34, 0.123, float("nan"))] == ["1234", "12.3", "0.12", "–"]


def test_stock_learns_every_intent_of_ours_and_answers_each_with_one_message() -> None:
    sentences = examples(ROOT / "data" / "nlu", per_intent=3)
    written = {name: yaml.safe_load(content) for name, content in files(sentences).items()}
    intents = set(sentences)
    assert "book_prenatal" in intents and all(0 < len(lines) <= 3 for lines in sentences.values())
    assert {block["intent"] for block in written["data/nlu.yml"]["nlu"]} == intents
    assert {story["story"] for story in written["data/stories.yml"]["stories"]} == intents
    assert {rule["rule"] for rule in written["data/rules.yml"]["rules"]} == intents | {UNSURE}
    responses = written["domain.yml"]["responses"]
    assert {f"utter_{intent}" for intent in intents} | {f"utter_{UNSURE}", "utter_default"} == set(responses)
    assert "\n\n" not in ANSWER


def test_a_sample_belongs_to_the_innermost_package_and_the_library_of_the_language_to_its_caller() -> None:
    ours = f"turn ({ROOT}/bot/channel.py:74)"
    library = f"save ({ROOT}/.venv-bot/lib/python3.10/site-packages/redis/client.py:9)"
    language = "dumps (/usr/lib/python3.10/json/__init__.py:231)"
    lines = [f"{ours} 2", f"{ours};{language} 1", f"{ours};{library};{language} 5", f"run ({ROOT}/bot/nlu/text.py:1) 2"]
    assert packages(lines) == [Share("redis", 0.5), Share("bot/channel", 0.3), Share("bot/nlu", 0.2)]


def test_what_is_not_shown_is_the_rest_so_that_the_profile_adds_up() -> None:
    lines = [f"f ({ROOT}/bot/module{chr(97 + n)}.py:1) 1" for n in range(SHOWN + 2)]
    shares = packages(lines)
    assert shares[-1] == Share(REST, 2 / (SHOWN + 2))
    assert sum(each.share for each in shares) == pytest.approx(1.0)
    assert packages([]) == []


def test_the_profile_is_told_in_milliseconds_of_its_process() -> None:
    report = Report(MACHINE, "bench", "abc", 50.0, None, [LATIDO], {"bot": [Share("redis", 0.25)]})
    assert report.profiles == [("bot", "redis", 1.0)]
