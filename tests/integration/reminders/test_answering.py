"""An answer to a reminder, however old: read as things stand now, kept with its step; no promise is made in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from threading import Thread
from time import sleep
from typing import Any

import pytest
import uvicorn
from sqlalchemy import Row
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.care.api.routes import routes
from latido.care.errors import CareError, Invalid, Missing
from latido.care.life_course import children, losses
from latido.messaging.messages import Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.reminded import is_unasked, reminder_before
from latido.reminders.api import reminder_routes
from latido.reminders.parts import Reminders
from latido.reminders.talking import Moment, NoReminders, TooLate, answer, ask_again, told
from tests.integration.care.conftest import Api
from tests.integration.reminders.conftest import OTHER, Story, at

LMP = date(2026, 6, 1)


def confirmed_by(story: Story, name: str = "confirm") -> int:
    """The step that was sent, by its name; Ana has not answered it yet."""
    story.works(at(28, 12, month=11))
    story.sends()
    return int(story.row(name).id)


def booked_by(story: Story, hour: int = 12) -> Row[Any]:
    """The step to book a check-up that was sent to Ana, who is 26 weeks pregnant."""
    story.is_pregnant(LMP)
    story.works(at(30, hour, month=11))
    story.sends()
    [row] = [each for each in story.rows("book") if each.state == "sent"]
    return row


def read(story: Story, reminder: int) -> dict[str, Any]:
    return told(story.reminders, story.resident, reminder)


def test_one_that_stands_is_told_with_its_appointment_and_its_words(booked: Story) -> None:
    found = read(booked, confirmed_by(booked))
    assert (found["kind"], found["name"], found["role"], found["service"]) == (
        "appointment",
        "confirm",
        "self",
        "prenatal",
    )
    assert found["now"] == "stands" and found["answered"] is None
    assert found["appointment"]["start"] == "2026-12-01T11:00:00-03:00"
    assert "¿Vas a poder ir?" in found["message"]["text"]
    assert found["message"]["buttons"][0] == {
        "title": "Sí, voy",
        "payload": f'/reminder_answer{{"answer": "confirm", "reminder": "{found["id"]}"}}',
    }


def test_one_that_is_nobodys_or_somebody_elses_is_missing(booked: Story, others: Callable[[str], Story]) -> None:
    number = confirmed_by(booked)
    eva = others("eva")
    for who, reminder in ((eva.resident, number), (booked.resident, 999_999)):
        with pytest.raises(Missing):
            told(booked.reminders, who, reminder)
        with pytest.raises(Missing):
            answer(booked.reminders, who, reminder, "went", "SM1:reminder")
        with pytest.raises(Missing):
            ask_again(booked.reminders, who, reminder, Moment(in_days=1), "SM1:again")
    assert booked.row("confirm").answer is None


def test_the_appointment_was_moved_meanwhile(ana: Story) -> None:
    appointment = ana.books()
    number = confirmed_by(ana)
    new = ana.moves(appointment, OTHER)
    found = read(ana, number)
    assert (found["now"], found["appointment"]["id"]) == ("moved", new)
    assert found["message"] is None


def test_the_centre_moved_it_without_a_new_appointment(ana: Story) -> None:
    appointment = ana.books()
    number = confirmed_by(ana)
    there = ana.care.fhir.read("Appointment", appointment)
    later = {"start": "2026-12-01T15:00:00-03:00", "end": "2026-12-01T15:20:00-03:00"}
    ana.care.fhir.update({**there, **later})
    found = read(ana, number)
    assert (found["now"], found["appointment"]["start"]) == ("moved", "2026-12-01T15:00:00-03:00")


def test_the_appointment_was_cancelled_meanwhile(ana: Story) -> None:
    appointment = ana.books()
    number = confirmed_by(ana)
    ana.cancels(appointment)
    found = read(ana, number)
    assert found["now"] == "cancelled" and found["message"] is None


def test_its_time_is_over_and_then_it_is_known_how_it_went(ana: Story) -> None:
    appointment = ana.books()
    number = confirmed_by(ana)
    ana.clock.now = at(2, 9)
    assert read(ana, number)["now"] == "past"
    ana.misses(appointment)
    assert read(ana, number)["now"] == "missed"


def test_the_centre_says_that_she_came(ana: Story) -> None:
    appointment = ana.books()
    number = confirmed_by(ana)
    ana.clock.now = at(2, 9)
    ana.came(appointment)
    assert read(ana, number)["now"] == "done"


def test_after_a_loss_no_reminder_stands(ana: Story) -> None:
    ana.is_pregnant(LMP)
    ana.books()
    number = confirmed_by(ana)
    ana.loses_it()
    found = read(ana, number)
    assert found["now"] == "lost" and found["message"] is None
    losses.undo(ana.care, ana.resident, "SM77:undo")
    assert read(ana, number)["now"] == "stands"


def test_after_a_birth_what_was_said_of_the_pregnancy_is_over(ana: Story) -> None:
    ana.is_pregnant(date(2026, 3, 1))
    ana.books()
    number = confirmed_by(ana)
    ana.gives_birth(date(2026, 11, 27))
    assert read(ana, number)["now"] == "born"


def test_the_answer_is_kept_on_the_step_and_clears_the_checkup(ana: Story) -> None:
    row = booked_by(ana)
    assert read(ana, row.id)["now"] == "stands"
    assert answer(ana.reminders, ana.resident, row.id, "went", "SM5:reminder") == {"answer": "went"}
    assert answer(ana.reminders, ana.resident, row.id, "went", "SM5:reminder") == {"answer": "went"}
    kept = next(each for each in ana.rows() if each.id == row.id)
    assert (kept.answer, kept.answered_at) == ("went", ana.care.now())
    assert read(ana, row.id)["now"] == "done"
    ana.plans()
    again = [each.state for each in ana.rows("book_again", "overdue") if each.group_key == row.group_key]
    assert set(again) <= {"cancelled"}


def test_a_checkup_for_which_an_appointment_was_made_is_booked(ana: Story) -> None:
    number = booked_by(ana).id
    made = ana.books(OTHER)
    found = read(ana, number)
    assert (found["now"], found["appointment"]["id"]) == ("booked", made)


def test_she_is_told_again_on_the_day_she_asks_for(ana: Story) -> None:
    number = booked_by(ana).id
    wish = Moment(day=date(2026, 12, 3))
    asked = ask_again(ana.reminders, ana.resident, number, wish, "SM6:again")
    assert asked == {"moment": "2026-12-03T10:00:00-03:00"}
    assert ask_again(ana.reminders, ana.resident, number, wish, "SM6:again") == asked
    kept = next(each for each in ana.rows() if each.id == number)
    assert (kept.answer, kept.asked_for) == ("later", at(3, 10))
    ana.works(at(3, 9, 59))
    assert len(ana.said()) == 1
    ana.works(at(3, 10, 1))
    ana.sends()
    assert len(ana.said()) == 2


def test_in_some_days_is_counted_on_the_citys_calendar(ana: Story) -> None:
    number = booked_by(ana, 20).id
    asked = ask_again(ana.reminders, ana.resident, number, Moment(in_days=1), "SM8:again")
    assert asked == {"moment": "2026-12-01T10:00:00-03:00"}


@pytest.mark.parametrize(
    ("wish", "told_at"),
    [
        (Moment(in_days=1, part="afternoon"), "2026-12-01T16:00:00-03:00"),
        (Moment(in_days=1, part="morning"), "2026-12-01T10:00:00-03:00"),
        (Moment(day=date(2026, 12, 2), part="morning", time=time(9, 15)), "2026-12-02T09:15:00-03:00"),
        # It is noon: later today, and tomorrow where today's is over.
        (Moment(part="afternoon"), "2026-11-30T16:00:00-03:00"),
        (Moment(part="morning"), "2026-12-01T10:00:00-03:00"),
        (Moment(time=time(11)), "2026-12-01T11:00:00-03:00"),
        # Today at an hour that is over: soon. At night nobody is written to: the next morning.
        (Moment(in_days=0, time=time(11)), "2026-11-30T15:00:00-03:00"),
        (Moment(in_days=0, time=time(23)), "2026-12-01T08:30:00-03:00"),
    ],
)
def test_the_time_of_day_she_asks_for_is_heeded(ana: Story, wish: Moment, told_at: str) -> None:
    number = booked_by(ana).id
    assert ask_again(ana.reminders, ana.resident, number, wish, "SM6:again") == {"moment": told_at}
    said = len(ana.said())
    moment = datetime.fromisoformat(told_at)
    ana.works(moment - timedelta(minutes=1))
    ana.sends()
    assert len(ana.said()) == said
    ana.works(moment + timedelta(minutes=1))
    ana.sends()
    assert len(ana.said()) == said + 1


def test_nothing_is_promised_that_would_not_be_said(booked: Story) -> None:
    number = confirmed_by(booked)
    with pytest.raises(TooLate):  # the appointment is on that day
        ask_again(booked.reminders, booked.resident, number, Moment(day=date(2026, 12, 1)), "SM9:again")
    with pytest.raises(Invalid):
        ask_again(booked.reminders, booked.resident, number, Moment(day=date(2026, 11, 2)), "SM9:again")
    booked.says_stop()
    with pytest.raises(NoReminders):
        ask_again(booked.reminders, booked.resident, number, Moment(day=date(2026, 11, 29)), "SM9:again")
    with pytest.raises(TooLate):
        ask_again(booked.reminders, booked.resident, number, Moment(day=date.max, time=time(23, 59)), "SM9:again")
    assert booked.row("confirm").asked_for is None
    assert issubclass(TooLate, CareError)


def test_a_reminder_of_a_child_who_died(ana: Story) -> None:
    child = children.Child(ana.fresh(), ana.resident, None, "Luz", date(2026, 11, 1))
    children.tell(ana.care, child)
    ana.works(at(30, 12, month=11))
    ana.sends()
    number = ana.rows("book", "tell")[0].id
    assert read(ana, number)["given_name"] == "Luz"
    losses.tell(ana.care, losses.Loss(ana.fresh(), ana.resident, "child", "child-1"))
    found = read(ana, number)
    assert found["now"] == "lost" and found["given_name"] is None


def test_what_she_writes_follows_the_reminder_that_was_said_last(booked: Story) -> None:
    number = confirmed_by(booked)
    [said] = booked.messages("handed_over")
    with booked.care.engine.begin() as connection:
        assert reminder_before(connection, booked.resident, said.id + 1) == number
        reply = Reply("text", "¡De nada!")
        [later] = queue_replies(connection, booked.care.vault, booked.resident, None, [reply])
    booked.marks(said.id, provider_sid="SMsaid")
    with booked.care.engine.connect() as connection:
        assert reminder_before(connection, booked.resident, later + 1) == number  # she does not have the reply yet
    booked.marks(later, state="handed_over", handed_over_at=at(28, 13, month=11).replace(year=2030))
    with booked.care.engine.connect() as connection:
        assert reminder_before(connection, booked.resident, later + 1) is None
        assert is_unasked(connection, booked.resident, later + 1)
        assert reminder_before(connection, booked.resident, later + 1, "SMsaid") == number
    booked.marks(later, answers_id=said.id)
    with booked.care.engine.connect() as connection:
        assert not is_unasked(connection, booked.resident, later + 1)
        assert is_unasked(connection, booked.resident, later + 1, "SMsaid")


@contextmanager
def served(reminders: Reminders) -> Iterator[Api]:
    """The care API with the routes of reminders, as the web process serves it."""
    both = [*reminder_routes(reminders), *routes(reminders.care)]
    app = Starlette(routes=[Mount("/care/v1", routes=both)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    yield Api(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()


def test_over_http(booked: Story) -> None:
    number = confirmed_by(booked)
    who = {"resident": booked.resident}
    with served(booked.reminders) as api:
        assert api.get(f"/reminders/{number}?resident={booked.resident}").json()["reminder"]["now"] == "stands"
        for path in (f"/reminders/{number}?resident=nobody", f"/reminders/{number}", "/reminders/x?resident=nobody"):
            assert api.get(path).status_code == 404
        kept = api.post(f"/reminders/{number}/answer", {"idempotency_key": "SM1:a", **who, "answer": "confirm"})
        assert (kept.status_code, kept.json()) == (200, {"answer": "confirm"})
        wrong = api.post(f"/reminders/{number}/answer", {"idempotency_key": "SM1:a", **who, "answer": "went"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "idempotency_conflict")
        odd = api.post(f"/reminders/{number}/answer", {"idempotency_key": "SM2:a", **who, "answer": "maybe"})
        assert (odd.status_code, odd.json()["error"]["code"]) == (400, "invalid")
        neither = api.post(f"/reminders/{number}/again", {"idempotency_key": "SM3:a", **who})
        assert neither.status_code == 400
        for odd_time in ({"part": "night"}, {"time": "noon"}, {"day": "2026-12-01", "in_days": 1}):
            wish = {"idempotency_key": "SM5:a", **who, **odd_time}
            assert api.post(f"/reminders/{number}/again", wish).status_code == 400
        late = api.post(f"/reminders/{number}/again", {"idempotency_key": "SM4:a", **who, "in_days": 90})
        assert (late.status_code, late.json()["error"]["code"]) == (409, "too_late")
