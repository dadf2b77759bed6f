"""DNI, papers in another state, and phone numbers."""

from __future__ import annotations

import re

from bot.nlu.entities.found import Reading

_DNI_WORD = r"(?:dni|d\.n\.i\.?|documento|doc|du|nro de documento|libreta civica|lc|le)"
_DIGIT_RUN = re.compile(r"(?<![\d/])\+?\d[\d .\-]*\d(?![\d/])")
_DNI_CUE = re.compile(_DNI_WORD + r"\W*(?:es|el|mio|numero|nro|n|°|º|:|\W)*$")
_PHONE_CUE = re.compile(r"(?:tel|telefono|celu|celular|cel|whatsapp|llam\w+|numero es|contacto)\W*(?:\w+\W+){0,2}$")
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
    for match in _DIGIT_RUN.finditer(reading.folded):
        _read_digits(reading, match)
    _read_status(reading)


def _read_digits(reading: Reading, match: re.Match[str]) -> None:
    digits = re.sub(r"\D", "", match.group())
    before = reading.folded[: match.start()]
    if _is_phone(match.group(), digits, before, reading):
        reading.add("phone", digits, match.start(), match.end())
    elif _is_dni(match.group(), digits):
        reading.add("dni", digits, match.start(), match.end())


def _is_phone(written: str, digits: str, before: str, reading: Reading) -> bool:
    if len(digits) in (10, 11, 12, 13) and re.match(r"(?:0|54|11|15|9|2|3)", digits):
        return True
    if len(digits) != 8 or _DNI_CUE.search(before) or reading.asks_for(*_PAPERS_ASKED):
        return False
    return bool(_PHONE_CUE.search(before)) or bool(re.fullmatch(r"\d{4}[ \-]\d{4}", written))


def _is_dni(written: str, digits: str) -> bool:
    # 7 or 8 digits, plain or in groups of three from the right: 30111222, 30.111.222, 30 111 222
    if len(digits) not in (7, 8) or digits.startswith("0"):
        return False
    return bool(re.fullmatch(r"\d{7,8}|\d{1,2}([ .\-])\s?\d{3}[ .\-]?\s?\d{3}|\d{5}[ .]?\d{3}", written))


def _read_status(reading: Reading) -> None:
    for status, pattern in _STATUSES:
        match = pattern.search(reading.folded)
        if match and not (status == "in_process" and _without_papers(match.group(), reading)):
            reading.add("document_status", status, match.start(), match.end())
            return


def _without_papers(words: str, reading: Reading) -> bool:
    """Whether "en trámite" speaks of something else than papers."""
    return not (reading.asks_for(*_PAPERS_ASKED) or re.search(r"dni|document|radicac|papeles", reading.folded))
