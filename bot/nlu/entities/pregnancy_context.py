"""What the words around weeks and months make of them: hers and now, or a child's age, a loss, a wait, a guess."""

from __future__ import annotations

import re

from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER

SPEAKS_OF_IT = ("gestational", "weeks", "last_period", "pregnan")

_SAID = (
    r"\b(?:estoy|estamos|ando|voy|vamos|curso|cursando|cursamos|llevo|llevamos|entre|entrando|entramos"
    r"|empece|empiezo|empezando|arranco|arranque|transito|transitando"
    r"|tengo|tenemos|son|eran|serian|seran|es|creo|calculo|ponele)"
)
_SAID_OF_HER = r"\b(?:esta|va|anda|cursa|lleva|estara|andara|estaba|andaba|iba|empieza|empezo|entro)"
_LINK = (
    r"(?:\W+(?:de|del|en|por|con|el|la|las|los|al|unas|unos|como|casi|ya|recien|aproximadamente|aprox|mas o "
    r"menos|mas|o|menos|masomenos|que|mi|mis|embarazada|mellizos|mellizas|gemelos|trillizos|creo|tipo"
    r"|cerca|alrededor|a|un|su))*\W*$"
)
_FIRST_PERSON = re.compile(_SAID + _LINK)
_THIRD_PERSON = re.compile(_SAID_OF_HER + _LINK)
_HAS = re.compile(r"\b(?:tiene|tienen)(?: ya| como| unas| unos| de)* $")
ADULT = re.compile(
    r"\b(?:hermana|senora|mujer|esposa|pareja|novia|cunada|nuera|amiga|prima|vecina|mama|madre|chica"
    r"|companera|companero|paciente|tia)\b"
)
_CHILD = re.compile(
    r"\b(?:(?:mi|su|el|la|un|una|al|del|tu|este|esta|otro|otra) (?:bebe|bb|nene|nena|hij[oa]|hijit[oa]"
    r"|beba|gord[oa]|gordit[oa]|chiquit[oa]|peque\w*|niet[oa]|sobrin[oa]|nin[oa])"
    r"|(?:bebe|nene|nena|hij[oa]|niet[oa]|nin[oa]) de|wawa|guagua|criatura|recien nacid[oa]|mellizos de|gemelos de)\b"
)
CARRYING = re.compile(
    r"\be[mn]bara[sz]|gestant|gestacion|gestando|\b(?:hija|nieta|sobrina|hermana|cunada"
    r"|nuera)\b[\w\s,]*\b(?:esta|va|anda|cursa)(?: ya)? (?:de|por|en|como de)\b|\bpanza\b|\bbarriga\b|\ben camino\b"
    r"|\bprenatal\b|gravida|ryeguasu|wiksayuq"
)
_PREGNANT = re.compile(
    r"\be[mn]bara[sz]\w*|\bgest(?:ante|acion|ando|a)\b|\bencinta\b|\bpanza\b|\bbarriga\b|\bprenatal\b"
    r"|\bprenada\b|\bobste\w+|\bpartera\b"
    r"|ryeguasu|wiksayuq|gravida|\ben estado\b|\bdulce espera\b|\bespero (?:un |a mi |una )?(?:bebe"
    r"|mellizos|gemelos)|\besperando\b|\bfum\b|\beco(?:grafia)?\b"
)
_BORN = re.compile(
    r"(?<!no )\bnaci(?:o|eron)\b|\b(?:ya )?(?:tuve|tuvo) (?:a mi|al|a la|a su|mi) (?:bebe|beba|hij|nen)"
    r"|\bprematur|\bdi a luz\b|\bpari\b"
)
_AMBIGUOUS_BEFORE = re.compile(
    r"\b(?:casi|cumpli|cumplio|por cumplir|voy a cumplir|va a cumplir|cumplo|mas de|menos de|arriba de"
    r"|pasad[oa]s?|pase|al borde de)(?: los| las| mis| ya| de| el)* $"
)
_TODAY_BEFORE = re.compile(r"\bhoy (?:\w+ )?cumpl[io]\w*(?: las| los)? $")
_AMBIGUOUS_MONTH_AFTER = re.compile(
    rf"^ (?:y (?:medi[oa]|algo|pico|unos|unas|un poco|{NUMBER} semanas?|{NUMBER} y medi)|cumplid|pasados"
    r"|largos|para arriba)"
)
_DELAY = re.compile(
    r"\b(?:una|con|de) falta\b|\b(?:de|con|un|tengo) (?:atraso|retraso)|\ba[tr]+aso\b|\bretraso\b|\bno "
    r"me (?:viene|vino|baja"
    r"|bajo|indispongo|ha venido)\b|\bsin (?:que me venga|menstruar|regla|menstruacion)\b"
)
_STUDY_OF = re.compile(r"\b(?:eco|ecografia|morfologica|translucencia|estudios?|analisis|curva) de (?:las?|los) $")
_TEST_SAYS = re.compile(
    r"\b(?:test|evatest|prueba)\b[^.;\n]{0,25}\b(?:dice|dio|marca|marco|salio|decia|indica|puso"
    r"|aparece)\b[^.;\n]{0,12}$"
)
_LOST_BEFORE = re.compile(
    r"\b(?:perdi|perdio|perdida|perdidas|aborto|aborte|abortos|fallecio|murio|legrado|internada|reposo"
    r"|licencia|vacaciones|nacio|nacieron|nacido|nacida|prematur[oa]|parto"
    r"|cesarea|vacunas?|control|controles|carnet|libreta|turno|cita)\b(?:\W+(?:un|el|mi|la|una|embarazo"
    r"|bebe|embarazos|de|del|a|las|los|con|en|fue|hace|prematuro|espontaneo|uno|por))*\W*$"
)
_AWAY_BEFORE = re.compile(
    r"\b(?:hace|en|dentro de|cada|por|proximas|faltan|falta|quedan|queda|ultimas|ultimos|a las|a los"
    r"|hasta las?|hasta el|hasta los|antes de las?|antes de los|antes del|antes de|despues de las?"
    r"|despues de|despues del"
    r"|a partir de las?|a partir de|a partir del|desde las?|desde el|cuando (?:este|tenga|cumpla)(?: "
    r"de)?|control de los|vacunas? de los|la de los|las de los|los de|entro "
    r"(?:manana|el \w+) (?:en|a)(?: la)?|para las?|recien a las|entre las|el de los)"
    r"(?: unas| unos| como| la| los| las| casi| mas o menos)* ?$"
)
_SAID_AWAY = re.compile(
    r"\b(?:estoy|ando|voy|va|vamos|estamos|esta|entre|entrando|entramos|entrada|curso|cursando|llevo"
    r"|anda|cursa|lleva|ya)(?: ya| recien)* (?:en|por)(?: unas| unos| las| los| la| el| como)* $"
)
_PREGNANT_SINCE = re.compile(r"\be[mn]bara[sz]\w+(?: ya)?(?: de| desde)? hace(?: unos| como| unas)? $")
_THAT_PREGNANT = re.compile(
    r"^\W*(?:que )?(?:estoy|quede|esta|quedo|estamos|ando|me embarace) ?(?:e[mn]bara[sz]|de encargue|encinta|$)"
)
_NOT_AFTER = re.compile(
    r"^\s*(?:de (?:atraso|retraso|vida|nacid|edad|licencia|reposo|vacaciones|antibiotico|tratamiento"
    r"|fiebre|tos|nacio|la cesarea|parida|postparto|posparto|casad|novi|juntos)"
    r"|que (?:no|me (?!estoy|quede)|tuve|nacio|estoy (?:con|mal|sin))|sin\b|despues|antes|para (?:el"
    r"|mi) turno|atras|seguidas|y no (?:come|duerme|toma))"
)

