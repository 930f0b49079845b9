"""Country outlines, so that a reader knows where on the map they are.

The outlines are those of the ``countryinfo`` package (about 0.3 degree precision), drawn through the border crossings
that the model knows. They are for orientation and express no opinion on any border.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from countryinfo import all_countries

Ring = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Country:
    """A country's outline.

    Parameters
    ----------
    code
        ISO 3166 alpha-3, or empty.
    name
        English name.
    rings
        Closed rings of longitude and latitude, each of shape (n_points, 2), in degrees; holes are rings too and are
        told apart by the even-odd rule.
    """

    code: str
    name: str
    rings: tuple[Ring, ...]


@cache
def countries() -> tuple[Country, ...]:
    """Return every country that has an outline, by name."""
    found = []
    for country in all_countries():
        rings = tuple(_rings(country.geo_json().get("features", [])))
        if rings:
            found.append(Country(str(country.iso(3) or ""), country.name(), rings))
    return tuple(sorted(found, key=lambda c: (c.name, c.code)))


def _rings(features: list[dict[str, dict[str, object]]]) -> Iterator[Ring]:
    for feature in features:
        geometry = feature["geometry"]
        coordinates = geometry["coordinates"]
        polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
        for polygon in polygons if isinstance(polygons, list) else []:
            for ring in polygon:
                yield np.asarray(ring, dtype=np.float64)[:, :2]


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a way passes the border between two countries: their codes and the place, (2,) in degrees."""

    countries: tuple[str, str]
    at: Ring


def through(outlines: Sequence[Country], gates: Iterable[Gate]) -> tuple[Country, ...]:
    """Draw borders through the crossings: where a gate is known, the outline is wrong, not the gate.

    The nearest point of the border that two countries share is moved to the gate, or a new point is put in where none is
    near. A gate farther from that border than the outlines' own error (0.6 degree) is left out.

    Parameters
    ----------
    outlines
        Countries; rings that share a border share its points exactly.
    gates
        Crossings between countries, by code.
    """
    rings = {
        c.code: [[(float(x), float(y)) for x, y in ring] for ring in c.rings] for c in outlines if c.code
    }
    reach = {
        c.code: (np.vstack(c.rings).min(axis=0) - _ERROR, np.vstack(c.rings).max(axis=0) + _ERROR)
        for c in outlines
    }
    drawn: list[_Point] = []
    for gate in gates:
        at = (float(gate.at[0]), float(gate.at[1]))
        known = all(code in rings for code in gate.countries)
        if not known or any(_length(at, other) <= _SAME for other in drawn):
            continue
        about = {
            code: rings[code]
            for code, (low, high) in reach.items()
            if (low <= gate.at).all() and (gate.at <= high).all()
        }
        if set(gate.countries) <= set(about) and _draw_through(about, gate.countries, at, drawn):
            drawn.append(at)
    return tuple(Country(c.code, c.name, tuple(np.array(r) for r in rings[c.code])) for c in outlines)


_Point = tuple[float, float]
_ERROR, _NEAR, _SAME = 0.6, 0.2, 0.08


def _draw_through(
    rings: dict[str, list[list[_Point]]], countries: tuple[str, str], gate: _Point, drawn: Sequence[_Point]
) -> bool:
    """Move the nearest corner of the shared border to ``gate`` or put one in; say whether the border was near enough."""
    one, other = countries
    shared = {frozenset(e) for ring in rings[other] for e in itertools.pairwise(ring)}
    edges = [e for ring in rings[one] for e in itertools.pairwise(ring) if frozenset(e) in shared]
    distance, edge = min(((_distance(gate, *e), e) for e in edges), default=(np.inf, None))
    if edge is None or distance > _ERROR:
        return False
    free = [p for p in edge if p not in drawn and _length(p, gate) <= _NEAR]
    corner = min(free, key=lambda p: (_length(p, gate), p), default=None)
    for ring in (ring for code in rings for ring in rings[code]):
        if corner is not None:
            ring[:] = [gate if p == corner else p for p in ring]
        else:
            for i in range(len(ring) - 1, 0, -1):
                if {ring[i - 1], ring[i]} == set(edge):
                    ring.insert(i, gate)
    return True


def _length(a: _Point, b: _Point) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def _distance(point: _Point, a: _Point, b: _Point) -> float:
    """Return the distance from a point to the piece of line from ``a`` to ``b`` [degree]."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    t = 0.0 if square == 0 else min(max(((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square, 0.0), 1.0)
    return _length(point, (a[0] + t * dx, a[1] + t * dy))
