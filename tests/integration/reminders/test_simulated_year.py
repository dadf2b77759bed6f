"""Some seeded lives on a fast clock: all that was due was said in time, nothing twice, nothing wrongly.

The judge is tried as well: it has to notice. A year of a thousand: docs/reminders-year.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.reminder_year.diary import Diary, Heard
from benchmarks.reminder_year.judgement import judged
from benchmarks.reminder_year.lives import Life, life_of
from benchmarks.reminder_year.living import live
from benchmarks.reminder_year.report import CHART, write_report
from benchmarks.reminder_year.stories import stories
from benchmarks.reminder_year.wrongs import wrongs
from tests.conftest import temporary_database

SEED, DAYS = 7, 52
# One of each is among them, and happens while the clock runs.
KINDS: tuple[Callable[[Life], bool], ...] = (
    lambda life: life.is_pregnant and life.knows == "lmp" and _soon(life.corrected_on),
    lambda life: life.is_pregnant and life.knows == "months",
    lambda life: (
        life.is_pregnant and life.knows == "weeks" and _soon(life.born_on) and life.tells_birth_after is not None
    ),
    lambda life: life.is_pregnant and _soon(life.lost_on) and not life.takes_loss_back,
    lambda life: life.is_pregnant and _soon(life.stops_on) and _soon(life.starts_on),
    lambda life: not life.is_pregnant and life.babies == 2,
    lambda life: not life.is_pregnant and _soon(life.blocked_on) and _soon(life.unblocked_on),
    lambda life: _soon(life.forgets_on),
    lambda life: not life.is_pregnant and (life.born_on or 0) > life.arrives_on - 5,
)

pytestmark = pytest.mark.timeout(600)


def _soon(day: int | None) -> bool:
    return day is not None and 0 < day < DAYS - 12


def _tells_of_it_later(life: Life) -> bool:
    return life.knows != "unknown" and life.tells_birth_after is not None and (life.born_on or 0) > life.arrives_on + 14


def _numbers() -> list[int]:
    """The first residents of each kind who come early and want reminders."""
    lives = [life_of(number, SEED, DAYS) for number in range(4000)]
    early = [life for life in lives if life.wants_reminders and life.arrives_on < 12]
    return sorted({next(life.number for life in early if kind(life)) for kind in KINDS})


@pytest.fixture(scope="module")
def diary(postgres_url: str) -> Iterator[Diary]:
    with temporary_database(postgres_url) as url:
        yield live(url, SEED, DAYS, _numbers())


def test_everything_due_is_said_in_time_once_and_nothing_wrongly(diary: Diary) -> None:
    judgement = judged([diary])
    assert judgement.violations == []
    assert sum(judgement.shown.values()) > 40 and judgement.due("checkup") > 10 and judgement.due("remind") > 5
    happened = diary.events()
    assert {"lost", "born", "stops", "starts", "forgotten", "unreachable", "corrected", "visited"} <= set(happened)
    assert diary.outages and diary.faults


def test_the_report_tells_of_it(diary: Diary, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    write_report(judged([diary]), tmp_path / "year.md")
    page = (tmp_path / "year.md").read_text(encoding="utf-8")
    assert f"**{diary.residents} residents, {DAYS} days" in page and "0 violations" in page
    chart = ElementTree.parse(tmp_path / "pictures" / CHART)
    assert len(chart.findall(".//{http://www.w3.org/2000/svg}rect")) > len(KINDS)


def _without(diary: Diary, is_left_out: Callable[[Heard], bool]) -> list[str]:
    return judged([replace(diary, heard=[each for each in diary.heard if not is_left_out(each)])]).violations


def test_the_judge_misses_what_was_not_said(diary: Diary) -> None:
    silent = _without(diary, lambda each: each.kind == "checkup")
    assert any("not said" in each and "prenatal-" in each for each in silent)
    assert any("remind not said" in each for each in _without(diary, lambda each: each.name == "remind"))


def test_the_judge_notices_what_is_said_twice_late_or_at_night(diary: Diary) -> None:
    first = next(each for each in diary.heard if each.is_shown and each.name == "remind")

    def with_another(**differing: object) -> str:
        both = replace(diary, heard=[first, replace(first, **differing)])
        return "\n".join(each.what for each in wrongs(both, stories(diary)))

    assert "said twice" in with_another()
    assert "outside of its time" in with_another(step="another", at=first.at + timedelta(days=2))
    assert "quiet hours" in with_another(step="another", at=first.at.replace(hour=4))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("lost", "after a loss"),
        ("born", "after a loss or a birth"),
        ("stops", "wanted no reminders"),
        ("forgotten", "wanted no reminders"),
        ("cancelled", "said after it was cancelled"),
    ],
)
def test_the_judge_notices_what_is_said_after_it_was_over(diary: Diary, what: str, said: str) -> None:
    over, last = next(
        (fact, each)
        for fact in diary.facts
        for each in reversed(diary.heard)
        if fact.what == what and each.is_shown and (each.resident, each.at < fact.at) == (fact.resident, True)
        if fact.data.get("appointment") in (None, each.appointment) and fact.data.get("role", each.role) == each.role
    )
    late = replace(last, at=over.at + timedelta(minutes=1), step="another")
    found = wrongs(replace(diary, heard=[late]), stories(diary))
    assert any(said in each.what and each.resident == over.resident for each in found)
