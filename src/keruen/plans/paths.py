"""Cheapest routes at given prices, for the planner: one route for each movement, thousands of times.

Prices come from the planner's linear programme: what a tonne costs on an arc plus what it takes of scarce capacity. A
movement may have prices of its own on a few arcs, and premiums (from targets) that it collects once, the first time
that its route uses any arc of a set. The premium is handled by copies of the network, one for each set of premiums
collected so far, so all prices stay non-negative within a copy and Dijkstra's method stays exact. A premium may make a
walk that passes a node twice the cheapest; its price still bounds that of every route, and the caller leaves it out.

Few prices change from one call to the next, so the trees are kept and mended: branches behind an arc that became dearer
are cut off and grown again, and an arc that got cheaper is tried (Ramalingam and Reps 1996).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_F = TypeVar("_F", bound="Callable[..., Any]")


def _compiled(function: _F) -> _F:
    compiled: _F = numba.njit(cache=True)(function)
    return compiled


@_compiled
def _push(
    heap_key: Floats, heap_item: Ints, size: int, key: float, item: int
) -> int:  # pragma: no cover (compiled)
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heap_key[parent] <= key:
            break
        heap_key[i] = heap_key[parent]
        heap_item[i] = heap_item[parent]
        i = parent
    heap_key[i] = key
    heap_item[i] = item
    return size + 1


@_compiled
def _pop(heap_key: Floats, heap_item: Ints, size: int) -> int:  # pragma: no cover (compiled)
    """Move the last entry to the root's place; the caller has read the root."""
    size -= 1
    key = heap_key[size]
    item = heap_item[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap_key[child + 1] < heap_key[child]:
            child += 1
        if heap_key[child] >= key:
            break
        heap_key[i] = heap_key[child]
        heap_item[i] = heap_item[child]
        i = child
    heap_key[i] = key
    heap_item[i] = item
    return size


@_compiled
def refresh_trees(
    first_out: Ints,
    out_arc: Ints,
    tail: Ints,
    head: Ints,
    price: Floats,
    before: Floats,
    tree_row: Ints,
    tree_origin: Ints,
    label: Floats,
    came_by: Ints,
) -> None:  # pragma: no cover (compiled)
    """Bring trees of cheapest routes, grown at the prices ``before``, up to ``price``, in place.

    Parameters
    ----------
    first_out, out_arc, tail, head
        As in :func:`cheapest_routes`.
    price, before : (n_rows, n_arcs)
        Non-negative prices now and then; infinite where nothing may pass. ``before`` becomes ``price``.
    tree_row, tree_origin : (n_trees,)
        Row of ``price`` and root of each tree.
    label : (n_trees, n_nodes)
        Price from the root; a root whose label is not 0 marks a tree that was never grown.
    came_by : (n_trees, n_nodes)
        Arc that reaches each node, -1 for none.
    """
    n_nodes = first_out.size - 1
    n_arcs = out_arc.size
    n_rows = price.shape[0]
    changed = np.empty(n_arcs, np.int64)
    dearer = np.zeros(n_arcs, np.bool_)
    # Whether a node keeps its branch: 0 not known yet, 1 yes, 2 cut off.
    keeps = np.empty(n_nodes, np.int64)
    open_tail = np.empty(n_arcs, np.int64)
    open_first = np.empty(n_nodes + 1, np.int64)
    open_head = np.empty(n_arcs, np.int64)
    open_arc = np.empty(n_arcs, np.int64)
    open_price = np.empty(n_arcs)
    heap_key = np.empty(2 * n_arcs + n_nodes + 1)
    heap_item = np.empty(2 * n_arcs + n_nodes + 1, np.int64)
    # A row's changes are found once for all its trees.
    by_row = np.argsort(tree_row, kind="mergesort")
    at = 0
    for r in range(n_rows):
        row = price[r]
        n_changed = 0
        for a in range(n_arcs):
            if row[a] != before[r, a]:
                changed[n_changed] = a
                n_changed += 1
                dearer[a] = row[a] > before[r, a]
        # Arcs of this row that are open, side by side in memory.
        n_open = 0
        for v in range(n_nodes):
            open_first[v] = n_open
            for j in range(first_out[v], first_out[v + 1]):
                a = out_arc[j]
                if row[a] < np.inf:
                    open_tail[n_open] = v
                    open_head[n_open] = head[a]
                    open_arc[n_open] = a
                    open_price[n_open] = row[a]
                    n_open += 1
        open_first[n_nodes] = n_open
        while at < by_row.size and tree_row[by_row[at]] == r:
            k = by_row[at]
            at += 1
            mine = label[k]
            came = came_by[k]
            stale = mine[tree_origin[k]] != 0.0
            if not stale:
                for c in range(n_changed):
                    a = changed[c]
                    if came[head[a]] == a or mine[tail[a]] + row[a] < mine[head[a]]:
                        stale = True
                        break
            if not stale:
                continue
            root = tree_origin[k]
            if mine[root] != 0.0:
                mine[:] = np.inf
                came[:] = -1
                mine[root] = 0.0
            else:
                keeps[:] = 0
                keeps[root] = 1
                for v in range(n_nodes):
                    if came[v] < 0:
                        keeps[v] = 1
                for v in range(n_nodes):
                    w = v
                    while keeps[w] == 0 and not dearer[came[w]]:
                        w = tail[came[w]]
                    verdict = keeps[w] if keeps[w] != 0 else 2
                    u = v
                    while u != w:
                        keeps[u] = verdict
                        u = tail[came[u]]
                    keeps[w] = verdict
                for v in range(n_nodes):
                    if keeps[v] == 2:
                        mine[v] = np.inf
                        came[v] = -1
            size = 0
            for j in range(n_open):
                reach = mine[open_tail[j]] + open_price[j]
                w = open_head[j]
                if reach < mine[w]:
                    mine[w] = reach
                    came[w] = open_arc[j]
                    size = _push(heap_key, heap_item, size, reach, w)
            while size > 0:
                d = heap_key[0]
                v = heap_item[0]
                size = _pop(heap_key, heap_item, size)
                if d > mine[v]:
                    continue
                for j in range(open_first[v], open_first[v + 1]):
                    reach = d + open_price[j]
                    w = open_head[j]
                    if reach < mine[w]:
                        mine[w] = reach
                        came[w] = open_arc[j]
                        size = _push(heap_key, heap_item, size, reach, w)
        for c in range(n_changed):
            before[r, changed[c]] = row[changed[c]]
            dearer[changed[c]] = False


@_compiled
def cheapest_routes(
    first_out: Ints,
    out_arc: Ints,
    tail: Ints,
    head: Ints,
    price: Floats,
    pair_row: Ints,
    pair_origin: Ints,
    pair_destination: Ints,
    extra_first: Ints,
    extra_arc: Ints,
    extra_price: Floats,
    bonus_first: Ints,
    bonus_set: Ints,
    bonus_value: Floats,
    in_set: npt.NDArray[np.bool_],
    pair_tree: Ints,
    tree_label: Floats,
    tree_came_by: Ints,
) -> tuple[Floats, Ints, Ints]:  # pragma: no cover (compiled)
    """Find the cheapest route of every pair.

    Parameters
    ----------
    first_out, out_arc : (n_nodes + 1,), (n_arcs,)
        Arcs by tail, in compressed rows.
    tail, head : (n_arcs,)
        Ends of the arcs.
    price : (n_rows, n_arcs)
        Non-negative prices; infinite where nothing may pass.
    pair_row, pair_origin, pair_destination : (n_pairs,)
        Row of ``price`` and ends of each pair.
    extra_first, extra_arc, extra_price : (n_pairs + 1,), (n_extras,), (n_extras,)
        Non-negative prices that only this pair pays.
    bonus_first, bonus_set, bonus_value : (n_pairs + 1,), (n_bonuses,), (n_bonuses,)
        Premiums of each pair: the set of arcs, and what is taken off the first time an arc of the set is used.
    in_set : (n_sets, n_arcs)
        Whether an arc is in a set.
    pair_tree : (n_pairs,)
        Tree of each pair's row and origin.
    tree_label, tree_came_by : (n_trees, n_nodes)
        The trees at ``price``, without prices of a pair's own and premiums; see :func:`refresh_trees`.

    Returns
    -------
    distance : (n_pairs,)
        Price of the route; infinite where there is none.
    first, arcs : (n_pairs + 1,), (total,)
        Arcs of each route from origin to destination, in compressed rows.
    """
    n_nodes = first_out.size - 1
    n_arcs = out_arc.size
    n_pairs = pair_row.size
    most = 0
    for i in range(n_pairs):
        most = max(most, bonus_first[i + 1] - bonus_first[i])
    layers = 1 << most
    label = np.empty(n_nodes * layers)
    came_by = np.empty(n_nodes * layers, np.int64)
    came_from = np.empty(n_nodes * layers, np.int64)
    heap_key = np.empty(n_arcs * layers + n_nodes * layers + 1)
    heap_item = np.empty(n_arcs * layers + n_nodes * layers + 1, np.int64)
    extra = np.zeros(n_arcs)
    distance = np.full(n_pairs, np.inf)
    first = np.zeros(n_pairs + 1, np.int64)
    arcs = np.empty(max(16, 8 * n_pairs), np.int64)
    used = 0
    for i in range(n_pairs):
        n_bonus = bonus_first[i + 1] - bonus_first[i]
        n_layers = 1 << n_bonus
        mine = tree_label[pair_tree[i]]
        came = tree_came_by[pair_tree[i]]
        for e in range(extra_first[i], extra_first[i + 1]):
            extra[extra_arc[e]] += extra_price[e]
        # Prices of its own only make routes dearer: one that pays none of them stays the cheapest.
        plain = n_bonus == 0
        if plain and extra_first[i + 1] > extra_first[i] and mine[pair_destination[i]] < np.inf:
            v = pair_destination[i]
            while came[v] >= 0:
                if extra[came[v]] > 0.0:
                    plain = False
                    break
                v = tail[came[v]]
        if plain:
            distance[i] = mine[pair_destination[i]]
        else:
            row = price[pair_row[i]]
            for v in range(n_nodes * n_layers):
                label[v] = np.inf
                came_by[v] = -1
            label[pair_origin[i]] = 0.0
            for layer in range(n_layers):
                base = layer * n_nodes
                size = 0
                for v in range(n_nodes):
                    if label[base + v] < np.inf:
                        size = _push(heap_key, heap_item, size, label[base + v], v)
                while size > 0:
                    d = heap_key[0]
                    v = heap_item[0]
                    size = _pop(heap_key, heap_item, size)
                    if d > label[base + v]:
                        continue
                    if v == pair_destination[i]:
                        if n_bonus == 0:
                            break
                        continue
                    for j in range(first_out[v], first_out[v + 1]):
                        a = out_arc[j]
                        if row[a] == np.inf or (n_bonus > 0 and head[a] == pair_origin[i]):
                            continue
                        reach = d + row[a] + extra[a]
                        into = layer
                        for b in range(n_bonus):
                            at = bonus_first[i] + b
                            if in_set[bonus_set[at], a] and not (layer >> b) & 1:
                                into |= 1 << b
                                reach -= bonus_value[at]
                        w = head[a]
                        if reach < label[into * n_nodes + w]:
                            label[into * n_nodes + w] = reach
                            came_by[into * n_nodes + w] = a
                            came_from[into * n_nodes + w] = base + v
                            if into == layer:
                                size = _push(heap_key, heap_item, size, reach, w)
        for e in range(extra_first[i], extra_first[i + 1]):
            extra[extra_arc[e]] = 0.0
        best = pair_destination[i]
        if not plain:
            for layer in range(1, n_layers):
                if label[layer * n_nodes + pair_destination[i]] < label[best]:
                    best = layer * n_nodes + pair_destination[i]
            distance[i] = label[best]
        if distance[i] < np.inf:
            v = best
            start = used
            while (came[v] if plain else came_by[v]) >= 0:
                if used == arcs.size:
                    longer = np.empty(2 * arcs.size, np.int64)
                    longer[:used] = arcs
                    arcs = longer
                arcs[used] = came[v] if plain else came_by[v]
                v = tail[came[v]] if plain else came_from[v]
                used += 1
            arcs[start:used] = arcs[start:used][::-1].copy()
        first[i + 1] = used
    return distance, first, arcs[:used]
