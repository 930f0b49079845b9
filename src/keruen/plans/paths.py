"""Cheapest routes at given prices, for the planner: one route for each movement, thousands of times.

Prices come from the planner's linear programme: what a tonne costs on an arc plus what it takes of scarce capacity. A
movement may have prices of its own on a few arcs, and premiums (from targets) that it collects once, the first time
that its route uses any arc of a set. The premium is handled by copies of the network, one for each set of premiums
collected so far, so all prices stay non-negative within a copy and Dijkstra's method stays exact. A premium may make a
walk that passes a node twice the cheapest; its price still bounds that of every route, and the caller leaves it out.
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
        Row of ``price`` and ends of each pair. Neighbouring pairs with equal row and origin share one tree.
    extra_first, extra_arc, extra_price : (n_pairs + 1,), (n_extras,), (n_extras,)
        Non-negative prices that only this pair pays.
    bonus_first, bonus_set, bonus_value : (n_pairs + 1,), (n_bonuses,), (n_bonuses,)
        Premiums of each pair: the set of arcs, and what is taken off the first time an arc of the set is used.
    in_set : (n_sets, n_arcs)
        Whether an arc is in a set.

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
    tree_row = -1
    tree_origin = -1
    for i in range(n_pairs):
        own = extra_first[i + 1] > extra_first[i]
        n_bonus = bonus_first[i + 1] - bonus_first[i]
        n_layers = 1 << n_bonus
        plain = not own and n_bonus == 0
        if not (plain and tree_row == pair_row[i] and tree_origin == pair_origin[i]):
            for e in range(extra_first[i], extra_first[i + 1]):
                extra[extra_arc[e]] += extra_price[e]
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
                    if not plain and v == pair_destination[i]:
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
            tree_row = pair_row[i] if plain else -1
            tree_origin = pair_origin[i] if plain else -1
        best = pair_destination[i]
        for layer in range(1, n_layers):
            if label[layer * n_nodes + pair_destination[i]] < label[best]:
                best = layer * n_nodes + pair_destination[i]
        distance[i] = label[best]
        if label[best] < np.inf:
            v = best
            start = used
            while came_by[v] >= 0:
                if used == arcs.size:
                    longer = np.empty(2 * arcs.size, np.int64)
                    longer[:used] = arcs
                    arcs = longer
                arcs[used] = came_by[v]
                used += 1
                v = came_from[v]
            arcs[start:used] = arcs[start:used][::-1].copy()
        first[i + 1] = used
    return distance, first, arcs[:used]
