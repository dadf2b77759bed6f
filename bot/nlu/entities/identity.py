"""DNI, papers in another state, and phone numbers."""

from __future__ import annotations

import re

from bot.nlu.entities.found import Reading

_DNI_WORD = r"(?:dni|d\.n\.i\.?|documento|doc|du|nro de documento|libreta civica|lc|le)"
_DNI_CUE = re.compile(_DNI_WORD + r"\W*(?:es|el|mio|de|mi|bebe|hija|hijo|numero|nro|n|°|º|:|\W)*$")
_DNI = re.compile(
    r"(?<![\d/])(?<!\d[.\-])(?:\d{7,8}|\d{1,2}(?P<s>[ .,\-]) ?\d{3}[ .,\-]? ?\d{3}|\d{5}[ .]\d{3}"
    r"|\d{2}\.\d{6})(?![\d/])(?![.\-]\d)"
)
# With the word before them, the digits may be grouped in any way.
_DNI_ANY = re.compile(r"(?<![\d/])\d(?:[ .\-]?\d){6,7}(?![\d/])")
_CUIL = re.compile(r"(?<!\d)(?:20|23|24|27)[ \-]?(?P<dni>\d{7,8})[ \-]?\d(?!\d)")
_CUIL_CUE = re.compile(r"\bcui[lt]\W*(?:es|numero|:)*\W*$")
# How phones are written in Argentina: +54 9 11, 011 15, 15 and eight digits; a province's code; any with +.
_GAP = r"[ .\-]{0,3}"
_PHONES = (
    re.compile(r"\+\d(?:[ .\-()]{0,2}\d){7,14}(?!\d)"),
    re.compile(rf"(?<![\d/])(?:54{_GAP})?(?:9{_GAP})?\(?0?11\)?{_GAP}(?:15{_GAP})?\d{{4}}{_GAP}\d{{4}}(?!\d)"),
    re.compile(rf"(?<![\d/])(?:549{_GAP})?15{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"),
    re.compile(
        rf"(?<![\d/])(?:54{_GAP})?(?:9{_GAP})?\(?0?[23]\d{{2,3}}\)?{_GAP}(?:15{_GAP})?\d{{2,3}}{_GAP}\d{{4}}(?!\d)"
    ),
)
_LOCAL_PHONE = re.compile(r"(?<![\d/])(?<![\d] )\d{4}(?P<s>[ \-]?)\d{4}(?!\d)(?! \d{3})")
_PHONE_CUE = re.compile(
    r"(?:tel|telefono|celu|celular|cel|whatsapp|wasap|llam\w+|contacto|numero de (?:telefono|celular"
    r"|contacto)|fijo|linea)\W*(?:\w+\W+){0,2}$"
)
_IN_PROCESS = r"(?:en tramite|tramitando|en proceso|lo estoy (?:haciendo|sacando|gestionando)|perd[i] el dni)"
_LACKS = r"(?:no tengo|no tiene|sin|me falta|no cuento con|todavia no tengo|aun no tengo|no saque|me robaron|perdi)"
_FOREIGN = (
    r"(?:pasaporte|precaria|carnet? de extranjeria|carnet boliviano|cedula(?! escolar)|ci boliviana|dni extranjero)"
)
_STATUSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("in_process", re.compile(r"\b(?:(?:dni|documento|radicacion|papeles)\W*)?" + _IN_PROCESS + r"\b")),
    ("foreign", re.compile(r"\b" + _FOREIGN + r"\b")),
    (
        "none",
        re.compile(r"\b" + _LACKS + r" (?:el |mi |un |ningun |mas )*(?:dni|documentos?|papeles|identificacion)\b"),
    ),
    ("none", re.compile(r"\b(?:soy )?indocumentad[ao]\b")),
)
_PAPERS_ASKED = ("dni", "document")


def find_identity(reading: Reading) -> None:
    """Adds `dni`, `phone` and `document_status`."""
    _read_cuil(reading)
    _read_phones(reading)
    _read_dnis(reading)
    _read_status(reading)


def _read_cuil(reading: Reading) -> None:
    for match in _CUIL.finditer(reading.folded):
        separated = re.search(r"[ \-]\d$", match.group()) is not None
        if separated or _CUIL_CUE.search(reading.folded[: match.start()]):
            reading.add("dni", match["dni"], *match.span())


def _read_phones(reading: Reading) -> None:
    for pattern in _PHONES:
        for match in pattern.finditer(reading.folded):
            if 10 <= len(_digits(match)) <= 15 and not _groups_of_a_dni(match.group()):
                reading.add("phone", _digits(match), *match.span())
    for match in _LOCAL_PHONE.finditer(reading.folded):
        if _is_local_phone(reading, match):
            reading.add("phone", _digits(match), *match.span())


def _groups_of_a_dni(written: str) -> bool:
    """Whether it is a number and a DNI side by side, "20 30.111.222"."""
    return bool(re.search(r"\d{2}[.]\d{3}[.]\d{3}$", written))


def _is_local_phone(reading: Reading, match: re.Match[str]) -> bool:
    before = reading.folded[: match.start()]
    if _DNI_CUE.search(before) or reading.asks_for(*_PAPERS_ASKED):
        return False
    return bool(match["s"]) or bool(_PHONE_CUE.search(before)) or reading.asks_for("phone")


def _read_dnis(reading: Reading) -> None:
    for match in _DNI_ANY.finditer(reading.folded):
        if _DNI_CUE.search(reading.folded[: match.start()]):
            _add_dni(reading, match)
    for match in _DNI.finditer(reading.folded):
        _add_dni(reading, match)


def _add_dni(reading: Reading, match: re.Match[str]) -> None:
    digits = _digits(match)
    if len(digits) in (7, 8) and not digits.startswith("0"):
        reading.add("dni", digits, *match.span())


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match.group())


def _read_status(reading: Reading) -> None:
    for status, pattern in _STATUSES:
        match = pattern.search(reading.folded)
        if match and not (status == "in_process" and _without_papers(match.group(), reading)):
            reading.add("document_status", status, match.start(), match.end())
            return


def _without_papers(words: str, reading: Reading) -> bool:
    """Whether "en trámite" speaks of something else than papers."""
    return not (reading.asks_for(*_PAPERS_ASKED) or re.search(r"dni|document|radicac|papeles", reading.folded))
