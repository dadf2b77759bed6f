"""Early-childhood centres in words: ages as one says them, the way, and what nobody publishes. Pure."""

from __future__ import annotations

from actions.replies import Json
from actions.speech import BODY_LIMIT, WALKABLE_MINUTES, distance_in_words, shorten
from actions.texts import piece

DAYS_A_MONTH = 30.4
MONTHS_OF_YEARS = 24  # from here on ages are said in years


def centres_text(place: Json, centres: list[Json], age: Json) -> str:
    """The nearest centres in one message; those of which it is not known whether they take the child say so."""
    intro = "childhood.intro_approximate" if place.get("approximate") else "childhood.intro"
    blocks = [_centre(one, asked=age.get("days_min") is not None) for one in centres]
    parts = [piece(intro, place=place.get("label") or ""), *blocks, piece("childhood.ask")]
    return shorten("\n\n".join(parts), BODY_LIMIT)


def _centre(centre: Json, asked: bool) -> str:
    lines = [_ages(centre), *([piece("childhood.doubt")] if asked and centre.get("takes_the_age") is None else [])]
    if asked and centre.get("takes_the_age") is False:
        lines.append(piece("childhood.not_this_age"))
    lines += [way_text(centre), _phone(centre)]
    name = piece("childhood.name", kind=centre["kind"], name=centre["name"])
    return piece("centers.item", name=name, address=centre.get("address") or "", lines="\n".join(lines))


def way_text(place: Json) -> str:
    """How long it takes to get there, each an estimate: on foot, or by bus where it is far."""
    travel, distance = place.get("travel") or {}, distance_in_words(place["distance_m"])
    minutes = travel.get("walking", {}).get("minutes")
    if minutes is not None and minutes <= WALKABLE_MINUTES:
        return piece("centers.walk", minutes=minutes, distance=distance)
    bus = travel.get("bus", {}).get("minutes")
    if bus is None:
        return piece("centers.too_far_to_walk", distance=distance)
    return piece("centers.by_bus", minutes=bus, distance=distance)


def _ages(centre: Json) -> str:
    youngest, oldest = centre.get("age_from_days"), centre.get("age_to_months")
    if youngest is None or oldest is None:
        return piece("childhood.ages_unknown")
    return piece("childhood.ages", youngest=_from(int(youngest)), oldest=_to(int(oldest)))


def _from(days: int) -> str:
    if days < 60:
        return piece("childhood.days", count=days)
    months = round(days / DAYS_A_MONTH)
    return piece("childhood.one_year") if months == 12 else piece("childhood.months", count=months)


def _to(months: int) -> str:
    if months < MONTHS_OF_YEARS:
        return piece("childhood.one_year") if months == 12 else piece("childhood.months", count=months)
    return piece("childhood.years", count=months // 12)


def _phone(centre: Json) -> str:
    phones = centre.get("phones") or []
    return piece("centers.phone", phone=phones[0]) if phones else piece("centers.no_phone")
