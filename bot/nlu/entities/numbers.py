"""Numbers written as digits or as Spanish words."""

from __future__ import annotations

_UNITS = "cero un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete"
_MORE = "dieciocho diecinueve veinte veintiun veintidos veintitres veinticuatro veinticinco veintiseis veintisiete"
_LAST = "veintiocho veintinueve treinta"


def _words() -> dict[str, int]:
    words = {word: number for number, word in enumerate(f"{_UNITS} {_MORE} {_LAST}".split())}
    words.update({"uno": 1, "una": 1, "veintiuno": 21, "veintiuna": 21, "cuarenta": 40})
    names = {1: "uno", 2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete", 8: "ocho", 9: "nueve"}
    for tens, base in (("treinta", 30), ("cuarenta", 40)):
        words.update({f"{tens} y un": base + 1, f"{tens} y una": base + 1})
        for unit, name in names.items():
            words.update(
                dict.fromkeys(
                    [f"{tens} y {name}", f"{tens} {name}", f"{tens}i{name}", f"{tens[:-1]}i{name}"], base + unit
                )
            )
    for unit, name in names.items():
        words.update(dict.fromkeys([f"veinti {name}", f"veinte y {name}", f"veinte {name}"], 20 + unit))
    for unit, name in ((6, "seis"), (7, "siete"), (8, "ocho"), (9, "nueve")):
        words.update(dict.fromkeys([f"dieci {name}", f"diez y {name}"], 10 + unit))
    return words


NUMBER_WORDS = _words()
NUMBER = r"(?:\d{1,2}|" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + r")"

ORDINALS = {
    "primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4, "quinto": 5, "sexto": 6,
    "septimo": 7, "setimo": 7, "octavo": 8, "noveno": 9,
}  # fmt: skip


def number_of(words: str) -> int:
    """The number; KeyError when it is none of NUMBER."""
    clean = " ".join(words.split())
    return int(clean) if clean.isdigit() else NUMBER_WORDS[clean]
