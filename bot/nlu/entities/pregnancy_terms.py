"""Weeks and months of a pregnancy as people tell them, and what only looks like them: a child's age, a loss, a wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, ORDINALS, number_of

# Months of pregnancy as completed weeks; unconfirmed, to be signed by an obstetrician (docs/nlu.md).
WEEKS_OF_MONTH = {
    1: (1, 4),
    2: (5, 8),
    3: (9, 13),
    4: (14, 17),
    5: (18, 22),
    6: (23, 27),
    7: (28, 31),
    8: (32, 35),
    9: (36, 40),
}
SPEAKS_OF_IT = ("gestational", "weeks", "last_period", "pregnan")

_WEEKS = r"(?:semanas?\b|sem\b)"
_MONTHS = r"(?:mes(?:es)?\b)"
_DAYS_MORE = r"(?:(?: ?[+.,/] ?| con | y )(?P<days>[0-6])(?: dias?\b)?)?"
_SAID = (
    r"\b(?:estoy|estamos|ando|voy|vamos|curso|cursando|cursamos|llevo|llevamos|entre|entrando|entramos"
    r"|empece|empiezo|empezando|arranco|arranque|transito|transitando"
    r"|tengo|tenemos|son|eran|serian|seran|es|creo|calculo|ponele)"
)
_SAID_OF_HER = r"\b(?:esta|va|anda|cursa|lleva|estara|andara|estaba|andaba|iba|empieza|empezo|entro)"
_LINK = (
    r"(?:\W+(?:de|del|en|por|con|el|la|las|los|al|unas|unos|como|casi|ya|recien|aproximadamente|aprox|mas o "
    r"menos|mas|o|menos|masomenos|que|mi|mis|embarazada|creo|tipo|cerca|alrededor|a|un|su))*\W*$"
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
    r"|anda|cursa|lleva|ya)(?: ya| recien)* (?:en|por|a)(?: unas| unos| las| los| la| el| como)* $"
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
_ONLY_AFTER_NUMBER = (
    r"(?!\d| ?(?:semanas?|anos?|anitos|dias?|meses|mes\b|cuadras?|horas?|h\b|minutos|grados|kilos?|kg|hijos|%|:|de (?:"
    + "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    + r")|embarazos?|controles|y media|veces|/|-|pesos))"
)

Weeks = tuple[int, int]
Span = tuple[int, int]


@dataclass(frozen=True)
class Term:
    """Completed weeks told outright, with the days beyond the first of them, and where."""

    weeks: Weeks
    days: int
    span: Span
    source: str


_WEEK_PATTERNS = (
    re.compile(rf"\bentre(?: las)? (?P<a>{NUMBER}) y (?:las )?(?P<b>{NUMBER}) ?{_WEEKS}"),
    re.compile(rf"\b(?P<a>{NUMBER}) ?(?:o|u|a|-|/|, ?) ?(?P<b>{NUMBER}) ?{_WEEKS}"),
    re.compile(
        rf"\b(?P<n>{NUMBER}) ?(?:[+.,] ?(?P<days>[0-6]) ?)?{_WEEKS}(?:(?: y| con|,| \+)? (?P<more>[0-6]"
        r"|un|dos|tres|cuatro|cinco|seis) dias?\b)?"
    ),
    re.compile(rf"\bsemanas? (?:numero )?(?P<a>{NUMBER}) ?(?:o|u|-|/) ?(?P<b>{NUMBER})\b"),
    re.compile(rf"\bsemanas? (?:numero |n[°º]? ?)?(?P<n>{NUMBER})\b{_DAYS_MORE}"),
    re.compile(r"(?<![\d+.])\b(?P<n>\d{1,2}) ?\+ ?(?P<days>[0-6])\b(?! ?\d)"),
    re.compile(r"\b(?P<n>\d{1,2}) ?s\b(?: ?(?:y )?(?P<days>[0-6]) ?d?\b)?"),
)
_BARE_WEEKS = re.compile(
    r"\b(?:estoy|estamos|ando|voy|vamos|curso|cursando|entre|entrando|esta|va|anda|estaba|andaba|iba)"
    r"(?: ya| recien| como| embarazada| mas o menos| aproximadamente| hoy| mi hija)* (?:de|en|por"
    r"|con)(?: como| unas| unos)?(?P<the> las?)? "
    rf"(?P<n>{NUMBER})\b(?: (?:o|u|a) (?P<b>{NUMBER})\b)?{_DAYS_MORE}{_ONLY_AFTER_NUMBER}"
)
_MONTH_PATTERNS = (
    re.compile(rf"\bentre(?: los)? (?P<a>{NUMBER}) y (?:los )?(?P<b>{NUMBER}) ?{_MONTHS}"),
    re.compile(rf"\b(?P<a>{NUMBER}) ?(?:o|u|a|-|/|, ?) ?(?P<b>{NUMBER}) ?{_MONTHS}"),
    re.compile(rf"\b(?P<n>{NUMBER}) ?{_MONTHS}"),
    re.compile(r"\bmes (?:numero )?(?P<n>[1-9])\b(?! ?[/:])"),
    re.compile(rf"\b(?P<o>{'|'.join(ORDINALS)}|[1-9](?:er|ro|do|to|mo|vo|no|°|º)) (?:y \w+ )?mes\b"),
)
_BARE_ORDINAL = re.compile(
    r"\b(?:voy|va|estoy|esta|ando|anda|entre|entrando|entro|empezando|empiezo|arranco|transito|curso"
    r"|cursando)\W+(?:ya |recien )?(?:por |en |a )?(?:el|al) "
    r"(?P<o>cuarto|quinto|sexto|septimo|setimo|octavo|noveno|[4-9](?:to|mo|vo|no))\b(?! (?:mes"
    r"|trimestre|hij|bebe|embarazo|turno|control|piso|parto|nene|nena|dia))"
)
_TRIMESTER = re.compile(
    r"\b(?P<o>primer|1er|1ro|segundo|2do|tercer|3er|3ro|ultimo|[123][°º]?) trimestre\b|\btrimestre "
    r"(?:numero )?(?P<n>[123]|uno|dos|tres)\b"
)
_LEFT = re.compile(
    r"\b(?:quedan?|faltan?|faltando|a)(?: solo| como| unos| unas| ya| nomas| mas o menos| "
    rf"aproximadamente| casi no)* (?P<n>{NUMBER}) ?(?P<u>{_WEEKS}|{_MONTHS}|dias\b)(?! y (?:medi|algo"
    r"|pico))"
)
_LEFT_TO_WHAT = re.compile(
    r"^ (?:de|para|del?) (?:parir|que nazca|el parto|la fecha|mi fecha|conocer|tener|nacer|terminar)"
)


def week_terms(reading: Reading) -> Iterator[Term]:
    """Each stretch that tells weeks of this pregnancy, the plainest way first."""
    for pattern in _WEEK_PATTERNS:
        for match in pattern.finditer(reading.folded):
            if _is_hers(reading, match) and _is_told(reading, match) and not _ambiguous(reading, match):
                yield _week_term(match)
    for match in _BARE_WEEKS.finditer(reading.folded):
        number = number_of(match["n"])
        if (4 if match["the"] else 10) <= number <= 44 and reading.free(*match.span("n")):
            low, high = sorted((number, number_of(match["b"]) if match["b"] else number))
            yield Term((low, high), int(match["days"] or 0), match.span("n"), "weeks")


def _week_term(match: re.Match[str]) -> Term:
    groups = match.groupdict()
    if groups.get("a"):
        low, high = sorted((number_of(groups["a"]), number_of(groups["b"])))
        return Term((low, high), 0, match.span(), "weeks")
    more = groups.get("days") or groups.get("more")
    weeks = number_of(groups["n"])
    return Term((weeks, weeks), number_of(more) if more else 0, match.span(), "weeks")


def month_terms(reading: Reading) -> Iterator[Term]:
    """Each stretch that tells months of this pregnancy, as weeks by the table."""
    for pattern in (*_MONTH_PATTERNS, _BARE_ORDINAL):
        for match in pattern.finditer(reading.folded):
            months = _months_of(match)
            hers = months and _is_hers(reading, match) and (pattern is _BARE_ORDINAL or _is_told(reading, match))
            if (
                months
                and hers
                and not _ambiguous(reading, match)
                and not _AMBIGUOUS_MONTH_AFTER.match(_after(reading, match))
            ):
                yield Term((WEEKS_OF_MONTH[months[0]][0], WEEKS_OF_MONTH[months[1]][1]), 0, match.span(), "months")


def _months_of(match: re.Match[str]) -> Weeks | None:
    groups = match.groupdict()
    if groups.get("a"):
        low, high = sorted((number_of(groups["a"]), number_of(groups["b"])))
    elif groups.get("o"):
        low = high = ORDINALS.get(groups["o"]) or int(groups["o"][0])
    else:
        low = high = number_of(groups["n"])
    return (low, high) if low in WEEKS_OF_MONTH and high in WEEKS_OF_MONTH else None


def trimester_term(reading: Reading) -> Term | None:
    """The weeks of a trimester, months 1 to 3, 4 to 6 or 7 to 9."""
    match = _TRIMESTER.search(reading.folded)
    if not match or (_AWAY_BEFORE.search(_before(reading, match)) and not _SAID_AWAY.search(_before(reading, match))):
        return None
    number = {"p": 1, "1": 1, "u": 3, "s": 2, "2": 2, "t": 3, "3": 3, "d": 2}[(match["o"] or match["n"])[0]]
    number = 1 if match["n"] == "uno" else number
    return Term((WEEKS_OF_MONTH[3 * number - 2][0], WEEKS_OF_MONTH[3 * number][1]), 0, match.span(), "trimester")


def left_term(reading: Reading) -> Term | None:
    """The weeks so far, from how long it is still to go."""
    for match in _LEFT.finditer(reading.folded):
        after = _after(reading, match)
        if match.group().startswith("a ") and not _LEFT_TO_WHAT.match(after):
            continue
        if re.search(r"\b(?:turno|cita|eco|ecografia|control|cumple|cumplir|vacuna)\b", reading.folded) or re.match(
            r" (?:de )?(?:licencia|reposo|alquiler)", after
        ):
            return None
        number = number_of(match["n"])
        if match["u"].startswith("mes"):
            return Term(WEEKS_OF_MONTH[9 - number], 0, match.span(), "months") if 1 <= number < 9 else None
        weeks = (280 - number) // 7 if match["u"].startswith("dia") else 40 - number
        return Term((weeks, weeks), 0, match.span(), "weeks")
    return None


def bare_term(reading: Reading) -> Term | None:
    """`20` in answer to "how far along": weeks, or months up to nine."""
    match = re.fullmatch(
        rf"\W*(?:de |como |unas |unos |creo que |estoy de |las |la )*(?P<n>{NUMBER})\W*", reading.folded
    )
    if not match or not reading.asks_for(*SPEAKS_OF_IT):
        return None
    number = number_of(match["n"])
    if number in WEEKS_OF_MONTH:
        return Term(WEEKS_OF_MONTH[number], 0, match.span("n"), "months")
    return Term((number, number), 0, match.span("n"), "weeks")


def speaks_of_a_born_child(reading: Reading) -> bool:
    """Whether the ages in it are a child's: nobody is told to be pregnant."""
    folded = reading.folded
    return bool(_CHILD.search(folded) or _BORN.search(folded)) and not CARRYING.search(folded)


