"""When a service that keeps failing is left alone, and when it is tried again."""

from concurrent.futures import ThreadPoolExecutor

from latido.breaker import FAILURES_TO_OPEN, OPEN_SECONDS, CircuitBreaker


def test_after_repeated_failures_one_call_every_half_minute_tries_again():
    now = [1000.0]
    breaker = CircuitBreaker(lambda: now[0])
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.may_call()
        breaker.failed()
    assert not breaker.may_call()
    now[0] += OPEN_SECONDS + 1
    assert breaker.may_call() and not breaker.may_call()
    breaker.succeeded()
    assert breaker.may_call() and breaker.may_call()


def test_a_success_between_failures_starts_the_count_anew():
    breaker = CircuitBreaker(lambda: 0.0)
    for _ in range(3 * FAILURES_TO_OPEN):
        breaker.failed()
        breaker.succeeded()
    assert breaker.may_call()


def test_of_many_callers_after_a_pause_one_tries():
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0], failures_to_open=1, open_seconds=5.0)
    breaker.failed()
    now[0] = 5.0
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: breaker.may_call(), range(32))) == 1
    breaker.failed()
    assert not breaker.may_call()
    now[0] = 10.0
    assert breaker.may_call()
