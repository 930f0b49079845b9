"""The supernetwork that goods move on: from tables to arrays, and how a changed number reaches them.

:func:`build` makes a :class:`Network` from a dataset. ``network.locate(table, key)`` and
``network.patched([(table, column, rows, values)])`` change numbers without a rebuild; :data:`PATCHABLE` lists the
columns for which that holds. :class:`DelayFunction` is how crossings tell flows what a queue costs.
"""

from keruen.network.build import WATER, build
from keruen.network.delay import DelayFunction
from keruen.network.model import PATCHABLE, SINK, SOURCE, Network, Structure

__all__ = ["PATCHABLE", "SINK", "SOURCE", "WATER", "DelayFunction", "Network", "Structure", "build"]
