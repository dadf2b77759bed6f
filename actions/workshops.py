"""Workshops: those of the dated list, if there are; else whom to ask, and her interest noted."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from ruamel.yaml import YAML

from actions.base import LatidoAction
from actions.care_client import CareClient
from actions.journey import answers
from actions.replies import Json
from actions.speech import BODY_LIMIT, center_title, shorten
from actions.texts import piece
from actions.turn import Event, Turn

FILE = Path(__file__).resolve().parents[1] / "data" / "care" / "workshops.yml"
LOCAL = timezone(timedelta(hours=-3))
NOTIFY = "notify"
NEAREST = 3
MOST_SHOWN = 3


@lru_cache(maxsize=1)
def load_workshops() -> tuple[Json, ...]:
    """The workshops of the data file."""
    content: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return tuple(content["workshops"] or ())


def standing(workshops: tuple[Json, ...], centers: list[Json], today: date) -> list[Json]:
    """Those of these centres whose date has not run out, nearest centre first."""
    order = {center["number"]: index for index, center in enumerate(centers)}
    good = [one for one in workshops if one["center"] in order and date.fromisoformat(str(one["valid_until"])) >= today]
    return sorted(good, key=lambda one: order[one["center"]])


@answers("ask_workshops")
def answer_workshops(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """Her interest noted, the workshops near her, or whom to ask."""
    if turn.entity("detail") == NOTIFY:
        _note_interest(turn, care, say)
        return
    centers = _near(turn, care)
    found = standing(load_workshops(), centers, datetime.now(LOCAL).date())
    if found:
        say.utter_message(response="utter_workshops", workshops=_text(found, centers))
    elif centers:
        say.utter_message(response="utter_workshops_ask", center=_whom_to_ask(centers[0]))
    else:
        say.utter_message(response="utter_ask_workshops")


def _near(turn: Turn, care: CareClient) -> list[Json]:
    place = turn.slots.get("place")
    if place is None:
        return []
    near = {"latitude": place["latitude"], "longitude": place["longitude"]}
    return list(care.search_places(None, near, None, NEAREST).get("centers") or [])


def _text(found: list[Json], centers: list[Json]) -> str:
    names = {center["number"]: center_title(center) for center in centers}
    shown = [
        piece(
            "workshops.entry", title=w["title"], when=w["when"], who=w["who"], how=w["how"], center=names[w["center"]]
        )
        for w in found[:MOST_SHOWN]
    ]
    return shorten("\n\n".join(shown), BODY_LIMIT)


def _whom_to_ask(center: Json) -> str:
    phones, name = center.get("phones") or [], center_title(center)
    return piece("workshops.phone", name=name, phone=phones[0]) if phones else piece("workshops.no_phone", name=name)


def _note_interest(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """Kept for the people who run the service. No consent to reminders: those tell of pregnancy and children."""
    centers = _near(turn, care)
    opinion = {
        "kind": "other",
        "text": piece("workshops.interest"),
        "center_number": centers[0]["number"] if centers else None,
    }
    care.give_feedback(turn.resident, opinion, turn.key("workshops"))
    say.utter_message(response="utter_workshops_noted")


class Workshops(LatidoAction):
    """Workshops, outside a form."""

    action_name = "action_workshops"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """One answer."""
        answer_workshops(turn, self.care, say)
        return []
