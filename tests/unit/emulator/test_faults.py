"""Faults on demand, each seen from the side that suffers it."""

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.unit.emulator.stage import ANA


def test_429_for_as_many_requests_as_asked(stage):
    stage.opens_window()
    stage.emulator.faults(rest={"kind": "too_many_requests", "times": 2})
    for _ in range(2):
        with pytest.raises(TwilioRestException) as refused:
            stage.sends(body="x")
        assert (refused.value.status, refused.value.code) == (429, 20429)
    assert stage.sends(body="x").status == "queued"
    assert [call["fault"] for call in stage.emulator.requests()] == ["too_many_requests"] * 2 + [None]


def test_500_without_processing(stage):
    stage.opens_window()
    stage.emulator.faults(rest="server_error")
    with pytest.raises(TwilioRestException) as refused:
        stage.sends(body="x")
    assert refused.value.status == 500
    assert stage.twilio.messages.list(to=f"whatsapp:{ANA}") == []


@pytest.mark.parametrize(("kind", "sent"), [("reset", 0), ("reset_after_accepting", 1)])
def test_a_cut_connection_may_or_may_not_have_sent(stage, kind, sent):
    stage.opens_window()
    stage.emulator.faults(rest=kind)
    with pytest.raises(requests.exceptions.ConnectionError):
        stage.sends(body="x")
    assert len(stage.twilio.messages.list(to=f"whatsapp:{ANA}")) == sent


def test_no_answer_after_accepting(stage):
    stage.opens_window()
    stage.emulator.faults(rest={"kind": "timeout_after_accepting", "hold_seconds": 60})
    url = f"{stage.config.base_url}/2010-04-01/Accounts/{stage.config.account_sid}/Messages.json"
    form = {"To": f"whatsapp:{ANA}", "From": stage.config.sender, "Body": "quizás"}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(url, data=form, auth=(stage.config.account_sid, stage.config.auth_token), timeout=0.5)
    assert stage.emulator.phone(ANA).waits_for_reply()[0].body == "quizás"


def test_a_far_twilio_has_nothing_yet_when_half_the_time_is_not_over(stage):
    stage.opens_window()
    stage.emulator.faults(rest_delay_ms=240_000)
    url = f"{stage.config.base_url}/2010-04-01/Accounts/{stage.config.account_sid}/Messages.json"
    form = {"To": f"whatsapp:{ANA}", "From": stage.config.sender, "Body": "lejos"}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(url, data=form, auth=(stage.config.account_sid, stage.config.auth_token), timeout=0.5)
    stage.emulator.faults(rest_delay_ms=40)
    assert stage.sends(body="cerca").status == "queued"
    assert [each.body for each in stage.emulator.phone(ANA).waits_for_reply()] == ["cerca"]


def test_lost_doubled_and_shuffled_receipts(stage):
    stage.opens_window()
    stage.emulator.faults(lose=["delivered"], duplicates=1, shuffle=True)
    stage.sends(body="x")
    received = stage.bridge.waits_for("/status", 4)
    assert [each.form["MessageStatus"] for each in received] == ["read", "read", "sent", "sent"]


def test_no_read_receipts_and_a_failure_code(stage):
    stage.opens_window()
    stage.emulator.faults(read_receipts=False, fail_code=63024, fail_times=1)
    stage.sends(body="x")
    stage.sends(body="y")
    received = [each.form for each in stage.bridge.waits_for("/status", 3)]
    assert {(each["MessageStatus"], each.get("ErrorCode")) for each in received} == {
        ("failed", "63024"),
        ("sent", None),
        ("delivered", None),
    }


def test_concurrency_is_limited(stage):
    stage.emulator.limits(concurrent_requests=0)
    with pytest.raises(TwilioRestException) as refused:
        stage.sends(body="x")
    assert refused.value.code == 20429


def test_the_pair_limit_fails_the_46th_message_and_can_be_switched_off(stage):
    stage.opens_window()
    stage.emulator.faults(read_receipts=False)
    for number in range(46):
        stage.sends(body=str(number))
    codes = [each.form.get("ErrorCode") for each in stage.bridge.waits_for("/status", 91)]
    assert codes.count("63018") == 1
    stage.emulator.limits(pair=False)
    stage.sends(body="47")
    assert [each.form.get("ErrorCode") for each in stage.bridge.waits_for("/status", 93)].count("63018") == 1


def test_the_portfolio_limit_counts_new_users_outside_the_window(stage):
    stage.emulator.faults(window="open")
    stage.emulator.limits(conversations_per_day=1)
    stage.sends(body="inside")
    assert stage.bridge.waits_for("/status", 3)[-1].form["MessageStatus"] == "read"


def test_a_switch_that_does_not_exist_is_refused_with_those_that_do(stage):
    with pytest.raises(AssertionError, match="there are: rest, window"):
        stage.emulator.faults(windows="closed")
