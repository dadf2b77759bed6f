"""The sender with the real twilio library against the emulator, its receipts through the real bridge."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from latido.messaging.contents import prune_contents
from latido.messaging.messages import Button, Location, Reply
from latido.messaging.outbox import payload_of_button
from latido.messaging.pacing import Limit, Pacer
from latido.messaging.provider import TwilioProvider
from latido.messaging.reconciliation import Reconciliation
from latido.messaging.tables import content_template, lane, message, resident
from tests.integration.messaging.post import Post

YES_NO = (Button("Sí", '/affirm{"slot": "1"}'), Button("No", "/deny"))


def test_texts_buttons_lists_and_pins_reach_the_phone_in_order(post: Post) -> None:
    items = tuple(Button(f"Turno {n}", f"/choose{n}", f"jueves {n}:00") for n in range(1, 11))
    post.queues(
        "¡Hola! 🤰",
        Reply("quick_reply", "¿Seguimos?", YES_NO),
        Reply("list", "Elegí un horario", items, "Ver horarios"),
        Reply("location", "CeSAC 15", location=Location(-34.6213, -58.36976, "Balcarce 1150")),
    )
    post.works()
    seen = post.ana.waits_for_reply(messages=4)
    assert [one.body for one in seen][:3] == ["¡Hola! 🤰", "¿Seguimos?", "Elegí un horario"]
    assert seen[1].buttons == ("Sí", "No")
    assert seen[2].items[0] == "Turno 1"
    assert len(seen[2].items) == 10
    assert seen[3].location is not None
    assert (seen[3].location["latitude"], seen[3].location["longitude"]) == (-34.6213, -58.36976)
    post.works_until(lambda: [row.status for row in post.rows()] == ["read"] * 4)
    assert post.states() == ["handed_over"] * 4


def test_a_tap_comes_back_as_an_id_that_only_our_log_can_read(post: Post) -> None:
    post.queues(Reply("quick_reply", "¿Seguimos?", YES_NO))
    post.works()
    post.ana.waits_for("¿Seguimos?")
    requests = str(post.emulator.requests())
    assert "/affirm" not in requests
    post.ana.taps("Sí")
    [webhook] = [one for one in post.emulator.webhooks(kind="inbound") if "ButtonPayload" in str(one)]
    identifier = next(
        part for part in str(webhook).replace("%3A", ":").replace("'", " ").split() if part.startswith("latido:")
    ).rstrip(",")
    with post.engine.connect() as connection:
        assert payload_of_button(connection, post.vault, post.key, identifier) == YES_NO[0].payload


def test_the_same_question_is_made_at_twilio_once_and_unused_ones_are_removed(post: Post) -> None:
    question = Reply("quick_reply", "¿Seguimos?", YES_NO)
    post.queues(question, question)
    post.works()
    created = [one for one in post.emulator.requests() if one["method"] == "POST" and one["path"] == "/v1/Content"]
    assert len(created) == 1
    provider = post.sender.provider
    assert isinstance(provider, TwilioProvider)
    assert prune_contents(post.engine, provider.delete_content) == 0
    with post.engine.begin() as connection:
        long_ago = func.now() - func.make_interval(0, 0, 0, 3)
        connection.execute(update(content_template).values(last_used_at=long_ago))
    assert prune_contents(post.engine, provider.delete_content) == 1
    deleted = [one for one in post.emulator.requests() if one["method"] == "DELETE"]
    assert [one["status"] for one in deleted] == [204]


def test_a_content_that_is_gone_at_twilio_is_made_again(post: Post) -> None:
    question = Reply("quick_reply", "¿Seguimos?", YES_NO)
    post.queues(question)
    post.works()
    post.emulator.reset(contents=True)
    post.ana.says("hola")
    post.queues(question)
    post.works_until(lambda: post.states() == ["handed_over"] * 2)
    assert [seen.body for seen in post.ana.waits_for("¿Seguimos?")] == ["¿Seguimos?"]


@pytest.mark.parametrize("kind", ["too_many_requests", "server_error", "reset"])
def test_a_send_that_twilio_did_not_take_is_sent_later_and_only_once(post: Post, kind: str) -> None:
    post.emulator.faults(rest={"kind": kind, "times": 1})
    post.queues("uno", "dos")
    post.works_until(lambda: post.states() == ["handed_over"] * 2)
    post.ana.waits_for("dos")
    assert post.shown() == ["uno", "dos"]


@pytest.mark.parametrize("kind", ["timeout_after_accepting", "reset_after_accepting", "error_after_accepting"])
def test_a_send_whose_answer_was_lost_is_settled_by_asking_and_never_sent_again(post: Post, kind: str) -> None:
    post.emulator.faults(rest={"kind": kind, "times": 1, "hold_seconds": 3}, lose=["sent", "delivered", "read"])
    post.queues(Reply("quick_reply", "¿Seguimos?", YES_NO), "dos")
    post.works_until(lambda: post.states() == ["handed_over"] * 2)
    assert post.shown() == ["¿Seguimos?", "dos"]
    assert post.sent_posts() == 2


def test_a_worker_killed_after_the_call_leaves_a_message_that_is_settled_not_repeated(post: Post) -> None:
    post.emulator.faults(lose=["sent", "delivered", "read"])
    post.queues("uno")
    post.works()
    with post.engine.begin() as connection:
        connection.execute(
            update(message).where(message.c.direction == "out").values(state="sending", provider_sid=None, status=None)
        )
        connection.execute(update(lane).values(due_at=func.now()))
    post.works_until(lambda: post.states() == ["handed_over"])
    assert post.sent_posts() == 1


def test_receipts_lost_doubled_and_shuffled_still_end_as_read(post: Post) -> None:
    post.emulator.faults(shuffle=True, duplicates=2, lose=["sent"])
    post.queues("uno")
    post.works_until(lambda: [row.status for row in post.rows()] == ["read"])


def test_a_message_refused_for_the_window_is_recorded_with_its_code(post: Post) -> None:
    post.emulator.faults(window="closed")
    post.queues("uno")
    post.works_until(lambda: post.states() == ["failed"])
    [row] = post.rows()
    assert (row.error_code, row.status, post.alerts()) == (63016, "undelivered", ["undelivered"])


def test_outside_the_window_nothing_is_even_tried(post: Post) -> None:
    with post.engine.begin() as connection:
        yesterday = func.now() - func.make_interval(0, 0, 0, 1, 0, 1)
        connection.execute(update(resident).values(last_inbound_at=yesterday))
    post.queues("uno")
    post.works()
    assert (post.states(), post.sent_posts(), post.alerts()) == (["failed"], 0, ["undelivered"])


def test_what_twilio_refuses_is_not_tried_again_and_does_not_hold_up_the_rest(post: Post) -> None:
    post.queues("x" * 1601, "dos")
    post.works()
    assert post.states() == ["failed", "handed_over"]
    assert post.rows()[0].error_code in (21617, 21658)
    assert post.sent_posts() == 2


def test_one_resident_is_not_sent_more_than_the_bucket_allows(post: Post, redis_url: str) -> None:
    slow = replace(post.sender, pacer=Pacer(redis_url, Limit(1000, 1000), Limit(rate=2.0, burst=2.0)))
    slow = replace(slow, provider=post.sender.provider)
    post.sender = slow
    post.queues(*"abcd")
    post.works()
    assert post.states() == ["handed_over", "handed_over", "queued", "queued"]
    post.works_until(lambda: post.states() == ["handed_over"] * 4)
    assert post.shown() == ["a", "b", "c", "d"]


def test_without_redis_the_process_paces_itself(post: Post) -> None:
    pacer = Pacer("redis://127.0.0.1:9/0", Limit(1000, 1000), Limit(rate=0.001, burst=2))
    assert [pacer.wait("latido", "ana") > 0 for _ in range(3)] == [False, False, True]
    assert pacer.wait("latido", "eva") == 0


def test_what_the_webhook_never_got_is_found_at_twilio_and_stored_once(post: Post) -> None:
    provider = post.sender.provider
    assert isinstance(provider, TwilioProvider)
    woken: list[str] = []
    looking = Reconciliation(post.engine, post.vault, provider, woken.append, timedelta(0))
    with post.engine.begin() as connection:
        connection.execute(delete(message))
    post.ana.says("segundo")
    time.sleep(1.1)
    assert (looking.look(), looking.look()) == (1, 0)
    with post.engine.connect() as connection:
        stored = connection.execute(select(message.c.text, message.c.state).where(message.c.direction == "in")).all()
    assert sorted(stored) == [("hola", "received"), ("segundo", "received")]
    assert woken == ["turn"]
