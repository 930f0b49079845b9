"""Targets that the network can count, as limits on the flows of the planner's problem."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from keruen.errors import Finding, Severity
from keruen.network import Network
from keruen.plans.problem import Ints, Target
from keruen.tables.dataset import Dataset

MILLION = 1e6


def flow_targets(
    dataset: Dataset,
    network: Network,
    planned: Ints,
    prices: Mapping[str, float],
    arcs: Ints,
    ends: tuple[tuple[str, ...], tuple[str, ...]],
) -> tuple[tuple[Target, ...], list[Finding]]:
    """Return the chosen targets as limits on flows, and those that no year or volume can be held to.

    Parameters
    ----------
    dataset, network
        Resolved tables (``target``, ``corridor_link``) and the network of the base year.
    planned : (n_periods,)
        Years planned.
    prices
        Targets to hold, with the price of a tonne of shortfall [USD/t].
    arcs : (n_instances,)
        Arc of the network that each arc of the problem stands for.
    ends
        Countries in which movements begin, and in which they end.
    """
    s = network.structure
    found: list[Target] = []
    findings: list[Finding] = []
    origin_country, destination_country = ends
    country = np.array(s.node_country, dtype=object)[s.vertex_node]
    everyone = tuple(range(len(origin_country)))
    for row in dataset["target"].sort("target_id").iter_rows(named=True):
        if row["target_id"] not in prices:
            continue
        goods, key = everyone, row["measure_key"]
        haul = s.arc_link >= 0
        if row["measure"] == "link":
            counted = haul & (np.array([*s.link_ids, ""], dtype=object)[s.arc_link] == key)
        elif row["measure"] == "crossing":
            counted = np.zeros(haul.size, dtype=np.bool_)
            for group in s.crossing_arcs.get(key, ()):
                counted[group] = True
        elif row["measure"] == "corridor":
            members = set(dataset["corridor_link"].filter(pl.col("corridor_id") == key)["link_id"].to_list())
            on = np.array([link in members for link in s.link_ids] + [False])[s.arc_link]
            border = country[s.tail] != country[s.head]
            counted = haul & on & border
            if not counted.any():
                counted = haul & on
        elif row["measure"] == "transit":
            counted = haul & (country[s.tail] != key) & (country[s.head] == key)
            goods = tuple(
                k for k in everyone if key not in (origin_country[k], destination_country[k])
            )  # fmt: skip
        else:
            counted = np.zeros(haul.size, dtype=np.bool_)
        due, years = row["deadline"], f"{planned[0]} to {planned[-1]}"
        if not counted.any():
            problem, remedy = (
                "is no volume that the network can count",
                "it is left aside; give it a measure",
            )
        elif due is None:
            problem, remedy = (
                "has no deadline, so no year can be held to it",
                "it is left aside; give it a deadline",
            )
        elif due < planned[0]:
            problem, remedy = f"was due in {due}, before the years planned ({years})", "it is left aside"
        elif due > planned[-1]:
            problem = f"is due in {due}, after the years planned ({years})"
            remedy = f"it is left aside; plan up to {due}"
        else:
            problem, remedy = "", ""
        if problem:
            findings.append(
                Finding(
                    "target",
                    row["target_id"],
                    "deadline",
                    str(due or "none"),
                    problem,
                    remedy,
                    Severity.WARNING,
                )
            )
            continue
        chosen = tuple(np.flatnonzero(counted[arcs]).tolist())
        value = float(row["value"]) / MILLION
        period = int(due - planned[0])
        found.append(Target(row["target_id"], period, value, chosen, goods, prices[row["target_id"]]))
    return tuple(found), findings
