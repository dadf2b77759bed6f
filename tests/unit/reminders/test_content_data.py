"""The cards of data/content: whole, sourced, unsigned until somebody signs; and workshops that centres told of."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
import yaml

from latido.messaging.templates.replies import reminder_reply
from latido.reminders.content_data import FOLDER, WORKSHOPS, BadContent, load_content

WORKSHOP = {
    "center": 15,
    "title": "Preparación para el parto",
    "when": "jueves de 14 a 16",
    "who": "embarazadas, desde las 20 semanas",
    "how": "sin turno, en la recepción",
    "source": "CeSAC 15, enfermería, por teléfono, 2026-11-20",
    "valid_until": "2026-12-18",
}


def test_the_cards_stand_in_order_and_at_least_a_week_apart():
    for stage in ("pregnancy", "child"):
        first = [card.first_day for card in load_content().cards if card.stage == stage]
        assert all(later - earlier >= load_content().pace.every for earlier, later in itertools.pairwise(first))
        assert len(first) >= 16


@pytest.mark.parametrize("name", ["pregnancy.yml", "baby.yml"])
def test_nobody_is_said_to_have_reviewed_them(name):
    given = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    assert (given["review"], given["reviewed_by"]) == ("pending", None)


@pytest.mark.parametrize("card", load_content().cards, ids=lambda card: card.id)
def test_every_card_fits_its_message_with_a_workshop(card):
    said = {"title": card.title, "text": card.text, "source": card.source, "workshop": "x" * 240}
    reply = reminder_reply("tip", said, 7)
    assert len(reply.text) <= 1024 and card.text in reply.text
    without = reminder_reply("tip", {**said, "workshop": None}, 7)
    assert "\n\n\n" not in without.text and [button.title for button in without.buttons] == [
        "No quiero más",
        "Otra cosa",
    ]


@pytest.mark.parametrize("card", load_content().cards, ids=lambda card: card.id)
def test_no_card_names_a_dose_or_says_that_all_is_well(card):
    said = card.text.lower()
    for word in (
        " mg",
        "miligramo",
        "gotas",
        "comprimido",
        "paracetamol",
        "ibuprofeno",
        "no te preocupes",
        "quedate tranquila",
    ):
        assert word not in said


def copied(tmp_path: Path, name: str, change) -> Path:
    folder = tmp_path / "content"
    shutil.copytree(FOLDER, folder)
    given = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    change(given)
    (folder / name).write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    return folder


def change_card(**fields):
    return lambda given: given["cards"][0].update(fields)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("pregnancy.yml", change_card(sources=["nobody"]), "names its sources"),
        ("pregnancy.yml", change_card(sources=[]), "names its sources"),
        ("pregnancy.yml", change_card(text="x" * 700), "characters of text fit"),
        ("pregnancy.yml", change_card(id="preg_cot"), "two cards are called preg_cot"),
        ("pregnancy.yml", change_card(id="a:b"), "letters, digits and underscores"),
        ("baby.yml", change_card(tip="nothing"), "has no card 'nothing'"),
        ("pace.yml", lambda given: given.update(gap_days="two"), "gap_days must be a whole number"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, name, change, says):
    with pytest.raises(BadContent, match=says):
        load_content(copied(tmp_path, name, change))


def test_a_workshop_is_told_as_soon_as_a_centre_told_of_it(tmp_path):
    path = tmp_path / "workshops.yml"
    path.write_text(yaml.safe_dump({"as_of": "2026-11-23", "workshops": [WORKSHOP]}, allow_unicode=True), "utf-8")
    [workshop] = load_content(FOLDER, path).workshops
    assert (workshop.center, workshop.valid_until.isoformat(), workshop.stage) == (15, "2026-12-18", None)
    assert (
        "CeSAC N° 15" in workshop.line and "jueves de 14 a 16" in workshop.line and "en la recepción" in workshop.line
    )


def test_no_workshop_is_invented():
    listed = yaml.safe_load(WORKSHOPS.read_text(encoding="utf-8"))["workshops"]
    assert len(load_content().workshops) == len(listed)


def test_a_workshop_for_nobody_in_particular_is_not_taken(tmp_path):
    path = tmp_path / "workshops.yml"
    path.write_text(yaml.safe_dump({"workshops": [WORKSHOP | {"for": "everybody"}]}), "utf-8")
    with pytest.raises(BadContent, match="`for` is one of"):
        load_content(FOLDER, path)
