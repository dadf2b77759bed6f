"""The judge of the simulated year, on diaries of a few lines: what it lets be, and what it notices."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from benchmarks.reminder_year.calendars import policy
from benchmarks.reminder_year.diary import Diary, Heard, Listed
from benchmarks.reminder_year.lists import unlisted, wrong_lists
from benchmarks.reminder_year.missing import Judge
from benchmarks.reminder_year.stories import stories
from benchmarks.reminder_year.tips import cards, wrong_tips
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
    about["step"] = f"{name}-{when}"
    return Heard(at=when, resident=7, sid="SM1", **(values | about | more))  # type: ignore[arg-type]


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


def listed(when: datetime, name: str = "overdue", until: datetime | None = None, **more: object) -> Listed:
    values = {"kind": "checkup", "role": "self", "service": "prenatal", "codes": ("prenatal-37",)}
    about = {"appointment": None, "starts": None, "resident": 7, "name": name}
    return Listed(at=when, until=until, **(values | about | more))  # type: ignore[arg-type]


def said_of(told: Diary) -> list[str]:
    return [each.what for each in wrong_lists(told, stories(told))]


def test_a_check_up_nobody_booked_is_on_the_list_while_its_window_ends() -> None:
    told = diary()
    told.listed.append(listed(at("2026-12-08 09:00"), until=at("2026-12-15 21:00")))
    assert said_of(told) == []
    told.listed.append(listed(at("2026-12-20 09:00"), until=at("2026-12-20 21:00")))
    assert said_of(told) == ["listed outside of its dates, 2026-12-02 to 2026-12-08"]


def test_the_list_is_no_place_for_what_is_over_or_booked() -> None:
    told = diary()
    books(told, TOLD + DAY, at("2026-12-07 11:00"))
    told.note(BORN, 7, "born", role="self")
    told.listed += [listed(at("2026-12-06 09:00"), until=at("2026-12-06 10:00")), listed(BORN + HOUR)]
    wrong = said_of(told)
    assert wrong[0] == "listed although its visit has happened or is booked"
    assert "listed after a loss or a birth, or of nobody" in wrong[1:]


def test_who_is_left_on_the_list_after_the_birth_is_noticed() -> None:
    told = diary()
    told.note(BORN, 7, "born", role="self")
    told.listed.append(listed(at("2026-12-08 09:00"), until=BORN + HOUR / 2))
    assert said_of(told) == []
    told.listed.append(listed(at("2026-12-08 09:00"), until=BORN + 3 * HOUR))
    assert said_of(told) == ["still listed at 12-10 09:00 when it was over"]


def test_nobody_is_called_about_an_appointment_that_she_accepted() -> None:
    told = diary()
    books(told, TOLD, start := at("2026-12-07 11:00"))
    told.note(TOLD + DAY, 7, "accepted", appointment="a1")
    told.listed.append(listed(start - DAY, "unconfirmed", start - DAY / 2, kind="appointment", appointment="a1"))
    assert said_of(told)[0] == "listed although it is over or she had said yes"


def not_listed(told: Diary) -> list[str]:
    lived = stories(told)
    return [each.about for each in unlisted(told, lived, Judge(told, lived))]


def test_a_check_up_that_was_told_and_not_booked_must_be_on_the_list() -> None:
    # Week 28 is to be booked until 12 December for who was in week 26 when she told us.
    told = Diary(1, 1, START, START + 60 * DAY)
    told.note(TOLD, 7, "agrees", reminders=True, content=False)
    told.note(TOLD, 7, "pregnant", role="self", begins=date(2026, 6, 1), is_exact=True)
    told.heard.append(heard(TOLD + DAY, "book", ("prenatal-28",), kind="checkup"))
    assert not_listed(told) == ["self prenatal-28"]
    told.listed.append(listed(at("2026-12-18 09:00"), codes=("prenatal-28",)))
    assert not_listed(told) == []


def tips(told: Diary, *these: Heard) -> list[str]:
    told.note(TOLD, 7, "child", role="child-1", begins=date(2026, 11, 20))
    told.heard += these
    return [each.what for each in wrong_tips(told, stories(told))]


def tip(when: datetime, card: str = "baby_breast") -> Heard:
    return heard(when, "tip", kind="content", role="child-1", service="pediatric", step=f"r:child-1:tip-{card}:tip")


def test_a_card_has_its_days() -> None:
    assert cards()["baby_breast"].first_day == 16
    assert tips(diary(), tip(at("2026-12-08 11:00"))) == []
    assert tips(diary(), tip(at("2026-12-22 11:00"))) == ["a card of day 16 on day 32"]
    assert tips(diary(), tip(at("2026-12-08 11:00"), "preg_food"))[0].startswith("a card for somebody else")


def test_a_card_keeps_away_from_other_cards_and_from_whatever_matters_more() -> None:
    two = tips(diary(), tip(at("2026-12-08 11:00")), tip(at("2026-12-12 11:00")))
    assert two == ["a card so soon after another"]
    asked = heard(at("2026-12-07 10:00"), "book", ("well-child-1m",))
    assert tips(diary(), asked, tip(at("2026-12-08 11:00"))) == ["a card so soon after book"]
    told = diary()
    books(told, TOLD, start := at("2026-12-10 11:00"))
    reminded = heard(start - DAY, "remind", appointment="a1", starts=start)
    assert tips(told, tip(at("2026-12-08 11:00")), reminded) == ["a card so soon before remind"]


def test_no_card_for_months_after_a_loss() -> None:
    told = diary()
    told.note(TOLD + HOUR, 7, "lost", role="self")
    assert tips(told, tip(at("2026-12-08 11:00"))) == ["a card within months of a loss"]
