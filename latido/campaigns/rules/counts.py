"""What may be shown of numbers: none below ten, and larger ones rounded, so that nobody is found out by subtracting."""

from __future__ import annotations

FEWEST = 10
STEP = 5


def shown(count: int) -> int | None:
    """The number to show: None for fewer than ten, else rounded down to a multiple of five."""
    return None if count < FEWEST else count - count % STEP


def share(part: int, whole: int) -> int | None:
    """Tenths (0 to 10) of a whole of at least ten, for a bar; None where the whole must not be shown."""
    return None if whole < FEWEST else round(10 * part / whole)
