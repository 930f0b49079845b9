"""From longitude and latitude to the plane of the map."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Albers:
    """Albers' equal-area conic projection (Snyder 1987, Map Projections: A Working Manual, eq. 14-1 to 14-6, sphere).

    Parameters
    ----------
    longitude, latitude
        Origin [degree].
    south, north
        Standard parallels [degree]; their sum must not be zero.
    """

    longitude: float
    latitude: float
    south: float
    north: float

    @classmethod
    def fitted(cls, points: Points) -> Albers:
        """Return a projection for ``points`` of shape (n, 2) in degrees: parallels a sixth in from their extent."""
        (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
        inset = (north - south) / 6
        middle = (south + north) / 2
        # A cone needs parallels that are not mirror images; near the equator it would degenerate to a cylinder.
        south, north = south + inset, north - inset
        if abs(south + north) < 10.0:
            south, north = middle + 5.0, middle + 15.0
        return cls((west + east) / 2, middle, south, north)

    def __call__(self, points: Points) -> Points:
        """Return the plane coordinates of ``points`` (n, 2) in degrees, as (n, 2): x east, y south [1/100 earth radius]."""
        south, north = np.radians(self.south), np.radians(self.north)
        n = (np.sin(south) + np.sin(north)) / 2
        c = np.cos(south) ** 2 + 2 * n * np.sin(south)
        theta = n * np.radians(points[:, 0] - self.longitude)
        rho = np.sqrt(np.maximum(c - 2 * n * np.sin(np.radians(points[:, 1])), 0.0)) / n
        rho0 = np.sqrt(np.maximum(c - 2 * n * np.sin(np.radians(self.latitude)), 0.0)) / n
        return np.column_stack([100 * rho * np.sin(theta), 100 * (rho * np.cos(theta) - rho0)])


def sampled(line: Points, step: float) -> Points:
    """Return a line of degrees (n, 2) with no piece longer than ``step`` degrees, so that it bends as the map does."""
    pieces = []
    for a, b in itertools.pairwise(line):
        n = max(int(np.ceil(np.hypot(*(b - a)) / step)), 1)
        pieces.append(a + (b - a) * np.arange(n)[:, None] / n)
    return np.vstack([*pieces, line[-1:]])


def clip(rings: tuple[Points, ...], window: tuple[float, float, float, float]) -> list[Points]:
    """Return the parts of closed rings within west, south, east, north (Sutherland and Hodgman 1974)."""
    west, south, east, north = window
    kept = []
    for ring in rings:
        low, high = ring.min(axis=0), ring.max(axis=0)
        if high[0] < west or low[0] > east or high[1] < south or low[1] > north:
            continue
        part = ring
        for axis, bound, sign in ((0, west, 1.0), (0, east, -1.0), (1, south, 1.0), (1, north, -1.0)):
            if len(part) == 0:
                break
            part = _clip_side(part, axis, bound, sign)
        if len(part) >= 3:
            kept.append(np.vstack([part, part[:1]]))
    return kept


def _clip_side(ring: Points, axis: int, bound: float, sign: float) -> Points:
    inside = sign * (ring[:, axis] - bound) >= 0
    if inside.all():
        return ring
    before, was_inside = np.roll(ring, 1, axis=0), np.roll(inside, 1)
    crosses = inside != was_inside
    step = np.where(crosses, ring[:, axis] - before[:, axis], 1.0)
    at = before + (ring - before) * ((bound - before[:, axis]) / step)[:, None]
    # Of each piece of the ring: where it crosses the bound, then its end, each where there is one.
    kept: Points = np.stack([at, ring], axis=1)[np.column_stack([crosses, inside])]
    return kept


def clearance(points: Points, rings: list[Points]) -> Points:
    """Return how far each of ``points`` (n, 2) lies from the edge of the area within closed ``rings``; 0 outside it.

    Distance across counts half, since letters run that way.
    """
    edges = np.vstack([np.hstack([r[:-1], r[1:]]) for r in rings])
    x0, y0, x1, y1 = edges.T
    px, py = points[:, :1], points[:, 1:]
    spans = (py > np.minimum(y0, y1)) & (py <= np.maximum(y0, y1))
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    inside = (spans & (x0 + (py - y0) * (x1 - x0) / rise < px)).sum(axis=1) % 2 == 1
    dx, dy = (x1 - x0) / 2, y1 - y0
    square = np.maximum(dx**2 + dy**2, 1e-12)
    t = np.clip(((px - x0) / 2 * dx + (py - y0) * dy) / square, 0.0, 1.0)
    distance = np.hypot((px - x0) / 2 - t * dx, py - y0 - t * dy).min(axis=1)
    return np.where(inside, distance, 0.0)