def _before(reading: Reading, match: re.Match[str]) -> str:
    return reading.folded[: match.start()]


def _after(reading: Reading, match: re.Match[str]) -> str:
    return reading.folded[match.end() :]


def _is_hers(reading: Reading, match: re.Match[str]) -> bool:
    """Whether it is no wait, no loss, no illness and no child's age."""
    before, after = _before(reading, match), _after(reading, match)
    if (
        not reading.free(*match.span())
        or _NOT_AFTER.match(after)
        or _LOST_BEFORE.search(before)
        or _STUDY_OF.search(before)
        or _TEST_SAYS.search(before)
    ):
        return False
    if _DELAY.search(reading.folded) and not CARRYING.search(reading.folded) and not _FIRST_PERSON.search(before):
        return False
    if not _AWAY_BEFORE.search(before) or _SAID_AWAY.search(before):
        return True
    return bool(_PREGNANT_SINCE.search(before) or (before.endswith("hace ") and _THAT_PREGNANT.match(after)))


def _is_told(reading: Reading, match: re.Match[str]) -> bool:
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
            r"\b(?:hola|buenas|buen dia|si|de|con|no|ya|como|unas|unos|perdon|dijo|dijeron|dice|segun"
            r"|mes|el|la|cumplo|menos"
            r"|aprox|aproximadamente|creo|que|serian|calculo)$",
            before.strip(),
        )
    )


def _ambiguous(reading: Reading, match: re.Match[str]) -> bool:
    before = _before(reading, match)
    return bool(_AMBIGUOUS_BEFORE.search(before)) and not _TODAY_BEFORE.search(before)
