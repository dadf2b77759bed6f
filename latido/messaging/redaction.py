"""What operators and searches may read of a text: documents, phones and mails are masked."""

from __future__ import annotations

import re

PHONE = re.compile(r"(?<!\d)\+?\d(?:[\s.\-()]{0,2}\d){9,14}(?!\d)")
DOCUMENT = re.compile(r"(?<![\d,])\d{1,2}[.\s]?\d{3}[.\s]?\d{3}(?!\d)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def masked(text: str) -> str:
    """`text` with mails, phones (10 digits or more) and document numbers (7 or 8 digits) replaced by their kind."""
    without_mails = MAIL.sub("[mail]", text)
    return DOCUMENT.sub("[documento]", PHONE.sub("[teléfono]", without_mails))
