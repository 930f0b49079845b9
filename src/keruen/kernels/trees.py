"""Trees of cheapest routes: Dijkstra's algorithm with a four-way heap on compressed rows, from the root or by repair.

Costs are never negative. Ties go to the arc met first, so that a tree depends on nothing but its input.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@njit(cache=True)
def _rise(heap: Ints, place: Ints, dist: Floats, i: int, v: int) -> None:
    """Move ``v`` up the heap from position ``i`` to where it belongs."""
    d = dist[v]
    while i > 0:
        parent = (i - 1) >> 2
        above = heap[parent]
        if dist[above] <= d:
            break
        heap[i] = above
        place[above] = i
        i = parent
    heap[i] = v
    place[v] = i


@njit(cache=True)
def _settle(
    start: Ints,
    head: Ints,
    arc: Ints,
    cost: Floats,
    root: int,
    first_through: int,
    dist: Floats,
    pred: Ints,
    heap: Ints,
    place: Ints,
    size: int,
) -> None:
    """Take vertices from the heap in the order of their labels and pass those on, until it is empty."""
    while size > 0:
        v = heap[0]
        place[v] = -2
        size -= 1
        if size > 0:
            last = heap[size]
            d = dist[last]
            i = 0
            while True:
                child = 4 * i + 1
                if child >= size:
                    break
                best = child
                least = dist[heap[child]]
                for j in range(child + 1, min(child + 4, size)):
                    other = dist[heap[j]]
                    if other < least:
                        least = other
                        best = j
                if least >= d:
                    break
                heap[i] = heap[best]
                place[heap[i]] = i
                i = best
            heap[i] = last
            place[last] = i
        if v < first_through and v != root:
            continue
        base = dist[v]
        for e in range(start[v], start[v + 1]):
            w = head[e]
            d = base + cost[arc[e]]
            if d < dist[w]:
                dist[w] = d
                pred[w] = e
                i = place[w]
                if i == -2:
                    continue
                if i == -1:
                    i = size
                    size += 1
                _rise(heap, place, dist, i, w)


@njit(cache=True)
def grow(
    start: Ints,
    head: Ints,
    arc: Ints,
    cost: Floats,
    root: int,
    first_through: int,
    dist: Floats,
    pred: Ints,
    heap: Ints,
    place: Ints,
) -> None:
    """Fill ``dist`` and ``pred`` (n_vertices,) with the tree from ``root``.

    ``start`` (n_vertices + 1,), ``head`` and ``arc`` (n_arcs,) are compressed rows: entries ``start[v]:start[v + 1]``
    leave ``v`` for ``head`` over ``arc``, whose cost is ``cost[arc]``; an infinite cost closes it. Vertices below
    ``first_through`` are never passed through. ``pred`` holds entries (not arcs), -1 where there is none.
    ``heap`` and ``place`` (n_vertices,) are scratch.
    """
    for v in range(dist.size):
        dist[v] = np.inf
        pred[v] = -1
        place[v] = -1
    dist[root] = 0.0
    heap[0] = root
    place[root] = 0
    _settle(start, head, arc, cost, root, first_through, dist, pred, heap, place, 1)


@njit(cache=True)
def regrow(
    start: Ints,
    head: Ints,
    arc: Ints,
    tail: Ints,
    cost: Floats,
    root: int,
    first_through: int,
    dist: Floats,
    pred: Ints,
    heap: Ints,
    place: Ints,
) -> None:
    """Bring a tree grown at other costs up to date: label it anew, find the arcs that cut it short, repair.

    Arguments as for :func:`grow`; ``pred`` holds the old tree and ``tail`` the tails of arcs. The labels of the old tree
    at new costs are costs of real routes, so they can only fall from there.
    """
    n = dist.size
    # the children of each vertex as linked lists: the first in place, the next in heap
    for v in range(n):
        place[v] = -1
        dist[v] = np.inf
    for v in range(n):
        if pred[v] >= 0:
            u = tail[arc[pred[v]]]
            heap[v] = place[u]
            place[u] = v
    # walk the tree depth first: the way back leads over the predecessors
    dist[root] = 0.0
    v = root
    while True:
        child = place[v]
        if child >= 0:
            place[v] = heap[child]
            dist[child] = dist[v] + cost[arc[pred[child]]]
            v = child
        elif v == root:
            break
        else:
            v = tail[arc[pred[v]]]
    size = 0
    for v in range(n):
        place[v] = -1
    for v in range(n):
        if v < first_through and v != root:
            continue
        base = dist[v]
        for e in range(start[v], start[v + 1]):
            w = head[e]
            d = base + cost[arc[e]]
            if d < dist[w]:
                dist[w] = d
                pred[w] = e
                i = place[w]
                if i == -1:
                    i = size
                    size += 1
                _rise(heap, place, dist, i, w)
    _settle(start, head, arc, cost, root, first_through, dist, pred, heap, place, size)


@njit(cache=True)
def forest(
    start: Ints,
    head: Ints,
    arc: Ints,
    cost: Floats,
    root: Ints,
    row: Ints,
    dist: Floats,
    pred: Ints,
) -> None:
    """Grow one tree per root: ``dist`` and ``pred`` are (n_trees, n_vertices), ``cost`` (n_rows, n_arcs).

    Tree ``i`` starts at ``root[i]`` with the costs ``cost[row[i]]``.
    """
    n = dist.shape[1]
    heap = np.empty(n, dtype=np.int32)
    place = np.empty(n, dtype=np.int32)
    for i in range(root.size):
        grow(start, head, arc, cost[row[i]], root[i], 0, dist[i], pred[i], heap, place)
