"""The way a line takes across a map: railways and roads keep to the land, ships to the water.

A straight line between two ports may cross a continent. Where it would, the way is the shortest path over a grid of
land and water made from the country outlines, with the canals and straits that are narrower than its cells opened.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from keruen.reports.outlines import Country
from keruen.reports.projection import Points, sampled

Window = tuple[float, float, float, float]

WATER_MODES = frozenset({"sea", "ocean"})
_FREE_MODES = frozenset({"air", "pipeline"})
_CELL = 0.25
_TOLERATED = 0.12
_MOST_CELLS = 25_000
# Each line is opened to ships: the Suez Canal, Bab-el-Mandeb, Hormuz, the Turkish straits, Kerch, Gibraltar, the Danish
# straits, Malacca and Singapore.
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


@dataclass(frozen=True, slots=True)
class Grid:
    """Land and water by cells.

    Parameters
    ----------
    west, south
        Corner [degree].
    cell
        Width and height of a cell [degree].
    land
        (rows from south, columns from west): whether the middle of the cell is land.
    """

    west: float
    south: float
    cell: float
    land: npt.NDArray[np.bool_]

    def cells(self, points: Points) -> npt.NDArray[np.int64]:
        """Return row and column (n, 2) of the cells that hold ``points``, leaving out those beyond the grid."""
        column = np.floor((points[:, 0] - self.west) / self.cell).astype(np.int64)
        row = np.floor((points[:, 1] - self.south) / self.cell).astype(np.int64)
        rows, columns = self.land.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found: npt.NDArray[np.int64] = np.column_stack([row, column])[inside]
        return found

    def middles(self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> Points:
        """Return the middles of cells as longitude and latitude, (n, 2)."""
        return np.column_stack(
            [self.west + (columns + 0.5) * self.cell, self.south + (rows + 0.5) * self.cell]
        )

    def part(self, window: Window) -> Grid:
        """Return the cells around ``window``, four taken as one until they are few enough for a search."""
        (low_row, low_column), (high_row, high_column) = (
            (int((y - self.south) // self.cell), int((x - self.west) // self.cell))
            for x, y in ((window[0], window[1]), (window[2], window[3]))
        )
        row, column = max(low_row, 0), max(low_column, 0)
        land = self.land[row : high_row + 1, column : high_column + 1]
        cell = self.cell
        while land.size > _MOST_CELLS:
            rows, columns = land.shape[0] // 2, land.shape[1] // 2
            # Half land is land: a coast stays where it is, and an opened strait stays open.
            land = land[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).sum(axis=(1, 3)) >= 3
            cell *= 2
        return Grid(self.west + column * self.cell, self.south + row * self.cell, cell, land)


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
        (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        margin = max(0.25 * max(east - west, north - south), 4.0)
        self.extent: Window = (
            max(west - margin, -180.0), max(south - margin, -84.0), min(east + margin, 180.0), min(north + margin, 84.0)
        )  # fmt: skip
        self.grid = rasterised(outlines, self.extent)

    def between(self, start: Points, end: Points, mode: str) -> Points:
        """Return the way from ``start`` to ``end``, each (2,) in degrees, as (n, 2); straight where that keeps its medium."""
        straight = np.vstack([start, end])
        afloat = mode in WATER_MODES
        if mode in _FREE_MODES or self.astray(straight, afloat=afloat) <= _TOLERATED:
            return straight
        low, high = straight.min(axis=0), straight.max(axis=0)
        margin = max(0.4 * float((high - low).max()), 2.0)
        grid = self.grid.part((*(low - margin).tolist(), *(high + margin).tolist()))
        path = _shortest(grid, start, end, afloat)
        return _rounded(_pulled(grid, path, afloat)) if len(path) > 2 else straight

    def astray(self, line: Points, *, afloat: bool) -> float:
        """Return the share of a line that is off its medium, its ends apart: harbours and bridges are no fault."""
        cells = self.grid.cells(sampled(line, _CELL / 2)[2:-2])
        if len(cells) < 4:
            return 0.0
        return float(np.mean(self.grid.land[cells[:, 0], cells[:, 1]] == afloat))


def rasterised(outlines: Sequence[Country], window: Window) -> Grid:
    """Return the grid of land within ``window``, by the even-odd rule on the middle line of each row of cells."""
    west, south, east, north = window
    shape = int(np.ceil((north - south) / _CELL)), int(np.ceil((east - west) / _CELL))
    land = np.zeros(shape, dtype=np.bool_)
    middle = south + (np.arange(shape[0]) + 0.5) * _CELL
    for country in outlines:
        edges = np.vstack([np.hstack([r[:-1], r[1:]]) for r in country.rings])
        x0, y0, x1, y1 = edges.T
        low, high = np.searchsorted(middle, (y0.min(), y0.max()))
        left = min(max(int(np.floor((x0.min() - west) / _CELL)), 0), shape[1])
        right = min(max(int(np.ceil((x0.max() - west) / _CELL)), 0), shape[1])
        if low == high or left == right:
            continue
        y = middle[low:high, None]
        rows, of = np.nonzero((y > np.minimum(y0, y1)) & (y <= np.maximum(y0, y1)))
        x = x0[of] + (middle[low + rows] - y0[of]) * (x1 - x0)[of] / (y1 - y0)[of]
        columns = np.clip(np.ceil((x - west) / _CELL - 0.5) - left, 0, right - left).astype(np.int64)
        flips = np.zeros((high - low, right - left + 1), dtype=np.int32)
        np.add.at(flips, (rows, columns), 1)
        land[low:high, left:right] |= flips[:, :-1].cumsum(axis=1) % 2 == 1
    grid = Grid(west, south, _CELL, land)
    for strait in STRAITS:
        cells = grid.cells(sampled(np.array(strait), _CELL / 3))
        # Two cells wide, so that it stays open when four cells are taken as one.
        for shift in (0, 1):
            land[cells[:, 0], np.minimum(cells[:, 1] + shift, shape[1] - 1)] = False
    return grid


def _shortest(grid: Grid, start: Points, end: Points, afloat: bool) -> Points:
    """Return the shortest path over the grid; a step off the medium counts twelvefold, one along its edge a third more."""
    rows, columns = grid.land.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    narrowing = np.cos(np.radians(grid.middles(np.arange(rows), np.zeros(rows, dtype=np.int64))[:, 1]))
    wide = np.broadcast_to(narrowing[:, None], grid.land.shape)
    off = grid.land == afloat
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
        cost = np.hypot(dr, dc * wide[a]) * (weight[a] + weight[b]) / 2
        parts.append((index[a].ravel(), index[b].ravel(), cost.ravel()))
    tail, head, costs = (np.concatenate(p) for p in zip(*parts, strict=True))
    graph = csr_array((costs, (tail, head)), shape=(index.size, index.size))
    ends = grid.cells(np.vstack([start, end]))
    if len(ends) < 2:
        return np.vstack([start, end])
    source, sink = index[ends[0][0], ends[0][1]], index[ends[1][0], ends[1][1]]
    _, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
    chain = [int(sink)]
    while chain[-1] != source and before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    middle = np.array(chain[::-1][1:-1], dtype=np.int64)
    return np.vstack([start, grid.middles(*np.divmod(middle, columns)), end])


def _pulled(grid: Grid, path: Points, afloat: bool) -> Points:
    """Pull the string tight: drop points that a straight line passes by without leaving its medium for longer."""

    def stray(line: Points) -> int:
        cells = np.unique(grid.cells(sampled(line, grid.cell / 2)), axis=0)
        return int((grid.land[cells[:, 0], cells[:, 1]] == afloat).sum())

    kept, i = [path[0]], 0
    while i < len(path) - 1:
        j = len(path) - 1
        while j > i + 1 and stray(path[[i, j]]) > stray(path[i : j + 1]):
            j = i + max((j - i) * 3 // 4, 1)
        kept.append(path[j])
        i = j
    return np.array(kept)


def _rounded(line: Points) -> Points:
    """Round the corners by cutting them twice (Chaikin 1974), never by more than a degree; the ends stay."""
    for _ in range(2):
        cut = []
        for a, b in itertools.pairwise(line):
            part = min(0.25, 1.0 / max(float(np.hypot(*(b - a))), 1e-9))
            cut += [a + part * (b - a), b - part * (b - a)]
        line = np.array([line[0], *cut[1:-1], line[-1]])
    return line
