"""Cuts a message where a new wish or question begins; pure, positions are those of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.text import fold

_WISH = (
    r"(?:yo )?(?:me )?(?:quiero|kiero|queria|keria|quisiera|necesito|nesecito|necesitaria|necesita|nesesita|precisa"
    r"|preciso|quiere (?:saber|sacar|pedir|un turno)|gustaria"
    r"|interesa|puedo|podria|podrian|pueden|podes|tengo que|hay que|tambien quiero|das|dan|dame|decis"
    r"|decime|pasame|pasas"
    r"|anotame|anotas|sacame|sacas|avisame|avisan|mandame|mandan|cancelame|cancela|cambiame|busco|ando "
    r"buscando|saber|averiguar|consultar|preguntar|pedir|sacar|reservar|agendar"
    r"|cancelar|cambiar|mover|correr|pasar|reprogramar|anotar|anotarl[oa]|anotarme|registrar"
    r"|registrarl[oa]|inscribir|inscribirl[oa]|buscar|conseguir|recibir|tramitar|ver si|recuerdenme"
    r"|recordame|explicame|ayudame|para (?:sacar|pedir|anotar|cambiar|cancelar|saber|reservar|averiguar"
    r"|registrar|inscribir|consultar)\w*)"
)
_QUESTION = (
    r"(?:a ?donde|donde|dnd|cuando|cuanto|cuantos|cuantas|cuanta|cual|cuales|como (?:hago|llego|es"
    r"|puedo|saco|se|funciona)|a que hora|en que horario"
    r"|que (?:vacunas?|papeles|documentos?|hay|necesito|tengo|horarios?|dia|estudios?|controles|le toca"
    r"|me toca|debo|hago|cosas|piden|llevo)|q (?:vacunas?|papeles|documentos?|hay|necesito|tengo"
    r"|horarios?|dia|estudios?|controles|le toca|me toca|debo|hago|cosas|piden|llevo)"
    r"|(?:tampoco|no) se (?:que|cuando|donde|como|cuanto|cual|si)|si (?:hay|puedo|tienen|es gratis|se "
    r"paga|se puede|tengo que|dan|me|atienden|hace falta|necesito|vacunan|piden|aceptan|cobran|cubren)"
    r"|hay|tienen|hacen|dan|sale|es gratis|se paga|cada cuanto|con que|quien)"
)
_FOR = r"(?:(?:otro|uno|tambien|una) )?(?:turno )?para (?:mi|mis|el|la|los|las)\b"
_NEEDS = r"(?:mi|el|la) \w+ (?:de \w+ \w+ )?(?:tambien )?(?:necesita|nesesita|precisa|necesitaria)\b"
_THING = (
    r"(?:(?:un|una|los|las|el|la) )?(?:guarderias?|jardin|cpi|talleres|taller|cursos?|vacunas?|pediatra"
    r"|obstetra)\b"
)
_ADDING = (
    r"(?:y )?(?:(?:tambien|tmb|tb|tbn|ademas|aparte|asimismo)(?: de eso| de paso| si podes| si se "
    r"puede)?|de paso|por otro lado|otra cosa|otra cosita|otra pregunta|otra consulta|lo otro(?: es)?|y "
    r"una cosa mas"
    r"|una (?:ultima|mas)|y lo de|ya que estoy|ya que estamos|de yapa|al mismo tiempo|a la vez|otra duda|pd|ps)"
)
_CUT = re.compile(
    rf"(?P<stop>[.!?;:\n…]+(?=\s|$)|\?|\n)"
    rf"|(?P<adding>(?:^|[\s,]){_ADDING}(?=[\s,:]))[\s,:]*(?:y |que |por |es |es que )?"
    rf"|(?P<comma>,\s*|\s)(?:y|e|pero|\+|&)\s+(?={_WISH}\b|{_NEEDS}|{_QUESTION}\b|{_FOR}|(?P<thing>{_THING}))"
    rf"|(?P<list>,\s*)(?={_WISH}\b|{_QUESTION}\b|nacio\b)"
    rf"|\s[+&/]\s"
)
_ABBREVIATION = re.compile(r"\b(?:dr|dra|av|avda|gral|cnel|sta|sto|nro|n|tel|hs|[a-z])$")
_REQUEST = re.compile(rf"\b(?:{_WISH}|{_QUESTION}|nacio|nacieron|tuve|pari|di a luz|turno para)\b|\?")
_FEWEST_LETTERS = 5


@dataclass(frozen=True)
class Clause:
    """A stretch of a message; `asks`: a wish or a question, or added to one by "también"."""

    text: str
    start: int
    end: int
    asks: bool
    added: bool


def clauses_of(text: str) -> list[Clause]:
    """The clauses of a message, in order, those of no words left out."""
    folded = fold(text)
    return [clause for clause in _cut(text, folded) if sum(map(str.isalpha, clause.text)) >= _FEWEST_LETTERS]


def _cut(text: str, folded: str) -> Iterator[Clause]:
    start, added = 0, False
    for match in _CUT.finditer(folded):
        if match["stop"] and _ABBREVIATION.search(folded[start : match.start()]) and "\n" not in match["stop"]:
            continue
        end = match.end() if match["stop"] and "?" in match["stop"] else match.start()
        yield _clause(text, folded, start, end, added)
        start, added = match.end(), match["adding"] is not None or match["thing"] is not None
    yield _clause(text, folded, start, len(text), added)


def _clause(text: str, folded: str, start: int, end: int, added: bool) -> Clause:
    while start < end and not folded[start].isalnum():
        start += 1
    while end > start and folded[end - 1] in " ,;:\n":
        end -= 1
    asks = added or _REQUEST.search(folded, start, end) is not None
    return Clause(text[start:end], start, end, asks, added)
