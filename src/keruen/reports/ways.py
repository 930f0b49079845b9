"""The way a line takes across a map: railways and roads keep to the land, ships to the water.

A straight line between two ports may cross a continent. Where it would, the way is the shortest path over a grid of
land and water made from the country outlines, with the canals and straits that are narrower than its cells opened.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from keruen.reports.outlines import Country
from keruen.reports.projection import Points

WATER_MODES = frozenset({"sea", "ocean"})
_CELL = 0.5
_TOLERATED = 0.12
# Each line is opened to ships: the Suez Canal, Bab-el-Mandeb, Hormuz, the Turkish straits, Kerch, Gibraltar, the Danish
# straits, Malacca and Singapore, the Taiwan and Korea straits, and the way around Iberia into the Channel.
STRAITS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((32.4, 31.6), (32.4, 30.3), (32.6, 29.5), (33.5, 28.2), (35.0, 26.5)),
    ((42.2, 14.5), (43.3, 12.6), (44.5, 12.0)),
    ((54.5, 25.8), (56.4, 26.6), (57.2, 25.3)),
    ((25.5, 39.7), (26.6, 40.3), (28.0, 40.7), (29.0, 41.0), (29.3, 41.6)),
    ((36.6, 44.8), (36.6, 45.6)),
    ((-6.5, 35.9), (-4.5, 36.0)),
    ((8.0, 57.6), (10.8, 57.8), (11.4, 56.5), (10.9, 55.4), (11.4, 54.5), (13.5, 54.8)),
    ((97.0, 5.5), (100.3, 3.0), (102.2, 1.9), (103.8, 1.2), (104.8, 1.6)),
)


class Ways:
    """Ways across the map.

    Parameters
    ----------
    points
        (n, 2) longitude and latitude of everything that is joined [degree]; the map reaches a margin beyond.
    outlines
        Countries, whose rings are the land.
    """

    def __init__(self, points: Points, outlines: Sequence[Country]) -> None:
        (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
        margin = max(0.35 * max(east - west, north - south), 4.0)
        self.extent = (
            max(float(west) - margin, -180.0), max(float(south) - margin, -84.0),
            min(float(east) + margin, 180.0), min(float(north) + margin, 84.0),
        )  # fmt: skip
        self._outlines = outlines
        self._trees: dict[tuple[bool, int], npt.NDArray[np.int32]] = {}

    def between(self, start: Points, end: Points, mode: str) -> Points:
        """Return the way from ``start`` to ``end``, each (2,) in degrees, as (n, 2); straight where that keeps its medium."""
        afloat = mode in WATER_MODES
        straight = np.vstack([start, end])
        if mode in ("air", "pipeline") or self._astray(straight, afloat) <= _TOLERATED:
            return straight
        path = self._shortest(start, end, afloat)
        return _smooth(self._pulled(path, afloat)) if len(path) > 2 else straight

    @cached_property
    def _land(self) -> npt.NDArray[np.bool_]:
        """Whether the middle of each cell is land, (rows, columns) from south and west: even-odd rule on scan lines."""
        west, south, east, north = self.extent
        columns, rows = int(np.ceil((east - west) / _CELL)), int(np.ceil((north - south) / _CELL))
        land = np.zeros((rows, columns), dtype=np.bool_)
        for country in self._outlines:
            crossings: list[list[float]] = [[] for _ in range(rows)]
            for ring in country.rings:
                for (x0, y0), (x1, y1) in zip(ring[:-1].tolist(), ring[1:].tolist(), strict=True):
                    low, high = min(y0, y1), max(y0, y1)
                    first = max(int(np.ceil((low - south) / _CELL - 0.5)), 0)
                    last = min(int(np.ceil((high - south) / _CELL - 0.5)), rows)
                    for row in range(first, last):
                        y = south + (row + 0.5) * _CELL
                        crossings[row].append(x0 + (y - y0) * (x1 - x0) / (y1 - y0))
            for row, xs in enumerate(crossings):
                xs.sort()
                for x0, x1 in zip(xs[::2], xs[1::2], strict=True):
                    first = max(int(np.ceil((x0 - west) / _CELL - 0.5)), 0)
                    last = max(int(np.ceil((x1 - west) / _CELL - 0.5)), 0)
                    land[row, first:last] = True
        for strait in STRAITS:
            for cell in self._cells(_sampled(np.array(strait), _CELL / 3)):
                land[cell] = False
        return land

    def _cells(self, points: Points) -> list[tuple[int, int]]:
        """Return row and column of the cells that hold ``points``, leaving out those beyond the map."""
        west, south, _, _ = self.extent
        rows, columns = self._land_shape
        found = []
        for x, y in points:
            row, column = int((y - south) // _CELL), int((x - west) // _CELL)
            if 0 <= row < rows and 0 <= column < columns:
                found.append((row, column))
        return found

    @property
    def _land_shape(self) -> tuple[int, int]:
        west, south, east, north = self.extent
        return int(np.ceil((north - south) / _CELL)), int(np.ceil((east - west) / _CELL))

    def _astray(self, line: Points, afloat: bool) -> float:
        """Return the share of a line off its medium, its ends apart: harbours and bridges are no fault."""
        samples = _sampled(line, _CELL / 2)
        samples = samples[2:-2]
        cells = self._cells(samples)
        if len(cells) < 4:
            return 0.0
        return float(np.mean([self._land[c] == afloat for c in cells]))

    @cached_property
    def _graphs(self) -> dict[bool, csr_array]:
        """Graphs of the grid for land and for water: a step off the medium counts tenfold, one along its edge a third more."""
        land = self._land
        rows, columns = land.shape
        index = np.arange(rows * columns).reshape(rows, columns)
        latitude = np.radians(self.extent[1] + (np.arange(rows) + 0.5) * _CELL)
        wide = np.broadcast_to(np.cos(latitude)[:, None], land.shape)
        graphs = {}
        for afloat in (False, True):
            off = land == afloat
            near = np.zeros_like(off)
            near[1:] |= off[:-1]
            near[:-1] |= off[1:]
            near[:, 1:] |= off[:, :-1]
            near[:, :-1] |= off[:, 1:]
            weight = np.where(off, 12.0, np.where(near, 1.35, 1.0))
            parts = []
            for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)):
                a = (slice(0, rows - dr), slice(max(-dc, 0), columns - max(dc, 0)))
                b = (slice(dr, rows), slice(max(dc, 0), columns - max(-dc, 0)))
                length = np.hypot(dr, dc * wide[a])
                parts.append(
                    (index[a].ravel(), index[b].ravel(), (length * (weight[a] + weight[b]) / 2).ravel())
                )
            tail, head, cost = (np.concatenate(p) for p in zip(*parts, strict=True))
            graphs[afloat] = csr_array((cost, (tail, head)), shape=(index.size, index.size))
        return graphs

    def _shortest(self, start: Points, end: Points, afloat: bool) -> Points:
        cells = self._cells(np.vstack([start, end]))
        columns = self._land.shape[1]
        source, sink = (row * columns + column for row, column in cells)
        key = (afloat, source)
        if key not in self._trees:
            _, self._trees[key] = dijkstra(
                self._graphs[afloat], directed=False, indices=source, return_predecessors=True
            )  # fmt: skip
        before = self._trees[key]
        chain = [sink]
        while chain[-1] != source and before[chain[-1]] >= 0:
            chain.append(int(before[chain[-1]]))
        middle = np.array(chain[::-1][1:-1])
        west, south, _, _ = self.extent
        inner = np.column_stack(
            [west + (middle % columns + 0.5) * _CELL, south + (middle // columns + 0.5) * _CELL]
        )  # fmt: skip
        return np.vstack([start, inner.reshape(-1, 2), end])

    def _pulled(self, path: Points, afloat: bool) -> Points:
        """Pull the string tight: leave out points that a line can pass by while it keeps its medium as well as the path."""
        kept, i = [path[0]], 0
        while i < len(path) - 1:
            j = min(i + 60, len(path) - 1)
            while j > i + 1 and self._stray(path[[i, j]], afloat) > self._stray(path[i : j + 1], afloat):
                j -= 1
            kept.append(path[j])
            i = j
        return np.array(kept)

    def _stray(self, line: Points, afloat: bool) -> int:
        return sum(self._land[c] == afloat for c in set(self._cells(_sampled(line, _CELL / 2))))


def _sampled(line: Points, step: float) -> Points:
    pieces = []
    for a, b in itertools.pairwise(line):
        n = max(int(np.ceil(np.hypot(*(b - a)) / step)), 1)
        pieces.append(a + (b - a) * np.arange(n)[:, None] / n)
    return np.vstack([*pieces, line[-1:]])


def _smooth(line: Points) -> Points:
    """Round the corners by cutting them twice (Chaikin 1974); the ends stay."""
    for _ in range(2):
        a, b = line[:-1], line[1:]
        cut = np.empty((2 * len(a), 2))
        cut[::2], cut[1::2] = 0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b
        line = np.vstack([line[:1], cut[1:-1], line[-1:]])
    return line
