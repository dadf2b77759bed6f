"""Receipts merged by one statement leave a message as those merged one by one would; nothing is done twice or lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select, update

from latido.crypto import Vault
from latido.messaging.delivery import store_receipts
from latido.messaging.messages import Receipt
from latido.messaging.receipts import FINAL_FAILURES, merge_status, moment_column
from latido.messaging.tables import alert, message, receipt, resident
from latido.messaging.usual_receipts import store_usual_receipts

STATUSES = ("queued", "sent", "delivered", "read", "failed", "undelivered", "of_tomorrow")
SIDS = ("SM1", "SM2", "SMnobody")

groups = st.lists(st.lists(st.tuples(st.sampled_from(SIDS), st.sampled_from(STATUSES)), max_size=5), max_size=5)
known = st.sampled_from([None, "accepted", "queued", "sent", "delivered", "read", "failed"])


@pytest.fixture
def town(engine: Engine, vault: Vault) -> Engine:
    with engine.begin() as connection:
        connection.execute(insert(resident).values(key="r", address_sealed=vault.seal("whatsapp:+5491151234567")))
    return engine


def _sent(engine: Engine, status: str | None) -> None:
    with engine.begin() as connection:
        for table in (alert, receipt, message):
            connection.execute(delete(table))
        state = "failed" if status in FINAL_FAILURES else "handed_over"
        rows = [{"provider_sid": sid} for sid in SIDS[:2]]
        same = {"resident": "r", "direction": "out", "kind": "text", "content_sealed": b"x"}
        connection.execute(insert(message), [row | same | {"state": state, "status": status} for row in rows])


def _expected(status: str | None, received: Sequence[str]) -> tuple[str | None, set[str]]:
    for one in received:
        status = merge_status(status, one)
    return status, {moment for one in received if (moment := moment_column(one))}


@settings(max_examples=60, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=known, received=groups)
def test_any_receipts_in_any_groups_leave_what_one_by_one_would(
    town: Engine, status: str | None, received: list[list[tuple[str, str]]]
) -> None:
    _sent(town, status)
    for group in received:
        store_receipts(town, [Receipt(sid, reported) for sid, reported in group])

    one_by_one = [each for group in received for each in group]
    with town.connect() as connection:
        rows = {row.provider_sid: row for row in connection.execute(select(message))}
        kept = {(row.provider_sid, row.status) for row in connection.execute(select(receipt))}
    assert kept == set(one_by_one)
    for sid in SIDS[:2]:
        reached, moments = _expected(status, [reported for of, reported in one_by_one if of == sid])
        assert rows[sid].status == reached
        assert rows[sid].state == ("failed" if reached in FINAL_FAILURES else "handed_over")
        named = {name for name in ("sent_at", "delivered_at", "read_at", "failed_at") if getattr(rows[sid], name)}
        assert named == moments


def test_what_is_unusual_is_left_to_do(town: Engine) -> None:
    _sent(town, None)
    usual, failed = Receipt("SM1", "delivered"), [Receipt("SM2", "sent"), Receipt("SM2", "failed", 63016)]
    nobody = Receipt("SMnobody", "read", reference=1)
    assert store_usual_receipts(town, [usual, *failed, nobody, usual]) == [*failed, nobody]
    assert store_usual_receipts(town, [usual]) == []
    with town.begin() as connection:
        connection.execute(update(message).values(status="undelivered", state="failed"))
    assert store_usual_receipts(town, [usual]) == [usual]


def test_a_moment_that_is_known_stays(town: Engine) -> None:
    _sent(town, None)
    for _ in range(2):
        store_receipts(town, [Receipt("SM1", "read")])
        with town.begin() as connection:
            connection.execute(update(message).values(read_at=func.timestamptz("2026-11-01T00:00:00Z")))
    with town.connect() as connection:
        row = connection.execute(select(message).where(message.c.provider_sid == "SM1")).one()
    assert (row.read_at.isoformat(), row.status) == ("2026-11-01T00:00:00+00:00", "read")
    assert row.handed_over_at is not None
