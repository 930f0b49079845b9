"""The map: ships on the water, trains on the land, cities in their countries, crossings on the border."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from keruen.reports.labels import EM, Label, place
from keruen.reports.outlines import Country, Gate, countries, through
from keruen.reports.projection import Albers, clearance, clip, sampled
from keruen.reports.ways import Ways, rasterised

CITIES = {
    "KAZ": [(71.4, 51.2), (76.9, 43.2), (57.2, 50.3), (51.9, 47.1), (69.6, 42.3), (82.6, 49.9), (61.2, 47.1)],
    "CHN": [(87.6, 43.8), (108.9, 34.3), (103.8, 36.1)],
    "RUS": [(37.6, 55.8), (73.4, 55.0), (46.0, 51.5), (61.4, 55.2), (82.9, 55.0)],
    "UZB": [(67.0, 39.7), (64.4, 39.8), (59.6, 42.5)],
    "KGZ": [(72.8, 40.5), (76.0, 41.4)],
    "TKM": [(58.4, 37.95), (61.8, 37.6)],
    "IRN": [(51.4, 35.7), (59.6, 36.3)],
    "AZE": [(49.4, 40.4), (46.4, 40.7)],
    "GEO": [(44.8, 41.7)],
    "TUR": [(32.9, 39.9)],
    "MNG": [(106.9, 47.9)],
}  # fmt: skip
SEAS = [(51.0, 42.0), (50.0, 45.0), (35.0, 43.0), (65.0, 20.0), (52.0, 26.5), (90.0, 15.0), (-20.0, 45.0)]


@pytest.fixture(scope="module")
def world() -> dict[str, Country]:
    return {c.code: c for c in countries()}


def within(country: Country, longitude: float, latitude: float) -> bool:
    """Even-odd rule, one edge at a time."""
    odd = False
    for ring in country.rings:
        for (x0, y0), (x1, y1) in itertools.pairwise(ring):
            if (latitude > y0) != (latitude > y1) and longitude > x0 + (latitude - y0) * (x1 - x0) / (
                y1 - y0
            ):
                odd = not odd
    return odd


def test_cities_lie_in_their_countries_and_seas_in_none(world: dict[str, Country]) -> None:
    for code, cities in CITIES.items():
        for city in cities:
            assert [c for c in CITIES if within(world[c], *city)] == [code], city
    for sea in SEAS:
        assert not any(within(c, *sea) for c in world.values()), sea


def test_known_crossings_lie_near_the_border_of_kazakhstan(world: dict[str, Country], shared: Path) -> None:
    edges = np.vstack([sampled(r, 0.02) for r in world["KAZ"].rings])
    away = []
    for file in ("rail_border_crossings.csv", "road_border_crossings.csv"):
        with (shared / "facts" / file).open(encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                if row["lat"]:
                    here = np.array([float(row["lon"]), float(row["lat"])])
                    away.append(float(np.hypot(*(edges - here).T).min()))
    assert np.median(away) < 0.1
    assert max(away) < 0.6, "within the error that outlines are corrected for"


def test_borders_are_drawn_through_gates_on_both_sides(world: dict[str, Country]) -> None:
    dostyk = np.array([82.57, 45.21])
    before = rasterised(list(world.values()), (81.0, 44.0, 84.0, 46.0)).land.sum()
    moved = {c.code: c for c in through(countries(), [Gate(("CHN", "KAZ"), dostyk)])}
    for code in ("CHN", "KAZ"):
        assert any((ring == dostyk).all(axis=1).any() for ring in moved[code].rings)
        assert not any((ring == dostyk).all(axis=1).any() for ring in world[code].rings)
    assert within(moved["KAZ"], 82.40, 45.25)
    assert within(moved["CHN"], 82.70, 45.15)
    after = rasterised(list(moved.values()), (81.0, 44.0, 84.0, 46.0)).land.sum()
    assert before == after, "no gap and no overlap opens"


def test_a_gate_far_from_any_shared_border_moves_nothing() -> None:
    gates = [Gate(("CHN", "KAZ"), np.array([70.0, 48.0])), Gate(("FRA", "KAZ"), np.array([82.5, 45.2])),
             Gate(("XXX", "KAZ"), np.array([82.5, 45.2]))]  # fmt: skip
    for old, new in zip(countries(), through(countries(), gates), strict=True):
        assert all((a == b).all() for a, b in zip(old.rings, new.rings, strict=True))


@pytest.mark.parametrize(
    ("mode", "start", "end"),
    [
        ("ocean", (72.8, 18.9), (-9.5, 43.2)),  # Mumbai to Cape Finisterre, by Suez
        ("sea", (51.2, 43.6), (49.5, 37.5)),  # Aktau to Anzali
        ("ocean", (119.4, 34.7), (103.9, 1.2)),  # Lianyungang to Singapore
        ("rail", (51.9, 47.1), (47.5, 43.0)),  # Atyrau to Makhachkala, around the Caspian
        ("rail", (41.6, 41.6), (28.9, 41.0)),  # Batumi to Istanbul, along the Black Sea
    ],
)
def test_ways_keep_their_medium(mode: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    a, b = np.array(start), np.array(end)
    ways = Ways(np.vstack([a, b]), countries())
    way = ways.between(a, b, mode)
    afloat = mode != "rail"
    straight = ways.astray(np.vstack([a, b]), afloat=afloat)
    assert straight > 0.12 or len(way) == 2
    assert ways.astray(way, afloat=afloat) < 0.15
    assert (way[0] == a).all()
    assert (way[-1] == b).all()


def test_a_pipeline_may_cross_the_sea() -> None:
    a, b = np.array([51.2, 43.6]), np.array([49.5, 40.3])
    assert len(Ways(np.vstack([a, b]), countries()).between(a, b, "pipeline")) == 2


def test_land_by_cells_agrees_with_the_outlines_point_by_point(world: dict[str, Country]) -> None:
    window = (45.0, 36.0, 56.0, 48.0)
    grid = rasterised(list(world.values()), window)
    rng = np.random.default_rng(5)
    rows = rng.integers(0, grid.land.shape[0], 25)
    columns = rng.integers(0, grid.land.shape[1], 25)
    for row, column, (x, y) in zip(rows, columns, grid.middles(rows, columns), strict=True):
        assert grid.land[row, column] == any(within(c, x, y) for c in world.values())


def test_albers_keeps_areas_and_matches_snyders_example() -> None:
    # Snyder 1987, p. 291: unit sphere, parallels 29.5 and 45.5, origin 23 N 96 W, point 35 N 75 W.
    project = Albers(-96.0, 23.0, 29.5, 45.5)
    x, y = project(np.array([[-75.0, 35.0]]))[0]
    assert x / 100 == pytest.approx(0.2952720, abs=1e-6)
    assert -y / 100 == pytest.approx(0.2416774, abs=1e-6)
    areas = []
    for latitude in (30.0, 45.0, 60.0):
        e = 0.01
        corners = np.array(
            [[70 - e, latitude - e], [70 + e, latitude - e], [70 + e, latitude + e], [70 - e, latitude + e]]
        )
        p = project(corners)
        q = np.roll(p, -1, axis=0)
        areas.append(
            abs((p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]).sum()) / 2 / math.cos(math.radians(latitude))
        )
    assert areas == pytest.approx([areas[0]] * 3, rel=1e-5)


def test_clipping_keeps_exactly_what_is_inside() -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]])
    (part,) = clip((square,), (1.0, -1.0, 3.0, 2.0))
    assert part.min(axis=0).tolist() == [1.0, 0.0]
    assert part.max(axis=0).tolist() == [3.0, 2.0]
    assert clip((square,), (5.0, 5.0, 6.0, 6.0)) == []
    assert clearance(np.array([[2.0, 1.0], [9.0, 9.0]]), [part]).tolist() == [0.5, 0.0]


def test_names_never_touch_and_the_weightiest_comes_first() -> None:
    rng = np.random.default_rng(8)
    labels = [Label(f"Place {i}", rng.uniform(0, 100, 2), float(-i)) for i in range(150)]
    placed = list(place(labels, (0.0, 0.0, 100.0, 100.0), 0.1))
    assert placed[0][0] is labels[0]
    boxes = []
    for label, anchor, dx, dy, tier in placed:
        if tier == 0:
            em = EM * 0.1
            width = 0.56 * len(label.text) * em
            x = label.at[0] + dx * em - {"start": 0.0, "end": width, "middle": width / 2}[anchor]
            y = label.at[1] + dy * em
            boxes.append((x, y - 0.85 * em, x + width, y + 0.25 * em))
    assert 20 < len(boxes) < 150
    for i, a in enumerate(boxes):
        assert a[0] >= 0
        assert a[2] <= 100
        for b in boxes[:i]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
