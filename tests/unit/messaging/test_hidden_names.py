"""What identifies a child is hidden in the log, as what identifies an adult is."""

from __future__ import annotations

from latido.messaging.redaction import HIDDEN, masked_values


def test_names_of_children_are_hidden_wherever_they_stand() -> None:
    people = [{"id": "child-1", "given_name": "Luca", "birth_date": "2026-09-01"}]
    hidden = masked_values({"people": people, "child_name": "Luca", "child_dni": "58111222"})
    assert "Luca" not in str(hidden) and "58111222" not in str(hidden)
    assert masked_values([{"entity": "given_name", "value": "Mora"}]) == [{"entity": "given_name", "value": HIDDEN}]
