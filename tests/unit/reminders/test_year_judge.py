"""The judge of the simulated year, on diaries of a few lines: what it lets be, and what it notices."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from benchmarks.reminder_year.calendars import policy
from benchmarks.reminder_year.diary import Diary, Heard
from benchmarks.reminder_year.missing import Judge
from benchmarks.reminder_year.stories import stories
from benchmarks.reminder_year.wrongs import wrongs
from tests.unit.reminders.plan_cases import DAY, HOUR, at

START = at("2026-12-01 07:00")
TOLD, BORN = at("2026-12-02 10:00"), at("2026-12-10 09:00")
# Week 37 on the day she told of it.
LMP = date(2026, 3, 18)


def diary(days: int = 40) -> Diary:
    found = Diary(1, 1, START, START + timedelta(days=days))
    found.note(TOLD, 7, "agrees", reminders=True, content=False)
    found.note(TOLD, 7, "pregnant", role="self", begins=LMP, is_exact=True)
    return found


def books(of: Diary, when: datetime, start: datetime, name: str = "a1") -> None:
    of.note(when, 7, "booked", appointment=name, role="self", service="prenatal", start=start)


def heard(when: datetime, name: str, codes: tuple[str, ...] = (), shown: bool = True, **more: object) -> Heard:
    kind = "appointment" if name in ("confirm", "remind") else "study"
    values = {"kind": kind, "name": name, "role": "self", "service": "prenatal", "codes": codes, "text": ""}
    about = {"appointment": None, "starts": None, "is_template": True, "is_shown": shown, "error": None}
    return Heard(at=when, resident=7, sid="SM1", step=f"{name}-{when}", **(values | about | more))  # type: ignore[arg-type]


def reminds(of: Diary, start: datetime) -> list[str]:
    of.heard.append(heard(start - 24 * HOUR, "remind", appointment="a1", starts=start))
    return [each.what for each in wrongs(of, stories(of))]


def test_an_appointment_that_she_made_after_the_birth_is_hers() -> None:
    told = diary()
    told.note(BORN, 7, "born", role="self")
    books(told, BORN + HOUR, start := at("2026-12-18 11:00"))
    assert reminds(told, start) == []


def test_one_that_she_had_made_before_is_not_spoken_of_after_it() -> None:
    told = diary()
    books(told, BORN - DAY, start := at("2026-12-18 11:00"))
    told.note(BORN, 7, "born", role="self")
    assert reminds(told, start) == ["said after a loss or a birth, or of nobody"]


def test_one_that_she_made_after_the_birth_has_to_be_spoken_of() -> None:
    told = diary()
    told.note(BORN, 7, "born", role="self")
    books(told, BORN + HOUR, at("2026-12-18 15:00"))
    missing = [each.what for each in Judge(told, stories(told)).missing() if each.at > BORN]
    assert set(missing) == {"confirm not said", "remind not said", "morning not said", "after not said"}


def _missing_swab(tried: list[datetime]) -> bool:
    """Whether the swab, told of by nobody, is noticed: weeks 35 to 37, over in six days."""
    told = diary()
    told.heard += [heard(when, "tell", ("vaccine-dtpa",), shown=False) for when in tried]
    return any("study-strep-swab" in each.about for each in Judge(told, stories(told)).missing())


def test_a_day_on_which_another_message_was_held_back_was_taken() -> None:
    assert policy()["calendar"]["gap_days"] == 3
    assert _missing_swab([])
    assert _missing_swab([at("2026-12-12 10:00")])
    assert not _missing_swab([at("2026-12-05 10:00"), at("2026-12-08 10:00")])
