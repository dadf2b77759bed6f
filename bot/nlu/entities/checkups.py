"""`prior_checkups`: whether this pregnancy has been looked at before."""

from __future__ import annotations

import re

from bot.nlu.entities.found import Reading

_CHECKED = (
    r"(?:controle|controlo|hice (?:un |ningun |los )?control(?:es)?|hice (?:ver|atender)|atendi|"
    r"fui al (?:medico|control|doctor)|fui a (?:ningun )?control(?:es)?)"
)
_NONE = (
    re.compile(rf"\b(?:nunca|jamas|todavia no|aun no|no|ni una vez)(?: me| fui| todavia| lo)* {_CHECKED}\b"),
    re.compile(
        r"\b(?:no tuve|no tengo|sin|ningun|0|cero) (?:ningun |hechos? |hecho |un |el |primer )*control(?:es)?\b"
    ),
    re.compile(r"\bno (?:me )?(?:hice|tengo|tuve)(?: hecho)? (?:nada|ningun(?:o)? (?:estudio|control)|ninguno)\b"),
    re.compile(r"\b(?:es|seria|va a ser|sera) (?:mi |el |la )?primer[ao]? (?:control|consulta|vez que me controlo)\b"),
    re.compile(
        r"\b(?:primer control|no me controle|nunca me vi|nunca fui|no fui (?:todavia|nunca)|no me estoy controlando)\b"
    ),
)
_SOME = (
    re.compile(r"\b(?:ya|si)(?: me)? (?:hice|tuve|fui a|tengo) (?:\w+ )?control(?:es)?\b"),
    re.compile(
        r"\b(?:me (?:estoy controlando|controlo|controle|vengo controlando|atiendo)|tuve|hice|tengo|llevo) "
        r"(?:\d{1,2}|un|dos|tres|cuatro|varios|algunos|unos)? ?control(?:es)?\b"
    ),
    re.compile(
        r"\b(?:me (?:estoy controlando|vengo controlando|controlaba)|ya me controle|ultimo control|segundo control)\b"
    ),
)


def find_checkups(reading: Reading) -> None:
    """Adds `prior_checkups`: `none` wins, for it books sooner."""
    for value, patterns in (("none", _NONE), ("some", _SOME)):
        for pattern in patterns:
            match = pattern.search(reading.folded)
            if match:
                reading.add("prior_checkups", value, *match.span())
                return
