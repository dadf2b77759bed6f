"""`person_cue`: whom of her people a message is about, as far as its words tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.entities.found import Reading

PEOPLE_FILE = Path(__file__).parents[2] / "data" / "people.yml"

_OLDER = r"(?:mas grande|mayor(?! de)|grande|mas viej[oa]|primer[oa])"
_YOUNGER = r"(?:mas (?:chic[oa]|chiquit[oa]|peque\w*|joven)|menor(?! de)|chiquit[oa]|peque\w*|ultim[oa])"
_NO_PERSON_AFTER = (
    r"(?! (?:dias|turnos|controles|meses|anos|semanas|cesac|centros|lados|veces|horas|cosas|citas|opciones"
    r"|cuadras|manos|piernas|test))"
)
_ALL = re.compile(
    r"\b(?:(?:l[oa]s|a l[oa]s|para l[oa]s) (?:dos|tres|2|3)|amb[oa]s|todos mis (?:hijos|chicos)|tod[oa]s "
    rf"ell[oa]s)\b{_NO_PERSON_AFTER}"
)
_WHICH = re.compile(
    rf"\b(?:el|la|al|del|mi|para el|para la|l[oa]s) (?:(?P<older>{_OLDER})|(?P<younger>mas (?:chic[oa]"
    r"|chiquit[oa]|peque\w*)|menor(?! de)|mas joven))\b(?! (?:problema|parte|cantidad|dificultad"
    r"|informacion))"
)
_SELF = re.compile(
    r"\b(?:(?:para|a nombre|por|a|de) mi(?: mism[ao]| sola?)?(?=$|[.,;!?\n]| (?:y|o|no|que|el|la|es|por "
    r"favor|porfa|gracias|estoy|tengo|soy|con|en|a)\b)"
    r"|(?:soy|era|es) yo\b|yo mism[ao]\b|(?:la|el) (?:embarazada|paciente) soy yo\b|\b(?:es|seria) "
    r"(?:el |la )?mi[oa]\b|yo soy la (?:embarazada|mama|paciente))"
)
_GROWN_AFTER = re.compile(
    r"^\W+(?:\w+\W+){0,6}?(?:e[mn]barazad\w*|quedo e[mn]bara|esta (?:ya )?(?:de|por) \w+ (?:mes|semana)"
    r"|tuvo (?:un|a su|su|familia)|pario|dio a luz)"
)
_GROWN_BEFORE = re.compile(r"\be[mn]barazad\w+ (?:es |a )?$|\bembarazo de $")
_ADULT_BEFORE = re.compile(
    r"\b(?:para|de|a nombre de|turno a|turno|control|llev\w+ a|acompan\w+ a|es|seria|es para)(?: (?:mi|una"
    r"|otra|la))? $"
)
_ADULT_AFTER = re.compile(
    r"^(?: \w+)? (?:\w+ )?(?:est[ae]|quiere|queria|necesita|tiene|se (?:hizo|siente|atiende|controla)"
    r"|no se controlo|va por|quedo|anda|cumplio|busca|perdio|cursa|vive)\b|^ e[mn]barazada"
)
_BYSTANDER = re.compile(
    r"\b(?:vivo con|vive con|con|soy|viene|vino|dice|dijo|sabe|junto a|fui con|voy con|por|le pregunte a|le "
    r"dije a|habla)(?: (?:la|el|mi|una))* $"
)


@dataclass(frozen=True)
class Relations:
    """Words for people, and how they are spoken of."""

    child: frozenset[str]
    adult: frozenset[str]
    may_be_grown: frozenset[str]
    words: frozenset[str]
    spoken_of: re.Pattern[str]
    after_my: re.Pattern[str]


@lru_cache(maxsize=1)
def relations() -> Relations:
    """The words of bot/data/people.yml."""
    data = yaml.safe_load(PEOPLE_FILE.read_text(encoding="utf-8"))
    child, adult = frozenset(data["child"].split()), frozenset(data["adult"].split())
    both = "|".join(sorted(child | adult, key=len, reverse=True))
    unknown = "|".join(data["adult_unknown"].split())
    spoken_of = re.compile(
        r"\b(?:(?:mis?|nuestr[oa]|su|el|la|los|las|al|del|un|una|otr[oa]|este|esta|tengo|para|de|y"
        rf"|turno|control|pediatra|vacunas)(?: otr[oa]| dos| tres| 2| 3| un| una)? (?P<relation>{both})"
        rf"|(?:una|otra) (?P<unknown>{unknown}))\b"
        rf"(?: (?:(?P<older>{_OLDER})|(?P<younger>{_YOUNGER}))\b)?"
    )
    after_my = re.compile(
        rf"\b(?:mis?|nuestr[oa]|la|el|su|de) (?:{both})(?: {_OLDER}| {_YOUNGER})?(?:,| que se llama)? (?:es "
        r")?"
    )
    may_be_grown = frozenset(data["may_be_grown"].split())
    return Relations(
        child, adult, may_be_grown, child | adult | frozenset(data["adult_unknown"].split()), spoken_of, after_my
    )


def find_people(reading: Reading) -> None:
    """Adds each `person_cue`, in order, nobody twice."""
    told: list[dict[str, Any]] = []
    for value, start, end in sorted(_cues(reading), key=lambda cue: cue[1]):
        if value not in told:
            told.append(value)
            reading.add_beside("person_cue", value, start, end)


def _cues(reading: Reading) -> Iterator[tuple[dict[str, Any], int, int]]:
    folded = reading.folded
    spoken_of = [match for match in relations().spoken_of.finditer(folded) if _is_meant(folded, match)]
    for match in spoken_of:
        which = "older" if match["older"] else "younger" if match["younger"] else _plural(match["relation"])
        yield _cue(_who(folded, match), match["relation"] or match["unknown"], which), *match.span()
    for match in _WHICH.finditer(folded):
        if all(match.end() <= other.start() or match.start() >= other.end() for other in spoken_of):
            yield _cue(None, None, "older" if match["older"] else "younger"), *match.span()
    for match in _ALL.finditer(folded):
        yield _cue(None, None, "all"), *match.span()
    for match in _SELF.finditer(folded):
        yield _cue("self", None, None), *match.span()


def _cue(who: str | None, relation: str | None, which: str | None) -> dict[str, Any]:
    return {"who": who, "relation": relation, "which": which}


def _plural(relation: str | None) -> str | None:
    """ "Mis hijos" are all of them."""
    return "all" if relation in relations().child and (relation or "").endswith("s") else None


def _who(folded: str, match: re.Match[str]) -> str:
    relation = match["relation"]
    if relation not in relations().child:
        return "other_adult"
    grown = _GROWN_AFTER.match(folded[match.end() :]) or _GROWN_BEFORE.search(folded[: match.start()])
    return "other_adult" if relation in relations().may_be_grown and grown else "child"


def _is_meant(folded: str, match: re.Match[str]) -> bool:
    """Whether it is somebody to be cared for, not somebody who stands by."""
    before, after = folded[: match.start()], folded[match.end() :]
    if match["relation"] in relations().child:
        return not re.search(r"\b(?:soy|tu) $", before)
    if _BYSTANDER.search(before):
        return False
    about = re.match(r"(?:para|de) ", match.group())
    return bool(about or _ADULT_BEFORE.search(before) or _ADULT_AFTER.match(after))
