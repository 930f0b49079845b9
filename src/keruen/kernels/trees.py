"""Trees of cheapest routes: Dijkstra's algorithm with a four-way heap on compressed rows, from the root or by repair.

Costs are never negative. Ties go to the arc met first, so that a tree depends on nothing but its input.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def grow(
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
    """Grow the tree of cheapest routes from ``root``, out of one that was grown at other costs or out of nothing.

    Fills ``dist`` and ``pred`` (n_vertices,). ``pred`` holds entries, -1 where there is none, and comes in as the old tree
    (all -1: nothing). Labels of the old tree at the new costs are costs of real routes, so they can only fall from there:
    entries that cut the tree short are found, and what hangs on them is labelled again.

    ``start`` (n_vertices + 1,), ``head``, ``tail`` and ``cost`` (n_entries,) are compressed rows: entries
    ``start[v]:start[v + 1]`` leave ``v`` for ``head`` at ``cost``; an infinite cost closes one. Vertices below
    ``first_through`` are never passed through. ``key`` and ``heap`` (2 n_entries + n_vertices,) are scratch.
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
    size = np.int64(0)
    for v in range(n):
        base = dist[v]
        if base == np.inf or (v < first_through and v != root):
            continue
        for e in range(start[v], start[v + 1]):
            w = head[e]
            d = base + cost[e]
            if d < dist[w]:
                dist[w] = d
                pred[w] = e
                _push(key, heap, size, d, w)
                size += 1
    _settle(start, head, cost, root, first_through, dist, pred, key, heap, size)


@njit(cache=True, error_model="numpy")
def forest(
    start: Ints,
    head: Ints,
    tail: Ints,
    arc: Ints,
    cost: Floats,
    root: Ints,
    row: Ints,
    first_through: int,
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
        for v in range(dist.shape[1]):
            pred[i, v] = -1
        grow(start, head, tail, entry_cost, root[i], first_through, dist[i], pred[i], key, heap)
