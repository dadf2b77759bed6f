"""How long the three nearest of all centres take to find from a point."""

from __future__ import annotations

import time

from latido.care.places.directory import load_directory
from latido.care.places.geometry import Point

ROUNDS = 2_000


def main() -> None:
    """Time it over points across the city."""
    directory = load_directory()
    points = [Point(-34.55 - 0.00007 * n, -58.36 - 0.00007 * n) for n in range(ROUNDS)]
    started = time.perf_counter()
    for point in points:
        directory.nearest(point)
    spent = time.perf_counter() - started
    print(f"nearest 3 of {len(directory.centers)} centres: {spent / ROUNDS * 1000:.3f} ms (budget 1 ms)")


if __name__ == "__main__":
    main()
