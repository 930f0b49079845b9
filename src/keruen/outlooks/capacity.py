"""The most that the network can carry of what a target is about, and the sections that hold it there.

A link or crossing carries what its tracks and posts let pass, both directions together. A corridor carries the greatest
flow from its one end to the other over its own links, and back. Transit through a country is the greatest flow that
enters it from one neighbour and leaves it to another, by the modes whose capacity is known. Other traffic on the same
sections is not taken off: the limit is what no shift of other goods could exceed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import linprog

from keruen.errors import SolveError
from keruen.network import DelayFunction, Network
from keruen.tables.dataset import Dataset

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Limit:
    """How much can pass at most, and what holds it there.

    Parameters
    ----------
    tonnes
        Both directions together [t/year]; infinite where no known capacity limits it.
    sections
        Names of the sections that hold it there together, the widest first.
    links
        Their ``link_id``, as far as they are links.
    kind
        What the widest of them is: ``link``, ``crossing`` or ``terminal``; empty where nothing holds it.
    """

    tonnes: float
    sections: tuple[str, ...]
    links: tuple[str, ...]
    kind: str = ""


def _arcs_of_link(network: Network, link_id: str) -> Longs:
    s = network.structure
    if link_id not in s.link_ids:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(s.arc_link == s.link_ids.index(link_id))


def _corridor(dataset: Dataset, model: Capacities, key: str) -> Limit | None:
    s = model.network.structure
    rows = {row["corridor_id"]: row for row in dataset["corridor"].iter_rows(named=True)}
    ends = rows.get(key)
    if ends is None or ends["origin"] not in s.node_ids or ends["destination"] not in s.node_ids:
        return None
    members = {
        link for c, link in dataset["corridor_link"].select("corridor_id", "link_id").iter_rows() if c == key
    }
    on_corridor = np.array([link in members for link in s.link_ids] + [False])[s.arc_link]
    usable = model.usable & (on_corridor | (s.arc_link < 0))
    at = s.vertex_node == s.node_ids.index(ends["origin"])
    to = s.vertex_node == s.node_ids.index(ends["destination"])
    head, tail = s.head, s.tail
    there = usable & ~at[head] & ~to[tail]
    back = usable & ~to[head] & ~at[tail]
    interior = ~(at | to)
    sources = [there & at[tail], back & to[tail]]
    return model.most([there, back], sources, interior)


def _transit(model: Capacities, country: str) -> Limit | None:
    s = model.network.structure
    if country not in s.node_country:
        return None
    land = np.array(s.node_country)[s.vertex_node]
    inside = land == country
    tail_in, head_in = inside[s.tail], inside[s.head]
    # A mode of which little is known would make every limit infinite; the limit is of the others.
    haul = s.arc_link >= 0
    known = np.isfinite(model.network.capacity[s.arc_capacity])
    mode = np.where(haul, s.link_mode[np.maximum(s.arc_link, 0)], -1)
    here = model.usable & haul & (tail_in | head_in)
    for m in np.unique(mode[here]):
        if known[here & (mode == m)].mean() < 0.5:
            here &= mode != m
    within = (here & tail_in & head_in) | (model.usable & ~haul & tail_in)
    entries, exits = here & ~tail_in & head_in, here & tail_in & ~head_in
    allowed, sources = [], []
    for neighbour in sorted(set(land[s.tail[entries]].tolist())):
        enter = entries & (land[s.tail] == neighbour)
        leave = exits & (land[s.head] != neighbour)
        allowed.append(within | enter | leave)
        sources.append(enter)
    if not allowed or not exits.any():
        return Limit(0.0, (), ())
    return model.most(allowed, sources, inside)


class Capacities:
    """What may pass each arc, arc by arc and together; asked for several limits of one network.

    Parameters
    ----------
    dataset
        Tables ``corridor``, ``corridor_link``.
    network
        Capacities; links that are not enabled carry nothing.
    posts
        Throughput of the crossings.
    """

    def __init__(self, dataset: Dataset, network: Network, posts: Sequence[DelayFunction]) -> None:
        self.dataset, self.network = dataset, network
        self._found: dict[tuple[str, str], Limit | None] = {}
        s = network.structure
        self.usable: Bools = network.enabled & (s.vertex_mode[s.tail] >= 0) & (s.vertex_mode[s.head] >= 0)
        groups: list[tuple[float, Longs, str, str]] = []
        order = np.argsort(s.arc_capacity, kind="stable")
        first = np.searchsorted(s.arc_capacity[order], np.arange(network.capacity.size + 1))
        names = self._names()
        for c in np.flatnonzero(np.isfinite(network.capacity)):
            arcs = order[first[c] : first[c + 1]]
            link = int(s.capacity_link[c])
            groups.append((float(network.capacity[c]), arcs, names[c], s.link_ids[link] if link >= 0 else ""))
        self.of_network = len(groups)
        crossings = dict(network.tables["crossing"].select("crossing_id", "name").iter_rows())
        for post in posts:
            if math.isfinite(post.throughput_t_per_year):
                for group in s.crossing_arcs.get(post.crossing_id, ()):
                    words = f"the posts of {crossings.get(post.crossing_id, post.crossing_id)}"
                    groups.append((post.throughput_t_per_year, group.astype(np.int64), words, ""))
        self.groups = groups

    def _kind(self, group: int) -> str:
        """Say what holds a group: one of the crossings' posts is named after the network's own capacities."""
        _, arcs, _, link = self.groups[group]
        if link:
            return "link"
        own = bool((self.network.structure.arc_link[arcs] < 0).all())
        return "terminal" if own and group < self.of_network else "crossing"

    def _names(self) -> list[str]:
        s, tables = self.network.structure, self.network.tables
        node = dict(tables["node"].select("node_id", "name").iter_rows())
        links = tables["link"].select("name", "from_node_id", "to_node_id").rows()
        transfers = tables["transfer"]["transfer_id"].to_list()
        arc_of: dict[int, int] = {}
        for a, c in enumerate(s.arc_capacity):
            arc_of.setdefault(int(c), a)
        words = []
        for c in range(s.capacity_link.size):
            if s.capacity_link[c] >= 0:
                name, a, b = links[s.capacity_link[c]]
                words.append(name or f"{node.get(a, a)} - {node.get(b, b)}")
            elif s.capacity_transfer[c] >= 0:
                where = s.node_ids[s.arc_node[arc_of[c]]]
                words.append(f"handling at {node.get(where, where)} ({transfers[s.capacity_transfer[c]]})")
            else:
                words.append("")
        return words

    def limit(self, measure: str, key: str) -> Limit | None:
        """Return the most that the network can carry of what a target's ``measure`` and ``measure_key`` name.

        None where the key names nothing that the network has.
        """
        if (measure, key) not in self._found:
            self._found[measure, key] = self._limit(measure, key)
        return self._found[measure, key]

    def _limit(self, measure: str, key: str) -> Limit | None:
        if measure == "link":
            return self.of_arcs(_arcs_of_link(self.network, key))
        if measure == "crossing":
            arcs = self.network.structure.crossing_arcs.get(key, ())
            return self.of_arcs(
                np.concatenate(arcs).astype(np.int64) if arcs else np.zeros(0, dtype=np.int64)
            )
        if measure == "corridor":
            return _corridor(self.dataset, self, key)
        if measure == "transit":
            return _transit(self, key)
        return None

    def of_arcs(self, arcs: Longs) -> Limit | None:
        """Return what the given arcs carry together."""
        if not arcs.size:
            return None
        open_arcs = [int(a) for a in arcs if self.usable[a]]
        total, tight = 0.0, -1
        shared: set[int] = set()
        for a in open_arcs:
            over = [(amount, i) for i, (amount, members, _, _) in enumerate(self.groups) if a in members]
            amount, i = min(over, default=(math.inf, -1))
            if i in shared:
                continue
            shared.add(i)
            total += amount
            tight = i if i >= 0 else tight
        if tight < 0 or not math.isfinite(total) or not self.groups[tight][2]:
            return Limit(total, (), ())
        _, _, words, link = self.groups[tight]
        return Limit(total, (words,), (link,) if link else (), self._kind(tight))

    def most(self, allowed: Sequence[Bools], sources: Sequence[Bools], interior: Bools) -> Limit:
        """Return the greatest joint flow of several movements over shared capacities.

        Parameters
        ----------
        allowed
            (n_arcs,) for each movement: arcs that it may use.
        sources
            (n_arcs,) for each movement: arcs by which it sets out; their flow is counted.
        interior
            (n_vertices,) where what comes must go on.
        """
        s = self.network.structure
        columns = [np.flatnonzero(mask) for mask in allowed]
        start = np.concatenate([[0], np.cumsum([c.size for c in columns])])
        n = int(start[-1])
        gain = np.zeros(n)
        column_of = np.full((len(columns), s.tail.size), -1, dtype=np.int64)
        rows, cols, values = [], [], []
        places = np.flatnonzero(interior)
        place_of = np.full(interior.size, -1, dtype=np.int64)
        place_of[places] = np.arange(places.size)
        for k, arcs in enumerate(columns):
            column_of[k, arcs] = np.arange(start[k], start[k + 1])
            gain[column_of[k, np.flatnonzero(sources[k] & allowed[k])]] = 1.0
            for end, sign in ((s.tail, -1.0), (s.head, 1.0)):
                at = place_of[end[arcs]]
                rows.append(at[at >= 0] + k * places.size)
                cols.append(column_of[k, arcs[at >= 0]])
                values.append(np.full(int((at >= 0).sum()), sign))
        balance = sp.csr_matrix(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))),
            shape=(len(columns) * places.size, n),
        )
        group_rows, group_cols = [], []
        for i, (_, members, _, _) in enumerate(self.groups):
            of_group = column_of[:, members].ravel()
            of_group = of_group[of_group >= 0]
            group_rows += [i] * of_group.size
            group_cols += of_group.tolist()
        joint = sp.csr_matrix(
            (np.ones(len(group_rows)), (group_rows, group_cols)), shape=(len(self.groups), n)
        )
        # In units of the largest capacity, so that the solver's tolerances fit.
        unit = max([amount for amount, *_ in self.groups], default=1.0) or 1.0
        most = np.array([amount / unit for amount, *_ in self.groups])
        ceiling = 1e4
        answer = linprog(
            -gain, joint, most, balance, np.zeros(balance.shape[0]), [(0.0, ceiling)] * n, method="highs"
        )  # fmt: skip
        if answer.status != 0:
            raise SolveError(f"the greatest flow could not be found: {answer.message}")
        total = -float(answer.fun)
        if total >= 0.5 * ceiling:
            return Limit(math.inf, (), ())
        dual = -np.asarray(answer.ineqlin.marginals)
        # Together they are the cut; the widest of them matter most.
        tight = [i for i in np.lexsort((np.arange(dual.size), -most)) if dual[i] > 1e-6]
        words = list(dict.fromkeys(self.groups[i][2] for i in tight if self.groups[i][2]))
        links = list(dict.fromkeys(self.groups[i][3] for i in tight if self.groups[i][3]))
        kind = next((self._kind(i) for i in tight if self.groups[i][2]), "")
        return Limit(total * unit, tuple(words), tuple(links), kind)
