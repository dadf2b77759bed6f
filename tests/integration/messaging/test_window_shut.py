"""WhatsApp says that the 24 hours were over, whatever we believed: the reminder goes again, as its template."""

from __future__ import annotations

from sqlalchemy import select

from latido.messaging.tables import alert, resident
from latido.messaging.templates.replies import reminder_reply
from tests.integration.messaging.post import Post
from tests.integration.messaging.test_template_sending import CONFIRM, VISIT, a_reminder, approves, reminds


def refused_as_free_text(post: Post) -> int:
    approves(post)
    post.emulator.faults(window="closed")
    number = reminds(post)
    post.works_until(lambda: [row.state for row in post.rows()] == ["failed"])
    return number


def test_after_63016_it_goes_as_a_template_and_nobody_is_alarmed(post: Post) -> None:
    number = refused_as_free_text(post)
    post.queues(reminder_reply(CONFIRM.name, VISIT, number), reminder_id=number)
    post.works_until(lambda: post.states() == ["failed", "handed_over"])
    assert [row.sent_as for row in post.rows()] == [None, "appointment_confirm_v1"]
    with post.engine.connect() as connection:
        assert connection.execute(select(alert.c.kind)).all() == []


def test_once_she_writes_the_window_is_open_again(post: Post) -> None:
    refused_as_free_text(post)
    post.emulator.no_faults()
    post.ana.says("hola")
    other = a_reminder(post, "b")
    post.queues(reminder_reply(CONFIRM.name, VISIT, other), reminder_id=other)
    post.works_until(lambda: post.states()[-1] == "handed_over")
    assert post.rows()[-1].sent_as is None


def test_a_late_receipt_of_before_she_wrote_shuts_nothing(post: Post) -> None:
    approves(post)
    post.emulator.faults(window="closed", status_delay_ms=1500)
    reminds(post)
    post.works_until(lambda: post.states() == ["handed_over"])
    post.ana.says("acá estoy")
    post.works_until(lambda: post.states() == ["failed"])
    with post.engine.connect() as connection:
        assert connection.execute(select(resident.c.window_shut_at)).scalar_one() is None
