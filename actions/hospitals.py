"""Hospitals: where children are born near her, and what that knowledge rests on."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.care_client import CareClient
from actions.replies import Json, button, payload
from actions.speech import BODY_LIMIT, WALKABLE_MINUTES, distance_in_words, shorten
from actions.texts import mentions, piece
from actions.turn import Turn

SHOWN = 2
MATERNITY, ANY = "maternity", "any"
INTENTS = frozenset({"find_cesac", "ask_center_details"})


def hospital_sought(turn: Turn) -> str | None:
    """Whether she asks for a hospital rather than a health centre: MATERNITY, ANY, or None."""
    if turn.intent not in INTENTS or turn.entity("center_number") is not None:
        return None
    tapped = turn.entity("detail")
    if tapped in (MATERNITY, ANY):
        return str(tapped)
    if mentions(turn.words, "maternity"):
        return MATERNITY
    return ANY if mentions(turn.words, "hospital") else None


def show_hospitals(care: CareClient, place: Json, kind: str, say: CollectingDispatcher) -> None:
    """The nearest ones, with how to get there and, for a maternity, how sure that is."""
    near = {"latitude": place["latitude"], "longitude": place["longitude"]}
    found: list[Json] = care.hospitals(near, kind == MATERNITY, SHOWN)["hospitals"]
    again = button(piece("centers.other_zone_button"), payload("find_cesac", place="other", detail=kind))
    say.utter_message(response="utter_hospitals", hospitals=hospitals_text(place, found, kind), buttons=[again])


def hospitals_text(place: Json, found: list[Json], kind: str) -> str:
    """The hospitals in one message. Pure."""
    intro = piece(f"hospitals.intro_{kind}", place=place.get("label") or "")
    basis = piece("hospitals.basis" if kind == MATERNITY else "hospitals.estimated")
    blocks = [_hospital(one, kind) for one in found]
    return shorten("\n\n".join([intro, *blocks, f"{basis} {piece('hospitals.urgent')}"]), BODY_LIMIT)


def _hospital(hospital: Json, kind: str) -> str:
    lines = [piece("hospitals.maternity")] if kind == ANY and hospital.get("maternity") else []
    lines += [_travel(hospital), *_phones(hospital)]
    return piece("centers.item", name=hospital["name"], address=hospital["address"], lines="\n".join(lines))


def _travel(hospital: Json) -> str:
    minutes = {way: mode["minutes"] for way, mode in hospital["travel"].items()}
    path = "hospitals.travel" if minutes["walking"] <= WALKABLE_MINUTES else "hospitals.travel_far"
    return piece(path, **minutes, distance=distance_in_words(hospital["distance_m"]))


def _phones(hospital: Json) -> list[str]:
    general, emergency = hospital.get("phones") or [], hospital.get("emergency_phones") or []
    lines = [piece("hospitals.phone", phone=general[0])] if general else []
    return lines + ([piece("hospitals.emergency", phone=emergency[0])] if emergency else [])
