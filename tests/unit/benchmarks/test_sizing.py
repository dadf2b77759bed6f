"""What follows from the measured: by hand for one, and by the page that holds the costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.sizing.__main__ import BEGIN, END, placed
from benchmarks.sizing.computing import YEAR_SECONDS, cost_of_a_turn, size
from benchmarks.sizing.measuring import Measured
from benchmarks.sizing.printing import page

ROOT = Path(__file__).resolve().parents[3]
ONE = Measured(
    conversations=10,
    hers=8.0,
    messages=20.0,
    receipts=30.0,
    tables={"messages": 20_000.0, "all other": 5_000.0},
    packed=22_000.0,
    wal=40_000.0,
    copy=3_000.0,
    session=6_000.0,
    longest_session=9_000.0,
)


def test_a_year_of_one_conversation_in_eight_seconds_is_one_turn_a_second() -> None:
    needed = size(YEAR_SECONDS // 8, ONE, {"bot": 30.0, "postgres": 12.0})
    assert (round(needed.mean, 6), round(needed.peak, 6)) == (1.0, 10.0)
    assert {part: round(cores, 6) for part, cores in needed.cores.items()} == {"bot": 0.5, "postgres": 0.2}
    assert needed.answers_at_peak == pytest.approx(15.0)
    assert needed.disk_after_a_year == pytest.approx(YEAR_SECONDS / 8 * 25_000)
    assert needed.wal_a_day == pytest.approx(YEAR_SECONDS / 8 / 365 * 40_000)
    assert needed.valkey == pytest.approx(YEAR_SECONDS / 8 * 30 / 365 * 6_000)


def test_the_costs_are_read_from_the_page_that_publishes_them() -> None:
    costs = cost_of_a_turn(ROOT / "docs" / "performance.md")
    assert {"web", "worker", "bot", "postgres"} <= set(costs)
    assert all(0 < cost < 1000 for cost in costs.values())


def test_a_page_without_them_is_an_error_that_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match=r"benchmarks\.turns"):
        cost_of_a_turn(tmp_path / "page.md")


def test_the_tables_come_between_the_markers_and_nowhere_else() -> None:
    told = page(ONE, {"bot": 30.0}, [size(500_000, ONE, {"bot": 30.0})], "2026-11-24")
    assert "| **Postgres, all of it** | **25 kB** |" in told
    assert "| Postgres after a year | 12.5 GB |" in told
    assert placed(f"a\n{BEGIN}\nold\n{END}\nb", told) == f"a\n{BEGIN}\n{told}\n{END}\nb"
    with pytest.raises(ValueError, match="no place"):
        placed("a page without them", told)
