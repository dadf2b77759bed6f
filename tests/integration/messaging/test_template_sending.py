"""Templates at Twilio (the emulator), reminders outside the 24-hour window, and the buttons that come back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, insert, select, update

from latido.messaging.inbox import store_inbound
from latido.messaging.messages import Button, InboundMessage, Reply
from latido.messaging.next_messages import next_inbound
from latido.messaging.outbox import payload_of_button, payload_of_typed_title
from latido.messaging.pacing import Limit, Pacer
from latido.messaging.provider import TwilioProvider
from latido.messaging.reachability import unreachable
from latido.messaging.sender import Verdict
from latido.messaging.tables import lane, message, message_template, resident
from latido.messaging.templates.command import approve_all, none_approved, refresh_statuses, templates_group
from latido.messaging.templates.model import Template
from latido.messaging.templates.pushing import Pushed, Pushing
from latido.messaging.templates.reading import FOLDER, read_templates
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.tables import reminder
from tests.integration.messaging.post import ANA, Post

EVERY = read_templates(FOLDER)  # variants included
FILES = {template.name: template for template in EVERY if not template.variant}
CONFIRM = FILES["appointment_confirm"]
VISIT = {
    "what": "control de embarazo",
    "day": "jueves 26 de noviembre",
    "time": "9:30",
    "place": "CeSAC N° 15",
    "who": "Rosa",
}


def now() -> datetime:
    return datetime.now(UTC)


def host(post: Post) -> TwilioProvider:
    assert isinstance(post.sender.provider, TwilioProvider)
    return post.sender.provider


def pushes(post: Post, template: Template = CONFIRM) -> Pushed:
    return Pushing(post.engine, host(post), now).push(template)


def approves(post: Post, template: Template = CONFIRM) -> None:
    pushes(post, template)
    refresh_statuses(post.engine, host(post))


def a_reminder(post: Post, key: str = "a") -> int:
    head = {"key": key, "resident": post.key, "role": "self", "group_key": "g", "kind": "appointment"}
    step = {
        "name": "confirm",
        "service": "prenatal",
        "template": CONFIRM.name,
        "variables_sealed": b"",
        "state": "queued",
        "codes": [],
    }
    moments = {"due_at": now(), "not_after": now(), "created_at": now(), "changed_at": now()}
    with post.engine.begin() as connection:
        made = connection.execute(insert(reminder).values(**head, **step, **moments).returning(reminder.c.id))
        return int(made.scalar_one())


def reminds(post: Post, key: str = "a", day: str = VISIT["day"]) -> int:
    number = a_reminder(post, key)
    post.queues(reminder_reply(CONFIRM.name, VISIT | {"day": day}, number), reminder_id=number)
    return number


def calls(post: Post, method: str, path: str) -> list[dict[str, Any]]:
    return [one for one in post.emulator.requests() if one["method"] == method and one["path"].startswith(path)]


def approval(post: Post, content_sid: str, status: str) -> None:
    post.emulator.call("PUT", f"/emulator/contents/{content_sid}/approval", {"status": status})
    refresh_statuses(post.engine, host(post))


def answers(post: Post, verdict: Verdict) -> None:
    post.sender = replace(post.sender, still_wanted=lambda reminder_id: verdict)


def last_tap(post: Post) -> dict[str, Any]:
    """What the bridge stored of the latest thing she did."""
    newest = select(message.c.content_sealed).where(message.c.direction == "in").order_by(message.c.id.desc())
    with post.engine.connect() as connection:
        stored: dict[str, Any] = json.loads(post.vault.open(connection.execute(newest).scalars().first() or b""))
    return stored


def payload_of(post: Post, tap: dict[str, Any]) -> str | None:
    with post.engine.connect() as connection:
        return payload_of_button(connection, post.vault, post.key, tap["button_id"], tap["replies_to_sid"])


def test_every_file_is_submitted_once_and_approved(post: Post) -> None:
    assert approve_all(post.engine, host(post)) == f"{len(EVERY)} of {len(EVERY)} message templates approved"
    assert len(calls(post, "POST", "/v1/Content")) == 2 * len(EVERY)
    assert approve_all(post.engine, host(post)).startswith(f"{len(EVERY)} of")
    assert len(calls(post, "POST", "/v1/Content")) == 2 * len(EVERY)


def test_outside_the_window_a_reminder_goes_as_its_neutral_template(post: Post) -> None:
    approves(post)
    post.closes_window()
    reminds(post)
    post.works_until(lambda: [row.status for row in post.rows()] == ["read"])
    [seen] = post.ana.waits_for("Latido")
    assert "jueves 26 de noviembre, a las 9:30 horas" in seen.body
    assert "embarazo" not in seen.body
    assert "Rosa" not in seen.body
    assert seen.buttons == ("Ver aviso", "Sí, voy", "Otra cosa")
    assert seen.raw["template"] is True
    assert [row.sent_as for row in post.rows()] == ["appointment_confirm_v1"]
    [sent] = calls(post, "POST", "/2010-04-01")
    assert "control" not in str(sent["form"])


def test_inside_the_window_it_goes_with_its_detail(post: Post) -> None:
    approves(post)
    number = reminds(post)
    post.works_until(lambda: post.states() == ["handed_over"])
    [seen] = post.ana.waits_for("control de embarazo")
    assert seen.raw["template"] is False
    post.ana.taps("Sí, voy")
    assert payload_of(post, last_tap(post)) == f'/reminder_answer{{"answer": "confirm", "reminder": "{number}"}}'


def test_a_window_that_is_about_to_close_is_closed(post: Post) -> None:
    approves(post)
    with post.engine.begin() as connection:
        connection.execute(update(resident).values(last_inbound_at=func.now() - timedelta(hours=23, minutes=59)))
    reminds(post)
    post.works_until(lambda: post.states() == ["handed_over"])
    assert post.rows()[0].sent_as == "appointment_confirm_v1"


def test_a_template_s_button_answers_the_very_reminder_it_hangs_on_days_later(post: Post) -> None:
    approves(post)
    post.closes_window()
    first, second = reminds(post, "a", "lunes 30"), reminds(post, "b", "martes 1")
    post.works_until(lambda: post.states() == ["handed_over"] * 2)
    post.ana.waits_for("martes 1")
    older = next(seen for seen in post.ana.transcript() if "lunes 30" in seen.body)
    post.emulator.call(
        "POST",
        f"/emulator/phones/{post.ana.number}/messages".replace("+", "%2B"),
        {
            "kind": "button",
            "message_sid": older.sid,
            "title": "Ver aviso",
        },
    )
    tap = last_tap(post)
    assert tap["button_id"] == "latido:t:appointment_confirm:see"
    [webhook] = [one for one in post.emulator.webhooks(kind="inbound") if "ButtonPayload" in str(one)]
    assert webhook["form"]["MessageType"] == "button"
    assert f'"reminder": "{first}"' in str(payload_of(post, tap))
    without = tap | {"replies_to_sid": None}
    assert f'"reminder": "{second}"' in str(payload_of(post, without))
    assert f'"reminder": "{second}"' in str(payload_of(post, tap | {"replies_to_sid": "SM" + "0" * 32}))


def test_nobody_answers_for_somebody_else(post: Post) -> None:
    approves(post)
    post.closes_window()
    reminds(post)
    post.works_until(lambda: post.states() == ["handed_over"])
    sid = post.rows()[0].provider_sid
    with post.engine.connect() as connection:
        button = "latido:t:appointment_confirm:confirm"
        assert payload_of_button(connection, post.vault, "somebody-else", button, sid) is None
        assert payload_of_button(connection, post.vault, post.key, "latido:t:missed_offer:see", sid) is None


def test_the_title_of_a_template_s_button_may_be_typed(post: Post) -> None:
    approves(post)
    post.closes_window()
    number = reminds(post)
    post.works_until(lambda: post.states() == ["handed_over"])
    post.ana.waits_for("Latido")
    with post.engine.begin() as connection:
        connection.execute(update(message).where(message.c.direction == "in").values(state="answered"))
    store_inbound(post.engine, post.vault, InboundMessage("SMtyped", "whatsapp:" + ANA, "text", "si voy"))
    with post.engine.connect() as connection:
        inbound = next_inbound(connection, [post.key])[post.key]
    typed = [payload_of_typed_title(post.vault, inbound, text) for text in ("si voy", "cambiarlo")]
    assert typed == [f'/reminder_answer{{"answer": "confirm", "reminder": "{number}"}}', None]


@pytest.mark.parametrize(("status", "said"), [("pending", "is pending, not approved"), ("paused", "is paused")])
def test_what_is_not_approved_is_not_even_tried(post: Post, status: str, said: str) -> None:
    approval(post, pushes(post).version.content_sid, status)
    post.closes_window()
    reminds(post)
    post.works()
    [row] = post.rows()
    assert (row.state, row.error_code, post.sent_posts(), post.alerts()) == ("failed", 63016, 0, ["undelivered"])
    assert said in row.last_error


def test_what_was_never_pushed_says_so(post: Post) -> None:
    post.closes_window()
    reminds(post)
    post.works()
    assert "run `latido templates push`" in post.rows()[0].last_error


def test_a_template_that_twilio_has_lost_is_not_replaced_by_something_else(post: Post) -> None:
    approves(post)
    post.emulator.reset(contents=True)
    post.closes_window()
    reminds(post)
    post.works()
    assert [(row.state, row.error_code) for row in post.rows()] == [("failed", 21655)]
    assert pushes(post).version.content_name == "appointment_confirm_v2"


@pytest.mark.parametrize("kind", ["timeout_after_accepting", "reset_after_accepting", "error_after_accepting"])
def test_a_template_whose_answer_was_lost_is_found_by_its_rendered_words(post: Post, kind: str) -> None:
    approves(post)
    post.closes_window()
    post.emulator.faults(rest={"kind": kind, "times": 1, "hold_seconds": 3}, lose=["sent", "delivered", "read"])
    reminds(post)
    post.works_until(lambda: post.states() == ["handed_over"])
    assert post.sent_posts() == 1
    assert len(post.shown()) == 1


def test_whom_whatsapp_cannot_reach_is_written_to_unasked_no_more_until_she_writes(post: Post) -> None:
    approves(post)
    post.emulator.call("PATCH", f"/emulator/phones/{post.ana.number}".replace("+", "%2B"), {"blocked": True})
    reminds(post, "a")
    post.works_until(lambda: [row.error_code for row in post.rows()] == [63014])
    post.works_until(lambda: _unreachable(post))
    reminds(post, "b")
    post.works()
    assert post.rows()[-1].last_error == "WhatsApp does not deliver to her (code 63014)"
    assert (post.sent_posts(), post.alerts()) == (1, ["undelivered"])
    post.emulator.call("PATCH", f"/emulator/phones/{post.ana.number}".replace("+", "%2B"), {"blocked": False})
    post.ana.says("volví")
    reminds(post, "c")
    post.works_until(lambda: post.states()[-1] == "handed_over")


def _unreachable(post: Post) -> bool:
    with post.engine.connect() as connection:
        return post.key in unreachable(connection, [post.key])


def test_who_opted_out_by_a_keyword_is_refused_once(post: Post) -> None:
    post.emulator.call("PATCH", f"/emulator/phones/{post.ana.number}".replace("+", "%2B"), {"opted_out": True})
    reminds(post, "a")
    post.works()
    reminds(post, "b")
    post.works()
    assert [(row.state, row.error_code) for row in post.rows()] == [("failed", 21610)] * 2
    assert post.sent_posts() == 1


def test_a_limit_of_whatsapp_is_no_matter_for_operators(post: Post) -> None:
    post.emulator.faults(fail_code=63018)
    reminds(post)
    post.works_until(lambda: [row.error_code for row in post.rows()] == [63018])
    assert (post.alerts(), _unreachable(post)) == ([], False)


def test_a_reminder_that_is_wanted_no_more_is_withdrawn_without_a_word(post: Post) -> None:
    answers(post, "withdraw")
    reminds(post)
    post.queues("una respuesta")
    post.works_until(lambda: post.states() == ["failed", "handed_over"])
    assert post.rows()[0].last_error == "withdrawn before it was sent"
    assert (post.sent_posts(), post.alerts()) == (1, [])


def test_a_reminder_that_has_to_wait_holds_nothing_up_and_goes_later(post: Post) -> None:
    answers(post, "wait")
    reminds(post)
    post.works()
    assert post.states() == ["queued"]
    post.queues("una respuesta")
    post.works_until(lambda: post.states() == ["queued", "handed_over"])
    with post.engine.connect() as connection:
        due, not_before = connection.execute(
            select(lane.c.due_at, message.c.not_before)
            .join(message, message.c.resident == lane.c.resident)
            .where(message.c.state == "queued", lane.c.name == "send")
        ).one()
    assert due == not_before
    answers(post, None)
    post.works_until(lambda: post.states() == ["handed_over"] * 2)
    assert "control de embarazo" in post.shown()[-1]


def test_replies_go_before_reminders(post: Post) -> None:
    reminds(post)
    post.queues("uno", Reply("quick_reply", "¿dos?", (Button("Sí", "/affirm"),)))
    post.works_until(lambda: post.states() == ["handed_over"] * 3)
    post.ana.waits_for("control de embarazo")
    assert post.shown()[:2] == ["uno", "¿dos?"]


def test_reminders_leave_tokens_for_replies(post: Post, redis_url: str) -> None:
    pacer = Pacer(redis_url, Limit(0.001, 3), Limit(1000, 1000), bulk=Limit(0.001, 1))
    unasked = [pacer.wait("a-sender", "ana", bulk=True) > 0 for _ in range(2)]
    assert unasked == [False, True]
    assert [pacer.wait("a-sender", "ana") > 0 for _ in range(3)] == [False, False, True]


def test_a_message_withdrawn_while_the_sender_looked_is_not_sent(post: Post) -> None:
    def withdrawn_meanwhile(reminder_id: int) -> Verdict:
        with post.engine.begin() as connection:
            connection.execute(update(message).where(message.c.reminder_id == reminder_id).values(state="failed"))
        return "send"

    post.sender = replace(post.sender, still_wanted=withdrawn_meanwhile)
    reminds(post)
    post.works()
    assert (post.states(), post.sent_posts()) == (["failed"], 0)


def test_a_changed_text_is_a_new_version_and_the_old_one_serves_until_it_is_approved(post: Post) -> None:
    approves(post)
    changed = replace(CONFIRM, outside=replace(CONFIRM.outside, body=CONFIRM.outside.body + " Gracias."))
    pushed = pushes(post, changed)
    assert (pushed.version.content_name, pushed.how) == ("appointment_confirm_v2", "made")
    approval(post, pushed.version.content_sid, "pending")
    post.closes_window()
    reminds(post, "a")
    post.works_until(lambda: post.states() == ["handed_over"])
    approval(post, pushed.version.content_sid, "approved")
    reminds(post, "b")
    post.works_until(lambda: post.states() == ["handed_over"] * 2)
    assert [row.sent_as for row in post.rows()] == ["appointment_confirm_v1", "appointment_confirm_v2"]
    assert pushes(post, changed).how == "unchanged"


def test_what_another_installation_made_is_found_at_twilio(post: Post) -> None:
    made = pushes(post)
    with post.engine.begin() as connection:
        connection.execute(delete(message_template))
    found = pushes(post)
    assert (found.how, found.version.content_sid) == ("found", made.version.content_sid)
    assert len(calls(post, "POST", "/v1/Content")) == 2


def test_a_push_that_died_before_submitting_goes_on(post: Post) -> None:
    made = pushes(post)
    post.emulator.call("PUT", f"/emulator/contents/{made.version.content_sid}/approval", {"status": "unsubmitted"})
    assert pushes(post).version.approval.status == "received"


def test_a_rejected_text_says_why(post: Post) -> None:
    bad = replace(CONFIRM, outside=replace(CONFIRM.outside, body="Hola, tenés algo anotado el {day}."))
    pushes(post, bad)
    refresh_statuses(post.engine, host(post))
    with post.engine.connect() as connection:
        row = connection.execute(select(message_template)).one()
    assert (row.status, row.rejection_reason) == ("rejected", "a variable stands first or last")


def test_a_variant_goes_out_as_itself_and_as_the_plain_one_until_it_is_approved(post: Post) -> None:
    approves(post)
    other = replace(CONFIRM, variant="b", outside=replace(CONFIRM.outside, body="¡Hola! " + CONFIRM.outside.body))
    sid = pushes(post, other).version.content_sid
    approval(post, sid, "pending")
    post.closes_window()
    for key, status in (("a", "pending"), ("b", "approved")):
        approval(post, sid, status)
        number = a_reminder(post, key)
        post.queues(replace(reminder_reply(CONFIRM.name, VISIT, number), variant="b"), reminder_id=number)
        post.works_until(lambda: set(post.states()) == {"handed_over"})
    assert [row.sent_as for row in post.rows()] == ["appointment_confirm_v1", "appointment_confirm_b_v1"]


def test_the_command_checks_pushes_and_shows(post: Post) -> None:
    group, runner = templates_group(lambda: (post.engine, host(post))), CliRunner()
    assert runner.invoke(group, ["check"]).output == f"{len(EVERY)} templates, nothing to object to\n"
    assert "not pushed" in runner.invoke(group, ["status"]).output
    pushed = runner.invoke(group, ["push"])
    assert pushed.exit_code == 0
    assert "appointment_confirm_v1       submitted, received" in pushed.output
    assert "appointment_confirm_v1       there already, approved" in runner.invoke(group, ["push"]).output
    shown = runner.invoke(group, ["status"])
    assert shown.output.count(" approved ") == len(EVERY)
    assert "not pushed" not in shown.output


def test_an_installation_without_approved_templates_is_told_what_to_do(post: Post) -> None:
    assert "run `latido templates push`" in (none_approved(post.engine) or "")
    pushes(post)
    assert "`latido templates status` shows why" in (none_approved(post.engine) or "")
    refresh_statuses(post.engine, host(post))
    assert none_approved(post.engine) is None


def test_the_command_says_what_is_wrong_with_the_credentials(post: Post) -> None:
    stranger = TwilioProvider("AC" + "de" * 16, "emulator-wrong", "whatsapp:+5491150500147", base_url=_url(post))
    group, runner = templates_group(lambda: (post.engine, stranger)), CliRunner()
    pushed = runner.invoke(group, ["push"])
    assert pushed.exit_code == 1
    assert "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in pushed.output
    assert f"{len(EVERY)} of {len(EVERY)} templates were not submitted" in pushed.output


def _url(post: Post) -> str:
    return post.emulator.base_url


def test_the_command_refuses_files_that_break_a_rule(post: Post, tmp_path: Any) -> None:
    text = (FOLDER / "resume.yml").read_text(encoding="utf-8").replace("Quedó algo", "Quedó tu vacuna")
    (tmp_path / "resume.yml").write_text(text, encoding="utf-8")
    group, runner = templates_group(lambda: (post.engine, host(post))), CliRunner()
    for command in ("check", "push", "status"):
        refused = runner.invoke(group, [command, "--folder", str(tmp_path)])
        assert refused.exit_code == 1
        assert "resume: outside: 'vacuna' tells whoever sees the screen" in refused.output
    assert calls(post, "POST", "/v1/Content") == []
