"""A resident's own calendar: which lines, in which order and words, and that it is drawn."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from latido.messaging.pictures.keeping import LARGEST
from latido.reminders.calendar.answering import page_of
from latido.reminders.calendar.drawing import TYPEFACE, Page, _font, draw
from latido.reminders.calendar.lines import Line, Section, Speech, sections_of, shared_out
from latido.reminders.calendar.words import calendar_words
from latido.reminders.rules.steps import Known, Subject
from tests.unit.reminders.plan_cases import DAY, NOW, POLICY, ZONE, child, known, pregnant, pregnant_about, visit
from tests.unit.reminders.test_timeline import seen

SPEECH = Speech(calendar_words(), POLICY.words, ZONE)
BOOKED = visit("2026-12-03 11:00", place="CeSAC N° 15 - San Telmo, Balcarce 1150")


def sections(whom: Known | Subject) -> list[Section]:
    return sections_of(seen(whom), SPEECH)


def only(whom: Known | Subject) -> Section:
    (section,) = sections(whom)
    return section


def page(whom: Known | Subject) -> Page:
    return page_of(seen(whom), sections(whom), SPEECH)


def said(line: Line) -> tuple[str, str, str]:
    return line.state, line.what, line.when


def test_what_she_has_comes_first_with_its_hour_and_place() -> None:
    first = only(pregnant(24, appointments=(BOOKED,))).lines[0]
    assert said(first) == ("booked", "Control de la semana 24", "el jueves 3 de diciembre, a las 11:00")
    assert first.where == "CeSAC N° 15 - San Telmo, Balcarce 1150"
    assert first.leaf == ("JUE", "3", "DIC")


def test_without_an_appointment_the_checkup_that_is_due_comes_first() -> None:
    first = only(pregnant(24)).lines[0]
    assert said(first) == ("due", "Control de la semana 24", "te toca ahora, hasta el 6 de diciembre")
    assert first.leaf == ("HASTA", "6", "DIC")


def test_where_no_checkup_is_due_the_next_one_comes_before_all_else() -> None:
    had = frozenset(("prenatal-20", "prenatal-24"))
    first, second = only(pregnant(22, done=had)).lines[:2]
    assert said(first) == ("future", "Control de la semana 28", "entre el 21 de diciembre y el 10 de enero")
    assert first.leaf == ("DESDE", "21", "DIC")
    assert second.state == "due"


def test_vaccines_of_the_same_days_are_one_line_and_one_alone_is_one() -> None:
    told = [line.what for line in only(pregnant(24)).lines]
    assert "Vacunas: COVID-19, Hepatitis B y Antigripal" in told
    assert "Vacuna: Triple bacteriana" in told
    assert "Vacunas de los 2 meses" in [line.what for line in only(child(date(2026, 9, 20))).lines]


def test_a_date_far_away_has_its_year() -> None:
    told = [line.when for line in only(child(date(2022, 3, 1))).lines]
    assert told == ["entre el 1 de marzo y el 29 de febrero de 2028"]


def test_nothing_is_said_of_what_passed_or_was_missed() -> None:
    for weeks in (16, 24, 36, 40):
        lines = only(pregnant(weeks, since=NOW - 100 * DAY)).lines
        assert all(line.state in ("booked", "due", "future") for line in lines)
        assert not [line for line in lines if re.search(r"perdi|falt|atras|vencid", f"{line.what} {line.when}")]


@pytest.mark.parametrize(
    ("whom", "heading"),
    [
        (pregnant(24), "Embarazo, semana 24"),
        (pregnant_about(18, 22), "Embarazo, entre 18 y 22 semanas"),
        (child(date(2026, 11, 22)), "Bebé de 1 día"),
        (child(date(2026, 11, 3)), "Bebé de 20 días"),
        (child(date(2026, 9, 24)), "Bebé de 1 mes"),
        (child(date(2026, 9, 23)), "Bebé de 2 meses"),
        (child(date(2026, 2, 28)), "Bebé de 8 meses"),
        (child(date(2022, 3, 1)), "4 años"),
    ],
)
def test_a_person_is_told_by_weeks_or_age_and_never_by_name(whom: Subject, heading: str) -> None:
    section = only(replace(whom, given_name="Milagros"))
    assert section.heading == heading
    assert "Milagros" not in str(section)


def test_what_was_done_is_counted_and_what_is_a_guess_is_said_so() -> None:
    went = visit("2026-10-28 10:00", "fulfilled", id="before")
    assert only(pregnant(24, since=NOW - 60 * DAY, appointments=(went,))).done == 1
    assert only(pregnant(24)).note == ""
    assert only(pregnant_about(18, 22)).note == "Las fechas son aproximadas."
    assert only(pregnant(24)).is_partly_unknown


def test_also_who_wants_no_messages_may_see_it() -> None:
    assert only(known(pregnant(24), is_silent=True)).lines == only(pregnant(24)).lines
    assert only(known(pregnant(24), wants_reminders=False)).lines == only(pregnant(24)).lines


def test_without_dates_or_people_there_is_nothing_to_show() -> None:
    assert sections(known()) == []
    assert sections(Subject("self", "pregnancy-1", "prenatal", NOW)) == []


def test_an_appointment_is_shown_also_where_the_weeks_are_not_known() -> None:
    told = only(Subject("self", "pregnancy-1", "prenatal", NOW, appointments=(BOOKED,)))
    assert [said(line)[:2] for line in told.lines] == [("booked", "Control del embarazo")]
    assert told.heading == "Embarazo"


@pytest.mark.parametrize(("most", "expected"), [(6, [2, 2, 2]), (2, [1, 1, 1]), (7, [3, 2, 2]), (90, [4, 4, 4])])
def test_lines_are_shared_out_as_even_as_may_be(most: int, expected: list[int]) -> None:
    one = only(pregnant(24))
    three = [replace(one, lines=one.lines[:4])] * 3
    assert [len(each.lines) for each in shared_out(three, most)] == expected


def test_it_is_a_png_for_a_phone_and_small() -> None:
    drawn = draw(page(known(pregnant(24, appointments=(BOOKED,)), child(date(2026, 9, 20)))))
    image = Image.open(io.BytesIO(drawn))
    image.load()
    assert image.format == "PNG"
    assert image.width == 1080
    assert 1000 < image.height < 5000
    assert len(drawn) < LARGEST / 4
    assert "text" not in str(image.info).lower()


def test_the_same_page_gives_the_same_bytes_and_another_one_others() -> None:
    assert draw(page(pregnant(24))) == draw(page(pregnant(24)))
    assert draw(page(pregnant(24))) != draw(page(pregnant(25)))


def test_it_is_as_high_as_what_stands_in_it_takes() -> None:
    def height(whom: Known | Subject) -> int:
        return Image.open(io.BytesIO(draw(page(whom)))).height

    assert height(known(pregnant(24), child(date(2026, 9, 20)))) > height(pregnant(24))


def test_a_phone_is_never_given_more_people_or_lines_than_it_shows_well() -> None:
    many = known(*(child(date(2026, 9, 20), role=f"child-{number}") for number in range(1, 7)))
    shown = page(many)
    assert len(shown.sections) == 3
    assert all(len(section.lines) <= 5 for section in shown.sections)


def test_every_sign_of_spanish_has_its_shape() -> None:
    font = _font(40, "text")
    nothing = bytes(font.getmask("\uffff"))
    text = "áéíóúüñÁÉÍÓÚÑ¿?¡!«»°º·–…"
    assert [sign for sign in text if bytes(font.getmask(sign)) == nothing] == []
    assert font.getname()[0].startswith(TYPEFACE)


def test_a_word_longer_than_a_line_is_cut_and_an_empty_text_is_drawn() -> None:
    shown = page(pregnant(24))
    line = replace(shown.sections[0].lines[0], what="w" * 200, where="")
    section = replace(shown.sections[0], lines=(line,), note="")
    assert Image.open(io.BytesIO(draw(replace(shown, sections=(section,))))).width == 1080
