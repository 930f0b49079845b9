"""A road network and its trips as plain arrays: what the TNTP and GMNS readers hand to the assignment engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.errors import Finding

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Road:
    """A single-class network, links in the order of the file.

    Parameters
    ----------
    node_ids
        Names of the nodes as in the file.
    tail, head
        (n_links,) nodes that a link joins, as positions in ``node_ids``.
    capacity
        (n_links,) in the units of the trips.
    free_time
        (n_links,) cost of passing an empty link, in the file's units.
    b, power
        (n_links,) the coefficients of the BPR function.
    fixed
        (n_links,) cost that does not depend on volume: tolls and length times their factors.
    first_through
        Nodes before this position are centroids that nothing passes through.
    origin, destination
        (n_pairs,) nodes between which trips are made.
    trips
        (n_pairs,) their number.
    link_ids
        Names of the links; empty where the file names none.
    findings
        What the reader worked around.
    """

    node_ids: tuple[str, ...]
    tail: Ints
    head: Ints
    capacity: Floats
    free_time: Floats
    b: Floats
    power: Floats
    fixed: Floats
    first_through: int
    origin: Ints
    destination: Ints
    trips: Floats
    link_ids: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
