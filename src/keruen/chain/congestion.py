"""Flows and crossings to a fixed point: goods choose routes by the waits they make at the crossings.

A delay function depends on its volume, which the assignment solves, and on the balance of the two directions (empties
come back through the other side), which only the flows know. So the functions are fitted again to the flows that they
led to, until the waits no longer move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from keruen.chain.evidence import weigh
from keruen.chain.settings import Progress, silent
from keruen.crossings import delay_functions
from keruen.errors import KeruenError, refuse_errors
from keruen.flows import Assignment, NetworkFlows, assign, assign_network, freight_flows, seasons
from keruen.formats import gmns, tntp
from keruen.network import WATER, DelayFunction, Network, build
from keruen.tables import Dataset, load

ROUNDS = 12
TOLERANCE_H = 0.01


@dataclass(frozen=True, slots=True)
class Congested:
    """Flows that agree with the waits at the crossings.

    Parameters
    ----------
    assignment
        Flows of the last round.
    volumes
        Tonnes a year at each crossing: along its link (at a port: to the water) and against it.
    residual_h
        Largest change of a wait in the last round [h].
    rounds
        Rounds taken.
    """

    assignment: Assignment
    volumes: Mapping[str, tuple[float, float]]
    residual_h: float
    rounds: int


def congest(
    dataset: Dataset,
    network: Network,
    *,
    model: str = "logit",
    gap: float = 1e-6,
    warm: Assignment | None = None,
    progress: Progress = silent,
) -> Congested:
    """Assign goods and fit the waits at crossings until each follows from the other.

    Parameters
    ----------
    dataset
        Resolved tables; ``crossing``, ``post`` and ``delay_cause`` give the delay functions.
    network
        Network of the year.
    model, gap
        See :func:`keruen.flows.assign`.
    warm
        Assignment to start from.
    progress
        Called with each round.
    """
    known = set(network.structure.crossing_arcs)
    volumes: dict[str, tuple[float, float]] = {}
    waits: dict[str, float] = {}
    residual, rounds = float("inf"), 0
    while True:
        rounds += 1
        delays = [f for f in delay_functions(dataset, volumes or None) if f.crossing_id in known]
        assignment = assign(network, model=model, gap=gap, delays=delays, warm=warm)
        volumes = crossing_volumes(assignment)
        now = {f.crossing_id: _wait(f, volumes, network) for f in delays}
        residual = max((abs(now[name] - waits.get(name, 0.0)) for name in now), default=0.0)
        progress(f"flows and crossings, round {rounds}: waits moved by {residual:.3f} h")
        if residual <= TOLERANCE_H or rounds == ROUNDS or not delays:
            return Congested(assignment, volumes, residual, rounds)
        waits, warm = now, assignment


def assign_folder(
    network: str | Path,
    *,
    model: str | None = None,
    gap: float = 1e-6,
    month: int | str | None = None,
    scale: float | None = None,
    toll_factor: float | None = None,
    distance_factor: float | None = None,
    progress: Progress = silent,
) -> NetworkFlows:
    """Assign whatever network a folder holds; a Keruen dataset with the waits at its crossings, in balance with the flows.

    Parameters
    ----------
    network
        A TNTP, GMNS or Keruen folder, or the name of a built-in model.
    model, gap
        See :func:`keruen.flows.assign_network`.
    month
        1 to 12 for a month of a Keruen dataset, as rates of a year; ``peak`` for the worst one; None for the year.
    scale, toll_factor, distance_factor
        Of road networks; see :func:`keruen.flows.assign_network`.
    progress
        Called with each round.

    Raises
    ------
    InputError
        With every finding.
    KeruenError
        If a month of a road network is asked for, or the peak where nothing tells months apart.
    ValueError
        If there is no such month.
    """
    if month is not None and month != "peak" and month not in range(1, 13):
        raise ValueError(f"month {month!r} is neither 1 to 12 nor peak")
    if tntp.is_tntp(network) or gmns.is_gmns(network):
        if month is not None:
            raise KeruenError("a road network has no months: leave --month out, or take a Keruen dataset")
        return assign_network(
            network,
            model=model,
            gap=gap,
            scale=scale,
            toll_factor=toll_factor,
            distance_factor=distance_factor,
            progress=progress,
        )
    if scale is not None:
        raise KeruenError(
            "a scale is for logit on road networks; in a Keruen dataset each commodity has its own"
        )
    weighed = weigh(load(network), progress)
    refuse_errors(weighed.findings)
    dataset, net = weighed.dataset, build(weighed.dataset)
    if not isinstance(month, str):
        found = congest(dataset, net.in_month(month), model=model or "logit", gap=gap, progress=progress)
        return freight_flows(found.assignment)
    if not net.tables["seasonality"].height and not net.tables["availability"].height:
        raise KeruenError("nothing tells the months apart: add rows to seasonality or availability")
    of_months: list[Assignment] = []
    for m in range(1, 13):
        progress(f"month {m}")
        warm = of_months[-1] if of_months else None
        of_months.append(
            congest(dataset, net.in_month(m), model=model or "logit", gap=gap, warm=warm).assignment
        )
    table = seasons(of_months)
    return replace(freight_flows(of_months[table["peak"].arg_true().item()]), months=table)


def _wait(function: DelayFunction, volumes: Mapping[str, tuple[float, float]], network: Network) -> float:
    """Return the wait of the busier direction; at a port both directions stand in the one queue."""
    both = volumes.get(function.crossing_id, (0.0, 0.0))
    one_queue = len(network.structure.crossing_arcs[function.crossing_id]) == 1
    return float(function(sum(both) if one_queue else max(both)))


def crossing_volumes(assignment: Assignment) -> dict[str, tuple[float, float]]:
    """Return the tonnes a year at each crossing: along its link, or to the water, and against it."""
    structure = assignment.network.structure
    volume = assignment.volume
    water = np.array([name in WATER for name in structure.mode_ids] + [False, False])
    found: dict[str, tuple[float, float]] = {}
    for crossing, groups in structure.crossing_arcs.items():
        ahead = back = 0.0
        for arcs in groups:
            forward = np.where(
                structure.arc_link[arcs] >= 0,
                structure.arc_forward[arcs],
                water[structure.vertex_mode[structure.head[arcs]]],
            )
            ahead += float(volume[arcs][forward].sum())
            back += float(volume[arcs][~forward].sum())
        found[crossing] = (ahead, back)
    return found
