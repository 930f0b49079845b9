"""What flows answer: how a journey is spent, and what changed between two runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keruen.flows.assignment import Assignment
from keruen.flows.scorecard import corridor_arcs
from keruen.flows.selection import PAIR, tables_of
from keruen.network import SINK, SOURCE
from keruen.tables.dataset import Dataset

Floats = NDArray[np.float64]


def itineraries(dataset: Dataset, assignment: Assignment) -> pl.DataFrame:
    """Say step by step how a tonne travels each corridor: the time-cost-distance method of corridor studies.

    Parameters
    ----------
    dataset
        Tables ``corridor`` and ``corridor_link``.
    assignment
        Flows and waits.

    Returns
    -------
    DataFrame
        ``corridor_id``, ``commodity_id``, ``step``, ``activity`` (loading, haul, gauge change, transshipment,
        unloading), ``where`` (link or node), ``mode``, ``length`` [km], ``hours``, of them ``waiting``, ``cost``
        [USD/t] and the running sums ``total_length``, ``total_hours`` and ``total_cost``. Charges are those of the
        class that moves most of the goods on the step.

    References
    ----------
    UN ESCAP, Time/Cost-Distance Methodology (2003).
    """
    network, s = assignment.network, assignment.network.structure
    wait, classes = assignment.delay, assignment.class_volume
    commodity = network.tables["commodity"]["commodity_id"].to_list()
    rows = []
    for corridor, arcs in corridor_arcs(dataset, network).items():
        for c in sorted({int(k) for k in s.class_commodity}):
            mine = np.flatnonzero(s.class_commodity == c)
            for step, a in enumerate(arcs):
                leading = mine[int(np.argmax(classes[mine, a]))]
                haul = s.arc_link[a] >= 0
                mode = int(
                    s.vertex_mode[s.head[a]] if s.vertex_mode[s.head[a]] >= 0 else s.vertex_mode[s.tail[a]]
                )
                rows.append(
                    {
                        "corridor_id": corridor,
                        "commodity_id": commodity[c],
                        "step": step,
                        "activity": _activity(assignment, a),
                        "where": s.link_ids[s.arc_link[a]] if haul else s.node_ids[s.arc_node[a]],
                        "mode": s.mode_ids[mode],
                        "length": float(network.length[a]),
                        "hours": float(network.time[a] + network.service_time[leading, a] + wait[a]),
                        "waiting": float(wait[a]),
                        "cost": float(network.charge[leading, a]),
                    }
                )
    types = {
        "corridor_id": pl.String, "commodity_id": pl.String, "step": pl.Int64, "activity": pl.String,
        "where": pl.String, "mode": pl.String, "length": pl.Float64, "hours": pl.Float64, "waiting": pl.Float64,
        "cost": pl.Float64,
    }  # fmt: skip
    run = [
        pl.col(name).cum_sum().over("corridor_id", "commodity_id").alias(f"total_{name}")
        for name in ("length", "hours", "cost")
    ]
    return pl.DataFrame(rows, schema=types).with_columns(run)


def _activity(assignment: Assignment, arc: int) -> str:
    s = assignment.network.structure
    if s.arc_link[arc] >= 0:
        return "haul"
    before, after = s.vertex_mode[s.tail[arc]], s.vertex_mode[s.head[arc]]
    if before == SOURCE:
        return "loading"
    if after == SINK:
        return "unloading"
    return "gauge change" if before == after else "transshipment"


@dataclass(frozen=True, slots=True)
class FlowChange:
    """What changed between two runs.

    Parameters
    ----------
    pairs
        By origin, destination, commodity and traffic type, in t/year: ``before`` and ``after``; ``generated`` (more than
        before), ``lost`` (less); ``diverted``: of what moves in both, what takes another route; ``modal_shift``: of
        that, what takes another set of modes.
    links
        By link and direction, in t/year: ``before``, ``after``, ``change``.
    sources
        For every link that gains from diverted goods (``link_id``), the links that they left (``from_link_id``) and
        ``tonnes``; a tonne that leaves several links is shared out among them.
    """

    pairs: pl.DataFrame
    links: pl.DataFrame
    sources: pl.DataFrame


Shares = dict[tuple[str, ...], float]


def _routes_of(path: pl.DataFrame) -> dict[tuple[str, ...], Shares]:
    """Return tonnes by route for every pair, routes named by their links."""
    found: dict[tuple[str, ...], Shares] = {}
    for *name, tonnes, links in path.select(*PAIR, "tonnes", "links").iter_rows():
        shares = found.setdefault(tuple(name), {})
        route = tuple(links)
        shares[route] = shares.get(route, 0.0) + tonnes
    return found


def flow_change(before: Assignment | Dataset, after: Assignment | Dataset) -> FlowChange:
    """Compare two runs: what was generated, diverted and from where, shifted between modes, and lost.

    Parameters
    ----------
    before, after
        Flows without and with the change, as assignments or the tables of runs; pairs are matched by name, routes by their
        links.

    Raises
    ------
    KeruenError
        If one of them has no paths.
    """
    tables = tables_of(before), tables_of(after)
    first, second = (_routes_of(held["path"]) for held in tables)
    mode: dict[str, str] = {}
    for held in tables:
        mode |= dict(held["link"].select("link_id", "mode_id").iter_rows())
    rows: list[tuple[object, ...]] = []
    moved: dict[tuple[str, str], float] = {}
    for name in sorted(set(first) | set(second)):
        old, new = first.get(name, {}), second.get(name, {})
        total_old, total_new = sum(old.values()), sum(new.values())
        common = min(total_old, total_new)
        gain: dict[str, float] = {}
        modal: dict[tuple[str, ...], float] = {}
        diverted = 0.0
        for route in sorted(set(old) | set(new)) if common > 0.0 else ():
            change = common * (new.get(route, 0.0) / total_new - old.get(route, 0.0) / total_old)
            diverted += max(change, 0.0)
            links = sorted({link.removeprefix("-") for link in route})
            for link in links:
                gain[link] = gain.get(link, 0.0) + change
            modes = tuple(sorted({mode[link] for link in links}))
            modal[modes] = modal.get(modes, 0.0) + change
        losers = {link: -change for link, change in gain.items() if change < 0.0}
        given = sum(losers.values())
        for link, change in gain.items():
            if change > 1e-9 and given > 0.0:
                for loser, share in losers.items():
                    key = link, loser
                    moved[key] = moved.get(key, 0.0) + change * share / given
        rows.append(
            (*name, total_old, total_new, max(total_new - total_old, 0.0), max(total_old - total_new, 0.0), diverted,
             sum(max(change, 0.0) for change in modal.values()))
        )  # fmt: skip
    columns = ("before", "after", "generated", "lost", "diverted", "modal_shift")
    types = dict.fromkeys(PAIR, pl.String) | dict.fromkeys(columns, pl.Float64)
    pairs = pl.DataFrame(rows, schema=types, orient="row")
    sources = pl.DataFrame(
        [(*key, tonnes) for key, tonnes in sorted(moved.items())],
        schema={"link_id": pl.String, "from_link_id": pl.String, "tonnes": pl.Float64},
        orient="row",
    )
    return FlowChange(pairs, _links(before, after), sources)


def _links(before: Assignment | Dataset, after: Assignment | Dataset) -> pl.DataFrame:
    keys = ["link_id", "from_node_id", "to_node_id"]
    frames = [
        (flows.tables() if isinstance(flows, Assignment) else flows)["link_performance"].select(
            *keys, pl.col("tonnes").alias(name)
        )
        for flows, name in ((before, "before"), (after, "after"))
    ]
    joined = (
        frames[0]
        .join(frames[1], on=keys, how="full", coalesce=True)
        .with_columns(pl.col("before", "after").fill_null(0.0))
    )
    return joined.with_columns(change=pl.col("after") - pl.col("before")).sort(keys)
