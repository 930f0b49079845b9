"""Assign whatever network a folder holds: Keruen, TNTP or GMNS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from keruen.errors import Finding, KeruenError, refuse_errors
from keruen.flows.assignment import Assignment
from keruen.flows.door import assign
from keruen.flows.equilibrium import equilibrium
from keruen.flows.road import Equilibrium
from keruen.flows.stochastic import stochastic
from keruen.formats import gmns, tntp
from keruen.formats.road import Road
from keruen.tables import load, resolve
from keruen.tables.dataset import Dataset


@dataclass(frozen=True, slots=True)
class NetworkFlows:
    """Flows on the links of a folder's network.

    Parameters
    ----------
    flow
        ``from_node_id``, ``to_node_id`` (and before them ``link_id`` where links have names), ``flow`` and ``cost``, in
        the order of the file; for a Keruen folder sorted by link, in t/year and hours.
    result
        The assignment behind it.
    months
        Where the peak month was asked for, all twelve side by side; see :func:`keruen.flows.seasons`.
    """

    flow: pl.DataFrame
    result: Assignment | Equilibrium
    months: pl.DataFrame | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was worked around."""
        return self.result.findings

    def certificate(self) -> str:
        """Return what is known of the quality of the flows, a line each."""
        r = self.result
        steps = f"{r.iterations} steps" if isinstance(r, Assignment) else f"{r.passes} passes"
        lines = [
            f"model                {r.model}",
            f"relative gap         {r.gap:.3e}",
            f"average excess cost  {r.average_excess_cost:.3e}",
            f"conservation         {r.conservation:.3e}",
            f"Beckmann objective   {r.beckmann:.10g}",
            f"work                 {steps}",
        ]
        if isinstance(r, Assignment):
            lines.insert(4, f"capacity overload    {r.overload:.3e}")
        if isinstance(r, Assignment) and r.network.month is not None:
            lines.insert(0, f"month                {r.network.month} (rates of a year)")
        if r.stall:
            lines.append(f"stalled: {r.stall}")
        return "\n".join(lines)


def assign_network(
    network: str | Path | Dataset,
    *,
    model: str | None = None,
    gap: float = 1e-6,
    scale: float | None = None,
    toll_factor: float | None = None,
    distance_factor: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> NetworkFlows:
    """Assign the demand of a network folder.

    Parameters
    ----------
    network
        A TNTP, GMNS or Keruen folder, the name of a built-in model, or a dataset.
    model
        ``logit``, ``ue`` or ``so``; not given, it is ``logit`` for freight and ``ue`` for roads.
    gap
        Relative gap to reach.
    scale
        Logit scale of a road network, per unit of its cost; a Keruen dataset has its own for each commodity.
    toll_factor, distance_factor
        Cost of a unit of toll and of length on a road network; not given (or 0), what the file says.
    progress
        Called with a line for each round and its gap.

    Raises
    ------
    InputError
        With every finding.
    KeruenError
        If ``logit`` is asked of a road network without a scale, or a scale given for anything else.
    ValueError
        If ``model`` or ``gap`` is out of range.
    """

    def tell(step: int, reached: float) -> None:
        if progress is not None:
            progress(f"round {step}: gap {reached:.1e}")

    if not isinstance(network, Dataset):
        road = _read(network, toll_factor or 0.0, distance_factor or 0.0)
        if road is not None and model == "logit":
            if scale is None:
                raise KeruenError("a road network carries no logit scale: give --scale, per unit of its cost")
            return _road(stochastic(road, scale, gap=gap, progress=tell))
        if scale is not None:
            raise KeruenError("--scale is for --model logit on road networks")
        if road is not None:
            return _road(equilibrium(road, model=model or "ue", gap=gap, progress=tell))
        resolution = resolve(load(network))
        refuse_errors(resolution.findings)
        network = resolution.dataset
    found = assign(network, model=model or "logit", gap=gap, progress=tell)
    return freight_flows(found)


def _read(network: str | Path, toll_factor: float, distance_factor: float) -> Road | None:
    """Return the road network of a TNTP or GMNS folder; None for any other."""
    if tntp.is_tntp(network):
        return tntp.read(network, toll_factor=toll_factor or None, distance_factor=distance_factor or None)
    if gmns.is_gmns(network):
        return gmns.read(network, toll_factor=toll_factor, distance_factor=distance_factor)
    return None


def freight_flows(found: Assignment) -> NetworkFlows:
    """Return the flows and times of a freight assignment by link and direction, in t/year and hours."""
    columns = [
        "link_id",
        "from_node_id",
        "to_node_id",
        pl.col("tonnes").alias("flow"),
        pl.col("time").alias("cost"),
    ]
    return NetworkFlows(found.tables()["link_performance"].select(columns), found)


def _road(found: Equilibrium) -> NetworkFlows:
    road = found.road
    names = {"link_id": list(road.link_ids)} if road.link_ids else {}
    numbered = all(name.isdigit() for name in road.node_ids)
    ids: list[int] | list[str] = [int(n) for n in road.node_ids] if numbered else list(road.node_ids)
    frame = pl.DataFrame(
        names
        | {
            "from_node_id": [ids[i] for i in road.tail],
            "to_node_id": [ids[i] for i in road.head],
            "flow": found.volume,
            "cost": found.cost,
        }
    )
    return NetworkFlows(frame, found)
