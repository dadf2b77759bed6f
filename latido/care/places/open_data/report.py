"""A check's findings as plain text, or as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from latido.care.places.open_data.check import Report
from latido.care.places.open_data.compare import Change

HEADS = ("table", "place", "what", "before", "after")
WIDEST = 44


def as_json(report: Report) -> dict[str, Any]:
    """The findings as JSON; `exit_code` is the command's."""
    return {
        "compared": report.compared,
        "changes": [change.as_json() for change in report.changes],
        "doubts": report.doubts,
        "unreadable_rows": [
            {"table": each.table, "line": each.line, "place": each.key, "what": each.what} for each in report.faults
        ],
        "unreadable_files": report.unreadable,
        "exit_code": report.exit_code,
    }


def as_text(report: Report) -> str:
    """The findings as a table and some lines."""
    parts = [_table([_cells(change) for change in report.changes])] if report.changes else []
    parts += _section("To be looked at", report.doubts)
    parts += _section(
        "Rows that cannot be read", (f"{each.table}, line {each.line}: {each.what}" for each in report.faults)
    )
    parts += _section("Files that cannot be read", report.unreadable)
    return "\n\n".join([*parts, _summary(report)])


def _summary(report: Report) -> str:
    compared = ", ".join(f"{rows} {kind}" for kind, rows in report.compared.items()) or "nothing"
    counts = f"changes: {len(report.changes)}, doubts: {len(report.doubts)}, unreadable rows: {len(report.faults)}"
    return f"Compared {compared}. {counts}. Nothing was written."


def _section(title: str, lines: Iterable[str]) -> list[str]:
    told = [f"  {line}" for line in lines]
    return ["\n".join([title, *told])] if told else []


def _cells(change: Change) -> tuple[str, ...]:
    what = change.what if change.metres is None else f"{change.what} {change.metres} m"
    return change.table, change.place, what, _value(change.before), _value(change.after)


def _value(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    shown = [HEADS, *[tuple(_shortened(cell) for cell in row) for row in rows]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown
    )


def _shortened(cell: str) -> str:
    return cell if len(cell) <= WIDEST else cell[: WIDEST - 1] + "…"