_TAKEN_BACK_BEFORE = re.compile(r"\bno (?:estoy|son|es|eran|era|ando|voy)(?: de| por)?(?: las| los| unas| unos)? $")
_ANOTHER_AFTER = re.compile(rf"{NUMBER} ?(?:semanas?|sem|mes(?:es)?)\b")


def speaks_of_a_born_child(reading: Reading) -> bool:
    """Whether the ages in it are a child's: nobody is told to be pregnant."""
    folded = reading.folded
    return bool(_CHILD.search(folded) or _BORN.search(folded)) and not CARRYING.search(folded)


def _before(reading: Reading, match: re.Match[str]) -> str:
    return reading.folded[: match.start()]


def _after(reading: Reading, match: re.Match[str]) -> str:
    return reading.folded[match.end() :]


def is_hers(reading: Reading, match: re.Match[str]) -> bool:
    """Whether it is no wait, no loss, no illness and no child's age."""
    before, after = _before(reading, match), _after(reading, match)
    if (
        not reading.free(*match.span())
        or _NOT_AFTER.match(after)
        or _LOST_BEFORE.search(before)
        or _STUDY_OF.search(before)
        or _TEST_SAYS.search(before)
        or (_TAKEN_BACK_BEFORE.search(before) and _ANOTHER_AFTER.search(after))
    ):
        return False
    if _DELAY.search(reading.folded) and not CARRYING.search(reading.folded) and not _FIRST_PERSON.search(before):
        return False
    if not is_a_wait(before):
        return True
    return bool(_PREGNANT_SINCE.search(before) or (before.endswith("hace ") and _THAT_PREGNANT.match(after)))


def is_told(reading: Reading, match: re.Match[str]) -> bool:
    """Whether somebody is said to be so far along, or the message is about nothing else."""
    before, folded = _before(reading, match), reading.folded
    if _FIRST_PERSON.search(before) and not (
        re.search(r"\b(?:son|es|eran)\W+(?:\w+ ){0,2}$", before) and _CHILD.search(folded)
    ):
        return True
    if speaks_of_a_born_child(reading):
        return False
    if _THIRD_PERSON.search(before) or reading.asks_for(*SPEAKS_OF_IT) or _PREGNANT.search(folded):
        return True
    if _HAS.search(before):
        return bool(ADULT.search(before))
    return not re.search(r"[a-z]$", before.strip()) or bool(
        re.search(
            r"\b(?:hola|buenas|buen dia|si|de|no|ya|como|unas|unos|perdon|dijo|dijeron|dice|segun"
            r"|mes|el|la|cumplo|menos"
            r"|aprox|aproximadamente|creo|que|serian|calculo)$",
            before.strip(),
        )
    )


def is_ambiguous(reading: Reading, match: re.Match[str]) -> bool:
    """Whether it is "casi", "cumplí" or "más de"."""
    before = _before(reading, match)
    return bool(_AMBIGUOUS_BEFORE.search(before)) and not _TODAY_BEFORE.search(before)


def is_half_a_month(reading: Reading, match: re.Match[str]) -> bool:
    """Whether "y medio", "y pico" or weeks follow the months."""
    return bool(_AMBIGUOUS_MONTH_AFTER.match(_after(reading, match)))


def is_a_wait(before: str) -> bool:
    """Whether the words before tell of a wait or another time, "en", "hace", "cada", and not how far along she is."""
    return bool(_AWAY_BEFORE.search(before)) and not _SAID_AWAY.search(before)
