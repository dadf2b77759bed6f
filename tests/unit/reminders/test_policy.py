"""The policy as it ships, and what is refused in a changed one."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from latido.care.rules.calendar_data import load_calendars
from latido.messaging.templates.reading import templates
from latido.reminders.policy_data import POLICY_FILE, BadPolicy, load_policy

POLICY = load_policy()
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
NAMES = (
    "checkup_book",
    "checkup_book_again",
    "vaccine_tell",
    "study_tell",
    "appointment_confirm",
    "appointment_confirm_warned",
    "appointment_released",
    "appointment_remind",
    "appointment_morning",
    "appointment_after",
    "missed_offer",
)


def test_the_policy_is_dated_sourced_and_waits_for_a_signature():
    assert POLICY.version and date.fromisoformat(POLICY.as_of)
    assert POLICY.clinical_sign_off == "pending"
    assert len(POLICY.sources) >= 2 and all(source["name"] and source["as_of"] for source in POLICY.sources)


def test_the_hours_of_the_issue():
    assert (POLICY.hours.opens, POLICY.hours.closes) == (time(8, 30), time(21))
    assert POLICY.morning_hours.opens == time(7)
    assert (POLICY.confirm.before, POLICY.remind.before) == (timedelta(hours=72), timedelta(hours=24))
    assert (POLICY.morning.time, POLICY.morning.begins_from) == (time(7, 30), time(9, 30))
    assert POLICY.horizon == timedelta(days=60)


def test_every_window_of_the_calendars_has_a_pace_that_fits_into_it():
    for calendar in load_calendars().values():
        for item in (each for each in calendar.items if each.kind == "checkup"):
            first, last = item.window.dates(date(2026, 1, 31))
            pace = POLICY.calendar.pace(first, last)
            assert pace.overdue_days_before_end < (last - first).days + 1, item.code
            assert first - timedelta(days=pace.book_days_before) + timedelta(days=pace.again_after_days) <= last, (
                item.code
            )


def test_what_is_not_told_is_in_a_calendar():
    codes = {item.code for calendar in load_calendars().values() for item in calendar.items}
    assert codes >= POLICY.calendar.not_told == {"well-child-discharge"}


def test_only_check_ups_name_a_week():
    titles = [item.title for each in load_calendars().values() for item in each.items if item.kind != "checkup"]
    assert titles and not [title for title in titles if "semana" in title.lower()]


def test_there_is_a_template_for_every_step_and_it_needs_only_what_the_plan_says():
    there = templates()
    assert {(name, "") for name in NAMES} <= set(there)
    for name in NAMES:
        said = {"who", "what", "day", "time", "place"} if name.startswith(("appointment", "missed")) else {"what"}
        assert there[name, ""].needs <= said, name


def test_words_of_moments():
    words = POLICY.words
    moment = datetime(2026, 11, 26, 9, 5, tzinfo=ZONE)
    assert words.day(moment, ZONE) == "el jueves 26 de noviembre"
    assert words.time(moment, ZONE) == "9:05"
    # 23:30 of Saturday in Buenos Aires, though it is Sunday in Madrid.
    late = datetime(2026, 2, 28, 23, 30, tzinfo=ZONE)
    assert words.day(late.astimezone(ZoneInfo("Europe/Madrid")), ZONE) == "el sábado 28 de febrero"
    assert words.together([]) == "" and words.together(["A"]) == "A"
    assert words.together(["A", "B"]) == "A y B" and words.together(["A", "B", "C"]) == "A, B y C"
    window = date(2026, 12, 1), date(2026, 12, 15)
    assert words.span(*window, today=date(2026, 11, 30)) == "entre el 1 de diciembre y el 15 de diciembre"
    assert words.span(*window, today=date(2026, 12, 1)) == "hasta el 15 de diciembre"
    assert (words.visit("prenatal"), words.visit("another")) == ("Control del embarazo", "Turno")


def _set(*path: str | int, to: Any) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for name in path[:-1]:
            content = content[name]
        content[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_set("hours", to=None), "hours is missing"),
        (_set("hours", "opens", to="22:00"), "open before they close"),
        (_set("hours", "opens", to=510), "time of day"),
        (_set("clinical_sign_off", to=""), "clinical_sign_off must be words"),
        (_set("sources", to=[]), "sources must be a list"),
        (_set("calendar", "gap_days", to=0), "gap_days must be a whole number from 1"),
        (_set("calendar", "gap_days", to=True), "gap_days must be a whole number"),
        (_set("calendar", "time", to="06:00"), "calendar: time must lie within hours"),
        (_set("calendar", "paces", 1, "up_to_days", to=30), "last line must hold"),
        (_set("calendar", "paces", 0, to={"book_days_before": 1}), "again_after_days must be"),
        (_set("appointment", "confirm", "last_hours_before", to=12), "too late before remind is due"),
        (_set("again", "morning", to="17:00"), "again: morning must come before"),
        (_set("appointment", "unconfirmed", "release", to="no"), "release must be true or false"),
        (_set("appointment", "unconfirmed", "hours_after", to=72), "less than confirm's hours_before"),
        (_set("appointment", "unconfirmed", "release_from_months", to=5), "release_from_months must be"),
        (_set("appointment", "morning", "begins_from", to="07:00"), "before begins_from"),
        (_set("missed", "offer", "last_days", to=0), "offer: days must not exceed last_days"),
        (_set("missed", "overdue", "time", to="23:00"), "overdue: days must not exceed"),
        (_set("words", "weekdays", to=["lunes"]), "seven from Monday"),
        (_set("words", "visits", to={}), "other must be words"),
        (_set("horizon_days", to="sixty"), "horizon_days must be a whole number"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_the_place(
    tmp_path: Path, change: Callable[[Any], None], complaint: str
):
    content = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "policy.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(BadPolicy, match=complaint):
        load_policy(path)


def test_an_empty_file_is_refused(tmp_path: Path):
    path = tmp_path / "policy.yml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(BadPolicy, match=r"policy\.yml must be a mapping"):
        load_policy(path)


def test_paces_must_rise(tmp_path: Path):
    content = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
    content["calendar"]["paces"].insert(1, dict(content["calendar"]["paces"][0]))
    path = tmp_path / "policy.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(BadPolicy, match="must rise"):
        load_policy(path)
