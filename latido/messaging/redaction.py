"""What operators and searches may read of a text: documents, phones and mails are masked."""

from __future__ import annotations

import re

PHONE = re.compile(r"(?<!\d)\+?\d(?:[\s.\-()]{0,2}\d){9,14}(?!\d)")
# A number of the city as it is said there, without the 11; two years beside each other are none.
LOCAL_PHONE = re.compile(r"(?<![\d.,\-/])(?!20\d\d.20\d\d)[2-7]\d{3}[\s\-]\d{4}(?![\d/\-])")
DOCUMENT = re.compile(r"(?<![\d,])\d{1,2}[.\s]?\d{3}[.\s]?\d{3}(?!\d|T\d{4})")
# No longer than an address may be: of a page of letters without an end, each letter would be read to the last one.
MAIL = re.compile(r"[\w.+-]{1,254}@[\w-]{1,254}\.[\w.]+")

_SUSPECT = re.compile(r"[\d@]")  # without one of these there is nothing to mask

IDENTIFIER = re.compile(r"\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")
PRIVATE_NAMES = frozenset({"dni", "phone", "patient_name", "given_name", "child_name", "child_dni"})
HIDDEN = "[reservado]"


def masked(text: str) -> str:
    """`text` with mails, phones (10 digits or more; 4 and 4) and documents (7 or 8 digits) replaced by their kind."""
    if not _SUSPECT.search(text):
        return text
    # Our own ids name no person, and digits inside them are no document: they stay whole.
    parts = IDENTIFIER.split(text)
    return "".join(part if index % 2 else _masked(part) for index, part in enumerate(parts))


def _masked(text: str) -> str:
    without_mails = MAIL.sub("[mail]", text) if "@" in text else text
    without_phones = LOCAL_PHONE.sub("[teléfono]", PHONE.sub("[teléfono]", without_mails))
    return DOCUMENT.sub("[documento]", without_phones)


def masked_values(value: object) -> object:
    """A JSON value fit for the log: texts masked, entities and slots that identify a person hidden."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [masked_values(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("entity") in PRIVATE_NAMES:
        return {**value, "value": HIDDEN}
    return {name: HIDDEN if name in PRIVATE_NAMES and one else masked_values(one) for name, one in value.items()}
