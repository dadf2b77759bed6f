"""Rows of a comparison in bulk: residents who were told one wording, and what they did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from latido.experiments.data import load_experiments

(EXPERIMENT,) = load_experiments().all


def fill(engine: Engine, at: datetime, arm: str, people: int, opted_out: int, booked: int, attended: int = 0) -> None:
    """So many residents of one arm told at that moment, in the tables that the parts write; the first ones did it."""
    with engine.begin() as connection:
        connection.exec_driver_sql(_ROWS, locals() | {"name": EXPERIMENT.name})


_ROWS = """
WITH who AS (SELECT substr(md5(%(arm)s || n), 1, 32) AS key, n FROM generate_series(1, %(people)s) n),
phones AS (INSERT INTO resident (key, address_sealed) SELECT key, '' FROM who RETURNING key),
said AS (
  INSERT INTO reminder (key, resident, role, group_key, kind, name, service, due_at, not_after, template,
                        variables_sealed, codes, state, created_at, changed_at)
  SELECT 'k', key, 'self', 'g', 'checkup', 'book', 'prenatal', %(at)s, %(at)s, 'checkup_book',
         '', '{}', 'sent', %(at)s, %(at)s FROM phones RETURNING id, resident),
logged AS (
  INSERT INTO message (resident, direction, kind, state, content_sealed, reminder_id, handed_over_at)
  SELECT resident, 'out', 'text', 'handed_over', '', id, %(at)s FROM said),
left_us AS (
  INSERT INTO care_consent (resident, scope, version, given_at, withdrawn_at)
  SELECT key, 'reminders', '1', %(at)s, %(at)s::timestamptz + interval '1 hour' FROM who WHERE n <= %(opted_out)s)
INSERT INTO reminder_exposure (experiment, resident, arm, first_at, reminder_id, fell_back, booked_at, attended_at)
SELECT %(name)s, resident, %(arm)s, %(at)s, id, false,
       CASE WHEN n <= %(booked)s THEN %(at)s::timestamptz + interval '1 day' END,
       CASE WHEN n <= %(attended)s THEN %(at)s::timestamptz + interval '9 days' END
FROM said JOIN who ON who.key = resident
"""
