"""The electricity system over some years as a linear programme: what to build and run at least cost.

Receives arrays (:class:`System`), hands on a :class:`Solution` with shadow prices, or says which constraints conflict.
The programme, for plants p and years t, with generation g [TWh], new capacity b [GW] and standing capacity K [GW]::

    minimise    sum_t d_t sum_p ( c_pt g_pt + f_pt (K_pt + B_pt) + a_pt B_pt ),     B_pt = sum_{s <= t} b_ps
    load        sum_p g_pt = load_t
    output      g_pt <= 8.76 h_pt (K_pt + B_pt)
    peak        sum_p firm_p (K_pt + B_pt) >= peak_t
    target      sum_{p renewable} g_pt >= share_t load_t
    pace        b_pt <= rate_p, and 0 before the construction time is over
    potential   K_pt + B_pt <= potential_p

This is the capacity expansion model of Masse and Gibrat (Management Science 3, 1957), with a year as one load block:
what varies within a year is left to ``availability`` and to the share that is firm at the peak.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from keruen.errors import SolveError

Array = npt.NDArray[np.float64]
HOURS = 8.76
"""Thousand hours of a year: a gigawatt that never rests makes 8.76 TWh."""


@dataclass(frozen=True)
class System:
    """An electricity system; arrays are (n_plants, n_years) unless said otherwise.

    Parameters
    ----------
    years : (n_years,)
        Calendar years, one after the other.
    plants : (n_plants,)
        Names for people.
    capacity
        What stands without a decision of the model [GW].
    availability
        Most generation as a share of running at full load.
    firm : (n_plants,)
        Share that can be counted on at the peak.
    running_cost
        Fuel, carbon and the rest [USD/MWh].
    fixed_cost, annuity
        Yearly cost of any capacity and capital cost of what the model adds [million USD/GW-year].
    first_new : (n_plants,)
        Index of the first year in which new capacity can serve; n_years where none can be built.
    build_rate, potential : (n_plants,)
        Most new capacity in a year and most in all [GW]; infinite where there is no limit.
    renewable : (n_plants,)
        Whether it counts towards the target.
    load, peak, share, discount : (n_years,)
        Electricity needed [TWh], highest load [GW], target (both NaN where there is none), present value of a dollar.
    """

    years: npt.NDArray[np.int64]
    plants: tuple[str, ...]
    capacity: Array
    availability: Array
    firm: Array
    running_cost: Array
    fixed_cost: Array
    annuity: Array
    first_new: npt.NDArray[np.int64]
    build_rate: Array
    potential: Array
    renewable: npt.NDArray[np.bool_]
    load: Array
    peak: Array
    share: Array
    discount: Array

    def only(self, t: int) -> System:
        """Return year ``t`` taken alone, without its peak: what can be built until then may be built at once."""
        last = slice(t, t + 1)
        paced = self.build_rate * np.maximum(t + 1 - self.first_new, 0)
        return replace(
            self,
            years=self.years[last], capacity=self.capacity[:, last], availability=self.availability[:, last],
            running_cost=self.running_cost[:, last], fixed_cost=self.fixed_cost[:, last], annuity=self.annuity[:, last],
            first_new=np.where(paced > 0.0, 0, 1), build_rate=paced, load=self.load[last], peak=np.full(1, np.nan),
            share=self.share[last], discount=np.ones(1),
        )  # fmt: skip


@dataclass(frozen=True)
class Solution:
    """The least-cost mix; arrays are (n_plants, n_years) or (n_years,).

    Parameters
    ----------
    generation, built, capacity
        Electricity [TWh], new capacity of the year [GW] and all capacity in service [GW].
    cost
        Cost of each year, undiscounted, the capital of new capacity as annuities [million USD].
    total
        Discounted cost of all years [million USD].
    price, target_price
        What one more megawatt-hour of load, or of renewables under the target, costs [USD/MWh of that year].
    """

    generation: Array
    built: Array
    capacity: Array
    cost: Array
    total: float
    price: Array
    target_price: Array


@dataclass(frozen=True)
class _Rows:
    """Rows A x <= b (load: = b), each with the constraint that it belongs to; an empty name is never given up."""

    matrix: sparse.csr_array
    bound: Array
    names: tuple[str, ...]
    equal: npt.NDArray[np.bool_]


def _rows(system: System, share: Array) -> _Rows:
    n, m = system.capacity.shape
    size = n * m
    at: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    bounds: list[float] = []
    names: list[str] = []
    equal: list[bool] = []

    def add(cells: Iterable[tuple[int, float]], bound: float, name: str, *, exact: bool = False) -> None:
        for column, value in cells:
            at.append(len(bounds))
            columns.append(column)
            values.append(value)
        bounds.append(bound)
        names.append(name)
        equal.append(exact)

    def upto(p: int, t: int, value: float) -> list[tuple[int, float]]:
        return [(size + p * m + s, value) for s in range(t + 1)]

    for t, year in enumerate(system.years):
        add(((p * m + t, 1.0) for p in range(n)), system.load[t], f"the load of {year}", exact=True)
        if np.isfinite(share[t]):
            need = -share[t] * system.load[t]
            add(((p * m + t, -1.0) for p in range(n) if system.renewable[p]), need,
                f"the target of {100.0 * share[t]:.0f} % renewables in {year}")  # fmt: skip
        if np.isfinite(system.peak[t]):
            cells = [c for p in range(n) for c in upto(p, t, -system.firm[p])]
            standing = float(system.firm @ system.capacity[:, t])
            add(cells, standing - system.peak[t], f"the peak of {year}")
        for p, plant in enumerate(system.plants):
            yearly = HOURS * system.availability[p, t]
            add([(p * m + t, 1.0), *upto(p, t, -yearly)], yearly * system.capacity[p, t], "")
            if t < system.first_new[p]:
                name = f"the time it takes to build {plant}" if system.first_new[p] < m else f"no new {plant}"
                add([(size + p * m + t, 1.0)], 0.0, name)
            elif np.isfinite(system.build_rate[p]):
                add([(size + p * m + t, 1.0)], system.build_rate[p], f"the pace of building {plant}")
            if np.isfinite(system.potential[p]) and t >= system.first_new[p]:
                room = max(system.potential[p] - system.capacity[p, t], 0.0)
                add(upto(p, t, 1.0), room, f"the potential of {plant}")
    matrix = sparse.csr_array((values, (at, columns)), shape=(len(bounds), 2 * size))
    return _Rows(matrix, np.array(bounds), tuple(names), np.array(equal))


def _objective(system: System) -> Array:
    running = system.running_cost * system.discount
    yearly = (system.fixed_cost + system.annuity) * system.discount
    # A gigawatt built in year s costs its annuity in s and every later year.
    standing = np.cumsum(yearly[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([running.ravel(), standing.ravel()])


def _solve(rows: _Rows, cost: Array, keep: npt.NDArray[np.bool_]) -> tuple[Array, Array] | None:
    """Return the solution and the duals of all rows (0 where left out); None when there is none."""
    up, eq = keep & ~rows.equal, keep & rows.equal
    found = linprog(
        cost,
        A_ub=rows.matrix[up] if up.any() else None,
        b_ub=rows.bound[up] if up.any() else None,
        A_eq=rows.matrix[eq] if eq.any() else None,
        b_eq=rows.bound[eq] if eq.any() else None,
        method="highs",
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise SolveError(f"the power model ended without an answer: {found.message}")
    duals = np.zeros(len(rows.names))
    if up.any():
        duals[up] = found.ineqlin.marginals
    if eq.any():
        duals[eq] = found.eqlin.marginals
    return np.asarray(found.x), duals


def least_cost(system: System, *, with_target: bool = True) -> Solution:
    """Return the cheapest way to meet load, peak and target.

    Parameters
    ----------
    system
        The electricity system.
    with_target
        Whether the target for renewables holds.

    Raises
    ------
    SolveError
        If no mix meets all constraints; the message names a smallest set that cannot hold together, and the
        share that can be reached where the target is among them.
    """
    n, m = system.capacity.shape
    share = system.share if with_target else np.full(m, np.nan)
    rows = _rows(system, share)
    found = _solve(rows, _objective(system), np.ones(len(rows.names), dtype=bool))
    if found is None:
        raise SolveError(_conflict(system, rows))
    x, duals = found
    # Adding zero turns the solver's -0.0 into 0.0.
    generation, built = (part.reshape(n, m) + 0.0 for part in np.split(x, 2))
    added = np.cumsum(built, axis=1)
    capacity = system.capacity + added
    yearly = system.running_cost * generation + system.fixed_cost * capacity + system.annuity * added
    price, target_price = np.zeros(m), np.full(m, np.nan)
    for name, dual in zip(rows.names, duals, strict=True):
        for t, year in enumerate(system.years):
            if name == f"the load of {year}":
                price[t] = dual / system.discount[t]
            elif name.startswith("the target") and name.endswith(f" in {year}"):
                target_price[t] = abs(dual) / system.discount[t]
    # Load and target share a right-hand side: a megawatt-hour more of load also needs its share of renewables.
    price = price + np.nan_to_num(target_price) * np.nan_to_num(share)
    cost = yearly.sum(axis=0)
    return Solution(generation, built, capacity, cost, float(cost @ system.discount), price, target_price)


def attainable(system: System, *, with_target: bool = True) -> bool:
    """Whether any mix meets load and peak, and the target unless left out."""
    rows = _rows(system, system.share if with_target else np.full(system.years.size, np.nan))
    return _solve(rows, np.zeros(rows.matrix.shape[1]), np.ones(len(rows.names), dtype=bool)) is not None


def _conflict(system: System, rows: _Rows) -> str:
    """Say which constraints conflict, by leaving out one after the other (Chinneck and Dravnieks, 1991)."""
    cost = np.zeros(rows.matrix.shape[1])
    names = np.array(rows.names)
    keep = np.ones(len(names), dtype=bool)
    guilty: list[str] = []
    # Later years first, so that what remains is told for the earliest year in which it fails.
    for name in dict.fromkeys(reversed(rows.names)):
        if not name:
            continue
        without = keep & (names != name)
        if _solve(rows, cost, without) is None:
            keep = without
        else:
            guilty.append(name)
    aims = ("the target", "the load", "the peak")
    guilty.reverse()
    guilty.sort(key=lambda name: not name.startswith(aims))
    told = f"no electricity mix meets all constraints; these cannot hold together: {'; '.join(guilty)}"
    reach = _reach(system, rows, names)
    if reach and any(name.startswith("the target") for name in guilty):
        told += f". Without the target at most {reach} can come from renewables"
    return told + ". Relax one of them"


def _reach(system: System, rows: _Rows, names: npt.NDArray[np.str_]) -> str:
    """Return the largest share that can be reached in the first year with a target; empty if none can."""
    n, m = system.capacity.shape
    aimed = np.flatnonzero(np.isfinite(system.share))
    if not aimed.size:
        return ""
    t = int(aimed[0])
    cost = np.zeros(2 * n * m)
    cost[[p * m + t for p in range(n) if system.renewable[p]]] = -1.0
    found = _solve(rows, cost, ~np.char.startswith(names, "the target"))
    if found is None:
        return ""
    return f"{100.0 * (-float(cost @ found[0]) / system.load[t]):.1f} % in {system.years[t]}"
