"""Draws the phone page's schematic map from data/places: `python scripts/build_emulator_map.py`.

The neighbourhoods are the cells of a power diagram of their centroids, weighted by their published size and cut by an
outline drawn by hand: near enough to point at one's home, and nobody's survey.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import yaml

Point = tuple[float, float]

ROOT = Path(__file__).resolve().parent.parent
PLACES, OUT = ROOT / "data" / "places", ROOT / "latido" / "emulator" / "static" / "map.json"
NORTH, WEST = -34.5180, -58.5480
METRES_PER_DEGREE = 111_320.0
METRES_PER_UNIT = 21.5

# The coast beyond the city, and far corners out in the river.
COAST_BEFORE: tuple[Point, ...] = (
    (-34.3600, -58.3000),
    (-34.3600, -58.6200),
    (-34.4700, -58.5080),
    (-34.5120, -58.4720),
)
COAST_AFTER: tuple[Point, ...] = (
    (-34.6400, -58.3330),
    (-34.6600, -58.3050),
    (-34.7600, -58.1500),
    (-34.3600, -58.1500),
)
COAST_IN_OUTLINE, RIACHUELO_IN_OUTLINE = slice(0, 17), slice(16, 31)

# The names that fit on the map of the whole city.
KNOWN_BY_ALL = frozenset(
    {"Palermo", "Belgrano", "Caballito", "Flores", "Barracas", "Recoleta", "Mataderos", "Liniers", "Almagro"}
    | {"Saavedra", "La Boca", "Villa Lugano", "Villa Devoto", "Villa Urquiza", "Villa Soldati", "Villa Crespo"}
    | {"Nueva Pompeya"}
)

# Latitude and longitude, clockwise from the northern corner: the river, the Riachuelo, General Paz.
OUTLINE: tuple[Point, ...] = (
    (-34.5275, -58.4575), (-34.5330, -58.4470), (-34.5400, -58.4370), (-34.5440, -58.4300), (-34.5490, -58.4210),
    (-34.5560, -58.4080), (-34.5610, -58.3990), (-34.5680, -58.3880), (-34.5730, -58.3720), (-34.5790, -58.3660),
    (-34.5870, -58.3660), (-34.5950, -58.3640), (-34.5975, -58.3520), (-34.6040, -58.3420), (-34.6130, -58.3370),
    (-34.6220, -58.3370), (-34.6290, -58.3400), (-34.6350, -58.3490), (-34.6380, -58.3580), (-34.6430, -58.3620),
    (-34.6500, -58.3660), (-34.6580, -58.3720), (-34.6600, -58.3800), (-34.6625, -58.3890), (-34.6630, -58.3980),
    (-34.6600, -58.4060), (-34.6615, -58.4160), (-34.6690, -58.4220), (-34.6790, -58.4310), (-34.6900, -58.4440),
    (-34.7050, -58.4610), (-34.6980, -58.4760), (-34.6880, -58.4950), (-34.6780, -58.5080), (-34.6650, -58.5230),
    (-34.6530, -58.5295), (-34.6390, -58.5300), (-34.6250, -58.5315), (-34.6150, -58.5310), (-34.6030, -58.5270),
    (-34.5900, -58.5200), (-34.5780, -58.5140), (-34.5670, -58.5080), (-34.5550, -58.5030), (-34.5480, -58.4960),
    (-34.5400, -58.4760),
)  # fmt: skip

AVENUES: dict[str, tuple[Point, ...]] = {
    "Av. Rivadavia": (
        (-34.6080, -58.3725), (-34.6095, -58.3925), (-34.6100, -58.4065), (-34.6205, -58.4415), (-34.6285, -58.4635),
        (-34.6305, -58.4840), (-34.6390, -58.5300),
    ),
    "Av. 9 de Julio": ((-34.5915, -58.3810), (-34.6040, -58.3816), (-34.6270, -58.3812)),
    "Av. Santa Fe y Cabildo": (
        (-34.5955, -58.3755), (-34.5955, -58.3995), (-34.5810, -58.4210), (-34.5625, -58.4565), (-34.5400, -58.4760),
    ),
    "Av. Corrientes": ((-34.6030, -58.3700), (-34.6045, -58.3990), (-34.6035, -58.4110), (-34.5875, -58.4545)),
    "Av. San Martín": ((-34.6060, -58.4400), (-34.5980, -58.4700), (-34.5835, -58.5165)),
    "Av. Eva Perón": ((-34.6300, -58.4300), (-34.6430, -58.4600), (-34.6560, -58.4900), (-34.6650, -58.5230)),
}  # fmt: skip


def project(point: Point) -> Point:
    """Degrees to map units, north up; good over the twenty kilometres of the city."""
    latitude, longitude = point
    scale = METRES_PER_DEGREE / METRES_PER_UNIT
    return (longitude - WEST) * scale * math.cos(math.radians(-34.61)), (NORTH - latitude) * scale


def power_cell(index: int, sites: Sequence[Point], weights: Sequence[float], outline: Sequence[Point]) -> list[Point]:
    """The part of the outline that is nearer to one site than to any other, sizes considered."""
    cell, (x, y) = list(outline), sites[index]
    for other, (u, v) in enumerate(sites):
        if other != index:
            limit = (u * u + v * v - x * x - y * y - weights[other] + weights[index]) / 2
            cell = _cut(cell, u - x, v - y, limit)
    return cell


def _cut(polygon: list[Point], a: float, b: float, limit: float) -> list[Point]:
    """The part of a polygon where a·x + b·y ≤ limit."""
    kept: list[Point] = []
    for start, end in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        before, after = a * start[0] + b * start[1] - limit, a * end[0] + b * end[1] - limit
        if before <= 0:
            kept.append(start)
        if before * after < 0:
            share = before / (before - after)
            kept.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    return kept


def contains(outline: Sequence[Point], point: Point) -> bool:
    """Whether a point lies inside a polygon."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def path(points: Sequence[Point], closed: bool = True) -> str:
    """An SVG path of straight lines."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def build() -> dict[str, object]:
    """The map as the page reads it; AssertionError when a place falls outside the drawn outline."""
    outline = [project(point) for point in OUTLINE]
    official, popular = _neighbourhoods("official"), _neighbourhoods("popular")
    sites = [_point(each["point"]) for each in official]
    weights = [(each["radius_m"] / METRES_PER_UNIT) ** 2 for each in official]
    centers = yaml.safe_load((PLACES / "centers.yml").read_text())["centers"]
    for each, site in [*zip(official, sites, strict=True), *((center, _point(center)) for center in centers)]:
        assert contains(outline, site), f"{each['name']} lies outside the outline"
    return {
        "projection": {"north": NORTH, "west": WEST, "units": METRES_PER_DEGREE / METRES_PER_UNIT, "at": -34.61},
        "outline": path(outline),
        "river": path([*map(project, COAST_BEFORE), *outline[COAST_IN_OUTLINE], *map(project, COAST_AFTER)]),
        "riachuelo": path(outline[RIACHUELO_IN_OUTLINE], closed=False),
        "neighbourhoods": [
            {
                "name": each["name"],
                "path": path(power_cell(index, sites, weights, outline)),
                "at": _rounded(site),
                "known": each["name"] in KNOWN_BY_ALL,
            }
            for index, (each, site) in enumerate(zip(official, sites, strict=True))
        ],
        "popular": [{"name": each["name"], "at": _rounded(_point(each["point"]))} for each in popular if each["point"]],
        "avenues": [{"name": name, "path": path([project(p) for p in line], False)} for name, line in AVENUES.items()],
        "centers": [{"number": each["number"], "name": each["name"], "at": _rounded(_point(each))} for each in centers],
    }


def _neighbourhoods(kind: str) -> list[dict]:
    places = yaml.safe_load((PLACES / "neighbourhoods.yml").read_text())["neighbourhoods"]
    return [each for each in places if each["kind"] == kind]


def _point(place: dict[str, float]) -> Point:
    return project((place["latitude"], place["longitude"]))


def _rounded(point: Point) -> list[float]:
    return [round(point[0], 1), round(point[1], 1)]


if __name__ == "__main__":
    OUT.write_text(json.dumps(build(), ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"wrote {OUT.relative_to(ROOT)}")
