"""Twilio's connection overrides: the `#rc=3&rp=5xx,ct` at the end of a webhook URL, with Twilio's defaults."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag

_RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
_POLICIES = {"ct", "rt", "4xx", "5xx", "all"}


@dataclass(frozen=True)
class Overrides:
    """Times in milliseconds; `retry_on` names what is tried again (source: Twilio, webhooks-connection-overrides)."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    def retries_after(self, failure: str) -> bool:
        """Whether a failure (`ct`, `rt`, `4xx`, `5xx`) is worth another try."""
        return failure in self.retry_on or "all" in self.retry_on


def split_overrides(url: str) -> tuple[str, Overrides]:
    """The URL that is called and signed, without its fragment, and what the fragment asks for.

    Unknown keys and values out of range are ignored, as Twilio falls back to its defaults.
    """
    bare_url, fragment = urldefrag(url)
    wanted = {key: values[-1] for key, values in parse_qs(fragment).items()}
    policies = frozenset(wanted.get("rp", "ct").split(",")) & _POLICIES
    return bare_url, Overrides(
        connect_ms=_number(wanted, "ct", 5_000),
        read_ms=_number(wanted, "rt", 15_000),
        total_ms=_number(wanted, "tt", 15_000),
        retries=_number(wanted, "rc", 1),
        retry_on=policies or frozenset({"ct"}),
    )


def _number(wanted: dict[str, str], key: str, default: int) -> int:
    low, high = _RANGES[key]
    text = wanted.get(key, "")
    return int(text) if text.isdigit() and low <= int(text) <= high else default
