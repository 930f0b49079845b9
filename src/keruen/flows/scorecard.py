"""Corridors on one line each: how long, how dear, how full, how clean, how restricted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from keruen.flows.assignment import Assignment
from keruen.network import Network
from keruen.tables.dataset import Dataset
from keruen.tables.registry import TABLES


def scorecards(dataset: Dataset, network: Network, assignment: Assignment) -> pl.DataFrame:
    """Return the ``corridor_scorecard`` table.

    Time, cost and emission are those of a tonne that travels all links of the corridor from its origin, with a transfer
    wherever mode or gauge changes, loading and unloading included; the cost is the average charge over the classes of
    goods, weighted by what they move on each link. Where a corridor's links leave a gap or fork, all of them count.

    Parameters
    ----------
    dataset
        Tables ``corridor``, ``corridor_link``, ``restriction`` and ``place``.
    network
        Network of the year.
    assignment
        Flows and waits on it.
    """
    s = network.structure
    position = {name: i for i, name in enumerate(s.link_ids)}
    arcs_of: dict[int, list[int]] = {}
    for a in np.flatnonzero(s.arc_link >= 0):
        arcs_of.setdefault(int(s.arc_link[a]), []).append(int(a))
    classes = assignment.class_volume
    volume, wait = classes.sum(axis=0), assignment.delay
    weight = classes.sum(axis=1)
    mean = weight / weight.sum() if weight.sum() > 0.0 else np.full(weight.size, 1.0 / max(weight.size, 1))
    restricted = _restricted(dataset, network)
    border = np.zeros(s.tail.size, dtype=np.bool_)
    for groups in s.crossing_arcs.values():
        for group in groups:
            border[group] = True
    rows = []
    members = dataset["corridor_link"].sort("corridor_id", "sequence", "link_id")
    for corridor in dataset["corridor"].sort("corridor_id").iter_rows(named=True):
        mine = members.filter(pl.col("corridor_id") == corridor["corridor_id"])["link_id"].to_list()
        chain = _oriented(
            [position[name] for name in mine if name in position], arcs_of, network, corridor["origin"]
        )
        moves = _transfers(chain, network)
        arcs = np.array(chain + moves, dtype=np.int64)
        hauls = np.array(chain, dtype=np.int64)
        charges = 0.0
        for a in arcs:
            on = classes[:, a]
            share = on / on.sum() if on.sum() > 0.0 else mean
            charges += float(network.charge[:, a] @ share) if share.size else 0.0
        capacity = network.capacity[s.arc_capacity[hauls]]
        spare = capacity - volume[hauls]
        tight = int(np.argmin(spare)) if spare.size and np.isfinite(spare).any() else None
        foreign = [a for a in chain if _international(a, network)]
        busiest = volume[foreign] if foreign else volume[hauls]
        waits = np.where(
            border[arcs], wait[arcs] + np.where(s.arc_link[arcs] < 0, network.time[arcs], 0.0), 0.0
        )
        rows.append(
            {
                "corridor_id": corridor["corridor_id"],
                "year": network.year,
                "tonnes": float(max(busiest, default=0.0)),
                "length": float(network.length[arcs].sum()),
                "time": float((network.time[arcs] + wait[arcs]).sum()),
                "border_time": float(waits.sum()),
                "cost": charges,
                "emission": float(network.emission[arcs].sum()),
                "spare_capacity": None if tight is None else max(float(spare[tight]), 0.0),
                "tightest_link": None if tight is None else s.link_ids[s.arc_link[hauls[tight]]],
                "restricted_links": sum(position[name] in restricted for name in mine if name in position),
                "grade": corridor["grade"],
            }
        )
    schema = TABLES["corridor_scorecard"].schema
    types = {name: column.dtype for name, column in schema.columns().items()}
    return pl.DataFrame(rows, schema=types).sort("corridor_id", "year")


def _restricted(dataset: Dataset, network: Network) -> set[int]:
    """Return the links that some restriction of any effect touches."""
    links = network.tables["link"].to_dicts()
    found = set()
    for row in dataset["restriction"].iter_rows(named=True):
        for i, link in enumerate(links):
            if all(row[c] in (None, link[c]) for c in ("country", "link_id", "mode_id")):
                found.add(i)
    return found


def _oriented(links: list[int], arcs_of: dict[int, list[int]], network: Network, origin: str) -> list[int]:
    """Return one arc for each link, in the direction in which the corridor is travelled."""
    s = network.structure
    here = s.node_ids.index(origin) if origin in s.node_ids else -1
    chain: list[int] = []
    for i, link in enumerate(links):
        choices = arcs_of[link]
        starts = [a for a in choices if s.vertex_node[s.tail[a]] == here]
        if not starts and i + 1 < len(links):
            # after a gap: head for the next link
            ahead = {int(s.vertex_node[v]) for a in arcs_of[links[i + 1]] for v in (s.tail[a], s.head[a])}
            starts = [a for a in choices if int(s.vertex_node[s.head[a]]) in ahead]
        arc = (starts or choices)[0]
        chain.append(arc)
        here = int(s.vertex_node[s.head[arc]])
    return chain


def _transfers(chain: list[int], network: Network) -> list[int]:
    """Return the transfer arcs between the links of a chain, and loading and unloading at its ends."""
    s = network.structure
    by_ends: dict[tuple[int, int], int] = {}
    for a in np.flatnonzero(s.arc_link < 0):
        key = int(s.tail[a]), int(s.head[a])
        if key not in by_ends or network.time[a] < network.time[by_ends[key]]:
            by_ends[key] = int(a)
    found = []
    for before, after in pairwise(chain):
        key = int(s.head[before]), int(s.tail[after])
        if key in by_ends:
            found.append(by_ends[key])
    if chain:
        first, last = int(s.tail[chain[0]]), int(s.head[chain[-1]])
        found += [a for (tail, head), a in by_ends.items() if head == first and s.vertex_mode[tail] == -1]
        found += [a for (tail, head), a in by_ends.items() if tail == last and s.vertex_mode[head] == -2]
    return found


def _international(arc: int, network: Network) -> bool:
    s = network.structure
    ends = s.vertex_node[s.tail[arc]], s.vertex_node[s.head[arc]]
    return bool(s.node_country[ends[0]] != s.node_country[ends[1]])
