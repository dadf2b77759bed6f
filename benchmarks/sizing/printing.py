"""The sizing as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.sizing.computing import BUSY, PARTS, PEAK_OVER_MEAN, SESSION_DAYS, Size, machines
from benchmarks.sizing.measuring import Measured

UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def page(measured: Measured, milliseconds: Mapping[str, float], sizes: Sequence[Size], at: str) -> str:
    """What stands between the markers of docs/operations.md."""
    return "\n".join([*_measured(measured, at), "", *_computed(milliseconds, sizes)])


def _measured(of_one: Measured, at: str) -> Iterator[str]:
    written = sum(of_one.tables.values())
    yield (
        f"Measured {at}: {of_one.conversations} conversations of {of_one.hers:.1f} messages of hers, every fifth "
        f"books; {of_one.messages:.1f} rows of the message log and {of_one.receipts:.1f} receipts each."
    )
    yield ""
    yield "| one conversation takes | |"
    yield "|---|---:|"
    for group, size in of_one.tables.items():
        yield f"| Postgres, {group}, with indexes | {_bytes(size)} |"
    yield f"| **Postgres, all of it** | **{_bytes(written)}** |"
    yield f"| the same after `VACUUM FULL`: without the room that updates leave | {_bytes(of_one.packed)} |"
    yield f"| Postgres, for each row of the message log, all of it | {_bytes(written / of_one.messages)} |"
    yield f"| WAL | {_bytes(of_one.wal)} |"
    yield f"| `latido backup` | {_bytes(of_one.copy)} |"
    yield f"| a session in Valkey, on average; longest | {_bytes(of_one.session)}; {_bytes(of_one.longest_session)} |"


def _computed(milliseconds: Mapping[str, float], sizes: Sequence[Size]) -> Iterator[str]:
    costs = ", ".join(f"{part} {milliseconds[part]:g}" for part in PARTS if part in milliseconds)
    yield (
        "Computed from that and from the processor milliseconds a turn of [performance.md](performance.md) "
        f"({costs}), with a peak of {PEAK_OVER_MEAN:.0f} times the mean, processors busy for {BUSY:.0%} of the time "
        f"at the peak, and sessions kept {SESSION_DAYS} days:"
    )
    yield ""
    yield f"| conversations a year | {' | '.join(f'{size.conversations:,}' for size in sizes)} |"
    yield f"|---|{'---:|' * len(sizes)}"
    for name, cells in _lines(sizes):
        yield f"| {name} | {' | '.join(cells)} |"


def _lines(sizes: Sequence[Size]) -> Iterator[tuple[str, list[str]]]:
    yield "turns a second, mean", [f"{size.mean:.2g}" for size in sizes]
    yield "turns a second, peak", [f"{size.peak:.3g}" for size in sizes]
    yield "answers a second at the peak (Twilio: 80 a sender)", [f"{size.answers_at_peak:.3g}" for size in sizes]
    for part in PARTS:
        yield f"cores at the peak: {part}", [f"{size.cores.get(part, 0.0):.2g}" for size in sizes]
    yield (
        "**cores at the peak, whole ones**",
        [f"**{sum(machines(cores) for cores in size.cores.values())}**" for size in sizes],
    )
    yield "Postgres after a year", [_bytes(size.disk_after_a_year) for size in sizes]
    yield "WAL a day, to be archived", [_bytes(size.wal_a_day) for size in sizes]
    yield "one copy (`latido backup`) after a year", [_bytes(size.copy) for size in sizes]
    yield "Valkey's memory for sessions", [_bytes(size.valkey) for size in sizes]


def _bytes(size: float) -> str:
    for unit, name in UNITS:
        if abs(size) >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size:.0f} B"
