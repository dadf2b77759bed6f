"""Parts that never speak to each other name the same trace, and those that do hand it on."""

from __future__ import annotations

import threading

import pytest

from tracelog import FinishedStep, current, note, parsed, resume, resumed, step, tell_of_steps, trace_of, traceparent

SID = "SM" + "0a" * 16


@pytest.fixture
def told() -> list[FinishedStep]:
    return []


@pytest.fixture(autouse=True)
def listening(told: list[FinishedStep]):  # type: ignore[no-untyped-def]
    stop = tell_of_steps(told.append)
    yield
    stop()


def test_a_message_has_one_trace_wherever_it_is_worked_out() -> None:
    assert trace_of(SID) == trace_of(SID)
    assert trace_of(SID).trace_id != trace_of(SID + "1").trace_id
    assert SID not in trace_of(SID).header


def test_the_header_is_read_as_it_is_written() -> None:
    assert parsed(trace_of(SID).header) == trace_of(SID)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "ana",
        "00-" + "0" * 32 + "-" + "1" * 16 + "-01",
        "00-" + "1" * 32 + "-" + "0" * 16 + "-01",
        "00-1-2-01",
    ],
)
def test_another_header_names_nobody(header: str | None) -> None:
    assert parsed(header) is None


def test_a_step_belongs_to_the_one_around_it(told: list[FinishedStep]) -> None:
    with step("turn", trace_of(SID)):
        inside = traceparent()
        with step("send"):
            note(outcome="handed_over")
    send, turn = told
    assert (send.name, send.facts, send.parent) == ("send", {"outcome": "handed_over"}, turn.trace)
    assert turn.parent == trace_of(SID)
    assert inside == {"traceparent": turn.trace.header}
    assert {send.trace.trace_id, turn.trace.trace_id} == {trace_of(SID).trace_id}
    assert turn.began <= send.began <= send.ended <= turn.ended


def test_the_first_step_of_a_trace_has_no_parent(told: list[FinishedStep]) -> None:
    with step("webhook", begins=trace_of(SID)):
        pass
    assert (told[0].trace, told[0].parent) == (trace_of(SID), None)


def test_a_step_that_fails_says_with_what_and_lets_it_through(told: list[FinishedStep]) -> None:
    with pytest.raises(ZeroDivisionError), step("turn", trace_of(SID)):
        _ = 1 / 0
    assert told[0].error == "ZeroDivisionError"
    assert current() is None


def test_outside_of_a_step_nothing_is_handed_on_or_noted() -> None:
    note(outcome="ignored")
    assert traceparent() == {}


def test_a_thread_knows_only_its_own_trace() -> None:
    seen: list[object] = []
    with resumed(trace_of(SID)):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_task_stays_in_its_trace_until_told_otherwise() -> None:
    with resumed(None):
        resume(trace_of(SID))
        assert current() == trace_of(SID)
