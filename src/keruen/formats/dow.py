"""Reader of fixed-charge network design instances in the ``.dow`` (MULTIGEN) layout of the literature.

The layout is whitespace-separated numbers: a title line; nodes, arcs, commodities; for each arc its ends (counted
from 1), unit cost, capacity, fixed cost and two numbers that are not used; for each commodity its ends and demand.

Reference: Crainic, Frangioni and Gendron (2001), "Bundle-based relaxation methods for multicommodity capacitated
fixed charge network design", Discrete Applied Mathematics 112, whose instance sets C and R are kept in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from keruen.errors import Finding, InputError


@dataclass(frozen=True)
class FixedChargeInstance:
    """A capacitated fixed-charge multicommodity design instance, nodes counted from 0.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    tail, head : (n_arcs,)
        Ends of the arcs.
    cost, capacity, fixed_cost : (n_arcs,)
        Cost of a unit, most units, cost of opening.
    origin, destination, demand : (n_commodities,)
        Movements, all of which must be carried.
    """

    n_nodes: int
    tail: npt.NDArray[np.int64]
    head: npt.NDArray[np.int64]
    cost: npt.NDArray[np.float64]
    capacity: npt.NDArray[np.float64]
    fixed_cost: npt.NDArray[np.float64]
    origin: npt.NDArray[np.int64]
    destination: npt.NDArray[np.int64]
    demand: npt.NDArray[np.float64]


def read_dow(path: str | Path) -> FixedChargeInstance:
    """Read a ``.dow`` file.

    Raises
    ------
    InputError
        If the file is short, holds text where a number belongs, or names a node that does not exist.
    """
    name = Path(path).name

    def refuse(row: str, value: str, problem: str, remedy: str) -> InputError:
        return InputError([Finding(name, row, "", value, problem, remedy)])

    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("", str(path), f"cannot be read ({error})", "give a text file in .dow layout") from error
    rows = [(number, line.split()) for number, line in enumerate(lines, 1) if line.strip()]
    if len(rows) < 2:
        raise refuse("", "", "holds no sizes", "the second line gives nodes, arcs, commodities")

    def table(start: int, count: int, width: int, what: str) -> npt.NDArray[np.float64]:
        part = rows[start : start + count]
        if len(part) < count:
            raise refuse("", str(len(part)), f"{count} lines of {what} announced", "complete the file")
        values = np.zeros((count, width))
        findings = []
        for i, (number, words) in enumerate(part):
            try:
                values[i] = [float(w) for w in words[:width]]
            except ValueError:
                problem = f"a line of {what} needs {width} numbers"
                findings.append(Finding(name, str(number), "", " ".join(words), problem, "correct the line"))
        if findings:
            raise InputError(findings)
        return values

    sizes = table(1, 1, 3, "sizes")[0].astype(np.int64)
    n_nodes, n_arcs, n_commodities = (int(n) for n in sizes)
    arcs = table(2, n_arcs, 5, "arcs")
    movements = table(2 + n_arcs, n_commodities, 3, "commodities")
    ends = np.concatenate([arcs[:, :2].ravel(), movements[:, :2].ravel()])
    if ends.size and (ends.min() < 1 or ends.max() > n_nodes):
        raise refuse("", "", f"names a node outside 1 to {n_nodes}", "correct the ends")
    if (arcs[:, 2:] < 0).any() or (movements[:, 2] < 0).any():
        raise refuse("", "", "holds a negative cost, capacity or demand", "correct the sign")
    return FixedChargeInstance(
        n_nodes,
        arcs[:, 0].astype(np.int64) - 1,
        arcs[:, 1].astype(np.int64) - 1,
        arcs[:, 2],
        arcs[:, 3],
        arcs[:, 4],
        movements[:, 0].astype(np.int64) - 1,
        movements[:, 1].astype(np.int64) - 1,
        movements[:, 2],
    )
