"""Twilio's two kinds of pages: the classic one of Messages, and `meta` of the newer products."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from latido.emulator.errors import RestError
from latido.emulator.rest.gate import Call

LARGEST = 1000
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; numbers count from 0."""

    rows: Sequence[Row]
    number: int
    size: int
    has_next: bool

    def classic_meta(self, call: Call) -> dict[str, Any]:
        """Page fields of the 2010 API, with addresses relative to the host."""
        start = self.number * self.size
        return {
            "first_page_uri": self._uri(call, 0),
            "end": start + max(len(self.rows) - 1, 0),
            "next_page_uri": self._uri(call, self.number + 1) if self.has_next else None,
            "page": self.number,
            "page_size": self.size,
            "previous_page_uri": self._uri(call, self.number - 1) if self.number else None,
            "start": start,
            "uri": self._uri(call, self.number),
        }

    def meta(self, call: Call, base_url: str, key: str) -> dict[str, Any]:
        """The `meta` object of the newer products, with whole addresses."""
        return {
            "page": self.number,
            "page_size": self.size,
            "first_page_url": base_url + self._uri(call, 0),
            "previous_page_url": base_url + self._uri(call, self.number - 1) if self.number else None,
            "url": base_url + self._uri(call, self.number),
            "next_page_url": base_url + self._uri(call, self.number + 1) if self.has_next else None,
            "key": key,
        }

    def _uri(self, call: Call, number: int) -> str:
        filters = {key: values for key, values in call.query.items() if key not in ("Page", "PageSize", "PageToken")}
        token = {"PageToken": f"PA{number}"} if number else {}
        return f"{call.path}?" + urlencode({**filters, "PageSize": self.size, "Page": number} | token, doseq=True)


def page_of(rows: Sequence[Row], call: Call, default_size: int) -> Page[Row]:
    """The page that `Page` and `PageSize` ask for; RestError 20001 when they are no numbers."""
    size = min(max(_number(call, "PageSize", default_size), 1), LARGEST)
    number = max(_number(call, "Page", 0), 0)
    return Page(rows[number * size : (number + 1) * size], number, size, len(rows) > (number + 1) * size)


def _number(call: Call, name: str, default: int) -> int:
    text = call.asked(name)
    if text and not text.isdigit():
        raise RestError(20001)
    return int(text) if text else default
