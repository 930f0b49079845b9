"""Corridors on one line each: how long, how dear, how full, how clean, how restricted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import polars as pl

from keruen.flows.assignment import Assignment
from keruen.flows.routes import opposite
from keruen.network import SINK, SOURCE, Network
from keruen.tables.dataset import Dataset
from keruen.tables.grades import UNGRADED
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
    classes = assignment.class_volume
    volume, taken, wait = classes.sum(axis=0), assignment.taken, assignment.delay
    weight = classes.sum(axis=1)
    mean = weight / weight.sum() if weight.sum() > 0.0 else np.full(weight.size, 1.0 / max(weight.size, 1))
    restricted = _restricted(dataset, network)
    border = np.zeros(s.tail.size, dtype=np.bool_)
    for groups in s.crossing_arcs.values():
        for group in groups:
            border[group] = True
    travelled = corridor_arcs(dataset, network)
    back = opposite(network)
    members = dict(dataset["corridor_link"].group_by("corridor_id").agg("link_id").iter_rows())
    rows = []
    for corridor in dataset["corridor"].sort("corridor_id").iter_rows(named=True):
        mine = members.get(corridor["corridor_id"], [])
        arcs = np.array(travelled[corridor["corridor_id"]], dtype=np.int64)
        hauls = arcs[s.arc_link[arcs] >= 0]
        charges = ahead = 0.0
        for a in arcs:
            on = classes[:, a]
            share = on / on.sum() if on.sum() > 0.0 else mean
            if share.size:
                charges += float(network.charge[:, a] @ share)
                ahead += float(network.service_time[:, a] @ share)
        capacity = network.capacity[s.arc_capacity[hauls]]
        spare = capacity - taken[hauls]
        tight = int(np.argmin(spare)) if spare.size and np.isfinite(spare).any() else None
        foreign = [a for a in hauls if _international(a, network)]
        counted = np.array(foreign or hauls.tolist(), dtype=np.int64)
        through = volume[counted] + np.array(
            [volume[back[a]] if back[a] >= 0 else 0.0 for a in counted.tolist()]
        )
        waits = np.where(
            border[arcs], wait[arcs] + np.where(s.arc_link[arcs] < 0, network.time[arcs], 0.0), 0.0
        )
        rows.append(
            {
                "corridor_id": corridor["corridor_id"],
                "year": network.year,
                "tonnes": float(through.min(initial=math.inf)) if through.size else 0.0,
                "length": float(network.length[arcs].sum()),
                "time": float((network.time[arcs] + wait[arcs]).sum()) + ahead,
                "border_time": float(waits.sum()),
                "cost": charges,
                "emission": float(network.emission[arcs].sum()),
                "spare_capacity": None if tight is None else max(float(spare[tight]), 0.0),
                "tightest_link": None if tight is None else s.link_ids[s.arc_link[hauls[tight]]],
                "restricted_links": sum(position[name] in restricted for name in mine if name in position),
                "grade": corridor["grade"] or UNGRADED,
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


def corridor_arcs(dataset: Dataset, network: Network) -> dict[str, list[int]]:
    """Return the arcs of each corridor as it is travelled from its origin.

    One haul arc for each of its links, a transfer wherever mode or gauge changes between them, loading first and
    unloading last. Links that are not enabled are passed over.
    """
    s = network.structure
    position = {name: i for i, name in enumerate(s.link_ids)}
    arcs_of: dict[int, list[int]] = {}
    for a in np.flatnonzero((s.arc_link >= 0) & network.enabled):
        arcs_of.setdefault(int(s.arc_link[a]), []).append(int(a))
    transfers: dict[tuple[int, int], int] = {}
    for a in np.flatnonzero(s.arc_link < 0):
        ends = int(s.tail[a]), int(s.head[a])
        if ends not in transfers or network.time[a] < network.time[transfers[ends]]:
            transfers[ends] = int(a)
    members = dataset["corridor_link"].sort("corridor_id", "sequence", "link_id")
    found = {}
    for name, origin in dataset["corridor"].sort("corridor_id").select("corridor_id", "origin").iter_rows():
        mine = members.filter(pl.col("corridor_id") == name)["link_id"].to_list()
        links = [position[link] for link in mine if position.get(link) in arcs_of]
        found[name] = _joined(_oriented(links, arcs_of, network, origin), transfers, network)
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


def _joined(chain: list[int], transfers: dict[tuple[int, int], int], network: Network) -> list[int]:
    """Return a chain of haul arcs with the transfers between them, and loading and unloading at its ends."""
    if not chain:
        return []
    s = network.structure
    first, last = int(s.tail[chain[0]]), int(s.head[chain[-1]])
    arcs = [a for (tail, head), a in transfers.items() if head == first and s.vertex_mode[tail] == SOURCE]
    for before, after in pairwise([*chain, -1]):
        arcs.append(before)
        ends = (int(s.head[before]), int(s.tail[after])) if after >= 0 else (-1, -1)
        if ends in transfers:
            arcs.append(transfers[ends])
    arcs += [a for (tail, head), a in transfers.items() if tail == last and s.vertex_mode[head] == SINK]
    return arcs


def _international(arc: int, network: Network) -> bool:
    s = network.structure
    ends = s.vertex_node[s.tail[arc]], s.vertex_node[s.head[arc]]
    return bool(s.node_country[ends[0]] != s.node_country[ends[1]])
