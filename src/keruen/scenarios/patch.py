"""Changes as patches of network arrays: what ensembles, sliders and the replay of a plan use instead of tables.

A property test holds that patching equals applying the changes to tables and building anew.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl

from keruen.network import Network
from keruen.network.model import PATCHABLE
from keruen.scenarios.changes import OPERATIONS, cell_value

Cells = tuple[str, str, np.ndarray, np.ndarray]
"""Table, column, positions in the network's cells, new values."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Changes of one year, ready to lay on a network.

    Parameters
    ----------
    cells
        What :meth:`keruen.network.Network.patched` takes.
    elsewhere
        Changes of tables and columns that the network's arrays do not rest on (posts of a crossing, say); apply them
        to the tables with :func:`keruen.scenarios.apply`.
    rebuild
        True if ``elsewhere`` changes the network's structure, so that it must be built anew.
    """

    cells: tuple[Cells, ...]
    elsewhere: pl.DataFrame
    rebuild: bool

    def on(self, network: Network) -> Network:
        """Return the network with the patch laid on it."""
        return network.patched(self.cells) if self.cells else network


def compile(network: Network, changes: pl.DataFrame) -> Patch:
    """Turn the changes that hold in a year to patches of the network's arrays.

    Parameters
    ----------
    network
        The network before the changes.
    changes
        Rows of ``change`` from :func:`keruen.scenarios.active_changes`.
    """
    values: dict[tuple[str, str], np.ndarray] = {}
    touched: dict[tuple[str, str], set[int]] = defaultdict(set)
    elsewhere: list[str] = []
    rebuild = False
    for operation in OPERATIONS:
        for change in changes.filter(pl.col("operation") == operation).iter_rows(named=True):
            table = str(change["table"])
            column = "enabled" if operation == "disable" else str(change["column"])
            if operation == "insert" or column not in PATCHABLE.get(table, ()):
                elsewhere.append(change["change_id"])
                rebuild |= table in network.tables
                continue
            rows = network.locate(table, json.loads(change["key"]))
            cell = (table, column)
            current = values.setdefault(cell, network.cells[f"{table}.{column}"].copy())
            match operation:
                case "disable":
                    current[rows] = False
                case "set":
                    current[rows] = cell_value(table, column, change["value"])
                case "multiply":
                    current[rows] *= float(change["value"])
                case "add":
                    current[rows] += float(change["value"])
            touched[cell].update(rows.tolist())
    cells = tuple(
        (table, column, at := np.array(sorted(rows), dtype=np.int64), values[table, column][at])
        for (table, column), rows in sorted(touched.items())
    )
    return Patch(cells, changes.filter(pl.col("change_id").is_in(elsewhere)), rebuild)
