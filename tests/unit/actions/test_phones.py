"""The numbers told in an emergency are dated data, and no text has another one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
KEPT: dict[str, Any] = yaml.safe_load((ROOT / "data" / "care" / "phones.yml").read_text(encoding="utf-8"))
CONFIRMED = {number for number, phone in KEPT["phones"].items() if phone["status"] == "confirmed"}
SAID = re.compile(r"\*((?:0800-)?\d{3}(?:-\d{4})?)\*")
EMERGENCY = (
    "utter_danger_sign", "utter_report_violence", "utter_report_self_harm", "utter_follow_up_yes",
    "utter_follow_up_going", "utter_follow_up_no", "utter_goodbye", "utter_after_danger",
)  # fmt: skip


def texts(response: str) -> list[str]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return [variation["text"] for variation in domain["responses"][response]]


def test_the_list_is_dated_and_names_its_sources() -> None:
    assert KEPT["as_of"]
    assert all(phone["for"] and phone["source"] and phone["status"] for phone in KEPT["phones"].values())


@pytest.mark.parametrize("response", EMERGENCY)
def test_an_emergency_text_has_confirmed_numbers_alone(response: str) -> None:
    for text in texts(response):
        told = SAID.findall(text)
        assert told, text
        assert set(told) <= CONFIRMED


@pytest.mark.parametrize(
    ("response", "first"),
    [("utter_danger_sign", "107"), ("utter_report_violence", "144"), ("utter_report_self_harm", "0800-333-1665")],
)
def test_the_number_comes_first(response: str, first: str) -> None:
    assert all(text.startswith(f"*{first}*") for text in texts(response))


def test_a_screen_that_somebody_else_may_read_names_nothing() -> None:
    shown = [*texts("utter_report_violence"), *texts("utter_hide_traces"), texts("utter_goodbye")[0]]
    assert not re.search(r"violencia|maltrat|golpe|denunci|pareja|marido", " ".join(shown), re.IGNORECASE)
