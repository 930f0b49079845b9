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
def _push(key: Floats, heap: Ints, size: int, d: float, v: int) -> None:
    """Put ``v`` with label ``d`` into a heap of ``size`` entries."""
    i = size
    while i > 0:
        parent = (i - 1) >> 2
        if key[parent] <= d:
            break
        key[i] = key[parent]
        heap[i] = heap[parent]
        i = parent
    key[i] = d
    heap[i] = v


@njit(cache=True)
def _settle(
    start: Ints,
    head: Ints,
    cost: Floats,
    root: int,
    first_through: int,
    dist: Floats,
    pred: Ints,
    key: Floats,
    heap: Ints,
    size: int,
) -> None:
    """Take vertices from the heap in the order of their labels and pass those on, until it is empty.

    A vertex whose label falls while it waits is put in again; its older entries are passed over.
    """
    while size > 0:
        v = heap[0]
        base = key[0]
        size -= 1
        if size > 0:
            d = key[size]
            i = 0
            while True:
                child = 4 * i + 1
                if child >= size:
                    break
                best = child
                least = key[child]
                for j in range(child + 1, min(child + 4, size)):
                    if key[j] < least:
                        least = key[j]
                        best = j
                if least >= d:
                    break
                key[i] = least
                heap[i] = heap[best]
                i = best
            key[i] = d
            heap[i] = heap[size]
        if base > dist[v] or (v < first_through and v != root):
            continue
        for e in range(start[v], start[v + 1]):
            w = head[e]
            d = base + cost[e]
            if d < dist[w]:
                dist[w] = d
                pred[w] = e
                _push(key, heap, size, d, w)
                size += 1


@njit(cache=True)
def grow(
    start: Ints,
    head: Ints,
    cost: Floats,
    root: int,
    first_through: int,
    dist: Floats,
    pred: Ints,
    key: Floats,
    heap: Ints,
) -> None:
    """Fill ``dist`` and ``pred`` (n_vertices,) with the tree from ``root``.

    ``start`` (n_vertices + 1,), ``head`` and ``cost`` (n_entries,) are compressed rows: entries ``start[v]:start[v + 1]``
    leave ``v`` for ``head`` at ``cost``; an infinite cost closes one. Vertices below ``first_through`` are never passed
    through. ``pred`` holds entries, -1 where there is none. ``key`` and ``heap`` (2 n_entries + n_vertices,) are scratch.
    """
    for v in range(dist.size):
        dist[v] = np.inf
        pred[v] = -1
    dist[root] = 0.0
    _push(key, heap, 0, 0.0, root)
    _settle(start, head, cost, root, first_through, dist, pred, key, heap, 1)


@njit(cache=True)
def regrow(
    start: Ints,
    head: Ints,
    tail: Ints,
    cost: Floats,
    root: int,
    first_through: int,
    dist: Floats,
    pred: Ints,
    key: Floats,
    heap: Ints,
) -> None:
    """Bring a tree grown at other costs up to date: label it anew, find the entries that cut it short, repair.

    Arguments as for :func:`grow`; ``pred`` holds the old tree and ``tail`` (n_entries,) where entries leave. The labels of
    the old tree at new costs are costs of real routes, so they can only fall from there.
    """
    n = dist.size
    for v in range(n):
        dist[v] = np.inf
    dist[root] = 0.0
    for v in range(n):
        # climb to a vertex that has its label, and hand labels down on the way back
        depth = 0
        u = v
        while pred[u] >= 0 and dist[u] == np.inf:
            heap[depth] = u
            depth += 1
            u = tail[pred[u]]
        base = dist[u]
        while depth > 0:
            depth -= 1
            u = heap[depth]
            base += cost[pred[u]]
            dist[u] = base
    size = 0
    for v in range(n):
        if v < first_through and v != root:
            continue
        base = dist[v]
        for e in range(start[v], start[v + 1]):
            w = head[e]
            d = base + cost[e]
            if d < dist[w]:
                dist[w] = d
                pred[w] = e
                _push(key, heap, size, d, w)
                size += 1
    _settle(start, head, cost, root, first_through, dist, pred, key, heap, size)


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

    Tree ``i`` starts at ``root[i]`` with the costs ``cost[row[i]]`` of arcs; entry ``e`` is arc ``arc[e]``.
    """
    room = 2 * head.size + dist.shape[1]
    key = np.empty(room)
    heap = np.empty(room, dtype=np.int32)
    entry_cost = np.empty(head.size)
    for i in range(root.size):
        for e in range(head.size):
            entry_cost[e] = cost[row[i], arc[e]]
        grow(start, head, entry_cost, root[i], 0, dist[i], pred[i], key, heap)
